/** A proxy is renewed while its job runs: condor_glexec_update_proxy. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { startOldStarter } from './support/old-starter';
import { CALLER, namesIn, needsStage, ownership, PROXY, Stage, TARGET } from './support/stage';

const skip = skipIf(needsStage());

/** A new proxy of the starter's user, where HTCondor's starter has it: in another place than the sandbox. */
function newProxy(t: TestContext, text: string): string {
  const file = `${temporaryDirectory(t, { uid: CALLER })}/condor_proxy_Ab12cD`;
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  chownSync(file, CALLER, CALLER);
  return file;
}

const update = (stage: Stage, file: string, glexec = stage.glexec, env = {}) =>
  stage.start('update_proxy', [glexec, file, stage.proxy, stage.sandbox], { env }).ended;

async function stageOf(t: TestContext, options = {}): Promise<Stage> {
  const stage = new Stage(t, options);
  assert.equal((await stage.setup()).status, 0);
  return stage;
}

const text = (directory: string, proxy = PROXY) => readFileSync(`${directory}/${proxy}`, 'utf8');

describe('condor_glexec_update_proxy', { skip }, () => {
  test('renews the job’s proxy and the starter’s, by the old one', async (t) => {
    const stage = await stageOf(t);
    const file = newProxy(t, 'the second proxy\n');
    const { status, stderr } = await update(stage, file);
    assert.equal(`${status} ${stderr}`, '0 ');
    assert.equal(text(stage.sandbox), 'the second proxy\n');
    assert.equal(text(stage.condor), 'the second proxy\n');
    assert.equal(ownership(`${stage.sandbox}/${PROXY}`), `${TARGET} 600`);
    assert.equal(ownership(`${stage.condor}/${PROXY}`), `${CALLER} 600`);
    assert.deepEqual(namesIn(stage.sandbox), [PROXY]);
    assert.deepEqual(namesIn(stage.condor), [PROXY]);
    assert.equal(existsSync(file), false);
    assert.deepEqual(stage.proxiesShown(), ['the first proxy', 'the first proxy']);
    assert.equal((await stage.cleanup()).status, 0);
    assert.equal(text(stage.sandbox), 'the second proxy\n');
    assert.deepEqual(stage.proxiesShown().slice(2), ['the second proxy', 'the second proxy']);
  });

  test('renews it for a job that runs, which reads the old one or the new, never a part', async (t) => {
    const stage = await stageOf(t);
    const script = `
      while [ ! -e stop ]; do cat ${PROXY} >seen.tmp || echo none >>trouble; sort -u seen.tmp >>seen; done`;
    const running = startOldStarter(stage, { command: ['/bin/sh', '-c', script] });
    await running.started();
    const lines = (round: number) => `proxy of round ${round}\n`.repeat(2000);
    for (let round = 1; round <= 5; round++) {
      assert.equal((await update(stage, newProxy(t, lines(round)))).status, 0);
    }
    stage.asJob('sleep 0.2; touch stop');
    const { status } = await running.seen();
    assert.equal(status, 0);
    assert.deepEqual(
      namesIn(stage.sandbox).filter((name) => name === 'trouble'),
      [],
    );
    const seen = new Set(readFileSync(`${stage.sandbox}/seen`, 'utf8').trim().split('\n'));
    for (const line of seen) assert.match(line, /^(the first proxy|proxy of round [1-5])$/);
    assert.ok(seen.has('proxy of round 5'));
    assert.equal((await stage.cleanup()).status, 0);
    assert.equal(text(stage.sandbox), lines(5));
  });

  test('asks no gLExec where the sandbox is the starter’s still', async (t) => {
    const stage = new Stage(t);
    const file = newProxy(t, 'the second proxy\n');
    const { status, stderr } = await update(stage, file, '-');
    assert.equal(`${status} ${stderr}`, '0 ');
    assert.equal(text(stage.sandbox), 'the second proxy\n');
    assert.equal(ownership(`${stage.sandbox}/${PROXY}`), `${CALLER} 600`);
    assert.deepEqual(namesIn(stage.sandbox), [PROXY]);
    assert.deepEqual(stage.pathsShown(), []);
    assert.equal(existsSync(file), false);
  });

  for (const proxy of ['p q', '-n', "it's", 'a\n', '$(id)"']) {
    test(`takes a proxy with the name ${JSON.stringify(proxy)}`, async (t) => {
      const stage = await stageOf(t, { proxy, name: `dir "${proxy}"` });
      assert.equal((await update(stage, newProxy(t, 'second'))).status, 0);
      assert.equal(text(stage.sandbox, proxy), 'second');
      assert.equal(text(stage.condor, proxy), 'second');
    });
  }

  test('replaces what the job has put there, a link or a directory, and follows neither', async (t) => {
    for (const trick of ['ln -s /etc/passwd ', 'ln -s . ', 'mkdir ', 'ln -s /nowhere/at/all ']) {
      const stage = await stageOf(t);
      stage.asJob(`rm ${PROXY}; ${trick}${PROXY}`);
      const { status, stderr } = await update(stage, newProxy(t, 'second'));
      assert.equal(`${status} ${stderr}`, '0 ');
      assert.equal(ownership(`${stage.sandbox}/${PROXY}`), `${TARGET} 600`);
      assert.equal(text(stage.sandbox), 'second');
    }
  });
});

describe('a proxy that cannot be renewed', { skip }, () => {
  /** The starter's own is the old one, and nothing half lies about. */
  function holds(stage: Stage): void {
    assert.equal(text(stage.condor), 'the first proxy\n');
    assert.equal(text(stage.sandbox), 'the first proxy\n');
    assert.deepEqual(namesIn(stage.condor), [PROXY]);
    assert.deepEqual(
      namesIn(stage.sandbox).filter((name) => name !== 'filler'),
      [PROXY],
    );
  }

  for (const word of ['201', '202', '203']) {
    test(`for gLExec gives ${word}, stays the old one; no second attempt is made`, async (t) => {
      const stage = await stageOf(t);
      stage.queue(word);
      const file = newProxy(t, 'second');
      const { status, stderr } = await update(stage, file);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`exit status ${word} .*the job keeps its old proxy`));
      assert.equal(existsSync(file), false);
      assert.equal(stage.pathsShown().length, 2);
      holds(stage);
    });
  }

  test('for gLExec hangs, stays the old one', async (t) => {
    const stage = await stageOf(t);
    stage.queue('hang');
    const { status } = await update(stage, newProxy(t, 'second'), stage.glexec, {
      _CONDOR_GLEXEC_TIMEOUT: '1',
    });
    assert.equal(status, 1);
    holds(stage);
  });

  test('for the disk is full, stays the old one', async (t) => {
    let place = '';
    t.after(() => execFileSync('umount', [place]));
    place = temporaryDirectory(t);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=755', 'small', place]);
    const stage = await stageOf(t, { execute: `${place}/execute` });
    stage.asJob('dd if=/dev/zero of=filler bs=4k 2>/dev/null || :');
    const { status, stderr } = await update(stage, newProxy(t, 'second'));
    assert.equal(status, 1);
    assert.match(stderr, /No space left on device/);
    holds(stage);
  });

  test('for it is missing, empty, a directory or a link, is told so', async (t) => {
    const stage = await stageOf(t);
    const empty = newProxy(t, '');
    for (const file of ['/no/such/file', empty, '/etc', '/proc/self/exe']) {
      const { status, stderr } = await update(stage, file);
      assert.equal(status, 1);
      assert.match(stderr, /the new proxy .* is no regular file that we can read/);
    }
    assert.equal((await stage.start('update_proxy', [stage.glexec, empty, PROXY]).ended).status, 1);
    holds(stage);
  });
});
