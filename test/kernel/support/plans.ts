/** Small plans, and running one to its end. */
import fs from 'node:fs';
import type { LaunchPlan, Namespace, Step } from '../../../src/job/plan';
import { startLaunch } from '../../../src/kernel/launch';
import type { LocalLaunch, LaunchOptions } from '../../../src/kernel/launch-types';

/** An account that owns nothing, and who the jobs of these tests are. */
export const NOBODY = 65534;

export const ENVIRONMENT = ['PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'];

/** Whose hands launch: root's own, or an ordinary user's with a user namespace, or without any. */
export type Mode = 'root' | 'rootless' | 'unprivileged';

/** What a test wants of its plan. */
export interface PlanParts {
  readonly mode?: Mode;
  /** Beside mount; pid where undefined. A rootless plan has user as well. */
  readonly namespaces?: readonly Namespace[];
  readonly setup?: readonly Step[];
  /** Job steps before the ids change, and after. */
  readonly before?: readonly Step[];
  readonly after?: readonly Step[];
  /** A script for /bin/sh, or an exec step. */
  readonly run: string | Extract<Step, { op: 'exec' }>;
  /** A host file that gets the job's stdout and stderr; opened with the job's ids. */
  readonly output?: string;
  /** The job's uid and gid; nobody's where undefined. */
  readonly uid?: number;
}

/** Slots of the plans here; tests use those below. */
const OUTPUT_SLOT = 60;

/** A plan, by default for nobody. */
export function planOf(parts: PlanParts): LaunchPlan {
  const { mode = 'root', namespaces = ['pid'], output, uid = NOBODY } = parts;
  const map = [{ inside: uid, outside: uid, count: 1 }];
  const own = mode === 'rootless' ? (['user'] as const) : [];
  return {
    namespaces: mode === 'unprivileged' ? [] : ['mount', ...namespaces, ...own],
    ...(mode === 'rootless' ? { idMaps: { uid: map, gid: map } } : {}),
    identity: { uid, gid: uid, groups: mode === 'root' ? [uid] : undefined },
    setup: [
      ...(mode === 'unprivileged' ? [] : [slave]),
      ...(output === undefined ? [] : [openOutput(output)]),
      ...(parts.setup ?? []),
    ],
    job: [
      { op: 'default-signals' },
      ...(output === undefined ? [] : dupOutput),
      ...(parts.before ?? []),
      ...(mode === 'rootless' ? ([{ op: 'drop-bounding-set' }] as const) : []),
      { op: 'ids' },
      { op: 'drop-capabilities' },
      { op: 'parent-death-signal' },
      ...(parts.after ?? []),
      typeof parts.run === 'string' ? script(parts.run) : parts.run,
    ],
  };
}

const slave = { op: 'propagation', path: '/', kind: 'slave' } as const;

/** The exec of a shell script. */
export function script(text: string): Extract<Step, { op: 'exec' }> {
  return { op: 'exec', path: '/bin/sh', argv: ['sh', '-c', text], envp: ENVIRONMENT };
}

function openOutput(path: string): Step {
  return {
    op: 'open',
    slot: OUTPUT_SLOT,
    path,
    mode: 'truncate',
    follow: false,
    permissions: 0o644,
    stream: 'stdout',
  };
}

const dupOutput: readonly Step[] = [
  { op: 'dup', slot: OUTPUT_SLOT, fd: 1 },
  { op: 'dup', slot: OUTPUT_SLOT, fd: 2 },
];

/** What came of a launch. */
export interface Ran {
  readonly start: Awaited<ReturnType<LocalLaunch['go']>>;
  readonly exit: Awaited<LocalLaunch['exited']>;
}

/** Starts a plan that the native part accepts. */
export function launched(plan: LaunchPlan, options?: LaunchOptions): LocalLaunch {
  const launch = startLaunch(plan, options);
  if (!launch.ok) throw new Error(`${launch.error.call}: errno ${launch.error.errno}`);
  return launch.value;
}

/** Runs a plan to its end. */
export async function runPlan(plan: LaunchPlan, options?: LaunchOptions): Promise<Ran> {
  const launch = launched(plan, options);
  const start = await launch.go();
  return { start, exit: await launch.exited };
}

/** Runs a plan that is to succeed, and gives what its job wrote to `output`. */
export async function outputOf(
  directory: string,
  parts: Omit<PlanParts, 'output'>,
  run: (plan: LaunchPlan) => Promise<Ran> = runPlan,
): Promise<string> {
  const output = `${directory}/output`;
  const { start, exit } = await run(planOf({ ...parts, output }));
  const text = fs.existsSync(output) ? fs.readFileSync(output, 'utf8') : '';
  if (!start.ok) throw new Error(`not started: ${JSON.stringify(start.error)}`);
  if (!exit.ok) throw new Error(exit.error.reason);
  if (exit.value.code !== 0) throw new Error(`${JSON.stringify(exit.value)}: ${text}`);
  return text;
}
