/**
 * A launch plan as text for a person: `eyrie plan`. The numbers are those that messages about a failed
 * step give.
 */
import { printableLine } from '../printable';
import type { CgroupPlan } from './cgroup-plan';
import { describeCgroup } from './describe-cgroup';
import { type StepText, describeSteps } from './describe-step';
import { describeDisk, type ScratchDisk } from './scratch-disk';
import type { IdMap, LaunchPlan } from './plan';
import { planEnvironment } from './plan-environment';

/** Words for every step: the job's steps know what the setup steps put into slots. */
export function describeAllSteps({ setup, job }: Pick<LaunchPlan, 'setup' | 'job'>): {
  readonly setup: readonly StepText[];
  readonly job: readonly StepText[];
} {
  const texts = describeSteps([...setup, ...job]);
  return { setup: texts.slice(0, setup.length), job: texts.slice(setup.length) };
}

/** What is around a launch; undefined: there is none. */
export interface PlanSurroundings {
  readonly cgroup?: CgroupPlan | undefined;
  /** The sandbox' own file system. */
  readonly disk?: ScratchDisk | undefined;
}

/** The whole plan, with what the planner noted, printable. Lines end with a newline. */
export function describePlan(
  plan: LaunchPlan,
  notes: readonly string[] = [],
  { cgroup, disk }: PlanSurroundings = {},
): string {
  const { setup, job } = describeAllSteps(plan);
  return [
    `namespaces   ${plan.namespaces.join(', ')}`,
    `identity     ${describeIdentity(plan)}`,
    ...section(`eyrie-init: ${setup.length} setup steps`, setup.map(line)),
    ...section(`the job's process: ${job.length} steps`, job.map(line)),
    ...section('control group', cgroup === undefined ? [] : describeCgroup(cgroup)),
    ...section('sandbox', disk === undefined ? [] : [describeDisk(disk)]),
    ...section('environment', [...planEnvironment(plan)].sort()),
    ...section('notes', notes),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((text) => `  ${printableLine(text)}`)];
}

function line({ action, detail }: StepText, index: number): string {
  const number = String(index + 1).padStart(3);
  return detail === '' ? `${number}  ${action}` : `${number}  ${action}  [${detail}]`;
}

function describeIdentity({ identity, idMaps }: LaunchPlan): string {
  const { uid, gid, groups } = identity;
  const rest =
    groups === undefined ? "the starter's groups" : `groups ${groups.join(', ') || 'none'}`;
  const maps =
    idMaps === undefined
      ? ''
      : `; ${describeMaps('uid', idMaps.uid)}, ${describeMaps('gid', idMaps.gid)}`;
  return `uid ${uid}, gid ${gid}, ${rest}${maps}`;
}

function describeMaps(kind: 'uid' | 'gid', maps: readonly IdMap[]): string {
  return maps
    .map(({ inside, outside, count }) => `${kind} ${inside} is ${outside} outside (${count})`)
    .join(', ');
}
