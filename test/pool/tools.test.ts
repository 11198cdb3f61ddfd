/**
 * What HTCondor's tools show of a running job and of the machine it runs on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntil } from '../support/wait';
import { describeInPools } from './support/each-pool';
import { completed, runScript, submitScript } from './support/jobs';
import { FOREVER, startLongJob } from './support/long-jobs';

/** Updates of the running job soon and often, all the way to the queue. */
const KNOBS = {
  STARTER_INITIAL_UPDATE_INTERVAL: '1',
  STARTER_UPDATE_INTERVAL: '2',
  SHADOW_QUEUE_UPDATE_INTERVAL: '2',
  PID_SNAPSHOT_INTERVAL: '1',
};

describeInPools('the tools', { slots: 4, knobs: KNOBS }, (pool) => {
  test('say that the machine can transfer files, which every job asks for', async () => {
    const attributes = ['HasFileTransfer', 'HasReconnect', 'HasTDP', 'HasPerFileEncryption'];
    const said = await pool().ask('condor_status', ['-limit', '1', '-af', ...attributes]);
    assert.equal(said, 'true true true true\n');
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
    assert.equal(await pool().ask('condor_status', status), `${host} Claimed Busy\n`);
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
});
