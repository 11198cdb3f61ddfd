/** A cgroup's plan as text for a person: a line for each limit. */
import type { CgroupLimits, CgroupPlan } from './cgroup-plan';

/** Lines: where it is, and what the job may use. */
export function describeCgroup(plan: CgroupPlan): readonly string[] {
  const { base, isSeenAsRoot, limits, name, owner } = plan;
  const whose = owner === undefined ? '' : `; uid ${owner.uid} may divide its part of it`;
  const view = isSeenAsRoot === true ? '; the job sees it as the root of all' : '';
  return [`${base}/${name}${whose}${view}`, ...limitLines(limits)];
}

function limitLines(limits: CgroupLimits): readonly string[] {
  const { cpuLimit, cpus, cpuWeight, hugePages, ioWeight, memory = {}, pids } = limits;
  const { hiddenDevices = [] } = limits;
  return [
    ...line('CPU weight', cpuWeight),
    ...line('CPU limit', cpuLimit, (cores) => `${cores} CPUs`),
    ...line('CPUs', cpus, (list) => list.join(', ')),
    ...line('memory, hard limit', memory.hard, mebibytes),
    ...line('memory, soft limit', memory.soft, mebibytes),
    ...line('memory, slowed down above', memory.high, mebibytes),
    ...line('memory, protected below', memory.low, mebibytes),
    ...line('swap space', memory.swap, mebibytes),
    ...line('processes and threads', pids),
    ...line('I/O weight', ioWeight),
    ...line('huge pages', hugePages, mebibytes),
    ...hiddenDevices.map(
      ({ major, minor, name }) => `${'hidden device'.padEnd(26)} ${name} (${major}:${minor})`,
    ),
  ];
}

function line<T>(title: string, value: T | undefined, words = (one: T) => String(one)) {
  return value === undefined ? [] : [`${title.padEnd(26)} ${words(value)}`];
}

function mebibytes(bytes: number): string {
  return `${Math.round((bytes / 2 ** 20) * 10) / 10} MiB`;
}
