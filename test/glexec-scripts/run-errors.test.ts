/** What the caller of condor_glexec_run learns of a job that does not start, and of one that does. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { run, stageOf } from './support/jobs';
import { HELLO, runOldStarter } from './support/old-starter';
import { CALLER, needsStage, PROXY } from './support/stage';

const skip = skipIf(needsStage());

describe('the caller', { skip }, () => {
  test('learns at once that the job runs, though a gLExec that lingers holds the first socket', async (t) => {
    const stage = await stageOf(t);
    const seen = await run(stage, { command: ['/bin/sleep', '5'] });
    assert.equal(seen.error, '');
    assert.equal(seen.lingers, true);
    assert.ok((seen.told ?? 9) < 4, `after ${seen.told} s, of a job of 5 s`);
  });

  test('is served as well by a gLExec that does not linger', async (t) => {
    const stage = await stageOf(t);
    stage.queue('replace');
    const seen = await run(stage, { command: ['/bin/sh', '-c', 'sleep 1; exit 5'] });
    assert.deepEqual([seen.error, seen.lingers, seen.status], ['', false, 5]);
  });

  for (const [command, reason] of [
    ['./missing', 'No such file or directory (errno 2)'],
    ['./plain', 'Permission denied (errno 13)'],
    ['/etc', 'Permission denied (errno 13)'],
    ['./no-interpreter', 'No such file or directory (errno 2)'],
    ['./empty', 'Exec format error (errno 8)'],
  ] as const) {
    test(`is told why ${command} cannot be executed`, async (t) => {
      const stage = await stageOf(t);
      stage.asJob(
        'echo >plain; : >empty; echo "#!/none" >no-interpreter; chmod 755 empty no-interpreter',
      );
      const seen = await run(stage, { command: [command] });
      assert.equal(seen.error, `cannot execute ${command}: ${reason}\0`);
      assert.equal(seen.status, 1);
    });
  }

  test('is told the reason of a very long path as well', async (t) => {
    const stage = await stageOf(t);
    const seen = await run(stage, { command: [`/${'x'.repeat(200)}/${'y'.repeat(200)}`] });
    assert.match(seen.error ?? '', /^cannot execute \.\.\.y{140}: No such file .* \(errno 2\)\0$/);
  });

  test('is told which file cannot be opened for which stream', async (t) => {
    const stage = await stageOf(t);
    stage.asJob('mkdir directory; echo >closed; chmod 0 closed');
    const error = async (...streams: string[]) =>
      (await runOldStarter(stage, { command: ['/bin/true'], streams })).error;
    assert.equal(
      await error('no', 'out', 'err'),
      'cannot open for stdin no: No such file or directory (errno 2)\0',
    );
    assert.equal(
      await error('closed', 'out', 'err'),
      'cannot open for stdin closed: Permission denied (errno 13)\0',
    );
    assert.equal(
      await error('/dev/null', 'directory', 'err'),
      'cannot open for stdout directory: Is a directory (errno 21)\0',
    );
    assert.equal(
      await error('/dev/null', 'out', '/e'),
      'cannot open for stderr /e: Permission denied (errno 13)\0',
    );
  });

  test('is told of an environment that cannot be understood, through the new socket', async (t) => {
    const stage = await stageOf(t);
    const error = async (environment: string) =>
      (await runOldStarter(stage, { command: ['/bin/true'], environment })).error;
    assert.equal(await error("A='x"), 'a quote in the environment is never closed\0');
    assert.equal(await error('=x'), 'an entry of the environment has no name\0');
    assert.equal(await error('A=1\0B=2'), 'the environment does not end with its only NUL\0');
  });
});

describe('a gLExec that refuses', { skip }, () => {
  test('is the caller’s to try again: no hello, its status and its words', async (t) => {
    const stage = await stageOf(t);
    stage.queue('202', '203');
    const seen = await run(stage, { command: ['/bin/echo', 'ran'], retries: 2 });
    assert.deepEqual([seen.attempts, seen.error, seen.out], [3, '', 'ran\n']);
    stage.queue('201');
    const refused = await runOldStarter(stage, { command: ['/bin/true'], retries: 2 });
    assert.equal(`${refused.attempts} ${refused.hello} ${refused.status}`, '1  201');
    assert.match(refused.output, /glexec double: told to fail with 201/);
  });

  test('is told from a job with the same exit status, which 204 stands for', async (t) => {
    const stage = await stageOf(t);
    const seen = await run(stage, { command: ['/bin/sh', '-c', 'exit 203'], retries: 2 });
    assert.deepEqual([seen.attempts, seen.hello, seen.status], [1, HELLO, 204]);
  });
});

describe('a caller that breaks the contract', { skip }, () => {
  for (const [wrong, words] of [
    ['no-descriptor', /cannot receive a standard stream: Bad message \(errno 74\)/],
    ['two-descriptors', /cannot receive a standard stream: Bad message \(errno 74\)/],
    ['silence', /cannot receive a standard stream: Connection reset by peer/],
    [0, /the environment cannot have 0 bytes/],
    [-1, /the environment cannot have -1 bytes/],
    [0x7fff_ffff, /the environment cannot have 2147483647 bytes/],
  ] as const) {
    test(`is left with words on the diagnostic pipe and no job: ${wrong}`, async (t) => {
      const stage = await stageOf(t);
      const streams = [
        '/dev/null',
        { opened: `${temporaryDirectory(t, { uid: CALLER })}/out` },
        'err',
      ];
      const seen = await runOldStarter(stage, { command: ['/bin/touch', 'ran'], streams, wrong });
      assert.equal(seen.status, 1);
      assert.match(seen.output, words);
      assert.equal(stage.asJob('ls').includes('ran'), false);
    });
  }

  test('gets 1 for wrong arguments, and words', async (t) => {
    const stage = await stageOf(t);
    const words = (...argv: string[]) => stage.start('run', argv).ended;
    const { glexec, sandbox } = stage;
    for (const argv of [[], [glexec, PROXY, sandbox, 'wrapper', '-', '-', '-']]) {
      const { status, stderr } = await words(...argv);
      assert.equal(status, 1);
      assert.match(stderr, /^condor_glexec_run: expected GLEXEC PROXY SANDBOX WRAPPER/);
    }
    const relative = await words('glexec', PROXY, sandbox, 'w', '-', '-', '-', '/bin/true');
    assert.match(relative.stderr, /GLEXEC is 'glexec': expected an absolute path/);
    const missing = await words('/no/glexec', PROXY, sandbox, 'w', '-', '-', '-', '/bin/true');
    assert.match(missing.stderr, /cannot run \/no\/glexec: not there/);
    assert.equal(missing.status, 1);
  });
});
