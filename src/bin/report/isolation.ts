/**
 * What a LaunchPlan isolates, in a few lines for a person: read off the plan itself, so that it
 * cannot say what is not so. `eyrie plan` shows the plan whole.
 */
import type { LaunchPlan, Step } from '../../job/plan';
import { size } from './quantities';

/** One line: what it is about, and how it is for the job. */
export interface IsolationLine {
  readonly about: string;
  readonly text: string;
}

/** Which directories and files of the host the job has otherwise than the host. */
interface Tree {
  /** Its own, backed by the sandbox or by memory. */
  readonly own: readonly string[];
  readonly readOnly: readonly string[];
  readonly hidden: readonly string[];
}

/**
 * The lines for a plan.
 *
 * @param sandbox the sandbox's path on the host
 */
export function describeIsolation(plan: LaunchPlan, sandbox: string): readonly IsolationLine[] {
  const root = find(plan.job, 'chroot')?.path;
  const tree = readTree(plan.setup, sandbox, root ?? '');
  return [
    { about: 'processes', text: processes(plan) },
    { about: 'account', text: account(plan) },
    ...line('root', root),
    { about: 'sandbox', text: sandbox },
    ...line('private', list(tree.own)),
    ...line('read-only', list(tree.readOnly)),
    ...line('hidden', list(tree.hidden)),
    { about: 'rights', text: rights(plan.job) },
    ...line('limits', list(limits(plan.job))),
  ];
}

function line(about: string, text: string | undefined): readonly IsolationLine[] {
  return text === undefined ? [] : [{ about, text }];
}

function list(items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : items.join(', ');
}

/** The first step of a kind. */
function find<Op extends Step['op']>(
  steps: readonly Step[],
  op: Op,
): Extract<Step, { readonly op: Op }> | undefined {
  return steps.find((step): step is Extract<Step, { readonly op: Op }> => step.op === op);
}

function processes({ namespaces }: LaunchPlan): string {
  return namespaces.includes('pid')
    ? 'a PID namespace: the job sees itself and its children only'
    : "the host's: the job sees all of them; what it leaves behind is killed";
}

function account({ identity, namespaces }: LaunchPlan): string {
  const { uid, gid, groups } = identity;
  const others = groups === undefined ? [] : groups.filter((group) => group !== gid);
  return [
    `uid ${uid}`,
    `gid ${gid}`,
    ...(others.length > 0 ? [`groups ${others.join(' ')}`] : []),
    ...(namespaces.includes('user') ? ['in a user namespace'] : []),
  ].join(', ');
}

function rights(job: readonly Step[]): string {
  return [
    find(job, 'drop-bounding-set') ? 'no capabilities ever' : 'no capabilities',
    ...(find(job, 'no-new-privs') ? ['none from set-uid programs'] : []),
  ].join(', ');
}

function limits(job: readonly Step[]): readonly string[] {
  const inBytes: ReadonlySet<string> = new Set(['as', 'core', 'data', 'fsize', 'memlock', 'stack']);
  return job.flatMap((step) => {
    if (step.op === 'nice') return [`nice +${step.increment}`];
    if (step.op === 'affinity') return [`CPUs ${step.cpus.join(' ')}`];
    if (step.op !== 'rlimit' || step.soft === 'unlimited') return [];
    return [`${step.resource} ${inBytes.has(step.resource) ? size(step.soft) : step.soft}`];
  });
}

/** Follows the mounts of a plan: what is bound where, and what is sealed. */
function readTree(setup: readonly Step[], sandbox: string, root: string): Tree {
  const pinned = new Map<number, string>();
  const own: string[] = [];
  const readOnly: string[] = [];
  const hidden: string[] = [];
  const covers = new Set<string>();
  const inside = (path: string): string =>
    path.slice(path.startsWith(`${root}/`) ? root.length : 0);
  for (const step of setup) {
    if (step.op === 'pin') {
      const base = step.base === undefined ? '' : `${pinned.get(step.base) ?? ''}/`;
      pinned.set(step.slot, `${base}${step.path}`);
    } else if (step.op === 'tmpfs') {
      covers.add(step.target);
      if (/(^|,)mode=0+(,|$)/.test(step.options)) hidden.push(inside(step.target));
      else if (step.target.endsWith('/dev/shm')) own.push(inside(step.target));
    } else if (step.op === 'bind') {
      const source = pinned.get(step.source) ?? '';
      const target = inside(step.target);
      if (source.startsWith(`${sandbox}/`)) own.push(target);
      else if (source === '/dev/null' && !target.startsWith('/dev/')) hidden.push(target);
    } else if (step.op === 'remount' && step.flags.includes('ro') && !covers.has(step.target)) {
      readOnly.push(inside(step.target));
    }
  }
  return { own, readOnly, hidden };
}
