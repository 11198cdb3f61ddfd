/**
 * How jobs end by themselves, and what their command line, environment and streams are.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { completed, eventNumbers, held, runScript, submitScript } from './support/jobs';

const SIGNALS = [
  ['SIGHUP', 1],
  ['SIGABRT', 6],
  ['SIGKILL', 9],
  ['SIGSEGV', 11],
  ['SIGTERM', 15],
] as const;

/** A job that says what it was called with, a line each. */
const SAY_ARGUMENTS = 'for word; do echo "<$word>"; done';

/** What a submit file says, and the words that the job gets. */
const ARGUMENTS = [
  [`"one 'two words' three"`, ['one', 'two words', 'three']],
  [`"'it''s' '''quoted''' a'b c'd ""double"""`, ["it's", "'quoted'", 'ab cd', '"double"']],
  [`"\\ back\\slash $HOME * ; & | <"`, ['\\', 'back\\slash', '$HOME', '*', ';', '&', '|', '<']],
  [`"'' ' '"`, ['', ' ']],
  [`old \\"syntax\\" it's`, ['old', '"syntax"', "it's"]],
  [`"größe 漢字"`, ['größe', '漢字']],
] as const;

/** What a submit file says, and variables of the job. */
const ENVIRONMENTS = [
  [`"A=1 B='two words' C='it''s' D=""x"""`, { A: '1', B: 'two words', C: "it's", D: '"x"' }],
  [`A=1;B=two words;C=it's`, { A: '1', B: 'two words', C: "it's" }],
  [`"EMPTY= EQUALS=a=b SEMI=x;y"`, { EMPTY: '', EQUALS: 'a=b', SEMI: 'x;y' }],
] as const;

describeInPools('a job', {}, (pool, { starter }) => {
  for (const status of [0, 1, 42, 255]) {
    test(`exits with ${status}`, async () => {
      const { job, ad } = await runScript(pool(), `exit ${status}`);
      assert.equal(ad.JobStatus, 4);
      assert.equal(ad.ExitBySignal, false);
      assert.equal(ad.ExitCode, status);
      const text = pool()
        .events(job)
        .find(({ number }) => number === 5)?.text;
      assert.match(
        text ?? '',
        new RegExp(`\\(1\\) Normal termination \\(return value ${status}\\)`),
      );
    });
  }

  for (const [name, number] of SIGNALS) {
    test(`is ended by its own ${name}`, async () => {
      const { job, ad } = await runScript(pool(), `kill -${number} $$`);
      assert.equal(ad.JobStatus, 4);
      assert.equal(ad.ExitBySignal, true);
      assert.equal(ad.ExitSignal, number);
      const text = pool()
        .events(job)
        .find((event) => event.number === 5)?.text;
      assert.match(text ?? '', new RegExp(`\\(0\\) Abnormal termination \\(signal ${number}\\)`));
    });
  }

  for (const [text, words] of ARGUMENTS) {
    test(`gets the words of arguments = ${text}`, async () => {
      const { job } = await runScript(pool(), SAY_ARGUMENTS, { lines: `arguments = ${text}` });
      assert.equal(pool().read(job, 'out'), words.map((word) => `<${word}>\n`).join(''));
    });
  }

  for (const [text, variables] of ENVIRONMENTS) {
    test(`gets the variables of environment = ${text}`, async () => {
      const { job } = await runScript(pool(), 'env', { lines: `environment = ${text}` });
      const found = pool().read(job, 'out').split('\n');
      for (const [name, value] of Object.entries(variables)) {
        assert.ok(found.includes(`${name}=${value}`), found.join('\n'));
      }
    });
  }

  test("gets HTCondor's variables, and none of the starter's secrets", async () => {
    const { job } = await runScript(pool(), 'env; pwd');
    const out = pool().read(job, 'out');
    const variable = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(out)?.[1];
    const sandbox = out.trimEnd().split('\n').at(-1);
    assert.equal(variable('_CONDOR_SCRATCH_DIR'), sandbox);
    // /tmp where it is one of the sandbox: MOUNT_UNDER_SCRATCH.
    assert.ok([sandbox, '/tmp'].includes(variable('TMPDIR')), variable('TMPDIR'));
    assert.match(variable('_CONDOR_SLOT') ?? '', /^slot1_\d+$/);
    assert.equal(
      variable('_CONDOR_JOB_AD'),
      `${variable('_CONDOR_MACHINE_AD')?.replace('.machine.ad', '.job.ad')}`,
    );
    assert.equal(variable('BATCH_SYSTEM'), 'HTCondor');
    assert.equal(variable('OMP_NUM_THREADS'), '1');
    assert.doesNotMatch(out, /^(CONDOR_INHERIT|CONDOR_PRIVATE)/m);
  });

  test('runs as its owner, with the ids that the account has', async () => {
    const { job } = await runScript(pool(), 'id', { owner: 'bob' });
    assert.equal(pool().read(job, 'out'), 'uid=20002(bob) gid=20002(bob) groups=20002(bob)\n');
  });

  test('reads its input from a file', async () => {
    const { job } = await runScript(pool(), 'cat', {
      lines: 'input = in.txt',
      files: { 'in.txt': 'one\ntwo' },
    });
    assert.equal(pool().read(job, 'out'), 'one\ntwo');
  });

  test('reads nothing where no input is given', async () => {
    const { job, ad } = await runScript(pool(), 'cat; echo end');
    assert.equal(ad.ExitCode, 0);
    assert.equal(pool().read(job, 'out'), 'end\n');
  });

  test('writes both outputs to one file in order', async () => {
    const job = await pool().submit('executable = run.sh\noutput = both\nerror = both', {
      files: { 'run.sh': { content: '#!/bin/sh\necho 1; echo 2 >&2; echo 3', mode: 0o755 } },
    });
    await completed(pool(), job);
    assert.equal(pool().read(job, 'both'), '1\n2\n3\n');
  });

  test('writes outputs to directories of the submit side', async () => {
    const job = await pool().submit(
      'executable = run.sh\noutput = logs/o\nerror = /pool/submit/e',
      {
        files: {
          'run.sh': { content: '#!/bin/sh\necho 1; echo 2 >&2', mode: 0o755 },
          'logs/': '',
        },
      },
    );
    await completed(pool(), job);
    assert.equal(pool().read(job, 'logs/o'), '1\n');
    assert.equal(pool().read(job, '../e'), '2\n');
  });

  test('may have no outputs at all', async () => {
    const job = await pool().submit('executable = run.sh', {
      files: { 'run.sh': { content: '#!/bin/sh\necho 1; echo 2 >&2', mode: 0o755 } },
    });
    const { ad } = await completed(pool(), job);
    assert.equal(ad.ExitCode, 0);
  });

  // Our starter holds such a job: tools.test.ts.
  if (starter === 'htcondor') {
    test('streams its outputs while it runs', async () => {
      const job = await submitScript(pool(), 'echo one; sleep 600', {
        lines: 'stream_output = true\nstream_error = true',
      });
      await pool().wait(job, () => pool().readIfThere(job, 'out') === 'one\n');
      await pool().ask('condor_rm', [job.id]);
      await pool().wait(job, 'removed');
    });
  }

  test('has an executable of the execute machine with transfer_executable = false', async () => {
    const job = await pool().submit(
      'executable = /bin/echo\narguments = here\ntransfer_executable = false\noutput = out',
    );
    await completed(pool(), job);
    assert.equal(pool().read(job, 'out'), 'here\n');
  });

  test('is held where there is no such program', async () => {
    const job = await pool().submit('executable = /no/such/program\ntransfer_executable = false');
    const { code, subCode, reason } = await held(pool(), job);
    assert.deepEqual([code, subCode], [6, 2]);
    assert.match(reason, /\/no\/such\/program/);
  });

  test('tells the usual things in its log', async () => {
    const { job } = await runScript(pool(), 'exit 0');
    assert.deepEqual(
      eventNumbers(pool(), job).filter((number) => number !== 6),
      [0, 40, 40, 1, 40, 40, 5],
    );
  });

  test('is one of several of a cluster', async () => {
    const { job } = await runScript(pool(), 'echo $1', {
      lines: 'arguments = $(ProcId)\noutput = out.$(ProcId)\nqueue 3',
    });
    const id = job.id.split('.')[0];
    for (const proc of [1, 2]) {
      const other = { ...job, id: `${id}.${proc}` };
      await pool().historyAd(other);
      assert.equal(pool().read(job, `out.${proc}`), `${proc}\n`);
    }
  });
});
