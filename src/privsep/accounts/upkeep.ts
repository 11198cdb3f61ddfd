/**
 * What happens to leases, accounts and sandboxes without anybody asking: their time comes, and what could
 * not be cleaned, or was left undone by a daemon that was killed, is done again.
 */
import { err, ok, type Result } from '../../result';
import { leasesOn } from './choose';
import { cleanAccount } from './cleaning';
import type { Leases } from './leases';
import type { Office } from './office';
import type { LeftSandbox, StoredAccount, StoredLease } from './state';
import { Timer } from './timer';

export class Upkeep {
  readonly #timer: Timer;
  /** When what could not be cleaned is tried again. */
  #retryAt = Infinity;

  constructor(
    private readonly office: Office,
    private readonly leases: Leases,
  ) {
    this.#timer = new Timer(office.now, () => this.retry());
  }

  /**
   * Puts in order what a daemon has left that was killed: what it started is ended, what changed hands
   * is whole again and whose it should be. Leases that are in force stay. Nothing is served before.
   *
   * @param boot which start of the machine this is
   * @returns a sentence where the state cannot be kept
   */
  async begin(boot: string): Promise<Result<void, string>> {
    const { now, sandboxes, store } = this.office;
    if (store.state.boot !== boot) {
      // Their pids are others' by now.
      const forgotten = store.change((state) => ({
        ...state,
        boot,
        leases: state.leases.map((lease) => ({ ...lease, families: [] })),
      }));
      if (!forgotten.ok) return err(forgotten.error.text);
    }
    for (const lease of store.state.leases) await this.#putInOrder(lease);
    for (const left of store.state.left) {
      // Some were being removed.
      if (left.until <= now()) await sandboxes.removeLeft(left);
    }
    this.retry();
    return ok(undefined);
  }

  /** Sets the timer by what there is to do next. */
  wake(): void {
    const { now, options, store } = this.office;
    const { leases, left } = store.state;
    const times = [...leases.filter(isInForce).map(({ expiry }) => expiry), ...left.map(untilOf)];
    if (!this.#isUnfinished()) this.#retryAt = Infinity;
    else if (this.#retryAt === Infinity) this.#retryAt = now() + options.retry;
    this.#timer.set(Math.min(this.#retryAt, ...times.filter((time) => time > now())));
  }

  /** Does at once whatever is due, and again what could not be done before. */
  retry(): void {
    const { now, sandboxes, serial, store } = this.office;
    const { accounts, leases, left } = store.state;
    this.#retryAt = Infinity;
    for (const { expiry, id, over } of leases) {
      if (serial.isBusy(id) || (over === undefined && expiry > now())) continue;
      void this.leases.end(id, over ?? 'expired');
    }
    for (const one of left) {
      if (one.until > now() || serial.isBusy(one.lease)) continue;
      void serial.run(one.lease, () => sandboxes.removeLeft(one)).then(() => this.wake());
    }
    for (const account of accounts) {
      // Not the id of a lease.
      void serial.run(`account ${account.name}`, () => this.#cleanAgain(account));
    }
    this.wake();
  }

  close(): void {
    this.#timer.close();
  }

  async #putInOrder(lease: StoredLease): Promise<void> {
    const { ending, options, sandboxes } = this.office;
    const { account, client, id, owner } = lease;
    options.found?.({ lease: id, owner, account: account.name, client });
    const ended = await ending.endProcesses(lease);
    if (!ended.ok) options.log(`lease on ${lease.account.name}: ${ended.error}`);
    for (const sandbox of lease.sandboxes) {
      const settled = await sandboxes.settle(lease, sandbox);
      if (!settled.ok) options.log(`lease on ${lease.account.name}: ${settled.error.text}`);
    }
  }

  /** A guest that was found unclean when it was to be leased. */
  async #cleanAgain({ name, owner, uid }: StoredAccount): Promise<void> {
    const { ending, store, taken, users } = this.office;
    const trouble = store.state.accounts.find((account) => account.name === name)?.trouble;
    if (trouble === undefined || owner !== undefined || taken.has(name)) return;
    if (leasesOn(name, store.state).length > 0) return;
    const account = users.find(name, uid);
    if (!account.ok) return;
    taken.add(name);
    try {
      const cleaned = await cleanAccount(account.value);
      ending.quarantine(name, cleaned.ok ? undefined : cleaned.error);
    } finally {
      taken.delete(name);
      this.#dropRemoved(name);
      this.wake();
    }
  }

  /** An account that was removed while it was looked at. */
  #dropRemoved(name: string): void {
    const { store } = this.office;
    const account = store.state.accounts.find((each) => each.name === name);
    if (account?.removed !== true || leasesOn(name, store.state).length > 0) return;
    store.change((state) => ({
      ...state,
      accounts: state.accounts.filter((each) => each.name !== name),
    }));
  }

  /** Whether something was due that is not being done. */
  #isUnfinished(): boolean {
    const { now, serial, store, taken } = this.office;
    const { accounts, leases, left } = store.state;
    return (
      accounts.some(({ name, trouble }) => trouble !== undefined && !taken.has(name)) ||
      leases.some(
        (lease) => (lease.over !== undefined || lease.expiry <= now()) && !serial.isBusy(lease.id),
      ) ||
      left.some((one) => one.until <= now() && !serial.isBusy(one.lease))
    );
  }
}

function isInForce({ over }: StoredLease): boolean {
  return over === undefined;
}

function untilOf({ until }: LeftSandbox): number {
  return until;
}
