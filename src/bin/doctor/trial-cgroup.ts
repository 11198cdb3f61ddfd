/**
 * A cgroup as a job gets it, made for the checks and removed again: what it lacks, a job would lack.
 */
import { existsSync } from 'node:fs';
import type { CgroupLimits } from '../../job/cgroup-plan';
import { JobCgroup } from '../../kernel/cgroups/job-cgroup';
import type { Config } from '../../condor/config';
import { err, ok, type Result } from '../../result';
import type { TrialMode } from '../../kernel/probe/trial-plans';

/** What was found while it was there. */
export interface TrialCgroup {
  /** Below the hierarchies' roots. */
  readonly name: string;
  readonly directories: readonly string[];
  /** Sentences: what a job goes without. */
  readonly notes: readonly string[];
  /** Which of the kernel's files it had. */
  has(file: string): boolean;
}

/** Why there is none. `wanted`: whether the configuration asks for one. */
export interface NoCgroup {
  readonly wanted: boolean;
  readonly reason: string;
}

/** One of each limit, which nothing is ever held to. */
const LIMITS: CgroupLimits = {
  cpuWeight: 100,
  cpuLimit: 1,
  cpus: [0],
  memory: { hard: 2 ** 26, soft: 2 ** 25, low: 2 ** 20, high: 2 ** 25 },
  pids: 10,
  ioWeight: 100,
};

/** Files by which features are told apart; one name each in versions 1 and 2, or one of them. */
const FILES = [
  'cgroup.kill',
  'cgroup.freeze',
  'freezer.state',
  'memory.peak',
  'memory.max_usage_in_bytes',
  'memory.oom.group',
  'memory.oom_control',
  'memory.swap.max',
  'memory.memsw.limit_in_bytes',
  'cpu.pressure',
] as const;

/** Makes it where BASE_CGROUP says, looks, and removes it. */
export async function tryCgroup(
  config: Config,
  mode: TrialMode,
): Promise<Result<TrialCgroup, NoCgroup>> {
  const base = (config.string('BASE_CGROUP') ?? '').split('/').filter(Boolean).join('/');
  if (base === '') return err({ wanted: false, reason: 'BASE_CGROUP is empty' });
  const alone = config.boolean('CREATE_CGROUP_WITHOUT_ROOT');
  if (mode !== 'root' && alone.ok && !alone.value) {
    return err({ wanted: false, reason: 'not root, and CREATE_CGROUP_WITHOUT_ROOT is false' });
  }
  const name = `eyrie_doctor_${process.pid}`;
  const made = JobCgroup.make({ base, name, owner: undefined, limits: LIMITS });
  if (!made.ok) return err({ wanted: true, reason: made.error });
  const { directories, notes } = made.value;
  const places = directories.flatMap((directory) => [directory, `${directory}/job`]);
  const found = FILES.filter((file) => places.some((place) => existsSync(`${place}/${file}`)));
  const left = await made.value.remove();
  return ok({
    name: made.value.name,
    directories,
    notes: [...notes, ...left],
    has: (file) => found.some((one) => one === file),
  });
}
