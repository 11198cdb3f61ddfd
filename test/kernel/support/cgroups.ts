/** Jobs in cgroups of their own, below a base that is this test's. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { CgroupLimits, CgroupPlan } from '../../../src/job/cgroup-plan';
import { emptyAndRemove } from '../../../src/kernel/cgroups/empty';
import {
  type Controller,
  findHierarchies,
  type Hierarchy,
} from '../../../src/kernel/cgroups/hierarchies';
import { JobCgroup } from '../../../src/kernel/cgroups/job-cgroup';
import type { JobExit, Launch } from '../../../src/kernel/launch-types';
import { launched, NOBODY, planOf, type PlanParts } from './plans';

/** What is needed of a test. */
interface TestEnd {
  after(last: () => Promise<void>): unknown;
}

let bases = 0;

/** A BASE_CGROUP that vanishes with the test. */
export function temporaryBase(t: TestEnd): string {
  bases += 1;
  const base = `eyrie-test-${process.pid}-${bases}`;
  t.after(async () => {
    for (const directory of placesOf(base)) await emptyAndRemove(directory);
  });
  return base;
}

/** The directories that a cgroup has now, in any hierarchy. */
export function placesOf(name: string): readonly string[] {
  return hierarchies()
    .map(({ root }) => path.join(root, name))
    .filter((directory) => fs.existsSync(directory));
}

/** The hierarchies of this host. */
export function hierarchies(): readonly Hierarchy[] {
  const found = findHierarchies();
  assert.ok(found.ok);
  return found.value;
}

/** The version of the hierarchy that has a controller here; undefined: none has. */
export function versionOf(controller: Controller): 1 | 2 | undefined {
  return hierarchies().find(({ controllers }) => controllers.includes(controller))?.version;
}

/** A reason to skip where a controller is missing. */
export function needsController(controller: Controller): string | undefined {
  return versionOf(controller) === undefined ? `the cgroup controller ${controller}` : undefined;
}

/** A job that waits for its launch's `go`, in a cgroup that is removed with the test. */
export interface Caged {
  readonly cgroup: JobCgroup;
  readonly launch: Launch;
}

/** Plans a cgroup. */
export function cgroupPlan(base: string, limits: CgroupLimits = {}, name = 'job'): CgroupPlan {
  return { base, name, limits, owner: { uid: NOBODY, gid: NOBODY } };
}

/** Makes a cgroup and clones a job into it. */
export async function cage(t: TestEnd, plan: CgroupPlan, parts: PlanParts): Promise<Caged> {
  const made = JobCgroup.make(plan);
  assert.ok(made.ok, made.ok ? '' : made.error);
  const cgroup = made.value;
  t.after(async () => {
    await cgroup.remove();
  });
  const given = cgroup.entrance ?? { birth: undefined, joined: [] };
  const launch = launched(planOf(parts), { cgroups: given });
  const admitted = await cgroup.admit(launch.pid, given);
  assert.ok(admitted.ok, JSON.stringify(admitted));
  return { cgroup, launch: cgroup.control(launch) };
}

/** Lets a job go, to its end. */
export async function runCaged({ launch }: Caged): Promise<JobExit> {
  const start = await launch.go();
  assert.ok(start.ok, JSON.stringify(start));
  const exit = await launch.exited;
  assert.ok(exit.ok, JSON.stringify(exit));
  return exit.value;
}
