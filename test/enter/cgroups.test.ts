/**
 * The cgroups of a job, of every hierarchy, and a command inside.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { mountedHierarchies, readCgroup } from '../../src/kernel/proc/cgroups';
import { visibleMounts } from '../../src/kernel/proc/mount-tree';
import { readMountInfo } from '../../src/kernel/proc/mountinfo';
import { temporaryBase } from '../kernel/support/cgroups';
import { makeSite } from '../run/support/site';
import { runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ORDINARY_USER, ROOT } from '../support/starters';
import { waitUntil } from '../support/wait';
import { enter, holdJob, WAIT } from './support';

/** Directories of hierarchies in which new cgroups can be made: version 2, and the freezer of version 1. */
function hierarchies(): readonly string[] {
  const own = readCgroup();
  const mounts = readMountInfo();
  if (!own.ok || !mounts.ok) return [];
  return mountedHierarchies(own.value, visibleMounts(mounts.value))
    .filter(({ controllers, readOnly }) => !readOnly && !controllers.includes('cpuset'))
    .filter(({ controllers, version }) => version === 2 || controllers.includes('freezer'))
    .flatMap(({ directory }) => directory ?? []);
}

const skip =
  skipIf(needsProduct()) ||
  skipIf(needsRoot()) ||
  skipIf(hierarchies().length > 0 ? undefined : 'a cgroup hierarchy that can be written to');

let made = 0;

/** Makes a cgroup in each. */
function makeCgroups(): readonly string[] {
  made += 1;
  const name = `eyrie-test-${process.pid}-${made}`;
  const cgroups = hierarchies().map((directory) => path.join(directory, name));
  for (const cgroup of cgroups) mkdirSync(cgroup);
  return cgroups;
}

/** Removes them when the test is over; what is called later is done later. */
function removeLater(t: TestContext, cgroups: readonly string[]): void {
  t.after(async () => {
    for (const cgroup of cgroups) {
      const isEmpty = (): boolean => readFileSync(path.join(cgroup, 'cgroup.procs'), 'utf8') === '';
      await waitUntil(isEmpty, `the end of all in ${cgroup}`);
      rmdirSync(cgroup);
    }
  });
}

/** The command that runs its arguments in these cgroups. */
function within(cgroups: readonly string[]): readonly string[] {
  const moves = cgroups.map((cgroup) => `echo $$ >${cgroup}/cgroup.procs`).join(' && ');
  return ['sh', '-c', `${moves} && exec "$@"`, 'sh'];
}

const SHOW = 'cat /proc/self/cgroup';
/** A job of these knobs stays in the cgroups of its starter. */
const knobs = { USE_PROCD: 'false', BASE_CGROUP: '' };

describe('a command inside', { skip }, () => {
  test('is in every cgroup of a job of root, wherever the caller is', async (t) => {
    const cgroups = makeCgroups();
    const more = { knobs, before: within(cgroups) };
    const job = await holdJob(t, makeSite(t, ROOT), `${SHOW}; ${WAIT}`, more);
    removeLater(t, cgroups);
    const inside = await enter(ROOT, job, SHOW);
    assert.equal(inside.stdout, job.said, inside.stderr);
    assert.equal([...inside.stdout.matchAll(/eyrie-test-/g)].length, cgroups.length);
    assert.doesNotMatch(readFileSync('/proc/self/cgroup', 'utf8'), /eyrie-test-/);
  });

  test('is in the cgroup that procd has made for the job', async (t) => {
    const more = { knobs: { BASE_CGROUP: '' } };
    const job = await holdJob(t, makeSite(t, ROOT), `${SHOW}; ${WAIT}`, more);
    assert.equal((await enter(ROOT, job, SHOW)).stdout, job.said);
  });

  test('is where the job is in its own cgroup, not with its init, and not while that stands still', async (t) => {
    const base = temporaryBase(t);
    const more = { knobs: { BASE_CGROUP: base } };
    const job = await holdJob(t, makeSite(t, ROOT), `${SHOW}; ${WAIT}`, more);
    assert.match(job.said, new RegExp(`/${base}/condor`));
    const inside = await enter(ROOT, job, SHOW);
    assert.equal(inside.stdout, job.said, inside.stderr);
    const tell = (verb: string) => runCommand([program('eyrie'), verb, job.name]);
    assert.equal((await tell('suspend')).status, 0);
    assert.match((await enter(ROOT, job, 'echo in')).stderr, /suspended: continue it first/);
    assert.equal((await tell('continue')).status, 0);
    assert.equal((await enter(ROOT, job, 'echo in')).stdout, 'in\n');
  });

  test('is where the job is in a cgroup namespace', async (t) => {
    const site = makeSite(t, ROOT);
    site.configure(`BASE_CGROUP = ${temporaryBase(t)}\nUSE_CGROUP_NAMESPACES = true`);
    const job = await holdJob(t, site, `${SHOW}; ${WAIT}`);
    assert.match(job.said, /^(\d+:[^:]*:\/\n)+$/);
    assert.equal((await enter(ROOT, job, SHOW)).stdout, job.said);
  });

  test('of an ordinary user goes without what he may not join, and is told; root’s joins', async (t) => {
    const cgroups = makeCgroups();
    const more = { knobs, before: within(cgroups) };
    const job = await holdJob(t, makeSite(t, ORDINARY_USER), `${SHOW}; ${WAIT}`, more);
    removeLater(t, cgroups);
    const own = await enter(ORDINARY_USER, job, 'echo in');
    assert.equal(own.stdout, 'in\n');
    assert.match(
      own.stderr,
      /^eyrie enter: not in the job's cgroup \S*eyrie-test-\S*: Permission denied\n/,
    );
    const roots = await enter(ROOT, job, SHOW);
    assert.equal(roots.stdout, job.said, roots.stderr);
    assert.equal(roots.stderr, '');
  });

  test('does not start in a job that is frozen, and the caller is told', async (t) => {
    const cgroups = makeCgroups();
    const job = await holdJob(t, makeSite(t, ROOT), WAIT, { knobs, before: within(cgroups) });
    removeLater(t, cgroups);
    for (const cgroup of cgroups) {
      const [file, frozen, thawed] = cgroup.includes('freezer')
        ? ['freezer.state', 'FROZEN', 'THAWED']
        : ['cgroup.freeze', '1', '0'];
      writeFileSync(path.join(cgroup, file), frozen);
      const { status, stderr } = await enter(ROOT, job, 'echo in');
      writeFileSync(path.join(cgroup, file), thawed);
      assert.match(stderr, /the job is suspended: continue it first/);
      assert.equal(status, 125);
      assert.equal((await enter(ROOT, job, 'echo in')).stdout, 'in\n');
    }
  });
});
