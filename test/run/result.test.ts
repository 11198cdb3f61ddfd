/**
 * The result of a run: the ad in the file of `--result`, and the JSON object of `--json`.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { giveTo, STARTERS } from '../support/starters';
import { readResultAd, shell } from './support/ads';
import { makeSite, type Site } from './support/site';

const skip = skipIf(needsProduct());

/** Where the site keeps the result of its first run. */
const firstResult = (site: Site): string => path.join(path.dirname(site.execute), 'result-1');

for (const starter of STARTERS) {
  describe(`the result of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('is an ad in old syntax, under the names that HTCondor has', async (t) => {
      const before = Date.now() / 1000 - 1;
      const { result } = await makeSite(t, starter).run({
        ...shell('exit 3'),
        ClusterId: 12,
        ProcId: 4,
      });
      // What a cgroup counts, where the job has one; and what procd saw if it came to look.
      const counted = /^(Block(Read|Write)(s|Kbytes)|(Cpu|Memory|Io)StallTime|ImageSize)$/;
      const names = Object.keys(result).filter((name) => !counted.test(name));
      assert.deepEqual(names.sort(), [
        'ClusterId',
        'CompletionDate',
        'DiskUsage',
        'ExitBySignal',
        'ExitCode',
        'JobDuration',
        'JobPid',
        'JobStartDate',
        'JobState',
        'JobStatus',
        'MemoryUsage',
        'ProcId',
        'RemoteSysCpu',
        'RemoteUserCpu',
        'RemoteWallClockTime',
        'ResidentSetSize',
        'ScratchDirFileCount',
      ]);
      assert.deepEqual([result.ClusterId, result.ProcId], [12, 4]);
      assert.equal(result.JobState, 'Exited');
      const dates = [before, result.JobStartDate, result.CompletionDate, Date.now() / 1000];
      assert.deepEqual([...dates].sort(), dates);
    });

    test('has the hold, and nothing of a run, where nothing ran', async (t) => {
      const { result } = await makeSite(t, starter).run({ Cmd: '/bin/true', In: '/no/such' });
      assert.deepEqual(Object.keys(result).sort(), [
        'ClusterId',
        'DiskUsage',
        'HoldReason',
        'HoldReasonCode',
        'HoldReasonSubCode',
        'JobStatus',
        'ProcId',
        'ScratchDirFileCount',
      ]);
    });

    test('takes the place of an old one whole: a link is replaced, not followed', async (t) => {
      const site = makeSite(t, starter);
      const elsewhere = path.join(site.iwd, 'elsewhere');
      writeFileSync(elsewhere, 'kept');
      giveTo(starter.uid, elsewhere);
      symlinkSync(elsewhere, firstResult(site));
      const { result } = await site.run(shell('exit 3'));
      assert.equal(result.ExitCode, 3);
      assert.equal(readFileSync(elsewhere, 'utf8'), 'kept');
      assert.ok(statSync(firstResult(site)).isFile());
    });

    test('is not there, not even in part, before the job has ended', async (t) => {
      const site = makeSite(t, starter);
      const state = path.dirname(site.execute);
      const running = site.start(shell('echo ready; sleep 60'), {
        options: ['--json'],
      });
      await running.said('ready');
      const during = readdirSync(state);
      assert.deepEqual(during.sort(), ['execute', 'log']);
      assert.equal(running.stdout(), 'ready\n');
      running.process.kill('SIGTERM');
      await running.ended;
      assert.deepEqual(readdirSync(state).sort(), ['execute', 'log', 'result-1']);
    });

    test('is the same as one JSON object after all that the job wrote', async (t) => {
      const { stdout, result, status } = await makeSite(t, starter).run(shell('echo out; exit 9'), {
        options: ['--json'],
      });
      assert.equal(status, 9);
      const [out, json, ...rest] = stdout.split('\n');
      assert.equal(out, 'out');
      assert.deepEqual(rest, ['']);
      const object = JSON.parse(json ?? '') as Record<string, unknown>;
      assert.deepEqual(object, result);
      assert.equal(object.ExitCode, 9);
    });

    test('is printed as JSON where nothing ran, too', async (t) => {
      const { stdout, status } = await makeSite(t, starter).run(
        {},
        { text: 'Cmd =\n', options: ['--json'] },
      );
      assert.equal(status, 125);
      const object = JSON.parse(stdout) as Record<string, unknown>;
      assert.equal(object.HoldReasonCode, 6);
      assert.match(String(object.HoldReason), /^\/.*job-1\.ad:1:\d+: /);
    });

    test('can be of a job whose words need escaping', async (t) => {
      const site = makeSite(t, starter);
      const reason = 'quote " and backslash \\ and $(dollar)';
      const { result, stdout } = await site.run(
        { Cmd: '/bin/true', In: `/no/${reason}` },
        { options: ['--json'] },
      );
      const expected = `cannot open /no/${reason} as stdin`;
      assert.ok(String(result.HoldReason).startsWith(expected), String(result.HoldReason));
      const { HoldReason } = JSON.parse(stdout) as { HoldReason: string };
      assert.ok(HoldReason.startsWith(expected), HoldReason);
    });

    for (const [what, place, reason] of [
      ['in a directory that does not exist', 'no/such/directory/result', 'No such file'],
      ['that is a directory', '', 'it is a directory'],
    ] as const) {
      test(`${what} is refused before the job runs`, async (t) => {
        const site = makeSite(t, starter);
        const file = path.join(site.directory, place);
        const { status, stderr, stdout } = await site.run(shell('echo ran'), {
          options: ['--json'],
          resultFile: file,
        });
        assert.equal(status, 125);
        assert.ok(
          stderr.startsWith(`eyrie run: Cannot write ${path.resolve(file)}: ${reason}`),
          stderr,
        );
        assert.equal(stdout, '');
      });
    }
  });
}

describe('the result file', { skip }, () => {
  for (const starter of STARTERS) {
    test(`of ${starter.name} is relative to where eyrie was started, not to Iwd`, async (t) => {
      const site = makeSite(t, starter);
      const state = path.dirname(site.execute);
      const { status } = await site.run(shell('exit 0'), { cwd: state, resultFile: 'mine' });
      assert.equal(status, 0);
      const text = readFileSync(path.join(state, 'mine'), 'latin1');
      assert.equal(readResultAd(text).ExitCode, 0);
      assert.equal(statSync(path.join(state, 'mine')).uid, starter.uid);
    });
  }
});
