/**
 * What comes back from a job's sandbox.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { held, type JobOptions, runScript, submitScript } from './support/jobs';
import type { Job, Pool } from './support/pool';

/** Files of the submit side that the tests' jobs do not make. */
const OWN = ['run.sh', 'job.sub', 'job.log', 'out', 'err', 'given', 'touched'];

/** The paths below the submit directory that came from the job, directories with a slash. */
function cameBack(pool: Pool, job: Job): readonly string[] {
  return readdirSync(pool.file(job, '.'), { recursive: true, withFileTypes: true })
    .map((entry) => {
      const below = entry.parentPath.slice(job.directory.length + 1);
      return `${below === '' ? '' : `${below}/`}${entry.name}${entry.isDirectory() ? '/' : ''}`;
    })
    .filter((name) => !OWN.includes(name))
    .sort();
}

/** A job that makes this and that. */
const MAKES = `
echo a >a; : >empty; echo more >>touched; mkdir -p tree/deep tree/nothing; echo b >tree/deep/b
ln -s a link; ln -s tree link-to-tree`;

const GIVEN = {
  lines: 'transfer_input_files = given, touched',
  files: { given: 'given\n', touched: 'touched\n' },
};

/** What `transfer_output_files` says (undefined: nothing), and what comes back. */
const OUTPUTS = [
  ['nothing', undefined, ['a', 'empty', 'link']],
  ['an empty list', '""', []],
  ['files', 'a, empty', ['a', 'empty']],
  ['a directory', 'tree', ['tree/', 'tree/deep/', 'tree/deep/b', 'tree/nothing/']],
  ['the content of a directory', 'tree/', ['deep/', 'deep/b', 'nothing/']],
  ['a file in a directory', 'tree/deep/b', ['b']],
  ['a link to a file', 'link', ['link']],
] as const;

describeInPools('the output of a job', {}, (pool, { starter }) => {
  const run = (script: string, { lines = '', files = {} }: JobOptions = {}) =>
    runScript(pool(), script, {
      lines: `${GIVEN.lines}\n${lines}`,
      files: { ...GIVEN.files, ...files },
    });

  for (const [name, list, expected] of OUTPUTS) {
    test(`is what transfer_output_files names: ${name}`, async () => {
      const lines = list === undefined ? '' : `transfer_output_files = ${list}`;
      const { job } = await run(MAKES, { lines });
      assert.deepEqual(cameBack(pool(), job), expected);
    });
  }

  test('has what the job has changed, and keeps what it has not', async () => {
    const { job } = await run(MAKES);
    assert.equal(pool().read(job, 'touched'), 'touched\nmore\n');
    assert.equal(pool().read(job, 'given'), 'given\n');
    assert.equal(pool().read(job, 'link'), 'a\n');
  });

  test('keeps permissions, and belongs to the owner', async () => {
    const { job } = await run('echo 1 >a; chmod 750 a; echo 2 >b; chmod 400 b');
    const { stdout } = await pool().tool('stat', ['-c', '%a %U', 'a', 'b'], { cwd: job.inside });
    assert.equal(stdout, '750 alice\n400 alice\n');
  });

  test('goes where transfer_output_remaps says', async () => {
    const { job } = await run('echo 1 >a; echo 2 >b; echo 3 >c', {
      lines: 'transfer_output_remaps = "a=first; b=results/second"',
      files: { 'results/': '' },
    });
    assert.deepEqual(cameBack(pool(), job), ['c', 'first', 'results/', 'results/second']);
    assert.equal(pool().read(job, 'results/second'), '2\n');
  });

  test('keeps directories with preserve_relative_paths', async () => {
    const { job } = await run(MAKES, {
      lines: 'transfer_output_files = tree/deep/b\npreserve_relative_paths = true',
    });
    assert.deepEqual(cameBack(pool(), job), ['tree/', 'tree/deep/', 'tree/deep/b']);
  });

  test('that is named and missing holds the job, after the rest has come back', async () => {
    const job = await submitScript(pool(), 'echo 1 >a; echo said', {
      lines: 'transfer_output_files = a, missing',
    });
    const { code, subCode, reason } = await held(pool(), job);
    assert.deepEqual([code, subCode], [12, 2], reason);
    assert.match(reason, /missing/);
    assert.match(reason, /No such file/);
    assert.equal(pool().read(job, 'a'), '1\n');
    assert.equal(pool().read(job, 'out'), 'said\n');
  });

  test('is kept away by when_to_transfer_output = ON_SUCCESS where the job fails', async () => {
    // Without success_exit_code every exit is a success.
    const lines = 'when_to_transfer_output = ON_SUCCESS\nsuccess_exit_code = 3\nmax_retries = 0';
    const { job: good } = await run('echo 1 >a; exit 3', { lines });
    assert.deepEqual(cameBack(pool(), good), ['a']);
    const { job: bad } = await run('echo 1 >a; exit 0', { lines });
    assert.deepEqual(cameBack(pool(), bad), []);
  });

  test('comes with when_to_transfer_output = ON_EXIT_OR_EVICT too', async () => {
    const lines = 'when_to_transfer_output = ON_EXIT_OR_EVICT';
    const { job } = await run('echo 1 >a; exit 1', { lines });
    assert.deepEqual(cameBack(pool(), job), ['a']);
  });

  // HTCondor's own waits at a FIFO for a writer, and does not come back.
  if (starter === 'eyrie') {
    test('leaves a FIFO out', async () => {
      const { job } = await run('echo a >a; mkfifo fifo');
      assert.deepEqual(cameBack(pool(), job), ['a']);
    });
  }

  test('is 2,000 small files', async () => {
    const script = 'mkdir many; i=0; while [ $i -lt 2000 ]; do echo $i >many/$i; i=$((i+1)); done';
    const { job } = await run(script, { lines: 'transfer_output_files = many' });
    const names = readdirSync(pool().file(job, 'many'));
    assert.equal(names.length, 2000);
    for (const name of names) assert.equal(pool().read(job, `many/${name}`), `${name}\n`);
  });

  test('is a file of 64 MiB, byte for byte', async () => {
    const { job } = await run('head -c 67108864 /dev/urandom >big; md5sum big');
    const sum = createHash('md5')
      .update(readFileSync(pool().file(job, 'big')))
      .digest('hex');
    assert.equal(pool().read(job, 'out'), `${sum}  big\n`);
  });
});
