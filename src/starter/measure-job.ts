/** What a job uses and has used, by all who count: its processes, its cgroup, procd. */
import { familyUsage } from '../family/usage';
import type { JobMeasures } from '../job/job-policies';
import type { JobUsage } from '../job/result';
import type { Launch } from '../kernel/launch-types';
import type { JobFamily } from './job-family';
import type { JobResources } from './job-resources';
import { greaterUsage } from './job-usage';
import type { Outcome } from './lifecycle';
import { type SandboxInUse, usageOfSandbox } from './sandbox-usage';

/** A job that was cloned, in all the hands that hold it. */
export interface Cloned {
  readonly launch: Launch;
  readonly family: JobFamily | undefined;
  readonly resources: JobResources;
}

/** Seconds since 1970, by a clock that nobody sets while a job runs: no duration is negative. */
export function now(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** How a running job stands, by all who count; undefined: it does not run. */
export async function measureJob(
  { family, launch, resources }: Cloned,
  place: SandboxInUse,
  started: number | undefined,
): Promise<JobMeasures | undefined> {
  const counted = await resources.look();
  const seen = seenOf(launch, resources);
  if (started === undefined || seen === undefined) return undefined;
  const { imageSize, processes, resident, systemCpu, userCpu } = seen;
  const own = greaterUsage(
    { userCpu, systemCpu, imageSize, maxResident: resident },
    counted ?? NOTHING,
  );
  const usage = family === undefined ? own : await family.usage(own);
  const sandbox = await usageOfSandbox(place);
  return { usage, processes, sandbox, wallTime: now() - started };
}

/** The processes as /proc has them, or as somebody else does who runs them. */
function seenOf(launch: Launch, resources: JobResources) {
  const { processes } = resources;
  if (processes === undefined) return familyUsage(launch.initPid() ?? launch.pid);
  return { processes, imageSize: 0, resident: 0, systemCpu: 0, userCpu: 0 };
}

const NOTHING: JobUsage = { userCpu: 0, systemCpu: 0, maxResident: 0 };

/** What a job has used that ended, by its init and its cgroup; undefined: nobody knows. */
export function usageOf(outcome: Outcome, resources: JobResources): JobUsage | undefined {
  const counted = resources.usage();
  const exit = outcome.kind === 'lost' ? undefined : outcome.exit;
  if (exit === undefined && (outcome.kind !== 'lost' || counted === undefined)) return undefined;
  return greaterUsage(exit?.usage ?? NOTHING, counted ?? NOTHING);
}
