/**
 * Signals to `eyrie run`: how a job is ended before its own end.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { noProcessLeft } from '../support/processes';
import { type Starter, STARTERS } from '../support/starters';
import { stretched } from '../support/wait';
import { type Ad, shell } from './support/ads';
import { makeSite, type Report, type RunOptions, type TestEnd } from './support/site';

const skip = skipIf(needsProduct());

/** A job that says `ready` and then waits, whatever comes, for as long as it is let. */
const waiting = (preparation: string): Ad =>
  shell(`${preparation}; echo ready; while :; do sleep 0.05; done`);

/** Starts a job, sends signals to its starter once it is ready, and gives its end and the time. */
async function end(
  t: TestEnd,
  starter: Starter,
  ad: Ad,
  signals: readonly NodeJS.Signals[],
  more: RunOptions = {},
): Promise<Report & { seconds: number }> {
  const site = makeSite(t, starter);
  const running = site.start(ad, more);
  await running.said('ready');
  const before = performance.now();
  for (const signal of signals) {
    running.process.kill(signal);
    // Two of one kind that are pending at the same time are one.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const report = await running.ended;
  assert.deepEqual(site.sandboxes(), []);
  await noProcessLeft(path.basename(site.directory));
  return { ...report, seconds: (performance.now() - before) / 1000 };
}

for (const starter of STARTERS) {
  describe(`eyrie run, started by ${starter.name}`, { skip, concurrency: 4 }, () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      test(`passes ${signal} on as SIGTERM, and exits as the job then does`, async (t) => {
        const job = waiting('trap "echo got TERM; exit 5" TERM; trap "exit 6" INT HUP');
        const { status, stdout, result, seconds } = await end(t, starter, job, [signal]);
        assert.equal(stdout, 'ready\ngot TERM\n');
        assert.equal(status, 5);
        assert.equal(result.ExitCode, 5);
        assert.equal(result.JobStatus, 1);
        assert.equal(result.VacateReasonCode, 1004);
        assert.ok(seconds < stretched(20), `${seconds} s`);
      });
    }

    test('ends a job that has no trap: 143', async (t) => {
      const { status, result } = await end(t, starter, waiting(':'), ['SIGTERM']);
      assert.equal(status, 143);
      assert.deepEqual([result.ExitBySignal, result.ExitSignal], [true, 15]);
    });

    for (const [attributes, signal] of [
      [{ KillSig: 'SIGUSR2' }, 'USR2'],
      [{ KillSig: 10 }, 'USR1'],
    ] as const) {
      test(`sends the job its KillSig, ${attributes.KillSig}`, async (t) => {
        const job = waiting(`trap "echo ${signal}; exit 5" ${signal}; trap "exit 6" TERM`);
        const { status, stdout } = await end(t, starter, { ...job, ...attributes }, ['SIGTERM']);
        assert.equal(stdout, `ready\n${signal}\n`);
        assert.equal(status, 5);
      });
    }

    test('sends RemoveKillSig for SIGUSR1, and the result says that it was removed', async (t) => {
      const job = waiting('trap "echo ALRM; exit 5" ALRM; trap "exit 6" TERM');
      const { status, stdout, result } = await end(
        t,
        starter,
        { ...job, RemoveKillSig: 'SIGALRM' },
        ['SIGUSR1'],
      );
      assert.equal(stdout, 'ready\nALRM\n');
      assert.equal(status, 5);
      assert.equal(result.JobStatus, 3);
      assert.match(String(result.RemoveReason), /told to remove/);
    });

    for (const [what, attributes, knobs] of [
      ['JobMaxVacateTime', { JobMaxVacateTime: 1, KillSigTimeout: 30 }, {}],
      ['KillSigTimeout', { KillSigTimeout: 1 }, {}],
      ['MachineMaxVacateTime', {}, { MachineMaxVacateTime: '1' }],
    ] as const) {
      test(`kills a job that ignores it after ${what}`, async (t) => {
        const job = { ...waiting('trap "" TERM INT'), ...attributes };
        const { status, seconds } = await end(t, starter, job, ['SIGTERM'], { knobs });
        assert.equal(status, 137);
        assert.ok(seconds >= 1 && seconds < stretched(15), `${seconds} s`);
      });
    }

    for (const signals of [
      ['SIGINT', 'SIGINT'],
      ['SIGHUP', 'SIGINT'],
      ['SIGQUIT'],
      ['SIGTERM', 'SIGQUIT'],
    ] as const) {
      test(`kills a job at once for ${signals.join(' and ')}`, async (t) => {
        const job = waiting('trap "" TERM INT HUP QUIT');
        const { status, seconds, result } = await end(t, starter, job, signals);
        assert.equal(status, 137);
        assert.equal(result.JobStatus, 1);
        assert.ok(seconds < stretched(15), `${seconds} s`);
      });
    }

    test('does not take a second SIGTERM for impatience', async (t) => {
      const job = waiting('trap "sleep 0.4; exit 5" TERM');
      const { status } = await end(t, starter, job, ['SIGTERM', 'SIGTERM']);
      assert.equal(status, 5);
    });

    test('kills a job that has stopped itself after its time', async (t) => {
      const job = { ...shell('echo ready; kill -STOP $$; echo on'), JobMaxVacateTime: 1 };
      const { status, stdout } = await end(t, starter, job, ['SIGTERM']);
      assert.equal(status, 137);
      assert.equal(stdout, 'ready\n');
    });

    test('leaves no child of a job that ended in time', async (t) => {
      const job = waiting(
        '(trap "" TERM; sleep 600) & setsid sleep 600 & trap "exit 5" TERM; sleep 0.1',
      );
      const { status } = await end(t, starter, job, ['SIGTERM']);
      assert.equal(status, 5);
    });

    test('is ended, not debugged, by a SIGUSR1 before there is a job', async (t) => {
      const { signal, stderr } = await interrupted(t, starter, 'SIGUSR1');
      assert.equal(stderr, '');
      assert.equal(signal, 'SIGUSR1');
    });

    test('can be interrupted before there is a job, while it waits for the ad', async (t) => {
      const { signal } = await interrupted(t, starter, 'SIGINT');
      assert.equal(signal, 'SIGINT');
    });
  });
}

/** Sends a signal to a starter that waits for an ad which never comes. */
async function interrupted(t: TestEnd, starter: Starter, signal: NodeJS.Signals): Promise<Report> {
  const site = makeSite(t, starter);
  const fifo = path.join(site.directory, 'ad');
  execFileSync('mkfifo', ['-m', '644', fifo]);
  const running = site.start({}, { jobFile: fifo });
  // This open waits for a reader, so Eyrie reads by then.
  const writer = await open(fifo, 'w');
  running.process.kill(signal);
  const report = await running.ended;
  await writer.close();
  assert.deepEqual(site.sandboxes(), []);
  return report;
}
