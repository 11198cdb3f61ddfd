/**
 * Making a job's cgroup, in every hierarchy that has something to give.
 *
 * ```
 *   BASE_CGROUP/condor_…_slot1     root's: the limits are here
 *     ├── init                     eyrie-init, which must hear us while the job stands still
 *     └── job                      the job; given to its user, who may divide it
 * ```
 *
 * In version 1 there is nothing below it: who owns a cgroup there can leave its limits.
 */
import fs from 'node:fs';
import type { CgroupLimits, CgroupPlan } from '../../job/cgroup-plan';
import { err, ok, type Result } from '../../result';
import { errnoText } from '../errno';
import type { LaunchCgroups } from '../launch-types';
import { applySetting } from './apply';
import { EEXIST, giveAway, removeDirectory, writeText } from './files';
import { hideDevices } from './hide-devices';
import { type Controller, findHierarchies, type Hierarchy } from './hierarchies';
import { type Base, handDown, makeBase, makeCgroup } from './make-directories';
import { INIT_PART, JOB_PART } from './parts';
import { type HeldRecord, writeCgroupRecord } from './records';
import { settingsOf } from './settings';

/** A job's cgroup in one hierarchy. */
export interface CgroupPart {
  readonly version: 1 | 2;
  readonly directory: string;
  readonly controllers: readonly Controller[];
}

/** A job's cgroup as it was made. */
export interface MadeCgroup {
  /** Version 2 first. */
  readonly parts: readonly CgroupPart[];
  /** Below the roots: `htcondor/condor_…`. */
  readonly name: string;
  readonly record: HeldRecord;
  /** Where init and job are born, and what they enter; the caller's to close. */
  readonly entrance: LaunchCgroups;
  /** Sentences: what the job goes without. */
  readonly notes: readonly string[];
}

/** More cgroups than a job has use for, and a burden on the kernel. */
const DESCENDANTS_MAX = 1000;
const DEPTH_MAX = 20;

/** Makes the cgroup. An error says why the job has none; nothing is left then. */
export function makeJobCgroup(plan: CgroupPlan): Result<MadeCgroup, string> {
  const hierarchies = findHierarchies();
  if (!hierarchies.ok) return hierarchies;
  const places = makePlaces(hierarchies.value, plan);
  if (places.usable.length === 0) {
    return err(places.notes[0] ?? 'no cgroup hierarchy is mounted here');
  }
  for (const name of namesFor(plan.name)) {
    const made = makeParts(places.usable, name);
    if (!made.ok) return made;
    if (made.value === undefined) continue;
    const { parts, record } = made.value;
    const told = [
      ...places.notes,
      ...made.value.notes,
      ...missingControllers(plan, parts),
      ...settle(plan, parts),
    ];
    return ok({
      parts,
      name: `${belowRoot(places.usable, plan)}/${name}`,
      record,
      entrance: { birth: openBirth(parts), joined: openTasks(parts) },
      notes: told,
    });
  }
  return err(`the cgroup ${plan.base}/${plan.name} is there already, and nobody's to remove`);
}

/** A hierarchy with BASE_CGROUP in it. */
interface Place {
  readonly hierarchy: Hierarchy;
  readonly base: Base;
}

function makePlaces(hierarchies: readonly Hierarchy[], { base, limits }: CgroupPlan) {
  const usable: Place[] = [];
  const notes: string[] = [];
  const wanted: readonly Controller[] = [
    ...(['cpu', 'cpuacct', 'memory', 'pids', 'io', 'devices', 'freezer'] as const),
    // A set of all CPUs would have to follow each that comes and goes.
    ...(limits.cpus === undefined ? [] : (['cpuset'] as const)),
    ...(limits.hugePages === undefined ? [] : (['hugetlb'] as const)),
  ];
  for (const hierarchy of hierarchies) {
    const isOfUse =
      hierarchy.version === 2 || hierarchy.controllers.some((name) => wanted.includes(name));
    if (!isOfUse) continue;
    const made = makeBase(hierarchy, base, wanted);
    if (!made.ok) {
      notes.push(made.error);
      continue;
    }
    notes.push(...made.value.notes);
    usable.push({ hierarchy, base: made.value });
  }
  return { usable, notes };
}

/** Where the first one's base is. */
function belowRoot([first]: readonly Place[], { base }: CgroupPlan): string {
  const home = first?.hierarchy.home ?? '';
  return home === '' ? base : `${home}/${base}`;
}

/** The name, and what it is called where that one is in use: by another starter, in a pool. */
function namesFor(name: string): readonly string[] {
  return [name, ...[1, 2, 3].map((number) => `${name}_${process.pid}_${number}`)];
}

type Parts = Pick<MadeCgroup, 'parts' | 'record' | 'notes'>;

/** Where nothing could be written down: a job keeps its limits all the same. */
const NO_RECORD: HeldRecord = { forget: () => undefined, leave: () => undefined };

/** Makes the cgroup everywhere; undefined: somewhere the name is in use. */
function makeParts(places: readonly Place[], name: string): Result<Parts | undefined, string> {
  const parts = places.map(({ base, hierarchy: { version } }) => ({
    version,
    directory: `${base.directory}/${name}`,
    controllers: base.controllers,
  }));
  const isInUse = parts.some(({ directory }) => fs.existsSync(directory));
  if (isInUse) return ok(undefined);
  const written = writeCgroupRecord(parts.map(({ directory }) => directory));
  const record = written.ok ? written.value : NO_RECORD;
  const notes = written.ok
    ? []
    : [`${written.error}; if this starter is killed, nobody removes ${name}`];
  const made: string[] = [];
  for (const { controllers, directory, version } of parts) {
    const errno = makeCgroup({ version, controllers }, directory);
    if (errno === 0) {
      made.push(directory);
      continue;
    }
    for (const one of made) removeDirectory(one);
    record.forget();
    return errno === EEXIST
      ? ok(undefined)
      : err(`cannot make the cgroup ${directory}: ${errnoText(errno)}`);
  }
  return ok({ parts, record, notes });
}

/** What was asked for of controllers that are nowhere. */
function missingControllers({ limits }: CgroupPlan, parts: readonly CgroupPart[]) {
  const present = parts.flatMap(({ controllers }) => controllers);
  const missing = settingsOf(limits, 2).filter(({ controller }) => !present.includes(controller));
  const canHide = present.includes('devices') || parts.some(({ version }) => version === 2);
  return [
    ...missing.map(
      ({ controller, purpose }) => `no ${purpose}: no cgroup here has the controller ${controller}`,
    ),
    ...(canHide ? [] : (limits.hiddenDevices ?? [])).map(
      ({ name }) => `no hiding of ${name}: no cgroup here has the controller devices`,
    ),
  ];
}

/** Writes the limits, and makes what is below; gives what could not be done. */
function settle(plan: CgroupPlan, parts: readonly CgroupPart[]): readonly string[] {
  const { limits } = plan;
  const isHidingIn1 = parts.some(({ controllers }) => controllers.includes('devices'));
  return parts.flatMap(({ controllers, directory, version }) => {
    const settings = settingsOf(limits, version);
    const told = settings
      .filter(({ controller }) => controllers.includes(controller))
      .flatMap((setting) => applySetting(directory, setting) ?? []);
    if (version === 1) return told;
    const hidden = isHidingIn1 ? [] : hideDevices(directory, limits.hiddenDevices);
    return [...told, ...hidden, ...makeChildren(directory, controllers, plan)];
  });
}

function makeChildren(
  directory: string,
  controllers: readonly Controller[],
  { isSeenAsRoot, limits, owner }: CgroupPlan,
): readonly string[] {
  const refused = handDown({ version: 2 }, directory, controllers);
  const job = `${directory}/${JOB_PART}`;
  const trouble = [`${directory}/${INIT_PART}`, job].flatMap((child) => {
    const errno = makeCgroup({ version: 2, controllers }, child);
    return errno === 0 ? [] : [`cannot make the cgroup ${child}: ${errnoText(errno)}`];
  });
  // The job dies whole, and init tells how it ended.
  if (controllers.includes('memory')) writeText(job, 'memory.oom.group', '1');
  if (isSeenAsRoot === true) {
    for (const setting of settingsOf(visibleLimits(limits), 2)) applySetting(job, setting);
  }
  writeText(job, 'cgroup.max.descendants', `${DESCENDANTS_MAX}`);
  writeText(job, 'cgroup.max.depth', `${DEPTH_MAX}`);
  const given = owner === undefined ? [] : delegate(job, owner);
  return [...refused.map(([, why]) => why), ...trouble, ...given];
}

/**
 * The limits that programs look for to find out what they may use. Those of the cgroup above hold; in a
 * cgroup namespace it cannot be seen.
 */
function visibleLimits({ cpuLimit, hugePages, memory = {}, pids }: CgroupLimits): CgroupLimits {
  const { hard, swap } = memory;
  // Init is not in there.
  const own = pids === undefined ? undefined : pids - 1;
  return { cpuLimit, hugePages, memory: { hard, swap }, pids: own };
}

/** What a user needs to divide a cgroup, and no file with a limit of it: cgroup-v2.rst, Delegation. */
const DELEGATED = ['', '/cgroup.procs', '/cgroup.threads', '/cgroup.subtree_control'];

function delegate(job: string, owner: { uid: number; gid: number }): readonly string[] {
  return DELEGATED.flatMap((file) => {
    const errno = giveAway(`${job}${file}`, owner);
    return errno === 0 ? [] : [`cannot give ${job}${file} to the job: ${errnoText(errno)}`];
  });
}

function openBirth(parts: readonly CgroupPart[]): LaunchCgroups['birth'] {
  const second = parts.find(({ version }) => version === 2);
  if (second === undefined) return undefined;
  try {
    const init = fs.openSync(`${second.directory}/${INIT_PART}`, 'r');
    return { init, job: fs.openSync(`${second.directory}/${JOB_PART}`, 'r') };
  } catch {
    return undefined; // said above
  }
}

/** Empty: they cannot all be opened, and init is moved by its pid. */
function openTasks(parts: readonly CgroupPart[]): readonly number[] {
  const opened: number[] = [];
  try {
    for (const { directory, version } of parts) {
      if (version === 1) opened.push(fs.openSync(`${directory}/tasks`, fs.constants.O_WRONLY));
    }
    return opened;
  } catch {
    for (const fd of opened) fs.closeSync(fd);
    return [];
  }
}
