/**
 * Jobs that the pool's configuration shuts in, and pools whose daemons are an ordinary user.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { completed, held, runScript, submitScript } from './support/jobs';
import { FOREVER, startLongJob } from './support/long-jobs';

const ISOLATED = {
  USE_PID_NAMESPACES: 'True',
  MOUNT_UNDER_SCRATCH: '/tmp,/var/tmp',
  MOUNT_PRIVATE_DEV_SHM: 'True',
};

describeInPools('a job that is shut in', { slots: 3, knobs: ISOLATED }, (pool) => {
  test('sees only its own processes', async () => {
    const { job, ad } = await runScript(pool(), 'ps -e -o comm= | sort -u; exit 4');
    assert.equal(ad.ExitCode, 4);
    const seen = pool().read(job, 'out').split('\n');
    assert.ok(seen.includes('ps'), seen.join());
    assert.ok(!seen.some((name) => /condor_(master|startd|schedd|shadow)/.test(name)), seen.join());
  });

  for (const place of ['/tmp', '/var/tmp', '/dev/shm']) {
    test(`has a ${place} of its own`, async () => {
      await pool().ask('sh', ['-c', `echo >${place}/of-the-pool`]);
      const { job } = await runScript(
        pool(),
        `ls -A ${place}; echo x >${place}/of-the-job && echo y`,
      );
      assert.equal(pool().read(job, 'out'), 'y\n');
      const { status } = await pool().tool('test', ['-e', `${place}/of-the-job`]);
      assert.equal(status, 1);
    });
  }

  test('dies with all its processes when it is removed', async () => {
    const long = await startLongJob(pool(), `setsid sleep 600 &\ntrap '' TERM\n${FOREVER}`, {
      lines: 'job_max_vacate_time = 1',
    });
    await pool().ask('condor_rm', [long.job.id]);
    await pool().wait(long.job, 'removed');
    await long.gone();
  });

  test('ends by a signal of its own', async () => {
    const { ad } = await runScript(pool(), 'kill -9 $$');
    assert.deepEqual([ad.ExitBySignal, ad.ExitSignal], [true, 9]);
  });
});

describeInPools('a pool of an ordinary user', { slots: 2, as: 'alice' }, (pool) => {
  test('runs jobs with files as that user', async () => {
    const { job, ad } = await runScript(pool(), 'id -un; cat in >made; exit 3', {
      lines: 'transfer_input_files = in',
      files: { in: 'text\n' },
    });
    assert.equal(ad.ExitCode, 3);
    assert.equal(pool().read(job, 'out'), 'alice\n');
    assert.equal(pool().read(job, 'made'), 'text\n');
  });

  test('removes jobs, and nothing is left of them', async () => {
    const long = await startLongJob(pool(), `setsid sleep 600 &\n${FOREVER}`);
    await pool().ask('condor_rm', [long.job.id]);
    await pool().wait(long.job, 'removed');
    await long.gone();
  });

  test('holds a job whose output is missing', async () => {
    const job = await submitScript(pool(), 'exit 0', { lines: 'transfer_output_files = missing' });
    const { code, subCode } = await held(pool(), job);
    assert.deepEqual([code, subCode], [12, 2]);
  });

  test('vacates jobs', async () => {
    const script = `[ "$(grep -c ^/pool/execute $REPORT)" -gt 1 ] && exit 0\n${FOREVER}`;
    const long = await startLongJob(pool(), script);
    await pool().ask('condor_vacate_job', [long.job.id]);
    await completed(pool(), long.job);
    await long.gone();
  });
});
