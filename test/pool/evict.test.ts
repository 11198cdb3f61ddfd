/**
 * What comes back of jobs that leave their slot before their end, and what they find in the next one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { completed, held, submitScript } from './support/jobs';
import { FOREVER, startLongJob } from './support/long-jobs';

/** Tells which run it is and what it finds, and goes on with the script of that run. */
const RUNS = `run=$(grep -c ^/pool/execute $REPORT)
echo run $run: $(ls -p | grep -v -e / -e run.sh -e _condor) . >>$REPORT\n`;

describeInPools('a job with ON_EXIT_OR_EVICT', { slots: 3 }, (pool, judged) => {
  test('finds the files of all its runs again', async () => {
    const script = `${RUNS}case $run in
      1) trap 'echo one >first; echo one >changed; exit 0' TERM;;
      2) trap 'echo two >second; echo two >>changed; exit 0' TERM;;
      3) echo three >third; exit 0;;
      esac\n${FOREVER}`;
    const long = await startLongJob(pool(), script, {
      lines: 'transfer_input_files = given\nwhen_to_transfer_output = ON_EXIT_OR_EVICT',
      files: { given: 'given\n' },
    });
    await long.said('run 1: given .');
    await pool().ask('condor_vacate_job', [long.job.id]);
    await long.said('run 2: changed first given .');
    await pool().ask('condor_vacate_job', [long.job.id]);
    await completed(pool(), long.job);
    assert.match(long.report(), /^run 3: changed first given second \.$/m);
    const contents = ['third', 'first', 'second', 'changed'].map((name) =>
      pool().readIfThere(long.job, name),
    );
    // Of HTCondor's starter the shadow hears a list of spooled files after the first run, and then
    // names no files of earlier runs to the later ones: what the last one leaves alone is lost.
    const earlier = judged.starter === 'htcondor' ? ['', '', ''] : ['one\n', 'two\n', 'one\ntwo\n'];
    assert.deepEqual(contents, ['three\n', ...earlier]);
  });

  test('whose output is fetched with condor_transfer_data gives all of it', async () => {
    const job = await submitScript(pool(), 'echo a >a; mkdir -p tree/deep; echo b >tree/deep/b', {
      lines: 'transfer_output_files = a, tree\nwhen_to_transfer_output = ON_EXIT_OR_EVICT',
      spool: true,
    });
    await pool().wait(job, ({ JobStatus }) => JobStatus === 4, 60);
    assert.equal((await pool().queueAd(job))?.SpooledOutputFiles, 'a,tree');
    await pool().ask('condor_transfer_data', [job.id], { as: 'alice' });
    assert.equal(pool().read(job, 'a'), 'a\n');
    assert.equal(pool().read(job, 'tree/deep/b'), 'b\n');
  });
});

/** A machine whose owner wants outputs of evicted jobs to go back, and that holds who asks for it. */
const STDIO = {
  TRANSFER_STDIO_ON_EVICT: 'True',
  PREEMPT: 'TARGET.AsksForHold =?= True && Activity == "Busy" && $(ActivityTimer) > 3',
  WANT_HOLD: 'TARGET.AsksForHold =?= True',
  WANT_HOLD_REASON: '"by the policy of the machine"',
};

/** Says something on both streams, more when it is told to end, and makes a file. */
const TALKS = `echo said; echo wrong >&2; echo >made
trap 'echo bye; exit 0' TERM\n`;

describeInPools(
  'a job with TRANSFER_STDIO_ON_EVICT',
  { slots: 4, knobs: STDIO },
  (pool, judged) => {
    // HTCondor's starter sends nothing of these.
    if (judged.starter === 'htcondor') return;

    const streams = (job: Parameters<ReturnType<typeof pool>['readIfThere']>[0]) =>
      ['out', 'err', 'made'].map((name) => pool().readIfThere(job, name));

    test('that is removed leaves what it said to its owner', async () => {
      const long = await startLongJob(pool(), `${TALKS}echo ready >>$REPORT\n${FOREVER}`);
      await long.said('ready');
      await pool().ask('condor_rm', [long.job.id]);
      await pool().wait(long.job, 'removed');
      await long.gone();
      assert.deepEqual(streams(long.job), ['said\nbye\n', 'wrong\n', '']);
    });

    test('that is held by its owner leaves what it said', async () => {
      const long = await startLongJob(pool(), `${TALKS}echo ready >>$REPORT\n${FOREVER}`);
      await long.said('ready');
      await pool().ask('condor_hold', [long.job.id]);
      assert.equal((await held(pool(), long.job)).code, 1);
      await long.gone();
      assert.deepEqual(streams(long.job), ['said\nbye\n', 'wrong\n', '']);
    });

    test('that is vacated leaves what it said, and runs again', async () => {
      const script = `${RUNS}[ $run = 2 ] && { echo again; exit 7; }\n${TALKS}echo ready >>$REPORT\n`;
      const long = await startLongJob(pool(), `${script}${FOREVER}`, {
        lines:
          'environment = "REPORT=$(DIRECTORY)/report"\nrequirements = NumJobStarts == 0 || Again',
      });
      await long.said('ready');
      await pool().ask('condor_vacate_job', [long.job.id]);
      await pool().wait(long.job, ({ JobStatus }) => JobStatus === 1);
      await long.gone();
      assert.deepEqual(streams(long.job), ['said\nbye\n', 'wrong\n', '']);
      await pool().ask('condor_qedit', [long.job.id, 'Again', 'True']);
      assert.equal((await completed(pool(), long.job)).ad.ExitCode, 7);
      assert.deepEqual(streams(long.job), ['again\n', '', '']);
    });

    test('that a policy holds leaves what it said', async () => {
      const long = await startLongJob(pool(), `${TALKS}echo ready >>$REPORT\n${FOREVER}`, {
        lines: '+AsksForHold = true',
      });
      const { code, reason } = await held(pool(), long.job);
      assert.equal(code, 21);
      assert.match(reason, /by the policy of the machine/);
      await long.gone();
      assert.deepEqual(streams(long.job), ['said\nbye\n', 'wrong\n', '']);
    });

    test('that is killed at once leaves nothing, and is removed', async () => {
      const long = await startLongJob(pool(), `${TALKS}echo ready >>$REPORT\n${FOREVER}`);
      await long.said('ready');
      await pool().ask('condor_vacate_job', ['-fast', long.job.id]);
      await pool().ask('condor_rm', [long.job.id]);
      await pool().wait(long.job, 'removed');
      await long.gone();
      assert.deepEqual(streams(long.job), ['', '', '']);
    });
  },
);
