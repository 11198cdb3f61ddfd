/**
 * What happens to a job from outside while it runs: the tools that remove, hold, vacate and suspend
 * it, the policy of the machine, and the death of its starter.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntil } from '../support/wait';
import { describeInPools } from './support/each-pool';
import { completed, eventNumbers, held } from './support/jobs';
import { FOREVER, startLongJob } from './support/long-jobs';

/** A job that tells which signals it gets and goes on. */
const TELLS = ['TERM', 'USR1', 'USR2', 'INT']
  .map((name) => `trap 'echo ${name} >>$REPORT' ${name}\n`)
  .join('');

/** A job that tells of a SIGTERM and ends. */
const ENDS = `trap 'echo TERM >>$REPORT; exit 0' TERM\n`;

/** Ends at once in its second run, of which its report tells. */
const SECOND_RUN = `if [ "$(grep -c ^/pool/execute $REPORT)" -gt 1 ]; then cat saved; exit 0; fi\n`;

/** What a submit file says, the tool, and the signal that the job gets. */
const SIGNALS = [
  ['', 'condor_rm', 'TERM'],
  ['', 'condor_hold', 'TERM'],
  ['', 'condor_vacate_job', 'TERM'],
  ['kill_sig = SIGUSR1', 'condor_vacate_job', 'USR1'],
  ['remove_kill_sig = SIGUSR2', 'condor_rm', 'USR2'],
] as const;

/** A machine that holds jobs which ask for it. */
const POLICY = {
  PREEMPT: 'TARGET.AsksForHold =?= True && Activity == "Busy" && $(ActivityTimer) > 3',
  WANT_HOLD: 'TARGET.AsksForHold =?= True',
  WANT_HOLD_REASON: '"by the policy of the machine"',
  WANT_HOLD_SUBCODE: '77',
};

describeInPools('a running job', { slots: 6, knobs: POLICY }, (pool, { release }) => {
  for (const [lines, tool, signal] of SIGNALS) {
    const how = lines === '' ? 'by default' : `with ${lines}`;
    test(`gets SIG${signal} ${how} of ${tool}, and SIGKILL when it goes on too long`, async () => {
      const options = { lines: `${lines}\njob_max_vacate_time = 2` };
      const long = await startLongJob(pool(), `${TELLS}${FOREVER}`, options);
      await pool().ask(tool, [long.job.id]);
      await long.said(signal);
      await waitUntil(
        () => eventNumbers(pool(), long.job).some((number) => [4, 9, 12].includes(number)),
        `the end of the job that ${tool} ended`,
        30,
      );
      if (tool !== 'condor_rm') await pool().ask('condor_rm', [long.job.id]);
      await pool().wait(long.job, 'removed');
      await long.gone();
      assert.ok(!/TERM|USR|INT/.test(long.report().replaceAll(signal, '')), long.report());
    });
  }

  test('is removed at once where it ends by the signal', async () => {
    const long = await startLongJob(pool(), `${ENDS}${FOREVER}`);
    await pool().ask('condor_rm', [long.job.id], { as: 'alice' });
    await pool().wait(long.job, 'removed');
    await long.gone();
    assert.equal(long.report(), 'TERM\n');
    assert.equal((await pool().historyAd(long.job)).JobStatus, 3);
  });

  // 23.9 has no such option.
  if (release === '25.14') {
    test('is removed with its output by condor_rm -transfer', async () => {
      const script = `echo said; trap 'echo kept >saved; exit 0' TERM\necho told >>$REPORT\n${FOREVER}`;
      const long = await startLongJob(pool(), script);
      await long.said('told');
      await pool().ask('condor_rm', ['-transfer', long.job.id], { as: 'alice' });
      await pool().wait(long.job, 'removed');
      await long.gone();
      assert.equal(pool().read(long.job, 'saved'), 'kept\n');
      assert.equal(pool().read(long.job, 'out'), 'said\n');
    });
  }

  test('is held by its owner, and runs again when it is released', async () => {
    const long = await startLongJob(pool(), `${SECOND_RUN}${ENDS}${FOREVER}`);
    await pool().ask('condor_hold', ['-reason', 'a pause', long.job.id], { as: 'alice' });
    const { code, reason } = await held(pool(), long.job);
    assert.equal(code, 1);
    assert.match(reason, /a pause/);
    await long.gone();
    await pool().ask('condor_release', [long.job.id]);
    const { ad } = await completed(pool(), long.job);
    assert.equal(ad.NumJobStarts, 2);
    await long.gone();
  });

  test('is vacated with what it has made, and finds it in its second run', async () => {
    const script = `${SECOND_RUN}trap 'echo kept >saved; exit 0' TERM\n${FOREVER}`;
    const long = await startLongJob(pool(), script, {
      lines: 'when_to_transfer_output = ON_EXIT_OR_EVICT',
    });
    await pool().ask('condor_vacate_job', [long.job.id]);
    await completed(pool(), long.job);
    assert.equal(pool().read(long.job, 'out'), 'kept\n');
    assert.ok(eventNumbers(pool(), long.job).includes(4));
    await long.gone();
  });

  test('is vacated without what it has made with when_to_transfer_output = ON_EXIT', async () => {
    const script = `${SECOND_RUN}trap 'echo kept >saved; exit 0' TERM\n${FOREVER}`;
    const long = await startLongJob(pool(), script);
    await pool().ask('condor_vacate_job', [long.job.id]);
    await completed(pool(), long.job);
    assert.equal(pool().read(long.job, 'out'), '');
    assert.match(pool().read(long.job, 'err'), /saved/);
    await long.gone();
  });

  test('is killed without a warning by condor_vacate_job -fast', async () => {
    const long = await startLongJob(pool(), `${SECOND_RUN}${TELLS}${FOREVER}`);
    await pool().ask('condor_vacate_job', ['-fast', long.job.id]);
    await completed(pool(), long.job);
    assert.equal(long.report(), '');
    assert.ok(eventNumbers(pool(), long.job).includes(4));
    await long.gone();
  });

  test('is suspended with all its processes, and continues', async () => {
    const count = '(while :; do echo tick >>$REPORT; sleep 0.05; done) &\nwait';
    const long = await startLongJob(pool(), count);
    await long.said('tick');
    await pool().ask('condor_suspend', [long.job.id]);
    await pool().wait(long.job, 'suspended');
    // One that had begun is written still.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = long.report();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(long.report(), before);
    await pool().wait(long.job, (ad) => ad.JobStatus === 7);
    await pool().ask('condor_continue', [long.job.id]);
    await pool().wait(long.job, 'running');
    await long.said(`${before}tick`);
    await pool().ask('condor_rm', [long.job.id]);
    await long.gone();
  });

  test('is held by the policy of the machine', async () => {
    const long = await startLongJob(pool(), `${ENDS}${FOREVER}`, { lines: '+AsksForHold = true' });
    const { code, subCode, reason } = await held(pool(), long.job);
    assert.deepEqual([code, subCode], [21, 77]);
    assert.match(reason, /by the policy of the machine/);
    await long.gone();
  });

  test('leaves none of its processes when it exits, however they hide', async () => {
    const hide = `setsid sh -c 'trap "" TERM HUP INT; (sleep 600 &) ; sleep 600' &\nsleep 1; exit 0`;
    const long = await startLongJob(pool(), hide);
    await completed(pool(), long.job);
    await long.gone(5);
  });

  test('runs again where its starter is killed, and nothing of the first run is left', async () => {
    const long = await startLongJob(pool(), `${SECOND_RUN}${FOREVER}`);
    await pool().ask('kill', ['-KILL', `${long.starterPid()}`]);
    await completed(pool(), long.job);
    await long.gone();
  });
});
