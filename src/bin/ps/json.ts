/** The families as JSON: eyrie(1) has the names, "FAMILIES AS JSON". */
import type { Family, FamilyListing } from '../../starter/families/types';

/** One object on one line. */
export function listingJson({ families, time, troubles }: FamilyListing): string {
  return `${JSON.stringify({ time, families: families.map(familyObject), troubles })}\n`;
}

function familyObject({ command, job, parent, pid, procd, state, usage, user }: Family): object {
  return {
    pid,
    parent: parent ?? null,
    user,
    command,
    state,
    job:
      job === undefined
        ? null
        : {
            cluster: job.cluster,
            proc: job.proc,
            slot: job.slot,
            globalJobId: job.globalId ?? null,
            starter: job.starter.pid,
            pid: job.pid ?? null,
            sandbox: job.sandbox,
            since: job.since,
          },
    processes: usage.processes,
    userCpu: usage.userCpu,
    systemCpu: usage.systemCpu,
    percentCpu: usage.percentCpu,
    residentKiB: usage.resident ?? null,
    proportionalKiB: usage.proportional ?? null,
    imageKiB: usage.imageSize,
    procd: procd ?? null,
  };
}
