/**
 * What the result says that a job has used.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { burn } from '../support/burn';
import { needsProduct, skipIf } from '../support/need';
import { ROOT, STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite, type Report } from './support/site';

const skip = skipIf(needsProduct());

/** Computes for a while. */
const SPIN = burn(0.2);

/** User and system seconds of processes, from what the shell's `times` printed: `0m1.5s 0m0.2s`. */
function seconds(times: string): number {
  const parts = [...times.matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0);
}

const cpu = ({ result }: Report): number =>
  Number(result.RemoteUserCpu) + Number(result.RemoteSysCpu);

/**
 * That the result has the CPU time of the shells that printed `times`, and no more than that: a shell
 * drops the last part of a tick of 10 ms from each of its four numbers and does not know its own end,
 * and the job had a beginning before it. A SPIN takes more than what is allowed for that.
 */
function assertCpu(report: Report, ...times: string[]): void {
  const told = times.reduce((sum, text) => sum + seconds(text), 0);
  const more = cpu(report) - told;
  const allowed = times.length * 4 * 0.01 + 0.06;
  assert.ok(more > -0.01 && more < allowed, `${cpu(report)}, not ${told}: ${times.join('; ')}`);
}

for (const starter of STARTERS) {
  // Without a PID namespace init is no parent of orphans by itself, but as their subreaper.
  const choices = starter.uid === ROOT.uid ? ['true', 'false'] : ['true'];
  for (const value of choices) {
    describe(
      `the CPU time of a job of ${starter.name}, USE_PID_NAMESPACES = ${value},`,
      { skip },
      () => {
        const knobs = { USE_PID_NAMESPACES: value };

        test('is its own and its children’s', async (t) => {
          const report = await makeSite(t, starter).run(shell(`${SPIN}; (${SPIN}); times`), {
            knobs,
          });
          assert.ok(seconds(report.stdout) > 0.3, report.stdout);
          assertCpu(report, report.stdout);
        });

        test('is also that of daemons that nobody waits for', async (t) => {
          const site = makeSite(t, starter);
          const daemon = `setsid sh -c "${SPIN.replaceAll('$', '\\$')}; times > made; mv made done" &`;
          const wait = 'while [ ! -e done ]; do sleep 0.05; done';
          const report = await site.run(shell(`(${daemon}) ; ${wait}; times`), { knobs });
          const daemons = readFileSync(path.join(site.iwd, 'done'), 'utf8');
          assert.ok(seconds(daemons) > 0.15, daemons);
          assertCpu(report, report.stdout, daemons);
        });

        test('is also that of daemons that had to be killed', async (t) => {
          const daemon = '(setsid sh -c "while :; do :; done" & echo $! > pid)';
          const wait = [
            'read pid < pid',
            'while read -r a b c d e f g h i j k l m user rest < /proc/$pid/stat',
            'do [ $user -ge 30 ] && exit 0; sleep 0.02; done',
          ].join('; ');
          const report = await makeSite(t, starter).run(shell(`${daemon}; ${wait}`), { knobs });
          assert.equal(report.status, 0, report.stderr);
          // 30 ticks of 10 ms were there before the job ended.
          assert.ok(cpu(report) >= 0.29, `${cpu(report)} s`);
        });
      },
    );
  }

  describe(`the result of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('has the peak of memory that the job touched, in KiB and MiB', async (t) => {
      const { result } = await makeSite(t, starter).run(
        shell('dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null; sleep 0.1'),
      );
      const peak = Number(result.ResidentSetSize);
      assert.ok(peak > 100 * 1024 && peak < 110 * 1024, `${peak} KiB`);
      assert.equal(result.MemoryUsage, Math.ceil(peak / 1024));
    });

    test('has nothing of the starter’s own memory', async (t) => {
      const { result } = await makeSite(t, starter).run({ Cmd: '/bin/true' });
      const peak = Number(result.ResidentSetSize);
      assert.ok(peak > 500 && peak < 8 * 1024, `${peak} KiB`);
    });

    test('has the space and the number of files of the sandbox', async (t) => {
      const small = await makeSite(t, starter).run(shell('exit 0'));
      const script = [
        'cd $_CONDOR_SCRATCH_DIR',
        'dd if=/dev/zero of=big bs=1M count=3 2>/dev/null',
        'dd if=/dev/zero of=/tmp/big bs=1M count=2 2>/dev/null',
        'truncate -s 1G sparse',
        'ln big again',
        'ln -s / root',
      ].join('; ');
      const { result } = await makeSite(t, starter).run(shell(script));
      const more = Number(result.DiskUsage) - Number(small.result.DiskUsage);
      assert.ok(more >= 5 * 1024 && more < 5 * 1024 + 100, `${more} KiB`);
      const files = Number(result.ScratchDirFileCount) - Number(small.result.ScratchDirFileCount);
      assert.equal(files, 5);
    });

    test('has nothing of what the job writes elsewhere', async (t) => {
      const { result } = await makeSite(t, starter).run(
        shell('dd if=/dev/zero of=big bs=1M count=3 2>/dev/null'),
      );
      assert.ok(Number(result.DiskUsage) < 200, `${String(result.DiskUsage)} KiB`);
    });

    test('has the time on the clock', async (t) => {
      const { result } = await makeSite(t, starter).run(shell('sleep 0.7'));
      const wall = Number(result.RemoteWallClockTime);
      assert.ok(wall >= 0.69 && wall < 10, `${wall} s`);
      assert.equal(result.JobDuration, result.RemoteWallClockTime);
      const dates = Number(result.CompletionDate) - Number(result.JobStartDate);
      assert.ok(Math.abs(dates - wall) <= 1, `${dates} s`);
      assert.ok(Number(result.RemoteUserCpu) < 0.5);
    });
  });
}
