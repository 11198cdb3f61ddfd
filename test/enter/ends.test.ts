/**
 * How it ends: with the command, with the job, or with the caller.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { makeSite } from '../run/support/site';
import { compiled } from '../support/compiled';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ROOT, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';
import { enter, holdJob, startEnter, WAIT } from './support';

const skip = skipIf(needsProduct());

let seconds = 40_000 + (process.pid % 10_000);

/** A number of seconds that no other sleep(1) here has. */
function mark(): string {
  seconds += 1;
  return `${seconds}`;
}

function sleepers(time: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${time}\0`;
    } catch {
      return false;
    }
  });
}

for (const starter of STARTERS) {
  for (const pidNamespaces of ['true', 'false']) {
    const where = `in a job of ${starter.name} with USE_PID_NAMESPACES = ${pidNamespaces}`;
    describe(`a command ${where}`, { skip, concurrency: 2 }, () => {
      const knobs = { USE_PID_NAMESPACES: pidNamespaces };

      test('hands over its exit status, and 128 and the signal that ended it', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs });
        assert.equal((await enter(starter, job, 'exit 0')).status, 0);
        assert.equal((await enter(starter, job, 'exit 211')).status, 211);
        assert.equal((await enter(starter, job, 'kill -TERM $$')).status, 143);
      });

      test('passes bytes both ways as they are, and errors apart', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs });
        const input = 'a\r\n\0\x04\x1d\x1d\x1d\x03'.repeat(50_000);
        const options = { input, encoding: 'latin1' } as const;
        const { stdout, stderr } = await enter(starter, job, 'cat; echo no >&2', options);
        assert.equal(stdout === input, true, `${stdout.length} of ${input.length}`);
        assert.equal(stderr, 'no\n');
      });

      test('is ended with the job, and the caller is told', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs });
        const time = mark();
        const running = startEnter(starter, [
          job.name,
          '--',
          'sh',
          '-c',
          `trap "" TERM HUP; setsid sleep ${time} & echo in; sleep ${time}`,
        ]);
        await waitUntil(
          () => running.stdout() === 'in\n' && sleepers(time).length === 2,
          'two sleeps',
        );
        await job.end();
        const { status, stderr } = await running.ended;
        assert.equal(status, 137);
        assert.match(stderr, /the job has ended, and the command with it/);
        assert.deepEqual(sleepers(time), []);
      });

      test('that a process of the job traces, and keeps when it is dead, ends all the same', async (t) => {
        const site = makeSite(t, starter);
        const [payload, pid, held] = ['payload', 'pid', 'held'].map((name) =>
          path.join(site.iwd, name),
        );
        assert.ok(payload && pid && held);
        copyFileSync(compiled('payload'), payload);
        const tracer = `mkfifo ${pid}; echo ready; read -r it < ${pid}; exec ${payload} hold $it ${held}`;
        const job = await holdJob(t, site, tracer, { knobs, ad: { Iwd: site.iwd } });
        const script = `echo $$ > ${pid}; until test -e ${held}; do :; done; exit 7`;
        const { status, stderr } = await enter(starter, job, script, { timeout: 30 });
        assert.equal(status, 7, stderr);
        assert.match(job.running.stdout(), /^seize: ok$/m);
        assert.equal((await enter(starter, job, 'echo here')).stdout, 'here\n');
      });

      test('does not hold up the end of the job, whatever the caller does', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs });
        const time = mark();
        const running = startEnter(starter, [
          job.name,
          '--',
          'sh',
          '-c',
          `echo in; exec sleep ${time}`,
        ]);
        await waitUntil(() => running.stdout() === 'in\n', 'the command');
        // As at a terminal that takes nothing any more: neither eyrie nor the relay moves.
        const pid = running.process.pid ?? 0;
        const relay = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
        for (const each of [relay, pid]) process.kill(each, 'SIGSTOP');
        await job.end();
        await waitUntil(() => sleepers(time).length === 0, 'the end of the command');
        for (const each of [relay, pid]) process.kill(each, 'SIGCONT');
        assert.equal((await running.ended).status, 137);
      });

      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGKILL'] as const) {
        test(`ends when the caller gets ${signal}, and the job goes on`, async (t) => {
          const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs });
          const time = mark();
          const running = startEnter(starter, [
            job.name,
            '--',
            'sh',
            '-c',
            `echo in; sleep ${time}`,
          ]);
          await waitUntil(
            () => running.stdout() === 'in\n' && sleepers(time).length === 1,
            'a sleep',
          );
          running.process.kill(signal);
          await running.ended;
          await waitUntil(() => sleepers(time).length === 0, 'the end of the command');
          assert.equal((await enter(starter, job, 'echo here')).stdout, 'here\n');
        });
      }
    });
  }
}

describe(
  'a command in a job that has no PID namespace',
  { skip: skip || skipIf(needsRoot()) },
  () => {
    test('leaves nothing behind of itself, though it hides', async (t) => {
      const knobs = { USE_PID_NAMESPACES: 'false' };
      const job = await holdJob(t, makeSite(t, ROOT), WAIT, { knobs });
      const time = mark();
      const hide = `(setsid env -i sh -c "trap '' HUP TERM; sleep ${time} & sleep ${time}" &) `;
      const { stdout } = await enter(ROOT, job, `${hide}; sleep 0.3; echo done`);
      assert.equal(stdout, 'done\n');
      assert.deepEqual(sleepers(time), []);
    });
  },
);
