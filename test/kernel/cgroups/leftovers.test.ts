/**
 * What a starter leaves behind that is killed with SIGKILL, and who takes it away.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { makeDirectory, removeDirectory } from '../../../src/kernel/cgroups/files';
import { removeLeftoverCgroups } from '../../../src/kernel/cgroups/leftovers';
import { emptyAndRemove, processesBelow } from '../../../src/kernel/cgroups/empty';
import { needsRoot, skipIf } from '../../support/need';
import { waitUntil } from '../../support/wait';
import {
  cage,
  cgroupPlan,
  hierarchies,
  needsController,
  placesOf,
  temporaryBase,
} from '../support/cgroups';
import { program, startProgram, suite } from '../support/program';

/** A starter that runs a job in a cgroup until it is killed. */
program(async (base) => {
  const { launch } = await cage({ after: () => undefined }, cgroupPlan(base as string), {
    run: '(setsid sleep 600 &) ; exec sleep 600',
  });
  await launch.go();
  process.stdout.write('ready');
  await launch.exited;
  return undefined;
});

const skip = skipIf(needsRoot() ?? needsController('memory'));

suite('the cgroups of a starter that was killed', { skip }, () => {
  test('are emptied and removed by the next one', async (t) => {
    const base = temporaryBase(t);
    const starter = startProgram(base);
    await waitUntil(
      () => starter.stdout().includes('ready'),
      () => starter.stderr(),
    );
    const places = placesOf(`${base}/job`);
    assert.equal(places.length, placesOf(base).length);
    // It lives: nothing of it is touched.
    assert.deepEqual(await removeLeftoverCgroups(), []);
    starter.process.kill('SIGKILL');
    await starter.ended;
    const told = await removeLeftoverCgroups();
    assert.deepEqual(
      told,
      places.map((place) => `Removed the cgroup ${place}, whose starter was killed`),
    );
    assert.deepEqual(placesOf(`${base}/job`), []);
    assert.deepEqual(await removeLeftoverCgroups(), []);
  });

  test('are removed with processes that stand still in them', async (t) => {
    const base = temporaryBase(t);
    const starter = startProgram(base);
    await waitUntil(
      () => starter.stdout().includes('ready'),
      () => starter.stderr(),
    );
    const [first = ''] = placesOf(`${base}/job`);
    const isSecond = hierarchies()[0]?.version === 2;
    t.after(() => starter.process.kill('SIGKILL'));
    await waitUntil(() => processesBelow(first).length >= 3, 'init, the job and its child');
    if (isSecond) fs.writeFileSync(`${first}/job/cgroup.freeze`, '1');
    starter.process.kill('SIGKILL');
    await starter.ended;
    await removeLeftoverCgroups();
    assert.deepEqual(placesOf(`${base}/job`), []);
  });

  test('were beside its own in version 2, as HTCondor has it and systemd wants it', async (t) => {
    const unit = temporaryBase(t);
    const second = hierarchies().find(({ version }) => version === 2);
    if (second === undefined) return;
    const daemons = `${second.root}/${unit}/daemons`;
    fs.mkdirSync(daemons, { recursive: true });
    const by = ['sh', '-c', `echo $$ > ${daemons}/cgroup.procs; exec "$@"`, 'sh'];
    const starter = startProgram('jobs', { by });
    await waitUntil(
      () => starter.stdout().includes('ready'),
      () => starter.stderr(),
    );
    t.after(async () => {
      for (const place of placesOf('jobs')) await emptyAndRemove(place);
    });
    const places = placesOf(`${unit}/jobs/job`);
    assert.deepEqual(places, [`${second.root}/${unit}/jobs/job`]);
    assert.deepEqual(
      placesOf('jobs/job').filter((place) => place.startsWith(second.root)),
      [],
    );
    starter.process.kill('SIGKILL');
    await starter.ended;
    await removeLeftoverCgroups();
    assert.deepEqual([placesOf(`${unit}/jobs/job`), placesOf('jobs/job')], [[], []]);
  });

  test('are all that is removed: not what somebody else has made', async (t) => {
    const base = temporaryBase(t);
    await cage(t, cgroupPlan(base), { run: 'exit 0' });
    const others = placesOf(base).map((place) => `${place}/condor_somebody_else`);
    for (const other of others) assert.equal(makeDirectory(other), 0);
    t.after(() => {
      others.forEach(removeDirectory);
    });
    assert.deepEqual(await removeLeftoverCgroups(), []);
    assert.deepEqual(placesOf(`${base}/condor_somebody_else`), others);
  });
});
