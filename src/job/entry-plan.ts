/**
 * The way into a job that runs, for `eyrie enter`: what its plan did to the job's own process, done to
 * another one. Its setup steps are not done again, for what they made is there: namespaces and mounts.
 */
import type { LaunchPlan, Step } from './plan';

/** The steps of a plan that say what the job's process may and may not. */
const KEPT = [
  'cgroup-namespace',
  'nice',
  'affinity',
  'rlimit',
  'umask',
  'chroot',
  'drop-bounding-set',
  'no-new-privs',
] as const;

/** One of them. */
export type EntryStep = Extract<Step, { op: (typeof KEPT)[number] }>;

/** What of a plan is needed to do to another process as it did to the job's. */
export interface JobEntry extends Pick<LaunchPlan, 'namespaces' | 'identity'> {
  /** In the plan's order. */
  readonly steps: readonly EntryStep[];
  /** The marks of the job's family in its environment, `_CONDOR_ANCESTOR_N=…`. */
  readonly marks: readonly string[];
}

/** A command for {@link planEntry}. */
export interface EntryCommand {
  /** A name without a slash is looked up along the environment's PATH, inside. */
  readonly argv: readonly [string, ...string[]];
  /** `NAME=value` strings; the family's marks are added. */
  readonly environment: readonly string[];
  /** Where it starts, as the job sees it; `/` where that is not there. */
  readonly directory: string;
}

const MARK = /^_CONDOR_ANCESTOR_\d+=/;

/** Takes the way in out of a plan. */
export function entryOf({ namespaces, identity, job }: LaunchPlan): JobEntry {
  const exec = job.at(-1);
  return {
    namespaces,
    identity,
    steps: job.filter(isKept),
    marks: exec?.op === 'exec' ? exec.envp.filter((text) => MARK.test(text)) : [],
  };
}

/** Whether a step is one that a way in keeps. */
export function isKept(step: Step): step is EntryStep {
  return (KEPT as readonly string[]).includes(step.op);
}

/**
 * The plan of a command inside, for eyrie-enter, which has begun a session and set up the standard
 * streams before. Its order is that of the job's own process (plan-process.ts), for the same reasons:
 * what needs rights first, then the last of them are given up, and only then comes a path of the job's.
 */
export function planEntry(entry: JobEntry, command: EntryCommand): LaunchPlan {
  const { namespaces, identity, steps, marks } = entry;
  const late = ['drop-bounding-set', 'no-new-privs'];
  const only = (op: EntryStep['op']): readonly Step[] => steps.filter((step) => step.op === op);
  return {
    namespaces,
    identity,
    setup: [],
    job: [
      { op: 'session-keyring' },
      { op: 'default-signals' },
      ...steps.filter(({ op }) => !late.includes(op)),
      { op: 'close-from', fd: 3 },
      { op: 'chdir', path: command.directory, fallback: '/' },
      ...only('drop-bounding-set'),
      { op: 'ids' },
      { op: 'drop-capabilities' },
      ...only('no-new-privs'),
      { op: 'parent-death-signal' },
      // eyrie-enter goes by argv[0], and looks a bare name up when everything else is done.
      { op: 'exec', path: '/', argv: command.argv, envp: [...command.environment, ...marks] },
    ],
  };
}
