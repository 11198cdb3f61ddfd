/**
 * What a running job has to bear when the pool's daemons end, are killed, or are restarted.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntil } from '../support/wait';
import { describeInPools } from './support/each-pool';
import { completed, eventNumbers } from './support/jobs';
import { FOREVER, startLongJob } from './support/long-jobs';
import type { Pool } from './support/pool';

/** The master restarts what dies at once, and a job that lost its shadow is sought soon. */
const KNOBS = {
  MASTER_BACKOFF_CONSTANT: '1',
  MASTER_BACKOFF_CEILING: '2',
  SHADOW_LAZY_QUEUE_UPDATE: 'False',
};

/** Ends in its second run, or where the file `go` is in its submit directory. */
const UNTIL_GO = `if [ "$(grep -c ^/pool/execute $REPORT)" -gt 1 ]; then exit 0; fi
while [ ! -e "$(dirname $REPORT)/go" ]; do sleep 0.1; done; echo went`;

async function killDaemon(pool: Pool, name: string): Promise<void> {
  const pid = (await pool.ask('pgrep', ['-x', name])).trim();
  await pool.ask('kill', ['-KILL', pid]);
  await waitUntil(
    async () => {
      const { stdout } = await pool.tool('pgrep', ['-x', name]);
      return stdout.trim() !== '' && stdout.trim() !== pid;
    },
    `the master to restart ${name}`,
    30,
  );
}

/** Turns the startd on again and waits until it takes jobs. */
async function startdOn(pool: Pool): Promise<void> {
  await pool.ask('condor_on', ['-startd']);
  await waitUntil(
    async () => (await pool.tool('condor_status', ['-af', 'State'])).stdout.includes('Unclaimed'),
    'the startd to be back',
    30,
  );
}

const startdIsOff = (pool: Pool): Promise<void> =>
  waitUntil(
    async () => (await pool.tool('pgrep', ['-x', 'condor_startd'])).status !== 0,
    'the startd to end',
    60,
  );

const OPTIONS = { slots: 2, knobs: KNOBS, concurrency: 1, poolsAtATime: 2 };

describeInPools('a pool', OPTIONS, (pool) => {
  test('whose schedd is killed finds the running job again', async () => {
    const long = await startLongJob(pool(), UNTIL_GO);
    await killDaemon(pool(), 'condor_schedd');
    await waitUntil(() => eventNumbers(pool(), long.job).includes(23), 'the reconnect', 60);
    await pool().ask('touch', [`${long.job.inside}/go`]);
    const { ad } = await completed(pool(), long.job);
    assert.equal(ad.ExitCode, 0);
    assert.equal(pool().read(long.job, 'out'), 'went\n');
    assert.ok(eventNumbers(pool(), long.job).includes(22));
    assert.equal(ad.NumJobStarts, 1);
    await long.gone();
  });

  test('whose shadow is killed runs the job again', async () => {
    // A starter may keep the sandbox until the lease is over.
    const long = await startLongJob(pool(), UNTIL_GO, { lines: 'job_lease_duration = 20' });
    await pool().ask('pkill', ['-KILL', '-x', 'condor_shadow']);
    await completed(pool(), long.job, 120);
    await long.gone(60);
  });

  test('whose startd is killed runs the job again, and nothing is left of it', async () => {
    const long = await startLongJob(pool(), UNTIL_GO, { lines: 'job_lease_duration = 20' });
    await killDaemon(pool(), 'condor_startd');
    await completed(pool(), long.job, 120);
    await long.gone(60);
  });

  test('whose startd is turned off peacefully lets the job end', async () => {
    const long = await startLongJob(pool(), UNTIL_GO);
    await pool().ask('condor_off', ['-peaceful', '-startd']);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.deepEqual(long.report(), '');
    await pool().ask('touch', [`${long.job.inside}/go`]);
    await completed(pool(), long.job);
    assert.equal(pool().read(long.job, 'out'), 'went\n');
    await startdIsOff(pool());
    await long.gone();
    await startdOn(pool());
  });

  test('whose startd is turned off gracefully vacates the job', async () => {
    const script = `trap 'echo TERM >>$REPORT; exit 0' TERM\n${FOREVER}`;
    const long = await startLongJob(pool(), script);
    await pool().ask('condor_off', ['-graceful', '-startd']);
    await long.said('TERM');
    await pool().wait(long.job, 'idle');
    await long.gone();
    await startdIsOff(pool());
    await pool().ask('condor_rm', [long.job.id]);
    await startdOn(pool());
  });

  test('whose startd is turned off fast kills the job', async () => {
    const script = `trap 'echo TERM >>$REPORT' TERM\n${FOREVER}`;
    const long = await startLongJob(pool(), script);
    await pool().ask('condor_off', ['-fast', '-startd']);
    await startdIsOff(pool());
    await long.gone();
    assert.equal(long.report(), '');
    await pool().ask('condor_rm', [long.job.id]);
  });
});
