/**
 * Jobs that want more than they may have, or make it hard to end well. Ours alone is judged: with some
 * of them HTCondor's own starter does not come to an end, and its slot runs no other job.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { waitUntil } from '../support/wait';
import { describeInPools } from './support/each-pool';
import { held, runScript, submitScript } from './support/jobs';
import { startLongJob } from './support/long-jobs';

const SECRET = '/etc/shadow';

/** What a job makes of the output that it names, `stolen`, to get at what is not its own. */
const STOLEN = [
  ['a link to a file of root', `ln -s ${SECRET} stolen`],
  ['a link that leads up and down again', `ln -s ../../../../../..${SECRET} stolen`],
  ['a link to the sandbox of another job', 'ln -s "$(dirname "$PWD")/dir_1/a" stolen'],
  ['a directory with a link to a directory', 'mkdir stolen; ln -s /etc stolen/etc'],
  ['a link to a directory of links', `mkdir d; ln -s /etc d/etc; ln -s d/etc/shadow stolen`],
  ['a link to itself', 'ln -s stolen stolen'],
  ['a link into /proc', 'ln -s /proc/self/root/etc/shadow stolen'],
] as const;

/** What a job puts in the place of its standard output. */
const REPLACED = [
  ['a link to a file of root', `rm _condor_stdout; ln -s ${SECRET} _condor_stdout`, 'held'],
  ['a FIFO', 'rm _condor_stdout; mkfifo _condor_stdout', 'completed'],
  ['a directory', 'rm _condor_stdout; mkdir _condor_stdout; echo a >_condor_stdout/a', 'completed'],
  ['nothing', 'rm _condor_stdout', 'held'],
  ['a file of nobody to read', 'chmod 0 _condor_stdout', 'held'],
] as const;

describeInPools('a hostile job', { slots: 4 }, (pool, { starter }) => {
  if (starter !== 'eyrie') return;

  const clean = (): Promise<void> => waitUntilClean(() => pool().executeEntries());

  for (const [name, script] of STOLEN) {
    test(`gets nothing by output that is ${name}`, async () => {
      const lines = 'transfer_output_files = stolen';
      const job = await submitScript(pool(), script, { lines });
      await pool().wait(job, (ad) => ad.JobStatus === 5, 60);
      const { code } = await held(pool(), job);
      assert.ok(code === 12 || code === 13, String(code));
      const came = readdirSync(pool().file(job, '.'), { recursive: true, encoding: 'utf8' });
      assert.ok(!came.includes('passwd') && !came.includes('etc/passwd'), came.join());
      const stolen = readOrNothing(() => pool().readIfThere(job, 'stolen'));
      assert.equal(/root:/.test(stolen), false);
      await pool().tool('condor_rm', [job.id], { as: 'alice' });
    });
  }

  for (const [name, script, end] of REPLACED) {
    test(`gets nothing by standard output that is ${name}`, async () => {
      const job = await submitScript(pool(), script);
      await pool().wait(job, end, 30);
      assert.equal(/root:/.test(readOrNothing(() => pool().readIfThere(job, 'out'))), false);
      if (end === 'held') await pool().tool('condor_rm', [job.id], { as: 'alice' });
    });
  }

  test('leaves out FIFOs and sockets that it names', async () => {
    const lines = 'transfer_output_files = tree';
    const { job } = await runScript(pool(), 'mkdir tree; mkfifo tree/pipe; echo a >tree/a', {
      lines,
    });
    assert.deepEqual(readdirSync(pool().file(job, 'tree')), ['a']);
  });

  test('has 10,000 files', async () => {
    const lines = 'transfer_output_files = many';
    const script = 'mkdir many; cd many; seq 10000 | xargs touch';
    const { job } = await runScript(pool(), script, { lines });
    assert.equal(readdirSync(pool().file(job, 'many')).length, 10_000);
  });

  test('is held for a file that it has made unreadable', async () => {
    const lines = 'transfer_output_files = closed';
    const job = await submitScript(pool(), 'echo a >closed; chmod 0 closed', { lines });
    const { code, subCode } = await held(pool(), job);
    assert.deepEqual([code, subCode], [12, 13]);
  });

  test('may remove its sandbox', async () => {
    const script =
      'cd /; rm -rf "$_CONDOR_SCRATCH_DIR"; rm -rf "$_CONDOR_SCRATCH_DIR"/.[a-z]*; exit 0';
    const job = await submitScript(pool(), script);
    const { code } = await held(pool(), job);
    assert.ok(code === 12 || code === 13);
    await pool().tool('condor_rm', [job.id], { as: 'alice' });
    await clean();
  });

  test('that makes processes without end is removed with all of them', async () => {
    const script =
      'ulimit -u 200 2>/dev/null; f() { sleep 60 & f; }; echo forks >>$REPORT; f; wait';
    const long = await startLongJob(pool(), script);
    await long.said('forks');
    await pool().tool('condor_rm', [long.job.id], { as: 'alice' });
    await long.gone();
  });

  test('leaves a tree that is deeper than a path may be', async () => {
    const script =
      'i=0; while [ $i -lt 400 ]; do mkdir aaaaaaaaaaaaaaaaaaaa && cd -P aaaaaaaaaaaaaaaaaaaa || break; i=$((i+1)); done; exit 0';
    await runScript(pool(), script);
    await clean();
  });
});

// In a pool of its own: without PID namespaces it kills the jobs beside it, too.
describeInPools('a job that kills all that it can', { slots: 1 }, (pool, { starter }) => {
  if (starter !== 'eyrie') return;

  test('gets its output', async () => {
    const { job } = await runScript(pool(), 'echo said; kill -9 -1; exit 0');
    assert.equal(pool().read(job, 'out'), 'said\n');
  });
});

describeInPools('a machine whose disk is full', { slots: 1 }, (pool, { starter }) => {
  if (starter !== 'eyrie') return;

  test('does not hold the jobs that come, and runs them when there is room', async () => {
    await pool().ask('mount', ['-t', 'tmpfs', '-o', 'size=4k,mode=755', 'none', '/pool/execute']);
    await pool().ask('sh', ['-c', 'head -c 8192 /dev/zero >/pool/execute/filled || true']);
    const job = await submitScript(pool(), 'echo said');
    await waitUntil(
      () => /\(1024, 28\)/.test(pool().starterLog()),
      'the sandbox that cannot be made',
      30,
    );
    await pool().ask('umount', ['-l', '/pool/execute']);
    await pool().wait(job, 'completed', 60);
    assert.equal(pool().read(job, 'out'), 'said\n');
  });
});

/** A text, or nothing where what is there is no file. */
function readOrNothing(readFile: () => string): string {
  try {
    return readFile();
  } catch {
    return '';
  }
}

async function waitUntilClean(entries: () => readonly string[]): Promise<void> {
  for (let tries = 0; tries < 200 && entries().length > 0; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
