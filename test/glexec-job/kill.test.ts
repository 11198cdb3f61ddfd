/** Ending jobs that gLExec runs: soft signals, hard ones, and a starter that is killed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { UIDS } from '../glexec/support/site';
import { shell } from '../run/support/ads';
import { skipIf } from '../support/need';
import type { Ending } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { Glidein, needsGlidein } from './support/glidein';

const skip = skipIf(needsGlidein());

/** The command lines of processes of the mapped account that have a word in them. */
function processesOf(uid: number, word: string): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const isHis = new RegExp(`^Uid:\t${uid}\t`, 'm').test(
        readFileSync(`/proc/${name}/status`, 'utf8'),
      );
      return isHis && readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(word);
    } catch {
      return false;
    }
  });
}

/** As on a kernel that gives ordinary users no namespaces: what the job leaves is found by procd alone. */
function withoutNamespaces(glidein: Glidein): string {
  const none = path.join(glidein.directory, 'none');
  return `echo 0 >'${none}'; mount --bind '${none}' /proc/sys/user/max_user_namespaces`;
}

const TRAP = 'trap "echo got TERM; exit 9" TERM; echo ready; while :; do sleep 0.1; done';

describe('a job by gLExec', { skip }, () => {
  for (const linger of ['yes', 'no']) {
    test(`hears a soft kill, with linger = ${linger}`, async (t) => {
      const glidein = new Glidein(t);
      glidein.grid.site.configure({ linger });
      const running = glidein.start(shell(TRAP));
      await running.said('ready');
      process.kill(running.pid, 'SIGTERM');
      const { stderr, stdout } = await running.ended;
      assert.equal(stdout, 'ready\ngot TERM\n', stderr);
      assert.deepEqual(glidein.left(), []);
    });

    test(`ends at a hard kill whatever it ignores, all of it, with linger = ${linger}`, async (t) => {
      const glidein = new Glidein(t);
      glidein.grid.site.configure({ linger });
      const mark = `86${process.pid}.${linger.length}`;
      const script = `trap "" TERM HUP; setsid sleep ${mark} & sleep ${mark} & echo ready; wait`;
      const running = glidein.start(shell(script));
      await running.said('ready');
      process.kill(running.pid, 'SIGQUIT');
      await running.ended;
      assert.deepEqual(processesOf(UIDS.bob, mark), []);
      assert.deepEqual(glidein.left(), []);
    });

    test(`ends when its starter is killed, and the next starter clears away, with linger = ${linger}`, async (t) => {
      const glidein = new Glidein(t);
      glidein.grid.site.configure({ linger });
      const mark = `87${process.pid}.${linger.length}`;
      const running = glidein.start(
        shell(`echo results >"$_CONDOR_SCRATCH_DIR/r"; echo ready; sleep ${mark}`),
      );
      await running.said('ready');
      process.kill(running.pid, 'SIGKILL');
      await running.ended;
      await waitUntil(() => processesOf(UIDS.bob, mark).length === 0, 'the end of the job', 30);
      assert.equal(glidein.left().filter((name) => /^dir_\d+(\.condor)?$/.test(name)).length, 2);
      assert.equal((await glidein.run(shell('true'))).status, 0);
      assert.match(glidein.logged(), /Removed \S+, whose starter was killed/);
    });
  }

  test('stands still and goes on as the person says', async (t) => {
    const glidein = new Glidein(t);
    const running = glidein.start(
      shell('echo ready; i=0; while [ $i -lt 20 ]; do sleep 0.1; i=$((i+1)); done; echo done'),
    );
    await running.said('ready');
    process.kill(running.pid, 'SIGUSR2');
    const isStopped = () =>
      processesOf(UIDS.bob, 'echo ready').some((pid) =>
        / T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')),
      );
    await waitUntil(isStopped, 'a job that stands still');
    process.kill(running.pid, 'SIGCONT');
    const { status, stdout, stderr } = await running.ended;
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'ready\ndone\n');
  });

  /** Its glexec writes down what it is asked to run. */
  const unprivileged = async (t: Ending, script: string) => {
    const glidein = new Glidein(t);
    const commands = path.join(glidein.directory, 'state/commands');
    const knobs = { GLEXEC: glidein.replaceGlexec(`echo "$*" >>'${commands}'`) };
    const running = glidein.start(shell(script), { prepare: withoutNamespaces(glidein), knobs });
    await running.said('ready');
    return { commands, glidein, running };
  };

  test('without namespaces is ended by procd through the script where its eyrie-init is killed', async (t) => {
    const mark = `88${process.pid}`;
    // The job may kill what is its own account's.
    const script = `setsid sleep ${mark} & setsid sleep ${mark} & echo ready; sleep 1; kill -9 $PPID; sleep ${mark}`;
    const { commands, glidein, running } = await unprivileged(t, script);
    const { result, stderr } = await running.ended;
    assert.equal(result.HoldReasonCode, undefined, stderr);
    assert.match(stderr, /without telling how the job ended/);
    assert.deepEqual(processesOf(UIDS.bob, mark), []);
    assert.deepEqual(glidein.left(), []);
    assert.match(readFileSync(commands, 'utf8'), /condor_glexec_kill 9 \d+/);
  });

  test('without namespaces ends with its starter as well', async (t) => {
    const mark = `89${process.pid}`;
    const { running } = await unprivileged(t, `setsid sleep ${mark} & echo ready; sleep ${mark}`);
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
    await waitUntil(() => processesOf(UIDS.bob, mark).length === 0, 'the end of the job', 30);
  });
});

describe('what a killed starter leaves', { skip }, () => {
  test('while condor_glexec_setup is at work is told and taken away by the next one', async (t) => {
    const glidein = new Glidein(t);
    const program = glidein.replaceGlexec('sleep 60 & wait');
    const running = glidein.start(shell('true'), { knobs: { GLEXEC: program } });
    await waitUntil(() => glidein.left().some((name) => name.endsWith('.condor')), 'setup', 30);
    // In this order: a starter whose script has ended clears away itself.
    process.kill(running.pid, 'SIGKILL');
    endAll(glidein.directory);
    await running.ended;
    assert.equal((await glidein.run(shell('true'))).status, 0);
    assert.match(glidein.logged(), /Removed \S+, whose starter was killed/);
  });

  test('and cannot be fetched, since its proxy is gone, is told with what to do', async (t) => {
    const glidein = new Glidein(t);
    const running = glidein.start(shell('echo ready; sleep 60'));
    await running.said('ready');
    process.kill(running.pid, 'SIGKILL');
    await running.ended;
    const [condor] = glidein.left().filter((name) => name.endsWith('.condor'));
    rmSync(path.join(glidein.execute, condor ?? '', 'proxy'));
    const next = await glidein.start(shell('true')).ended;
    assert.equal(next.status, 0);
    assert.match(glidein.logged(), /Cannot remove .*belongs to uid 60110.*not one proxy.*as root/);
  });
});

/** Kills the scripts of a glide-in that run. */
function endAll(directory: string): void {
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0');
      if (
        words.some((word) => word.includes('condor_glexec_setup')) &&
        words.some((word) => word.startsWith(directory))
      ) {
        process.kill(Number(name), 'SIGKILL');
      }
    } catch {
      // It has ended meanwhile.
    }
  }
}
