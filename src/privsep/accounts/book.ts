/** The leases, for whoever runs jobs on them. */
import { err, ok, type Result } from '../../result';
import type { Caller, ControlError } from '../control/types';
import { isCgroupName } from './cgroup-name';
import { type Office, leaseOf, publicLease, whyNotUsable } from './office';
import type { Lease, LeaseBook, LeasedSandbox, LeaseFamily } from './types';

/** Of one lease. */
const FAMILIES_MAX = 1000;

export class Book implements LeaseBook {
  constructor(private readonly office: Office) {}

  find(id: string, caller: Caller): Result<Lease, ControlError> {
    const lease = leaseOf(this.office, id, caller);
    return lease.ok ? ok(publicLease(lease.value)) : lease;
  }

  openSandbox({ id: leaseId }: Lease, id: string): Result<LeasedSandbox, ControlError> {
    const lease = this.office.store.lease(leaseId);
    return lease === undefined ? err(gone) : this.office.sandboxes.open(lease, id);
  }

  addFamily({ id }: Lease, family: LeaseFamily): Result<void, ControlError> {
    const { moving, now, store } = this.office;
    const lease = store.lease(id);
    if (lease === undefined) return err(gone);
    if (lease.over !== undefined || lease.expiry <= now()) {
      return err({ code: 'expired', text: `the lease on ${lease.account.name} is over` });
    }
    const why = whyNotUsable(this.office, lease);
    if (why !== undefined) return err(why);
    if (moving.has(id)) {
      return err({ code: 'not-allowed', text: 'a sandbox of the lease is changing hands' });
    }
    if (family.cgroup !== undefined && !isCgroupName(family.cgroup)) {
      return err({ code: 'internal', text: `${family.cgroup} is no cgroup of a job` });
    }
    if (lease.families.length >= FAMILIES_MAX) {
      return err({ code: 'not-allowed', text: `the lease has ${FAMILIES_MAX} jobs already` });
    }
    return store.changeLease(id, (one) => ({ ...one, families: [...one.families, family] }));
  }

  removeFamily({ id }: Lease, pid: number): void {
    const { options, store } = this.office;
    if (!store.lease(id)?.families.some((family) => family.pid === pid)) return;
    const removed = store.changeLease(id, (one) => ({
      ...one,
      families: one.families.filter((family) => family.pid !== pid),
    }));
    // It is looked for again when the lease ends: that it is gone is found out then.
    if (!removed.ok) options.log(removed.error.text);
  }
}

const gone: ControlError = { code: 'no-lease', text: 'there is no such lease any more' };
