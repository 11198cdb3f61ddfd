/** From a prepared job that was launched to its record. */
import { entryOf } from '../../job/entry-plan';
import { ownIdentity, startTimeOf } from '../../kernel/proc/process-identity';
import { readKernelFile } from '../../kernel/proc/read';
import { ok, type Result } from '../../result';
import type { PreparedJob } from '../prepare';
import { writeRecord } from './write-record';

/** What is known of a launch. */
export interface LaunchFacts {
  /** The pid of eyrie-init, which was not reaped yet. */
  readonly init: number;
  readonly job: number | undefined;
  /** Seconds since 1970. */
  readonly since: number;
  readonly procd?: string | undefined;
}

/** Records a job that runs; see {@link writeRecord}. */
export function recordJob(
  { globalId, identity, plan, sandbox, slotName, spec }: PreparedJob,
  { init, job, procd, since }: LaunchFacts,
): Result<() => void, string> {
  const starter = ownIdentity();
  if (!starter.ok) return starter;
  const stat = readKernelFile(`/proc/${init}/stat`);
  // A job can have ended by now: then there is nothing to tell of.
  if (!stat.ok) return ok(() => undefined);
  return writeRecord({
    starter: starter.value,
    cluster: spec.cluster,
    proc: spec.proc,
    slot: slotName,
    globalId,
    user: identity.account.name,
    command: spec.command,
    sandbox,
    init: { pid: init, startTime: startTimeOf(stat.value) },
    pid: job,
    since,
    procd,
    entry: entryOf(plan),
  });
}
