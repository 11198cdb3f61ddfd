/** The table of accounts: what was added, and what is going on there. */
import path from 'node:path';
import { listProcesses, type OwnedProcess } from '../../kernel/account-leftovers';
import { measureTree } from '../../kernel/tree';
import { err, ok, type Result } from '../../result';
import type { Caller, ControlError, JsonObject } from '../control/types';
import { leasesOn, stateOfAccount } from './choose';
import type { Office } from './office';
import type { StoredAccount, StoredLease } from './state';
import type { LeasedAccount } from './types';

export interface AddRequest {
  readonly account: string;
  /** Undefined: a guest. */
  readonly owner: string | undefined;
  /** A guest may have processes and files: it is the daemon's to end and to use. */
  readonly dedicated: boolean;
}

export class Table {
  constructor(private readonly office: Office) {}

  /** Adds an account that the users file allows; a guest only where it is nobody's. */
  async add({ account: name, dedicated, owner }: AddRequest): Promise<Result<void, ControlError>> {
    const { store, users } = this.office;
    const account = users.find(name);
    if (!account.ok) return account;
    const clash = this.#whyNot(account.value, owner);
    if (clash !== undefined) return err(refusal(clash));
    if (owner === undefined && !dedicated) {
      const used = await whyInUse(account.value);
      if (!used.ok) return err({ code: 'internal', text: used.error });
      if (used.value !== undefined) return err(refusal(used.value));
      // Somebody may have added it meanwhile.
      const again = this.#whyNot(account.value, owner);
      if (again !== undefined) return err(refusal(again));
    }
    const { uid } = account.value;
    const added = { name: account.value.name, uid, owner, removed: false, trouble: undefined };
    return store.change((state) => ({ ...state, accounts: [...state.accounts, added] }));
  }

  /** Removes an account; one that is leased goes with its last lease. @returns what became of it */
  remove(name: string): Result<'removed' | 'draining', ControlError> {
    const { store, taken } = this.office;
    if (!store.state.accounts.some((account) => account.name === name)) {
      return err({ code: 'no-account', text: `${name} was never added` });
    }
    const isLeased = leasesOn(name, store.state).length > 0 || taken.has(name);
    const removed = store.change((state) => ({
      ...state,
      accounts: isLeased
        ? state.accounts.map((one) => (one.name === name ? { ...one, removed: true } : one))
        : state.accounts.filter((one) => one.name !== name),
    }));
    if (!removed.ok) return removed;
    return ok(isLeased ? 'draining' : 'removed');
  }

  /** All accounts, with their leases and what runs there. Ids of leases only to those who have them. */
  async list(caller: Caller): Promise<Result<readonly JsonObject[], ControlError>> {
    const processes = await listProcesses();
    if (!processes.ok) return err({ code: 'internal', text: processes.error });
    const { accounts } = this.office.store.state;
    return ok(accounts.map((account) => this.#describe(account, processes.value, caller)));
  }

  #describe(
    account: StoredAccount,
    processes: readonly OwnedProcess[],
    caller: Caller,
  ): JsonObject {
    const { state } = this.office.store;
    const isGuest = account.owner === undefined;
    const leases = leasesOn(account.name, state);
    const why = this.office.users.find(account.name, account.uid);
    return {
      account: account.name,
      uid: account.uid,
      kind: isGuest ? 'guest' : 'local',
      ...(isGuest ? {} : { owner: account.owner }),
      state: stateOfAccount(account, state),
      ...(account.trouble === undefined ? {} : { reason: account.trouble }),
      // Added once, but the users file does not allow it now.
      ...(why.ok ? {} : { unusable: why.error.text }),
      leases: leases.map((lease) => describeLease(lease, caller)),
      families: leases.flatMap(({ families }) => families.map(({ pid }) => pid)),
      // On an owner's account these are the owner's own business.
      ...(isGuest ? { processes: pidsOf(account.uid, processes) } : {}),
    };
  }

  #whyNot({ name, uid }: LeasedAccount, owner: string | undefined): string | undefined {
    const { accounts } = this.office.store.state;
    const same = accounts.find((account) => account.name === name || account.uid === uid);
    if (same?.removed === true) return `${same.name} is draining: wait until its leases are over`;
    if (same !== undefined) return `${same.name} (uid ${same.uid}) was added already`;
    const own = owner && accounts.find((account) => account.owner === owner);
    if (own) return `${own.name} is this owner's account already`;
    if (owner !== undefined || !this.office.options.isClient(uid)) return undefined;
    return `${name} may speak to this daemon (clients file): it cannot be a guest`;
  }
}

function refusal(text: string): ControlError {
  return { code: 'not-allowed', text };
}

function describeLease(lease: StoredLease, caller: Caller): JsonObject {
  const { client, expiry, id, owner, start } = lease;
  const isOwn = caller.uid === 0 || caller.uid === client;
  return { ...(isOwn ? { lease: id } : {}), owner, client, start, expiry };
}

function pidsOf(uid: number, processes: readonly OwnedProcess[]): readonly number[] {
  return processes.filter(({ uids }) => uids.includes(uid)).map(({ pid }) => pid);
}

/** What says that an account is somebody's; undefined: nothing. */
async function whyInUse({
  home,
  name,
  uid,
}: LeasedAccount): Promise<Result<string | undefined, string>> {
  const advice = 'use --owner if it is somebody’s, --dedicated if it is the daemon’s alone';
  const processes = await listProcesses();
  if (!processes.ok) return processes;
  const [pid] = pidsOf(uid, processes.value);
  if (pid !== undefined) return ok(`${name} has processes (${pid}): ${advice}`);
  const measured = await measureTree(path.dirname(home), path.basename(home));
  // No home, or a part of it that is not to be walked through: a home in use has files before that.
  const entries = measured.ok ? measured.value.entries : (measured.error.report?.entries ?? 0);
  if (entries === 0) return ok(undefined);
  return ok(`${name} has a home with files, ${home}: ${advice}`);
}
