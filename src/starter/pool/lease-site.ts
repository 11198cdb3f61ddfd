/** The site of a job that runs on an account of the process control daemon. */
import type { ClassAd } from '../../condor/classad';
import type { JobFault } from '../../job/faults';
import { machineFault } from '../../privsep/machine-fault';
import { err, ok, type Result } from '../../result';
import type { PoolSite } from './site';

/** A site, and the way to give back what was taken for it. */
export interface LeasedSite {
  readonly site: PoolSite;
  /** Gives the account back. Nothing of the job may be needed any more. */
  close(): Promise<void>;
}

/**
 * Leases an account for a job where the site is of mode `daemon`: sandbox and privileged steps are
 * the daemon's from then on. Any other site stays as it is.
 */
export async function leaseSite(
  site: PoolSite,
  jobAd: ClassAd,
): Promise<Result<LeasedSite, JobFault>> {
  if (site.mode !== 'daemon') return ok({ site, close: () => Promise.resolve() });
  // No other job needs it.
  const { leaseFor } = await import('../leased/lease');
  const steps = await leaseFor(jobAd, site.config, site.log);
  if (!steps.ok) return err(machineFault(steps.error));
  const { account, executeDirectory, isGuest, sandboxName } = steps.value.place;
  const leased = { account, isGuest };
  const path = `${executeDirectory}/${sandboxName}`;
  return ok({
    site: { ...site, steps: steps.value, executeDirectory, sandboxName, leased },
    async close() {
      // It is there since the lease is: a job that came to nothing has not removed it.
      await steps.value.removeSandbox({ executeDirectory, name: sandboxName, path });
      await steps.value.close();
    },
  });
}
