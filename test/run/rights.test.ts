/**
 * NO_NEW_PRIVS, and what else a job is given or not: limits, niceness, umask, CPUs.
 */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { JOB_UID, type Starter, STARTERS } from '../support/starters';
import { type Ad, shell } from './support/ads';
import { makeSite, type RunOptions, type TestEnd } from './support/site';

const skip = skipIf(needsProduct());

/** What a shell script in a job prints. */
async function output(t: TestEnd, starter: Starter, ad: Ad, more: RunOptions = {}) {
  const { stdout, stderr } = await makeSite(t, starter).run(ad, more);
  assert.notEqual(stdout, '', stderr);
  return stdout;
}

for (const starter of STARTERS) {
  describe(
    `a set-user-id program in a job of ${starter.name}`,
    {
      skip: skip || skipIf(needsRoot()),
    },
    () => {
      for (const [value, gains] of [
        ['true', false],
        // In a user namespace root's files are nobody's, whatever the knob says.
        ['false', starter.uid === 0],
      ] as const) {
        test(`gives ${gains ? 'its owner’s rights' : 'no rights'} where NO_NEW_PRIVS is ${value}`, async (t) => {
          const site = makeSite(t, starter);
          const file = path.join(site.iwd, 'id');
          copyFileSync('/usr/bin/id', file);
          chmodSync(file, 0o4755);
          const script = `${file} -u; ${file} -ru; grep NoNewPrivs /proc/self/status`;
          const { stdout } = await site.run(shell(script), { knobs: { NO_NEW_PRIVS: value } });
          const uid = gains ? 0 : JOB_UID;
          const bit = value === 'true' ? 1 : 0;
          assert.equal(stdout, `${uid}\n${JOB_UID}\nNoNewPrivs:\t${bit}\n`);
        });
      }
    },
  );

  describe(`the limits of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    for (const [what, ad, script, expected] of [
      ['no core file', {}, 'ulimit -Sc; ulimit -Hc', '0\n0\n'],
      ['CoreSize, in bytes', { CoreSize: 4096 }, 'ulimit -Sc; ulimit -Hc', '8\n8\n'],
      ['CoreSize without end', { CoreSize: -1 }, 'ulimit -Sc', 'unlimited\n'],
      ['StackSize, in bytes', { StackSize: 1048576 }, 'ulimit -Ss', '1024\n'],
      ['file size and CPU time lifted', {}, 'ulimit -Sf; ulimit -St', 'unlimited\nunlimited\n'],
    ] as const) {
      test(`are ${what}`, async (t) => {
        const stdout = await output(
          t,
          starter,
          { ...shell(script), ...ad },
          {
            through: ['sh', '-c', 'ulimit -Sf 2097152; ulimit -St 3600; exec "$@"', 'sh'],
          },
        );
        assert.equal(stdout, expected);
      });
    }

    test('are open files as the starter was started with, not as Node has raised them', async (t) => {
      const stdout = await output(t, starter, shell('ulimit -Sn; ulimit -Hn'), {
        through: ['sh', '-c', 'ulimit -Sn 512; ulimit -Hn 2000; exec "$@"', 'sh'],
      });
      assert.equal(stdout, '512\n2000\n');
    });

    test('are STARTER_RLIMIT_AS, an expression over slot and job', async (t) => {
      const knobs = { STARTER_RLIMIT_AS: 'TARGET.RequestMemory * 2' };
      const ad = { ...shell('ulimit -Sv; ulimit -Hv'), RequestMemory: 300 };
      assert.equal(await output(t, starter, ad, { knobs }), '614400\n614400\n');
    });

    test('cannot be more than the host’s hard one: the job gets that, and a note', async (t) => {
      const { stdout, stderr } = await makeSite(t, starter).run(
        { ...shell('ulimit -Ss'), StackSize: 64 * 1024 * 1024 },
        {
          through: ['sh', '-c', 'ulimit -Ss 4096; ulimit -Hs 8192; exec "$@"', 'sh'],
          options: ['--verbose'],
        },
      );
      assert.equal(stdout, '8192\n');
      assert.match(stderr, /note +StackSize asks for 67108864, but the hard limit of stack/);
    });

    for (const [size, dumped] of [
      [-1, true],
      [0, undefined],
    ] as const) {
      test(`decide about a core file, and the result tells: CoreSize = ${size}`, async (t) => {
        const { status, result } = await makeSite(t, starter).run({
          ...shell('kill -ABRT $$'),
          CoreSize: size,
        });
        assert.equal(status, 128 + 6);
        assert.equal(result.JobCoreDumped, dumped);
      });
    }

    test('end the job that goes beyond them', async (t) => {
      const { status, result } = await makeSite(t, starter).run(
        shell('ulimit -Sf 0; exec /bin/dd if=/dev/zero of=big bs=1024 count=9 2>/dev/null'),
      );
      assert.equal(status, 128 + 25);
      assert.equal(result.ExitSignal, 25);
    });
  });

  describe(`a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('has the umask 022, whatever the starter has', async (t) => {
      const site = makeSite(t, starter);
      const { stdout } = await site.run(shell('umask; touch made; stat -c %a made; mkdir d'), {
        through: ['sh', '-c', 'umask 0077; exec "$@"', 'sh'],
      });
      assert.equal(stdout, '0022\n644\n');
    });

    test('is as nice as JOB_RENICE_INCREMENT says', async (t) => {
      const job = { ...shell('nice'), JobPrio: 2 };
      const own = os.getPriority();
      assert.equal(await output(t, starter, job), `${own}\n`);
      const knobs = { JOB_RENICE_INCREMENT: 'JobPrio + 3' };
      assert.equal(await output(t, starter, job, { knobs }), `${own + 5}\n`);
      const { status, stderr } = await makeSite(t, starter).run(job, {
        knobs: { JOB_RENICE_INCREMENT: 'JobPrio + ' },
      });
      assert.equal(status, 125);
      assert.match(stderr, /JOB_RENICE_INCREMENT/);
    });

    test('stays on the CPUs of its slot where ENFORCE_CPU_AFFINITY is true', async (t) => {
      const job = shell('sed -n "s/^Cpus_allowed_list:.//p" /proc/self/status');
      const last = os.availableParallelism() - 1;
      const knobs = { ENFORCE_CPU_AFFINITY: 'true', SLOT1_CPU_AFFINITY: String(last) };
      assert.equal(await output(t, starter, job, { knobs }), `${last}\n`);
      const usual = await output(t, starter, job);
      assert.equal(usual, last === 0 ? '0\n' : `0-${last}\n`);
    });
  });
}
