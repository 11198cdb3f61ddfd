/** What the parts of the accounts work with. */
import { err, ok, type Result } from '../../result';
import type { Caller, ControlError } from '../control/types';
import type { Ending } from './ending';
import type { AccountsRules } from './options';
import type { Sandboxes } from './sandboxes';
import type { Serial } from './serial';
import type { StoredLease } from './state';
import type { Store } from './store';
import type { Lease } from './types';
import type { Users } from './users';

export interface Office {
  readonly options: AccountsRules;
  readonly store: Store;
  readonly users: Users;
  readonly sandboxes: Sandboxes;
  readonly ending: Ending;
  /** By lease: what changes its sandboxes, and its end. */
  readonly serial: Serial;
  /** Names of guests that are being looked at for a lease. */
  readonly taken: Set<string>;
  /** Leases a sandbox of which is changing hands: no job begins meanwhile. */
  readonly moving: Set<string>;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Something has changed that the timer goes by. */
  readonly wake: () => void;
}

/**
 * A lease that is in force, and the caller's. Who asks for another's learns no more than who asks for one
 * that there never was.
 */
export function leaseOf(
  office: Office,
  id: string,
  caller: Caller,
): Result<StoredLease, ControlError> {
  const lease = office.store.lease(id);
  if (lease === undefined || (lease.client !== caller.uid && caller.uid !== 0)) {
    return err({ code: 'no-lease', text: 'there is no such lease of this client' });
  }
  if (lease.over === undefined && lease.expiry > office.now()) return ok(lease);
  return err({ code: 'expired', text: `the lease on ${lease.account.name} is over` });
}

/** Why nothing more may begin on a lease: its account must still be one that may be used. */
export function whyNotUsable(
  { users }: Office,
  { account }: StoredLease,
): ControlError | undefined {
  const found = users.find(account.name, account.uid);
  return found.ok ? undefined : found.error;
}

/** A lease as those see it who run jobs on it. */
export function publicLease(lease: StoredLease): Lease {
  const { account, client, expiry, id, kind, owner, start } = lease;
  return { id, owner, kind, account, client, start, expiry };
}
