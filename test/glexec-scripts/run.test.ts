/** A job is run by condor_glexec_run and condor_glexec_job_wrapper, for a caller as HTCondor had it. */
import assert from 'node:assert/strict';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { run, stageOf } from './support/jobs';
import { HELLO, runOldStarter } from './support/old-starter';
import { CALLER, needsStage, ownership, PROXY, TARGET } from './support/stage';

const skip = skipIf(needsStage());

describe('a job', { skip }, () => {
  test('is the mapped user, in the sandbox, with its arguments as they are', async (t) => {
    const stage = await stageOf(t);
    const awkward = ['a b', '', "it's", '"', '$HOME', '*', 'two\nlines', '-n', '\\'];
    const script = 'id -u; id -G; pwd; umask; printf "<%s>" "$@"';
    const seen = await run(stage, { command: ['/bin/sh', '-c', script, 'sh', ...awkward] });
    assert.equal(seen.hello, HELLO);
    assert.equal(`${seen.error} ${seen.status} ${seen.output}`, ' 0 ');
    const [uid, groups, directory, umask, ...rest] = seen.out.split('\n');
    assert.deepEqual([uid, groups, directory], [`${TARGET}`, `${TARGET}`, stage.sandbox]);
    assert.match(umask ?? '', /^0\d\d\d$/);
    assert.equal(rest.join('\n'), awkward.map((each) => `<${each}>`).join(''));
    assert.equal(ownership(`${stage.sandbox}/out`), `${TARGET} 600`);
    assert.deepEqual(stage.pathsShown().at(-1), `${stage.condor}/${PROXY}`);
  });

  test('has the environment that was sent, and of the daemon’s nothing', async (t) => {
    const stage = await stageOf(t);
    const environment =
      "A=1 B='x y' C='it''s' D='two\nlines' E= F==' ' HOME=/job BARE A=2 PATH=/usr/bin:/bin";
    const seen = await run(stage, { command: ['/usr/bin/env', '-0'], environment });
    const expected = ['A=2', 'B=x y', "C=it's", 'D=two\nlines', 'E=', 'F== ', 'HOME=/job'];
    const got = seen.out.split('\0').filter((entry) => entry !== '' && entry !== 'BARE');
    // What gLExec set and the job did not is left to it: here all is the job's.
    assert.deepEqual(got.toSorted(), [...expected, 'PATH=/usr/bin:/bin']);
  });

  test('keeps what gLExec set where it says nothing of it, but no variable of gLExec’s own', async (t) => {
    const stage = await stageOf(t);
    const seen = await run(stage, { command: ['/usr/bin/env'], environment: 'A=1' });
    const expected = ['A=1', 'HOME=/', 'PATH=/usr/local/bin:/usr/bin:/bin', ''];
    assert.deepEqual(seen.out.split('\n'), expected);
  });

  test('may have an environment of a megabyte', async (t) => {
    const stage = await stageOf(t);
    const environment = Array.from({ length: 10 }, (_, i) => `V${i}=${'x'.repeat(100_000)}`).join(
      ' ',
    );
    const script = 'echo ${#V0} ${#V9}';
    const seen = await run(stage, { command: ['/bin/sh', '-c', script], environment });
    assert.equal(seen.out, '100000 100000\n');
  });

  test('has the streams that were sent, each where it belongs, and no other descriptor', async (t) => {
    const stage = await stageOf(t);
    const place = temporaryDirectory(t, { uid: CALLER });
    const opened = (name: string) => ({ opened: `${place}/${name}` });
    writeFileSync(`${place}/in`, 'from the starter\n');
    chownSync(`${place}/in`, CALLER, CALLER);
    const seen = await runOldStarter(stage, {
      command: ['/bin/sh', '-c', 'cat; ls /proc/$$/fd; echo to stderr >&2'],
      streams: [opened('in'), opened('out'), opened('err')],
    });
    assert.equal(`${seen.error} ${seen.status} ${seen.output}`, ' 0 ');
    assert.equal(readFileSync(`${place}/out`, 'utf8'), 'from the starter\n0\n1\n2\n');
    assert.equal(readFileSync(`${place}/err`, 'utf8'), 'to stderr\n');
  });

  test('may have one stream sent and the others opened', async (t) => {
    const stage = await stageOf(t);
    const place = temporaryDirectory(t, { uid: CALLER });
    stage.asJob('echo input >in');
    const seen = await runOldStarter(stage, {
      command: ['/bin/sh', '-c', 'cat; echo error >&2'],
      streams: ['in', { opened: `${place}/out` }, 'the errors'],
    });
    assert.equal(seen.status, 0);
    assert.equal(readFileSync(`${place}/out`, 'utf8'), 'input\n');
    assert.equal(readFileSync(`${stage.sandbox}/the errors`, 'utf8'), 'error\n');
  });

  test('loses nothing where stdout and stderr are one file', async (t) => {
    const stage = await stageOf(t);
    const lines = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done';
    const seen = await run(stage, {
      command: ['/bin/sh', '-c', lines],
      streams: ['/dev/null', 'out', 'out'],
    });
    assert.equal(seen.out, 'out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n');
  });

  test('gives its exit status and its signal to the caller', async (t) => {
    const stage = await stageOf(t);
    const end = async (script: string) => {
      const { error, status } = await run(stage, { command: ['/bin/sh', '-c', script] });
      return `${error}${status}`;
    };
    assert.equal(await end('exit 7'), '7');
    assert.equal(await end('exit 202'), '204');
    assert.equal(await end('kill -9 $$'), '-9');
  });
});
