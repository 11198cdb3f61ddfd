/**
 * Families with cgroups: whoever is in the cgroup is in the family, however he was born.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { isInGuest, needsRoot, skipIf } from '../../support/need';
import { waitUntil } from '../../support/wait';
import { setScene, stateOf, valueOf } from './support/scene';

const skip = skipIf(needsRoot());
const { SIGCONT, SIGKILL, SIGSTOP } = os.constants.signals;

/** Where version 2 is mounted here. */
function unified(): string {
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '));
  return mount?.split(' ')[4] ?? '';
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

const procsOf = (directory: string): readonly number[] =>
  readFileSync(path.join(directory, 'cgroup.procs'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(Number);

describe('a family with a cgroup of its own, without events,', { skip }, () => {
  test('has everybody who is in it: daemons, and who was made with CLONE_PARENT', async (t) => {
    const scene = await setScene(t, { events: false });
    const orphan = await scene.run('orphan');
    // The shell of the test's program waits no more, but what follows is born in the cgroup.
    const directory = valueOf(await scene.table.ownCgroup(1, orphan));
    assert.equal(path.basename(directory), `eyrie-family-${orphan.pid}-${orphan.birthday}`);
    const root = await scene.run('sibling', { family: 2 });
    valueOf(await scene.table.ownCgroup(2, root));
    const child = await root.number();
    assert.ok(!(await scene.pids(1)).includes(child));
    valueOf(await scene.table.merge(1, 2));
    assert.ok(!existsSync(directory), 'an own cgroup ends with its family');
  });

  test('is killed whole, a bomb too, and leaves no directory', async (t) => {
    const scene = await setScene(t, { events: false });
    const [size, pause] = isInGuest ? [60, 200] : [500, 20];
    const root = await scene.run(`waiting-bomb ${size} ${pause}`);
    const directory = valueOf(await scene.table.ownCgroup(1, root));
    root.begin();
    await root.said;
    // The kernel lists a bomb that moves while it is read: one look can miss many.
    await waitUntil(
      () => procsOf(directory).length >= size * 0.8,
      () => `the bomb to be in its cgroup; ${procsOf(directory).length} are`,
    );
    const killed = valueOf(await scene.table.signalFamilies({ families: [1], signal: SIGKILL }));
    assert.equal(killed.left, 0);
    await scene.nothingLeft();
    valueOf(await scene.table.merge(1, 0));
    assert.ok(!existsSync(directory));
  });

  test('is frozen and thawed as one', async (t) => {
    const scene = await setScene(t, { events: false });
    const root = await scene.run('waiting-bomb 20 20');
    const directory = valueOf(await scene.table.ownCgroup(1, root));
    root.begin();
    await root.said;
    const stop = { families: [1], signal: SIGSTOP };
    assert.equal(valueOf(await scene.table.signalFamilies(stop)).left, 0);
    const events = () => readFileSync(path.join(directory, 'cgroup.events'), 'utf8');
    assert.match(events(), /frozen 1/);
    assert.ok((await scene.members(1)).every(({ pid }) => stateOf(pid) !== 'T'));
    const frozen = procsOf(directory);
    valueOf(await scene.table.signalFamilies({ families: [1], signal: SIGCONT }));
    await waitUntil(() => String(procsOf(directory)) !== String(frozen), 'the bomb to go on');
    assert.match(events(), /frozen 0/);
  });

  test('tells what was used in it, by whoever is gone', async (t) => {
    const scene = await setScene(t, { events: false });
    assert.equal(valueOf(await scene.table.usage(1)), undefined);
    const root = await scene.run('waiting-spend 5 40');
    valueOf(await scene.table.ownCgroup(1, root));
    assert.ok((valueOf(await scene.table.usage(1))?.userMicros ?? 1e9) < 100_000);
    root.begin();
    await root.said;
    const usage = valueOf(await scene.table.usage(1));
    assert.ok(usage !== undefined && usage.userMicros + usage.systemMicros >= 200_000);
  });

  test('is found again by whoever comes after us', async (t) => {
    const first = await setScene(t, { events: false });
    const root = await first.run('crowd 2');
    await root.said;
    const directory = valueOf(await first.table.ownCgroup(1, root));
    first.table.close();
    const second = await setScene(t, { events: false });
    valueOf(await second.table.assign(root, 5));
    assert.equal(valueOf(await second.table.ownCgroup(5, root)), directory);
    valueOf(await second.table.merge(5, 0));
    assert.ok(!existsSync(directory));
  });

  test('is told of where it cannot be: another process, another family', async (t) => {
    const scene = await setScene(t, { events: false });
    const root = await scene.run('crowd 0');
    const wrong = await scene.table.ownCgroup(3, root);
    assert.deepEqual(wrong, { ok: false, error: { call: 'find the family', errno: 2 } });
    const gone = await scene.table.ownCgroup(1, { pid: root.pid, birthday: 1 });
    assert.deepEqual(gone, { ok: false, error: { call: 'find the process', errno: 3 } });
  });
});

describe('a family whose starter has made a cgroup for it', { skip }, () => {
  test('has that cgroup: the job, which is beside the root, and nobody is moved', async (t) => {
    const scene = await setScene(t, { events: false });
    const whole = path.join(unified(), `condor_eyrie-test-${process.pid}`);
    const [init, job] = [`${whole}/init`, `${whole}/job`];
    for (const directory of [whole, init, job]) mkdirSync(directory);
    t.after(async () => {
      await waitUntil(() => procsOf(job).length === 0, 'the job to be gone');
      for (const directory of [job, init, whole]) rmdirSync(directory);
    });
    const root = await scene.run('crowd 0');
    const member = await scene.run('crowd 2', { family: 0 });
    await Promise.all([root.said, member.said]);
    writeFileSync(`${init}/cgroup.procs`, String(root.pid));
    for (const pid of [member.pid, ...childrenOf(member.pid)]) {
      writeFileSync(`${job}/cgroup.procs`, String(pid));
    }
    valueOf(await scene.table.adoptCgroup(1, path.basename(whole)));
    assert.equal((await scene.pids(1)).length, 4);
    valueOf(await scene.table.assign(member, 1));
    assert.deepEqual([procsOf(init).length, procsOf(job).length], [1, 3]);
    const killed = valueOf(await scene.table.signalFamilies({ families: [1], signal: SIGKILL }));
    assert.equal(killed.left, 0);
    await scene.nothingLeft();
    valueOf(await scene.table.merge(1, 0));
    assert.ok(existsSync(job), 'its starter removes it');
  });
});

describe('a family with a cgroup of a name', { skip }, () => {
  test('has its members moved there, and whoever else comes in', async (t) => {
    const scene = await setScene(t, { events: false });
    const name = `eyrie-test-${process.pid}/slot1`;
    const directory = path.join(unified(), name);
    const root = await scene.run('crowd 3');
    const stranger = await scene.run('crowd 0', { family: 0 });
    await Promise.all([root.said, stranger.said]);
    await scene.snapshot();
    valueOf(await scene.table.trackCgroup(1, name));
    t.after(async () => {
      await scene.nothingLeft();
      for (const base of [unified(), ...['freezer', 'cpuacct', 'blkio', 'memory'].map(v1)]) {
        if (existsSync(path.join(base, name))) rmdirSync(path.join(base, name));
        if (existsSync(path.join(base, path.dirname(name))))
          rmdirSync(path.join(base, path.dirname(name)));
      }
    });
    assert.equal(procsOf(directory).length, 4);
    writeFileSync(path.join(directory, 'cgroup.procs'), String(stranger.pid));
    assert.ok((await scene.pids(1)).includes(stranger.pid));
    const killed = valueOf(await scene.table.signalFamilies({ families: [1], signal: SIGKILL }));
    assert.equal(killed.left, 0);
    await scene.nothingLeft();
  });

  for (const name of ['', '/', '..', 'a/../..', 'a//b', './a', '/..']) {
    test(`refuses the name "${name}"`, async (t) => {
      const scene = await setScene(t, { events: false });
      const refused = await scene.table.trackCgroup(1, name);
      assert.deepEqual(refused, { ok: false, error: { call: 'check the request', errno: 22 } });
    });
  }
});

const v1 = (controller: string): string => path.join(path.dirname(unified()), controller);
