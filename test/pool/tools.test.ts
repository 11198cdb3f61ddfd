/**
 * What HTCondor's tools show of a running job and of the machine it runs on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntil } from '../support/wait';
import { describeInPools } from './support/each-pool';
import { completed, held, runScript, submitScript } from './support/jobs';
import { FOREVER, startLongJob } from './support/long-jobs';
import type { Pool } from './support/pool';

/** Updates of the running job soon and often, all the way to the queue. */
const KNOBS = {
  STARTER_INITIAL_UPDATE_INTERVAL: '1',
  STARTER_UPDATE_INTERVAL: '2',
  SHADOW_QUEUE_UPDATE_INTERVAL: '2',
  PID_SNAPSHOT_INTERVAL: '1',
};

describeInPools('the tools', { slots: 4, knobs: KNOBS }, (pool, { starter }) => {
  test('say that the machine can transfer files, which every job asks for', async () => {
    const attributes = ['HasFileTransfer', 'HasReconnect', 'HasTDP', 'HasPerFileEncryption'];
    const said = await pool().ask('condor_status', ['-limit', '1', '-af', ...attributes]);
    // A tool daemon beside a job is nothing that our starter has.
    const hasToolDaemons = starter === 'htcondor' ? 'true' : 'undefined';
    assert.equal(said, `true true ${hasToolDaemons} true\n`);
    const list = await pool().ask('condor_status', ['-limit', '1', '-af', 'StarterAbilityList']);
    assert.match(list, /HasFileTransfer/);
    const { ad } = await runScript(pool(), 'exit 0');
    assert.match(JSON.stringify(ad.Requirements), /TARGET\.HasFileTransfer/);
  });

  test('say where a job runs, and who runs there', async () => {
    const long = await startLongJob(pool(), FOREVER);
    const { id } = long.job;
    const [host = ''] = (await pool().ask('condor_q', [id, '-af', 'RemoteHost'])).split('\n');
    assert.match(host, /^slot1_\d+@/);
    assert.ok((await pool().ask('condor_q', ['-nobatch', '-run', id])).includes(host));
    const status = ['-constraint', `JobId == "${id}"`, '-af', 'Name', 'State', 'Activity'];
    await waitUntil(
      async () => (await pool().ask('condor_status', status)) === `${host} Claimed Busy\n`,
      'the collector to hear of it',
    );
    const user = await pool().ask('condor_status', [...status.slice(0, 2), '-af', 'RemoteUser']);
    assert.equal(user, 'alice@pool.test\n');
    const who = await pool().ask('condor_who', ['-log', '/pool/log']);
    assert.match(who, new RegExp(`alice@pool\\.test .*${id.replace('.', String.raw`\.`)}`));
    await pool().ask('condor_rm', [id]);
    await long.gone();
  });

  test('show how much a job uses while it runs', async () => {
    const burn =
      'head -c 20000000 /dev/zero | tail | sleep 600 &\ntimeout 8 sh -c "while :; do :; done"; wait';
    const long = await startLongJob(pool(), burn);
    await pool().wait(long.job, (ad) => Number(ad.RemoteUserCpu) >= 1, 60);
    await pool().wait(long.job, (ad) => Number(ad.ResidentSetSize_RAW) > 15_000, 60);
    await pool().ask('condor_rm', [long.job.id]);
    await long.gone();
  });

  if (starter === 'htcondor') describeLater(pool);
  else describeRefusals(pool);
});

/** What our starter does not have yet. */
function describeLater(pool: () => Pool): void {
  test('tail the output of a running job', async () => {
    const long = await startLongJob(pool(), `echo a line; echo told >>$REPORT\n${FOREVER}`);
    await long.said('told');
    const tail = (): Promise<string> =>
      pool()
        .tool('condor_tail', [long.job.id], { as: 'alice' })
        .then(({ stdout }) => stdout);
    await waitUntil(async () => (await tail()) === 'a line\n', 'condor_tail to show the line');
    await pool().ask('condor_rm', [long.job.id]);
    await long.gone();
  });

  test('reach the job by condor_chirp', async () => {
    const script = `condor_chirp set_job_attr Told '"yes"' && condor_chirp get_job_attr Told
condor_chirp ulog 'a word' && condor_chirp fetch here.txt - && echo put >f && condor_chirp put f put.txt`;
    const job = await submitScript(pool(), script, {
      lines: '+WantIOProxy = true\nenvironment = "PATH=/usr/bin:/bin:/usr/libexec/condor"',
      files: { 'here.txt': 'content\n' },
    });
    const { ad } = await completed(pool(), job);
    assert.equal(ad.ExitCode, 0, pool().readIfThere(job, 'err'));
    assert.equal(ad.Told, 'yes');
    assert.equal(pool().read(job, 'out'), '"yes"\ncontent\n');
    assert.equal(pool().read(job, 'put.txt'), 'put\n');
    assert.ok(
      pool()
        .events(job)
        .some(({ number, text }) => number === 8 && text.includes('a word')),
    );
  });
}

function describeRefusals(pool: () => Pool): void {
  test('say that the output of a running job cannot be tailed', async () => {
    const long = await startLongJob(pool(), FOREVER);
    const { stderr, stdout } = await pool().tool('condor_tail', [long.job.id], { as: 'alice' });
    assert.match(stderr + stdout, /This starter does not answer condor_tail yet/);
    await pool().ask('condor_rm', [long.job.id]);
    await long.gone();
  });

  for (const [line, words] of [
    ['+WantIOProxy = true', /WantIOProxy = true asks for Chirp/],
    ['stream_output = true', /StreamOut = true asks for output as it is written/],
    ['+HookKeyword = "X"', /HookKeyword = "X" asks for job hooks/],
    ['success_exit_code = 0\n+SuccessCheckpointExitCode = 85', /asks for checkpoints/],
  ] as const) {
    test(`show why a job is held that has ${line}`, async () => {
      const job = await submitScript(pool(), 'exit 0', { lines: line });
      const { code, reason } = await held(pool(), job);
      assert.equal(code, 6);
      assert.match(reason, words);
    });
  }
}
