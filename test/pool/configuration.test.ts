/**
 * What a pool's configuration changes: how the starter is reached, whom jobs run as, what they see.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { completed, held, runScript, submitScript } from './support/jobs';
import { FOREVER, startLongJob } from './support/long-jobs';
import type { Pool } from './support/pool';

/** Suspends a job and lets it go on: for that the startd must reach the starter. */
async function suspendAndContinue(pool: Pool): Promise<void> {
  const long = await startLongJob(pool, FOREVER);
  await pool.ask('condor_suspend', [long.job.id]);
  await pool.wait(long.job, 'suspended');
  await pool.ask('condor_continue', [long.job.id]);
  await pool.wait(long.job, 'running');
  await pool.ask('condor_rm', [long.job.id]);
  await long.gone();
}

const NO_SHARED_PORT = { 'STARTD.USE_SHARED_PORT': 'False', 'STARTER.USE_SHARED_PORT': 'False' };

describeInPools('a machine without a shared port', { slots: 2, knobs: NO_SHARED_PORT }, (pool) => {
  test('runs jobs with files', async () => {
    const { job, ad } = await runScript(pool(), 'cat in >made; exit 3', {
      lines: 'transfer_input_files = in',
      files: { in: 'text\n' },
    });
    assert.equal(ad.ExitCode, 3);
    assert.equal(pool().read(job, 'made'), 'text\n');
  });

  test('reaches its starters', () => suspendAndContinue(pool()));
});

/** Every transfer waits for its turn, and one goes at a time. */
const QUEUE = {
  BYTES_REQUIRED_TO_QUEUE_FOR_TRANSFER: '0',
  MAX_CONCURRENT_UPLOADS: '1',
  MAX_CONCURRENT_DOWNLOADS: '1',
};

describeInPools('a pool with a queue for file transfers', { slots: 4, knobs: QUEUE }, (pool) => {
  test('has the files of all jobs moved in turn', async () => {
    const lines = 'transfer_input_files = in';
    const files = { in: Buffer.alloc(8 << 20, 'x') };
    const jobs = await Promise.all(
      [1, 2, 3, 4].map(() => submitScript(pool(), 'cat in in >made', { lines, files })),
    );
    for (const job of jobs) {
      await completed(pool(), job);
      assert.equal(pool().read(job, 'made').length, 16 << 20);
    }
  });
});

const OTHER_ACCOUNTS = { STARTER_ALLOW_RUNAS_OWNER: 'False', SLOT1_1_USER: 'bob' };

describeInPools('a slot with an account', { slots: 1, knobs: OTHER_ACCOUNTS }, (pool) => {
  test('runs the jobs of others as that account, whose the sandbox is', async () => {
    const { job } = await runScript(pool(), 'id -un; stat -c %U . in; echo made >made', {
      lines: 'transfer_input_files = in',
      files: { in: 'text\n' },
    });
    assert.equal(pool().read(job, 'out'), 'bob\nbob\nbob\n');
    assert.equal(pool().read(job, 'made'), 'made\n');
  });
});

const OTHER_DOMAIN = { 'STARTER.UID_DOMAIN': 'elsewhere.test' };

describeInPools('a machine of another UID_DOMAIN', { slots: 1, knobs: OTHER_DOMAIN }, (pool) => {
  test('runs jobs as nobody', async () => {
    const { job } = await runScript(pool(), 'id -un; echo made >made');
    assert.equal(pool().read(job, 'out'), 'nobody\n');
    assert.equal(pool().read(job, 'made'), 'made\n');
  });
});

/**
 * The pool's own root directory is an image like any other. HTCondor's starter of 23.9 dies of one that
 * is /, and runs a job that asks for an unknown one without a chroot.
 */
const CHROOTS = {
  NAMED_CHROOT: 'whole=/',
  USE_PID_NAMESPACES: 'True',
  // Jobs are matched by what the machine says that it has; condor_submit asks for this name.
  edChroot: '"whole,nowhere"',
  STARTD_ATTRS: '$(STARTD_ATTRS) edChroot',
};

describeInPools(
  'a machine with named chroots',
  { slots: 2, knobs: CHROOTS, only: 'eyrie' },
  (pool) => {
    test('runs a job in the one that it asks for, with its files', async () => {
      const { job, ad } = await runScript(pool(), 'pwd; cat in >made; exit 3', {
        lines: '+RequestedChroot = "whole"\ntransfer_input_files = in',
        files: { in: 'text\n' },
      });
      assert.equal(ad.ExitCode, 3);
      assert.match(pool().read(job, 'out'), /^\/pool\/execute\/dir_\d+/);
      assert.equal(pool().read(job, 'made'), 'text\n');
    });

    test('holds a job that asks for one that there is not', async () => {
      const lines = '+RequestedChroot = "nowhere"';
      const job = await submitScript(pool(), 'exit 0', { lines });
      const { code, reason } = await held(pool(), job);
      assert.equal(code, 6);
      assert.match(reason, /nowhere/);
    });
  },
);

const ROOTLESS = { USE_USER_NAMESPACES: 'True', USE_PID_NAMESPACES: 'True' };

describeInPools(
  'a pool of an ordinary user with USE_USER_NAMESPACES',
  { slots: 2, as: 'alice', knobs: { ...ROOTLESS, MOUNT_UNDER_SCRATCH: '/tmp' }, only: 'eyrie' },
  (pool) => {
    test('shuts its jobs in', async () => {
      const script =
        'id -un; ps -e -o comm= | grep -c condor_; echo x >/tmp/mine; ls /tmp; cat in >made';
      const { job } = await runScript(pool(), script, {
        lines: 'transfer_input_files = in',
        files: { in: 'text\n' },
      });
      assert.equal(pool().read(job, 'out'), 'alice\n0\nmine\n');
      assert.equal(pool().read(job, 'made'), 'text\n');
    });
  },
);
