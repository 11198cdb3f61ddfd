/** An account of the process control daemon for a job, where the configuration wants one. */
import type { ClassAd } from '../../condor/classad';
import type { Config } from '../../condor/config';
import { accountById } from '../../kernel/accounts';
import type { Logger } from '../../log';
import { openLease } from '../../privsep/daemon/steps';
import type { LeasedSteps } from '../../privsep/daemon/types';
import { err, type Result } from '../../result';
import { SANDBOX_MODES } from './choice';

/** Leases an account for a job, and has a sandbox made; a sentence where there is none. */
export async function leaseFor(
  jobAd: ClassAd,
  config: Config,
  log: Logger,
): Promise<Result<LeasedSteps, string>> {
  const socket = config.path('PROCD_CONTROL');
  if (!socket.ok) return err(socket.error.message);
  if (socket.value === undefined)
    return err('PROCD_CONTROL is empty; name the socket of the daemon');
  const seconds = config.integer('PROCD_CONTROL_LEASE');
  if (!seconds.ok) return err(seconds.error.message);
  const permissions = config.choice('JOB_EXECDIR_PERMISSIONS');
  if (!permissions.ok) return err(permissions.error.message);
  const lease = await openLease({
    socket: socket.value,
    owner: ownerOf(jobAd),
    seconds: seconds.value,
    mode: SANDBOX_MODES[permissions.value],
    log: (sentence) => log.always(sentence),
  });
  if (!lease.ok) return err(`PRIVSEP = daemon: ${lease.error}`);
  const { account, isGuest } = lease.value.place;
  log.always(`Leased the ${isGuest ? 'guest ' : ''}account ${account.name} for ${ownerOf(jobAd)}`);
  return lease;
}

/** Whom the job is for, in the words of its ad; by hand, whoever starts it. */
export function ownerOf(jobAd: ClassAd): string {
  const own = process.geteuid?.() ?? 0;
  return jobAd.string('User') ?? jobAd.string('Owner') ?? accountById(own)?.name ?? `${own}`;
}
