/** The way into a job, read from its record: shapes are checked here, the rest by the plan's own check. */
import type { EntryStep, JobEntry } from '../../job/entry-plan';
import { NAMESPACES, RESOURCES } from '../../kernel/plan-table';
import { isListOf, isObject, isText, isWhole, type JsonObject } from './shapes';

/** Linux counts no more: NR_CPUS_RANGE_END of the kernel's configuration is 8,192. */
const CPUS = 65_536;

/** Reads it; undefined: it is none. */
export function readEntry(value: unknown): JobEntry | undefined {
  if (!isObject(value) || !isObject(value.identity)) return undefined;
  const { namespaces, identity, steps, marks } = value;
  const { uid, gid, groups } = identity;
  const isRight =
    isListOf(namespaces, isText) &&
    namespaces.every((name) => Object.hasOwn(NAMESPACES, name)) &&
    isWhole(uid) &&
    isWhole(gid) &&
    (groups === undefined || isListOf(groups, isWhole)) &&
    isListOf(steps, isStep) &&
    isListOf(marks, isText);
  return isRight
    ? ({ namespaces, identity: { uid, gid, groups }, steps, marks } as unknown as JobEntry)
    : undefined;
}

function isStep(value: unknown): value is EntryStep {
  return isObject(value) && isText(value.op) && FIELDS.get(value.op)?.(value) === true;
}

const nothing = (): boolean => true;

/** Whether a step's fields are what the step has. */
const FIELDS: ReadonlyMap<string, (step: JsonObject) => boolean> = new Map<
  EntryStep['op'],
  (step: JsonObject) => boolean
>([
  ['nice', ({ increment }) => isWhole(increment)],
  ['affinity', ({ cpus }) => isListOf(cpus, isWhole) && cpus.every((cpu) => cpu < CPUS)],
  [
    'rlimit',
    ({ resource, soft, hard }) =>
      isText(resource) && Object.hasOwn(RESOURCES, resource) && isLimit(soft) && isLimit(hard),
  ],
  ['cgroup-namespace', nothing],
  ['umask', ({ mask }) => isWhole(mask)],
  ['chroot', ({ path }) => isText(path)],
  ['drop-bounding-set', nothing],
  ['no-new-privs', nothing],
]);

function isLimit(value: unknown): boolean {
  return value === 'unlimited' || isWhole(value);
}
