/**
 * What `eyrie run` exits with: the job's own status, or what a shell would say in its place.
 */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { type Ad, shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());

/** Signal, its number, and strsignal(3)'s words. */
const SIGNALS = [
  ['SIGHUP', 1, 'Hangup'],
  ['SIGKILL', 9, 'Killed'],
  ['SIGSEGV', 11, 'Segmentation fault'],
  ['SIGPIPE', 13, 'Broken pipe'],
  ['SIGTERM', 15, 'Terminated'],
  ['SIGXFSZ', 25, 'File size limit exceeded'],
] as const;

for (const starter of STARTERS) {
  describe(`eyrie run, started by ${starter.name}`, { skip, concurrency: 2 }, () => {
    for (const status of [0, 1, 42, 255]) {
      test(`exits with ${status} where the job does`, async (t) => {
        const {
          status: own,
          stderr,
          result,
        } = await makeSite(t, starter).run(shell(`exit ${status}`));
        assert.equal(own, status, stderr);
        assert.equal(stderr, '');
        assert.equal(result.JobStatus, 4);
        assert.equal(result.ExitBySignal, false);
        assert.equal(result.ExitCode, status);
        assert.equal(result.ExitSignal, undefined);
      });
    }

    for (const [name, number, words] of SIGNALS) {
      test(`exits with ${128 + number} where ${name} ended the job`, async (t) => {
        const { status, result } = await makeSite(t, starter).run(shell(`kill -${number} $$`));
        assert.equal(status, 128 + number);
        assert.equal(result.JobStatus, 4);
        assert.equal(result.ExitBySignal, true);
        assert.equal(result.ExitSignal, number);
        assert.equal(result.ExitCode, undefined);
        assert.equal(result.ExitReason, `died on signal ${number} (${words})`);
      });
    }

    test('exits with 127 where there is no such program, and says which', async (t) => {
      const { status, stderr, result } = await makeSite(t, starter).run({
        Cmd: '/no/such/program',
      });
      assert.equal(status, 127);
      assert.match(stderr, /^eyrie run: cannot execute \/no\/such\/program .*: No such file/);
      assert.equal(result.JobStatus, 5);
      assert.equal(result.HoldReasonCode, 6);
      assert.equal(result.HoldReasonSubCode, 2);
      assert.equal(result.ExitCode, undefined);
    });

    test('exits with 127 where a script has an interpreter that does not exist', async (t) => {
      const site = makeSite(t, starter);
      const { status, stderr } = await site.run(program(site.iwd, '#!/no/such/interpreter\n'));
      assert.equal(status, 127);
      assert.match(stderr, /the interpreter that its first line names/);
    });

    test('exits with 126 where the file may not be executed', async (t) => {
      const site = makeSite(t, starter);
      const ad = program(site.iwd, '#!/bin/sh\n', 0o644);
      const { status, stderr, result } = await site.run(ad);
      assert.equal(status, 126);
      assert.match(stderr, /Permission denied/);
      assert.equal(result.HoldReasonCode, 6);
      assert.equal(result.HoldReasonSubCode, 13);
    });

    test('exits with 126 where the file is no program, and says what one is', async (t) => {
      const site = makeSite(t, starter);
      const { status, stderr } = await site.run(program(site.iwd, 'neither ELF nor script\n'));
      assert.equal(status, 126);
      assert.match(stderr, /neither a program for this machine nor a script that begins with "#!"/);
    });

    test('exits with 126 where the program is a directory', async (t) => {
      const { status } = await makeSite(t, starter).run({ Cmd: '/bin/' });
      assert.equal(status, 126);
    });

    test('exits with 125 where the job is held, says why, and has the hold code', async (t) => {
      const { status, stderr, stdout, result } = await makeSite(t, starter).run({
        ...shell('echo it ran'),
        In: '/no/such/input',
      });
      assert.equal(status, 125);
      assert.equal(stdout, '');
      assert.match(stderr, /^eyrie run: cannot open \/no\/such\/input as stdin .*: No such file/);
      assert.equal(result.JobStatus, 5);
      assert.equal(result.HoldReasonCode, 8);
      assert.equal(result.HoldReasonSubCode, 2);
      assert.equal(`eyrie run: ${String(result.HoldReason)}\n`, stderr);
    });

    test('exits with 125 where the ad lacks the program, and the result says so', async (t) => {
      const { status, stderr, result } = await makeSite(t, starter).run({ Arguments: 'x' });
      assert.equal(status, 125);
      assert.match(stderr, /Cmd is missing/);
      assert.equal(result.JobStatus, 5);
      assert.equal(result.HoldReasonCode, 6);
    });

    test('exits with 125 where its own arguments are wrong', async (t) => {
      const { status, stderr } = await makeSite(t, starter).run(shell('exit 0'), {
        options: ['--nonsense'],
      });
      assert.equal(status, 125);
      assert.match(stderr, /unknown option '--nonsense'/);
    });
  });
}

/** A job whose program is a file of this content. */
function program(directory: string, content: string, mode = 0o755): Ad {
  const file = path.join(directory, 'program');
  writeFileSync(file, content);
  chmodSync(file, mode);
  return { Cmd: file };
}
