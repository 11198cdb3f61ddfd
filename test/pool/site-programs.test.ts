/**
 * Programs and settings by which a site changes how its jobs run: a wrapper around every job, hooks,
 * the CPUs that a startd assigns.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { completed, held, runScript, submitScript } from './support/jobs';
import type { Pool } from './support/pool';

/** Fails for jobs whose arguments say so; to others it gives a variable. */
const WRAPPER = `#!/bin/sh
case "$*" in *to-fail*) printf 'no licence\nleft\n' >"$_CONDOR_WRAPPER_ERROR_FILE"; exit 1;; esac
WRAPPED="$0" exec "$@"\n`;

function giveWrapper(pool: Pool): void {
  writeFileSync(path.join(pool.directory, 'wrapper'), WRAPPER, { mode: 0o755 });
}

const WRAPPED = { USER_JOB_WRAPPER: '/pool/wrapper' };

describeInPools('a job with USER_JOB_WRAPPER', { slots: 3, knobs: WRAPPED }, (pool, judged) => {
  test('is executed by it, with its own command line', async () => {
    giveWrapper(pool());
    const script = 'echo "$WRAPPED $0"; for word; do echo "<$word>"; done; exit 5';
    const { ad, job } = await runScript(pool(), script, {
      lines: `arguments = "one 'two words' ''"`,
    });
    assert.equal(ad.ExitCode, 5);
    const [head = '', ...words] = pool().read(job, 'out').trimEnd().split('\n');
    assert.match(
      head,
      /^\/pool\/wrapper \/pool\/execute\/dir_\d+\/(scratch\/)?(run.sh|condor_exec.exe)$/,
    );
    assert.deepEqual(words, ['<one>', '<two words>', '<>']);
  });

  test('that the wrapper cannot run says why', async () => {
    giveWrapper(pool());
    const job = await submitScript(pool(), 'echo ran', { lines: 'arguments = to-fail' });
    if (judged.starter === 'eyrie') {
      const { code, reason } = await held(pool(), job);
      assert.equal(code, 6);
      assert.match(reason, /The job wrapper failed to execute the job: no licence\|left/);
      await pool().ask('condor_rm', [job.id]);
      await pool().wait(job, 'removed');
    } else {
      // It looks for the file with rights that end at the sandbox, and takes the job as done.
      assert.equal((await completed(pool(), job)).ad.ExitCode, 1);
    }
    assert.equal(pool().readIfThere(job, 'out'), '');
  });
});

const MISSING = { USER_JOB_WRAPPER: '/pool/no-wrapper' };

describeInPools('a job whose wrapper is missing', { slots: 1, knobs: MISSING }, (pool, judged) => {
  test('is not run without it', async () => {
    const job = await submitScript(pool(), 'echo ran');
    if (judged.starter === 'eyrie') {
      const { reason } = await held(pool(), job);
      assert.match(reason, /USER_JOB_WRAPPER: \/pool\/no-wrapper does not exist/);
    } else {
      // HTCondor's starter gives it back to the queue, again and again.
      await pool().wait(job, ({ NumShadowStarts }) => Number(NumShadowStarts) > 1, 60);
    }
    assert.equal(pool().readIfThere(job, 'out'), '');
  });
});

const HOOKS = { STARTER_DEFAULT_JOB_HOOK_KEYWORD: 'SITE', SITE_HOOK_PREPARE_JOB: '/bin/true' };

describeInPools('a job of a site with job hooks', { slots: 1, knobs: HOOKS }, (pool, judged) => {
  test('is run with them or not at all', async () => {
    const job = await submitScript(pool(), 'echo ran');
    if (judged.starter === 'htcondor') {
      await completed(pool(), job);
      return;
    }
    const { code, reason } = await held(pool(), job);
    assert.equal(code, 6);
    assert.match(
      reason,
      /STARTER_DEFAULT_JOB_HOOK_KEYWORD = SITE .*SITE_HOOK_PREPARE_JOB = \/bin\/true/,
    );
    assert.equal(pool().readIfThere(job, 'out'), '');
  });
});

const ASSIGNED = { ASSIGN_CPU_AFFINITY: 'True', SLOT1_CPU_AFFINITY: '0' };

describeInPools('jobs of a startd that assigns CPUs', { slots: 2, knobs: ASSIGNED }, (pool) => {
  test('are bound to one each', async () => {
    const script = 'grep Cpus_allowed_list /proc/self/status; sleep 3';
    const jobs = [await submitScript(pool(), script), await submitScript(pool(), script)];
    const seen = [];
    for (const job of jobs) {
      await completed(pool(), job);
      seen.push(pool().read(job, 'out').trim().split(/\s+/)[1]);
    }
    assert.deepEqual(seen.sort(), ['0', '1']);
  });
});
