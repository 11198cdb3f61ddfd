/** Leasing accounts: who gets which, for how long, and giving them back. */
import { randomBytes } from 'node:crypto';
import { accountById } from '../../kernel/accounts';
import { err, ok, type Result } from '../../result';
import type { Caller, ControlError } from '../control/types';
import { accountsFor, busy, leasesOn, leaseToShare } from './choose';
import { cleanAccount } from './cleaning';
import { type Office, leaseOf, whyNotUsable } from './office';
import type { LeaseEnd } from './options';
import type { StoredAccount, StoredLease } from './state';
import type { LeasedAccount } from './types';

/** At the same time: the state must stay a thing that can be written in a moment. */
const LEASES_MAX = 5000;

/** Bytes of an id: nobody guesses one. */
const ID_BYTES = 16;

export interface LeaseRequest {
  readonly owner: string;
  readonly seconds: number;
  /** The name of an account. */
  readonly prefer: string | undefined;
}

/** A client with its own group. */
interface Client {
  readonly uid: number;
  readonly gid: number;
}

export class Leases {
  constructor(private readonly office: Office) {}

  /**
   * Leases the owner's own account, else a free guest. With `prefer` a client gets the lease again that it
   * has for this owner on that account, longer if need be.
   */
  async lease(request: LeaseRequest, caller: Caller): Promise<Result<StoredLease, ControlError>> {
    const { store, taken, users } = this.office;
    const none = users.whyNone();
    if (none !== undefined) return err(none);
    const client = clientOf(caller.uid);
    if (!client.ok) return client;
    const asking = { ...request, client: caller.uid };
    const shared = leaseToShare(asking, store.state, this.office.now());
    if (shared !== undefined) return this.#lengthen(shared, request.seconds);
    const candidates = accountsFor(asking, store.state, taken);
    if (!candidates.ok) return candidates;
    let refusal: ControlError | undefined;
    for (const account of candidates.value) {
      if (account.owner === undefined && !this.#isFree(account)) continue;
      const leased = await this.#tryLease(account, request, client.value);
      if (leased.ok || leased.error.code === 'unsafe-config') return leased;
      refusal = leased.error;
    }
    return err(refusal ?? busy(store.state));
  }

  /** Lengthens a lease; an account that may not be used any more is not renewed. */
  renew(id: string, seconds: number, caller: Caller): Result<StoredLease, ControlError> {
    const lease = leaseOf(this.office, id, caller);
    return lease.ok ? this.#lengthen(lease.value, seconds) : lease;
  }

  /** Gives a lease back, and waits until its account is clean or known not to be. */
  async release(id: string, caller: Caller): Promise<Result<StoredLease, ControlError>> {
    const lease = leaseOf(this.office, id, caller);
    if (!lease.ok) return lease;
    const ended = await this.end(id, 'released');
    return ended.ok ? lease : ended;
  }

  /** Ends a lease, one at a time. */
  async end(id: string, why: LeaseEnd['why']): Promise<Result<void, ControlError>> {
    const { ending, serial } = this.office;
    const ended = await serial.run(id, () => ending.end(id, why));
    this.office.wake();
    return ended.ok ? ok(undefined) : ended;
  }

  /** A guest that nobody has or is just getting. */
  #isFree({ name }: StoredAccount): boolean {
    const { store, taken } = this.office;
    const now = store.state.accounts.find((account) => account.name === name);
    return (
      now !== undefined &&
      !now.removed &&
      now.trouble === undefined &&
      !taken.has(name) &&
      leasesOn(name, store.state).length === 0
    );
  }

  async #tryLease(
    stored: StoredAccount,
    request: LeaseRequest,
    client: Client,
  ): Promise<Result<StoredLease, ControlError>> {
    const { options, users } = this.office;
    const account = users.find(stored.name, stored.uid);
    if (!account.ok) return account;
    if (stored.owner !== undefined) return this.#write(stored, account.value, request, client);
    if (account.value.uid === client.uid || options.isClient(account.value.uid)) {
      const text = `${stored.name} is the account of a client of this daemon`;
      return err({ code: 'not-allowed', text });
    }
    this.office.taken.add(stored.name);
    try {
      return await this.#leaseGuest(stored, account.value, request, client);
    } finally {
      this.office.taken.delete(stored.name);
    }
  }

  /** Looks once more that nothing is left of the one before: somebody may have logged in meanwhile. */
  async #leaseGuest(
    stored: StoredAccount,
    account: LeasedAccount,
    request: LeaseRequest,
    client: Client,
  ): Promise<Result<StoredLease, ControlError>> {
    const cleaned = await cleanAccount(account);
    if (cleaned.ok) return this.#write(stored, account, request, client);
    const noted = this.office.ending.quarantine(stored.name, cleaned.error);
    this.office.wake();
    const text = `${stored.name} is quarantined: ${cleaned.error}`;
    return noted.ok ? err({ code: 'busy', text }) : noted;
  }

  #write(
    stored: StoredAccount,
    account: LeasedAccount,
    { owner, seconds }: LeaseRequest,
    client: Client,
  ): Result<StoredLease, ControlError> {
    const { store } = this.office;
    if (store.state.leases.length >= LEASES_MAX) {
      return err({ code: 'busy', text: `there are ${LEASES_MAX} leases already` });
    }
    // It may have been removed while it was cleaned.
    if (!store.state.accounts.some(({ name, removed }) => name === stored.name && !removed)) {
      return err({ code: 'no-account', text: `${stored.name} was removed` });
    }
    const start = this.office.now();
    const kind = stored.owner === undefined ? 'guest' : 'local';
    const lease: StoredLease = {
      id: randomBytes(ID_BYTES).toString('hex'),
      ...{ owner, kind, account, start },
      client: client.uid,
      clientGroup: client.gid,
      expiry: start + Math.min(seconds, this.office.options.limits[kind]),
      over: undefined,
      sandboxes: [],
      families: [],
    };
    const written = store.change((state) => ({ ...state, leases: [...state.leases, lease] }));
    this.office.wake();
    return written.ok ? ok(lease) : written;
  }

  #lengthen(lease: StoredLease, seconds: number): Result<StoredLease, ControlError> {
    const { limits } = this.office.options;
    const why = whyNotUsable(this.office, lease);
    if (why !== undefined) return err(why);
    const asked = this.office.now() + Math.min(seconds, limits[lease.kind]);
    const longer = { ...lease, expiry: Math.max(lease.expiry, asked) };
    const written = this.office.store.changeLease(lease.id, (one) => ({
      ...one,
      expiry: longer.expiry,
    }));
    this.office.wake();
    return written.ok ? ok(longer) : written;
  }
}

function clientOf(uid: number): Result<Client, ControlError> {
  try {
    const gid = accountById(uid)?.gid;
    if (gid !== undefined) return ok({ uid, gid });
    return err({ code: 'no-account', text: `uid ${uid}, who asks, is in no password file` });
  } catch (error) {
    return err({ code: 'internal', text: (error as Error).message });
  }
}
