/** What clients ask of their leases' sandboxes. */
import { listProcesses } from '../../kernel/account-leftovers';
import type { TreeReport } from '../../kernel/tree';
import { err, type Result } from '../../result';
import type { Caller, ControlError } from '../control/types';
import { type Office, leaseOf, whyNotUsable } from './office';
import type { Side } from './sandboxes';
import type { StoredLease } from './state';
import type { LeasedSandbox } from './types';

/** What a client names. */
export interface SandboxName {
  readonly lease: string;
  readonly sandbox: string;
}

export class SandboxRequests {
  constructor(private readonly office: Office) {}

  /** Makes one that is the client's. The descriptor is the caller's of this to close. */
  make(lease: string, mode: number, caller: Caller): Promise<Result<LeasedSandbox, ControlError>> {
    return this.#exclusively(lease, caller, (found) => {
      const why = whyNotUsable(this.office, found);
      if (why !== undefined) return Promise.resolve(err(why));
      return Promise.resolve(this.office.sandboxes.make(found, caller.pid, mode));
    });
  }

  /** Gives one to the lease's account, or back to its client. */
  give(
    { lease, sandbox }: SandboxName,
    to: Side,
    caller: Caller,
  ): Promise<Result<number, ControlError>> {
    const { moving, sandboxes } = this.office;
    return this.#exclusively(lease, caller, async (found) => {
      const why = to === 'account' ? whyNotUsable(this.office, found) : undefined;
      if (why !== undefined) return err(why);
      const running = await whyRunning(found);
      if (running !== undefined) return err({ code: 'not-allowed', text: running });
      // No family is noted from here on: addFamily() refuses.
      moving.add(lease);
      try {
        const now = this.office.store.lease(lease);
        return now === undefined || now.families.length > 0
          ? err({ code: 'not-allowed', text: 'a job began on the lease meanwhile' })
          : await sandboxes.give(now, sandbox, to);
      } finally {
        moving.delete(lease);
      }
    });
  }

  /** Removes one; also one that was left to the client when its lease ended. */
  async remove(
    { lease, sandbox }: SandboxName,
    caller: Caller,
  ): Promise<Result<TreeReport, ControlError>> {
    const left = this.#left({ lease, sandbox }, caller);
    if (left !== undefined) {
      return this.office.serial.run(lease, () => this.office.sandboxes.removeLeft(left));
    }
    return this.#exclusively(lease, caller, async (found) => {
      const known = this.office.sandboxes.find(found, sandbox);
      if (!known.ok) return known;
      if (found.families.length > 0) {
        const text = `a job runs on the lease (process ${found.families[0]?.pid ?? 0})`;
        return err({ code: 'not-allowed', text });
      }
      return this.office.sandboxes.remove(found, sandbox);
    });
  }

  async measure(
    { lease, sandbox }: SandboxName,
    caller: Caller,
  ): Promise<Result<TreeReport, ControlError>> {
    const { sandboxes } = this.office;
    if (this.#left({ lease, sandbox }, caller) !== undefined) return sandboxes.measure(sandbox);
    const found = leaseOf(this.office, lease, caller);
    if (!found.ok) return found;
    const known = sandboxes.find(found.value, sandbox);
    return known.ok ? sandboxes.measure(sandbox) : known;
  }

  /** Nothing else is done with the lease meanwhile; it must be in force, and still when its turn comes. */
  #exclusively<T>(
    id: string,
    caller: Caller,
    work: (lease: StoredLease) => Promise<Result<T, ControlError>>,
  ): Promise<Result<T, ControlError>> {
    const asked = leaseOf(this.office, id, caller);
    if (!asked.ok) return Promise.resolve(asked);
    return this.office.serial.run(id, () => {
      const lease = leaseOf(this.office, id, caller);
      return lease.ok ? work(lease.value) : Promise.resolve(lease);
    });
  }

  #left({ lease, sandbox }: SandboxName, { uid }: Caller) {
    return this.office.store.state.left.find(
      (each) => each.lease === lease && each.id === sandbox && (each.client === uid || uid === 0),
    );
  }
}

/** What of the account runs, so that no sandbox may change hands; undefined: nothing. */
async function whyRunning({ account, families, kind }: StoredLease): Promise<string | undefined> {
  const [family] = families;
  if (family !== undefined) return `a job runs on the lease (process ${family.pid})`;
  // An owner may be logged in.
  if (kind === 'local') return undefined;
  const processes = await listProcesses();
  if (!processes.ok) return processes.error;
  const found = processes.value.find(({ uids }) => uids.includes(account.uid));
  return found && `process ${found.pid} of ${account.name} runs`;
}
