/**
 * What a job finds in its sandbox.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { held, runScript, submitScript } from './support/jobs';

/** A list of the sandbox: type, permissions, size (of files), path, target of a link. */
const LIST = String.raw`find . ! -path './.*' ! -path './_condor*' ! -path . \
  ! -name run.sh ! -name condor_exec.exe ! -name tmp ! -path './var*' \
  \( -type f -printf '%y %m %s %P\n' -o -printf '%y %m - %P\n' \) | LC_ALL=C sort -k4`;

const FILES = {
  plain: 'plain\n',
  empty: '',
  'with space': 'x',
  größe: 'y',
  'tool.sh': { content: '#!/bin/sh\necho tool', mode: 0o755 },
  secret: { content: 's', mode: 0o600 },
  readonly: { content: 'r', mode: 0o444 },
  'tree/a': 'a',
  'tree/deep/er/b': { content: 'b', mode: 0o755 },
  'tree/nothing/': '',
  'flat/c': 'c',
  'flat/sub/d': 'd',
  'link-to-plain': { link: 'plain' },
  'link-to-tree': { link: 'tree' },
  'linked/to-a': { link: '../tree/a' },
} as const;

/** What `transfer_input_files` says, and what the job sees of it. */
const INPUTS = [
  ['plain, empty', ['f 644 0 empty', 'f 644 6 plain']],
  ['with space, größe', ['f 644 1 größe', 'f 644 1 with space']],
  ['tool.sh, secret, readonly', ['f 444 1 readonly', 'f 600 1 secret', 'f 755 19 tool.sh']],
  [
    'tree',
    [
      'd 755 - tree',
      'f 644 1 tree/a',
      'd 755 - tree/deep',
      'd 755 - tree/deep/er',
      'f 755 1 tree/deep/er/b',
      'd 755 - tree/nothing',
    ],
  ],
  ['flat/', ['f 644 1 c', 'd 755 - sub', 'f 644 1 sub/d']],
  ['tree/a, flat/sub', ['f 644 1 a', 'd 755 - sub', 'f 644 1 sub/d']],
  ['link-to-plain', ['f 644 6 link-to-plain']],
  ['linked', ['d 755 - linked', 'f 644 1 linked/to-a']],
] as const;

describeInPools('the input of a job', {}, (pool) => {
  for (const [input, expected] of INPUTS) {
    test(`is all of transfer_input_files = ${input}`, async () => {
      const lines = `transfer_input_files = ${input}`;
      const { job } = await runScript(pool(), LIST, { lines, files: FILES });
      assert.deepEqual(pool().read(job, 'out').trimEnd().split('\n'), expected);
    });
  }

  test('keeps directories with preserve_relative_paths', async () => {
    const lines = 'transfer_input_files = tree/deep/er/b, flat/c\npreserve_relative_paths = true';
    const { job } = await runScript(pool(), LIST, { lines, files: FILES });
    assert.deepEqual(pool().read(job, 'out').trimEnd().split('\n'), [
      'd 755 - flat',
      'f 644 1 flat/c',
      'd 755 - tree',
      'd 755 - tree/deep',
      'd 755 - tree/deep/er',
      'f 755 1 tree/deep/er/b',
    ]);
  });

  test('belongs to the owner, and so does the sandbox', async () => {
    const script = "stat -c '%U %G %a %F' . plain";
    const lines = 'transfer_input_files = plain';
    const { job } = await runScript(pool(), script, { lines, files: FILES, owner: 'bob' });
    assert.equal(pool().read(job, 'out'), 'bob bob 700 directory\nbob bob 644 regular file\n');
  });

  test('gets other names with TransferInputRemaps', async () => {
    const lines = 'transfer_input_files = plain\n+TransferInputRemaps = "plain=other"';
    const { job } = await runScript(pool(), LIST, { lines, files: FILES });
    assert.equal(pool().read(job, 'out'), 'f 644 6 other\n');
  });

  test('makes an executable of a file that has no permission to be one', async () => {
    const { ad } = await runScript(pool(), '', { files: { 'run.sh': '#!/bin/sh\nexit 7\n' } });
    assert.equal(ad.ExitCode, 7);
  });

  test('is 2,000 small files', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `many/file-${index}`);
    const files = Object.fromEntries(names.map((name) => [name, name]));
    const { job } = await runScript(pool(), 'find many -type f | wc -l; cat many/* | md5sum', {
      lines: 'transfer_input_files = many',
      files,
    });
    const all = createHash('md5').update(names.sort().join('')).digest('hex');
    assert.equal(pool().read(job, 'out'), `2000\n${all}  -\n`);
  });

  test('is a file of 64 MiB, byte for byte', async () => {
    const big = randomBytes(64 << 20);
    const { job } = await runScript(pool(), 'md5sum big', {
      lines: 'transfer_input_files = big',
      files: { big },
    });
    const sum = createHash('md5').update(big).digest('hex');
    assert.equal(pool().read(job, 'out'), `${sum}  big\n`);
  });

  test('that is missing holds the job, which goes on when it is there', async () => {
    const job = await submitScript(pool(), 'cat plain', {
      lines: 'transfer_input_files = plain\nhold = true',
      files: FILES,
    });
    rmSync(pool().file(job, 'plain'));
    await pool().ask('condor_release', [job.id]);
    await pool().wait(job, (ad) => ad.JobStatus === 5 && ad.HoldReasonCode !== 15);
    const { code, subCode, reason } = await held(pool(), job);
    assert.deepEqual([code, subCode], [13, 2], reason);
    assert.match(reason, /plain/);
  });

  test('that lacks the executable holds the job', async () => {
    const job = await submitScript(pool(), '', { lines: 'hold = true' });
    rmSync(pool().file(job, 'run.sh'));
    await pool().ask('condor_release', [job.id]);
    await pool().wait(job, (ad) => ad.JobStatus === 5 && ad.HoldReasonCode !== 15);
    const { code, subCode, reason } = await held(pool(), job);
    assert.deepEqual([code, subCode], [13, 2], reason);
    assert.match(reason, /run\.sh/);
  });
});

describeInPools('the input of a job on a shared file system', { slots: 2 }, (pool) => {
  for (const should of ['NO', 'IF_NEEDED']) {
    test(`is the submit directory with should_transfer_files = ${should}`, async () => {
      const { job, ad } = await runScript(pool(), 'pwd; cat plain; echo new >made', {
        lines: `should_transfer_files = ${should}`,
        files: FILES,
      });
      assert.equal(ad.ExitCode, 0);
      assert.equal(pool().read(job, 'out'), `${job.inside}\nplain\n`);
      assert.equal(pool().read(job, 'made'), 'new\n');
    });
  }

  test('is transferred with IF_NEEDED to a machine that does not share it', async () => {
    const { job } = await runScript(pool(), 'pwd', {
      lines: 'should_transfer_files = IF_NEEDED\n+FileSystemDomain = "elsewhere.test"',
    });
    assert.match(pool().read(job, 'out'), /^\/pool\/execute\/dir_\d+/);
  });
});
