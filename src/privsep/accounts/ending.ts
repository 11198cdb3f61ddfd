/**
 * The end of a lease, however it comes: nothing is started any more, what runs is ended, sandboxes go
 * back to the client, and a guest account is cleaned before it is anybody else's.
 */
import { killProcessesOf } from '../../kernel/account-leftovers';
import { err, ok, type Result } from '../../result';
import type { ControlError } from '../control/types';
import { leasesOn } from './choose';
import { cleanAccount } from './cleaning';
import { endFamily } from './lease-families';
import type { AccountsRules, LeaseEnd } from './options';
import type { Sandboxes } from './sandboxes';
import type { State, StoredLease } from './state';
import type { Store } from './store';
import type { LeaseRunner } from './types';

/** Milliseconds for processes of a guest to be gone after SIGKILL. */
const PATIENCE = 10_000;

export class Ending {
  runner: LeaseRunner = { endFamilies: () => Promise.resolve() };

  constructor(
    private readonly store: Store,
    private readonly sandboxes: Sandboxes,
    private readonly rules: AccountsRules,
    private readonly now: () => number,
  ) {}

  /**
   * Ends a lease, or goes on with it where something could not be cleaned before. The caller sees to it
   * that only one does so at a time.
   *
   * @returns why the account is quarantined, a sentence; undefined: it is clean
   */
  async end(id: string, why: LeaseEnd['why']): Promise<Result<string | undefined, ControlError>> {
    const begun = this.store.lease(id);
    if (begun === undefined) return ok(undefined);
    const wasInTrouble = this.#troubleOf(begun.account.name) !== undefined;
    // From here on nothing is started.
    const noted =
      begun.over === undefined ? this.#change(id, (one) => ({ ...one, over: why })) : ok(undefined);
    // On a full disk as well, what has had its time is ended: nothing is started after that anyway.
    if (!noted.ok && why === 'released') return noted;
    await this.runner.endFamilies(begun, this.rules.grace);
    const cleaned = await this.#clean(id);
    const trouble = cleaned.ok ? undefined : cleaned.error;
    const closed =
      trouble === undefined ? this.#close(begun) : this.quarantine(begun.account.name, trouble);
    if (!closed.ok) return closed;
    const { account, client, owner } = begun;
    // Told once, and once more when it is clean at last.
    if (trouble !== undefined && wasInTrouble) return ok(trouble);
    this.rules.ended?.({ lease: id, owner, account: account.name, client, why, trouble });
    return ok(trouble);
  }

  /** Ends the families that a lease has noted, and of a guest whatever else runs. */
  async endProcesses(lease: StoredLease): Promise<Result<void, string>> {
    for (const family of lease.families) {
      const ended = await endFamily(family);
      if (!ended.ok) return ended;
    }
    if (lease.kind === 'guest') {
      const killed = await killProcessesOf(lease.account.uid, PATIENCE);
      if (!killed.ok) return killed;
    }
    const noted = this.#change(lease.id, (one) => ({ ...one, families: [] }));
    return noted.ok ? ok(undefined) : err(noted.error.text);
  }

  async #clean(id: string): Promise<Result<void, string>> {
    const lease = this.store.lease(id);
    if (lease === undefined) return ok(undefined);
    const ended = await this.endProcesses(lease);
    if (!ended.ok) return ended;
    for (const sandbox of lease.sandboxes) {
      const settled = await this.sandboxes.settle(lease, sandbox);
      if (!settled.ok) return err(settled.error.text);
      const now = this.store.lease(id)?.sandboxes.find((each) => each.id === sandbox.id);
      if (now?.step !== 'account') continue;
      const given = await this.sandboxes.handBack(lease, sandbox.id);
      if (!given.ok) return err(given.error.text);
    }
    return lease.kind === 'guest' ? await cleanAccount(lease.account) : ok(undefined);
  }

  /** All is clean: the lease is gone, and with its last one an account that was removed. */
  #close({ account, id }: StoredLease): Result<void, ControlError> {
    const until = this.now() + this.rules.keepSandboxes;
    return this.store.change((state) => {
      const ended = state.leases.find((lease) => lease.id === id);
      const left = ended?.sandboxes.map((sandbox) => {
        return { id: sandbox.id, lease: id, client: ended.client, until };
      });
      const leases = state.leases.filter((lease) => lease !== ended);
      const closed: State = { ...state, leases, left: [...state.left, ...(left ?? [])] };
      const isLast = leasesOn(account.name, closed).length === 0;
      const accounts = closed.accounts
        .map((each) => (each.name === account.name ? { ...each, trouble: undefined } : each))
        .filter((each) => !(each.name === account.name && each.removed && isLast));
      return { ...closed, accounts };
    });
  }

  /** An account that cannot be leased until it is clean. */
  quarantine(name: string, trouble: string | undefined): Result<void, ControlError> {
    if (this.#troubleOf(name) === trouble) return ok(undefined);
    this.rules.log(
      trouble === undefined ? `${name} is clean again` : `${name} is quarantined: ${trouble}`,
    );
    return this.store.change((state) => ({
      ...state,
      accounts: state.accounts.map((each) => (each.name === name ? { ...each, trouble } : each)),
    }));
  }

  #troubleOf(name: string): string | undefined {
    return this.store.state.accounts.find((account) => account.name === name)?.trouble;
  }

  #change(id: string, edit: (lease: StoredLease) => StoredLease): Result<void, ControlError> {
    return this.store.changeLease(id, edit);
  }
}
