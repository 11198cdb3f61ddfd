/** Signals to a job's processes by condor_glexec_kill, called by hand and by procd. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { dialectOf } from '../../src/family/wire';
import { connectTo, membersOf, startOurProcd } from '../procd/support/our-procd';
import { startCommand } from '../support/command';
import { skipIf } from '../support/need';
import { isAlive, noProcessLeft } from '../support/processes';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { startOldStarter } from './support/old-starter';
import { CALLER, helper, needsStage, PROXY, Stage, TARGET } from './support/stage';

const skip = skipIf(needsStage());
const LEGACY = dialectOf('8.0.0')!;

/** A process of the mapped user. */
function sleeper(t: TestContext, uid = TARGET) {
  const running = startCommand(['sh', '-c', 'echo here; exec sleep 60'], { uid });
  t.after(() => running.process.kill('SIGKILL'));
  return running;
}

describe('condor_glexec_kill', { skip }, () => {
  const kill = (stage: Stage, pid: number | string, signal: number | string, ...more: string[]) => {
    const words = [stage.glexec, `${stage.sandbox}/${PROXY}`, `${pid}`, `${signal}`, ...more];
    return stage.start('kill', words).ended;
  };

  test('sends the signal as the mapped user, with and without retries', async (t) => {
    const stage = new Stage(t);
    for (const [number, name, more] of [
      [15, 'SIGTERM', []],
      [9, 'SIGKILL', ['3', '0']],
    ] as const) {
      const victim = sleeper(t);
      await waitUntil(() => victim.stdout() !== '', 'the process');
      const { status, stderr } = await kill(stage, victim.process.pid!, number, ...more);
      assert.equal(`${status} ${stderr}`, '0 ');
      assert.equal((await victim.ended).signal, name);
    }
  });

  test('gives 2 for a process that is not there, or somebody else’s', async (t) => {
    const stage = new Stage(t);
    const dead = await kill(stage, 4_000_000, 15, '3', '0');
    assert.equal(dead.status, 2);
    assert.match(dead.stderr, /No such process/i);
    assert.match(dead.stderr, /cannot send signal 15 to process 4000000/);
    const victim = sleeper(t, 41_003);
    await waitUntil(() => victim.stdout() !== '', 'the process');
    const foreign = await kill(stage, victim.process.pid!, 9, '3', '0');
    assert.equal(foreign.status, 2);
    assert.match(foreign.stderr, /not permitted/i);
    assert.ok(isAlive(victim.process.pid!));
    // Not one of them was tried again.
    assert.equal(stage.pathsShown().length, 2);
  });

  test('tries 202 and 203 again, and gives 3 when all attempts are used up', async (t) => {
    const stage = new Stage(t);
    const victim = sleeper(t);
    await waitUntil(() => victim.stdout() !== '', 'the process');
    stage.queue('203', '202', '203');
    assert.equal((await kill(stage, victim.process.pid!, 15, '2', '0')).status, 3);
    assert.ok(isAlive(victim.process.pid!));
    stage.queue('203', '202');
    assert.equal((await kill(stage, victim.process.pid!, 15, '2', '0')).status, 0);
    assert.equal((await victim.ended).signal, 'SIGTERM');
  });

  test('signals neither groups nor everybody, and wants numbers', async (t) => {
    const stage = new Stage(t);
    for (const [pid, signal] of [
      ['-1', '9'],
      ['0', '9'],
      ['1', '9'],
      ['', '9'],
      ['12;id', '9'],
      ['77', 'KILL'],
    ]) {
      const { status, stderr } = await kill(stage, pid!, signal!);
      assert.equal(status, 1);
      assert.match(stderr, /^condor_glexec_kill: (PID|SIGNAL) is /);
    }
    assert.equal((await stage.start('kill', ['/bin/true', 'p', '77', '9', '1']).ended).status, 1);
    assert.deepEqual(stage.pathsShown(), []);
  });

  test('gives up on a gLExec that hangs, and leaves nothing running', async (t) => {
    const stage = new Stage(t);
    stage.queue('hang');
    const words = [stage.glexec, `${stage.sandbox}/${PROXY}`, '77', '9', '0', '0'];
    const end = await stage.start('kill', words, { env: { _CONDOR_GLEXEC_TIMEOUT: '1' } }).ended;
    assert.equal(end.status, 3);
    assert.match(end.stderr, /has not begun its work after 1 s/);
    await noProcessLeft(stage.glexec, 1);
  });
});

describe('a job that runs through gLExec', { skip }, () => {
  /** A family of a procd that is the starter's user: gLExec, and what it has started. */
  async function family(t: TestContext, script: string) {
    const stage = new Stage(t);
    assert.equal((await stage.setup()).status, 0);
    const directory = temporaryDirectory(t, { uid: CALLER });
    const flags = ['--dialect', '8.0.0', '-I', helper('kill'), stage.glexec, '1', '0'];
    const procd = await startOurProcd(t, { flags, directory, uid: CALLER });
    const { ask, register } = connectTo(t, procd.address, LEGACY);
    const job = startOldStarter(stage, { stopped: true, command: ['/bin/sh', '-c', script] });
    const root = await job.born();
    assert.equal(await register(root), 'success');
    await ask({ command: 'use-glexec', root, proxy: `${stage.condor}/${PROXY}` });
    process.kill(root, 'SIGCONT');
    await job.started();
    await waitUntil(() => readFileSync(`${stage.sandbox}/out`, 'utf8') !== '', 'the job');
    await ask({ command: 'take-snapshot' });
    return { ask, job, members: await membersOf(ask, root), procd, root, stage };
  }

  test('is killed by procd with all its processes, and the gLExec that lingers', async (t) => {
    const script = '(sleep 301 & wait) & sleep 302 & echo up; wait; exec sleep 303';
    const { ask, job, members, procd, root } = await family(t, script);
    // gLExec, the job's shell, a shell below it and the two who sleep.
    assert.equal(members.length, 5);
    await ask({ command: 'kill-family', root });
    assert.equal((await job.seen()).status, -9);
    assert.deepEqual(members.filter(isAlive), []);
    assert.doesNotMatch(procd.log(), /signal 9/);
  });

  test('gets a soft signal that is meant for the family’s root, which is gLExec', async (t) => {
    const script = 'trap "echo got it; exit 5" TERM; echo up; while :; do sleep 0.1; done';
    const { ask, job, procd, root, stage } = await family(t, script);
    await ask({ command: 'signal-process', root, signal: 15 });
    assert.equal((await job.seen()).status, 5);
    assert.equal(readFileSync(`${stage.sandbox}/out`, 'utf8'), 'up\ngot it\n');
    assert.doesNotMatch(procd.log(), /signal 15/);
  });
});
