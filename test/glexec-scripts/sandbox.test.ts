/** A sandbox goes to the mapped user and comes back: condor_glexec_setup and condor_glexec_cleanup. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  chownSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, test } from 'node:test';
import { runCommand } from '../support/command';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import {
  CALLER,
  helper,
  namesIn,
  needsStage,
  ownership,
  PROXY,
  Stage,
  TARGET,
} from './support/stage';

const skip = skipIf(needsStage());

/** Names that a shell, tar or find could take for something else; bytes as in latin1. */
const AWKWARD = [
  ' ',
  "it's",
  'a "b" $(touch x) `id`',
  'line\nline\n',
  '-rf',
  '--exclude=x',
  '*',
  '[a-z]?',
  '\\',
  '\xff\xfe',
  '.hidden',
  '..dots',
  '@list',
  'x='.padEnd(255, 'y'),
];

describe('condor_glexec_setup', { skip }, () => {
  test('makes the sandbox the mapped user’s, and keeps the old one with the proxy only', async (t) => {
    const stage = new Stage(t);
    stage.put('program', '#!/bin/sh\n', 0o755);
    stage.put('data', 'of the job\n', 0o640);
    utimesSync(`${stage.sandbox}/data`, 1e9, 1e9);
    const inode = statSync(stage.sandbox).ino;
    const { status, stderr } = await stage.setup();
    assert.equal(`${status} ${stderr}`, '0 ');
    assert.equal(ownership(stage.sandbox), `${TARGET} 755`);
    assert.equal(ownership(`${stage.sandbox}/program`), `${TARGET} 755`);
    assert.equal(ownership(`${stage.sandbox}/data`), `${TARGET} 640`);
    assert.equal(ownership(`${stage.sandbox}/${PROXY}`), `${TARGET} 600`);
    assert.equal(readFileSync(`${stage.sandbox}/data`, 'utf8'), 'of the job\n');
    assert.equal(statSync(`${stage.sandbox}/data`).mtimeMs, 1e12);
    assert.equal(ownership(stage.condor), `${CALLER} 755`);
    assert.deepEqual(namesIn(stage.condor), [PROXY]);
    assert.equal(ownership(`${stage.condor}/${PROXY}`), `${CALLER} 600`);
    // A starter that stands in its sandbox stands in the old one now.
    assert.equal(statSync(stage.condor).ino, inode);
    assert.deepEqual(stage.pathsShown(), [`${stage.condor}/${PROXY}`]);
  });

  test('copies links as links', async (t) => {
    const stage = new Stage(t);
    symlinkSync('/etc/shadow', `${stage.sandbox}/absolute`);
    symlinkSync('nowhere', `${stage.sandbox}/dangling`);
    ['absolute', 'dangling'].forEach((name) =>
      lchownSync(`${stage.sandbox}/${name}`, CALLER, CALLER),
    );
    assert.equal((await stage.setup()).status, 0);
    assert.equal(readlinkSync(`${stage.sandbox}/absolute`), '/etc/shadow');
    assert.equal(readlinkSync(`${stage.sandbox}/dangling`), 'nowhere');
  });

  test('takes the arguments of before 7.8.8 as well, which had no retries', async (t) => {
    const stage = new Stage(t);
    stage.queue('203');
    const words = [stage.glexec, PROXY, stage.sandbox];
    assert.equal((await stage.start('setup', words).ended).status, 3);
    assert.equal((await stage.start('setup', words).ended).status, 0);
    assert.equal((await stage.start('cleanup', words).ended).status, 0);
  });

  test('works by way of a link to it, as one in another LIBEXEC is', async (t) => {
    const stage = new Stage(t);
    const link = `${temporaryDirectory(t)}/condor_glexec_setup`;
    symlinkSync(helper('setup'), link);
    const words = [stage.glexec, PROXY, stage.sandbox, '0', '0'];
    assert.equal((await runCommand([link, ...words], { uid: CALLER })).status, 0);
  });
});

describe('condor_glexec_cleanup', { skip }, () => {
  test('brings back what the job left, and its own proxy', async (t) => {
    const stage = new Stage(t);
    stage.put('input', 'old\n');
    const inode = statSync(stage.sandbox).ino;
    assert.equal((await stage.setup()).status, 0);
    stage.asJob(`
      echo new >input; mkdir -p a/b; echo deep >a/b/c; ln a/b/c hard; ln -s a/b/c soft
      echo forged >${PROXY}; touch -d @1000000000 a/b/c; chmod 640 input`);
    const { status, stderr } = await stage.cleanup();
    assert.equal(`${status} ${stderr}`, '0 ');
    assert.deepEqual(namesIn(stage.execute), ['dir_77']);
    assert.deepEqual(namesIn(stage.sandbox), ['a', 'hard', 'input', 'soft', PROXY]);
    assert.equal(statSync(stage.sandbox).ino, inode);
    assert.equal(ownership(stage.sandbox), `${CALLER} 755`);
    assert.equal(ownership(`${stage.sandbox}/input`), `${CALLER} 640`);
    assert.equal(readFileSync(`${stage.sandbox}/input`, 'utf8'), 'new\n');
    assert.equal(statSync(`${stage.sandbox}/a/b/c`).mtimeMs, 1e12);
    assert.equal(statSync(`${stage.sandbox}/a/b/c`).nlink, 2);
    assert.equal(readlinkSync(`${stage.sandbox}/soft`), 'a/b/c');
    assert.equal(readFileSync(`${stage.sandbox}/${PROXY}`, 'utf8'), 'the first proxy\n');
  });

  test('brings back what even its owner cannot read, or write in', async (t) => {
    const stage = new Stage(t);
    assert.equal((await stage.setup()).status, 0);
    stage.asJob(`
      echo secret >closed; chmod 0 closed
      mkdir -p locked/inner fixed; echo x >locked/inner/x; echo y >fixed/y
      chmod 0 locked/inner locked; chmod 555 fixed; chmod 0 .`);
    assert.equal((await stage.cleanup()).status, 0);
    assert.deepEqual(namesIn(stage.execute), ['dir_77']);
    assert.equal(readFileSync(`${stage.sandbox}/closed`, 'utf8'), 'secret\n');
    assert.equal(readFileSync(`${stage.sandbox}/locked/inner/x`, 'utf8'), 'x\n');
    assert.equal(readFileSync(`${stage.sandbox}/fixed/y`, 'utf8'), 'y\n');
  });

  test('brings back a file with a hole of a terabyte', async (t) => {
    const stage = new Stage(t);
    assert.equal((await stage.setup()).status, 0);
    stage.asJob('truncate -s 1T hole');
    assert.equal((await stage.cleanup()).status, 0);
    const { blocks, size } = statSync(`${stage.sandbox}/hole`);
    assert.equal(size, 2 ** 40);
    assert.ok(blocks < 1000, `${blocks}`);
  });

  test('brings back 3000 files', async (t) => {
    const stage = new Stage(t);
    assert.equal((await stage.setup()).status, 0);
    stage.asJob('i=0; while [ $i -lt 3000 ]; do : >file$i; i=$((i+1)); done');
    assert.equal((await stage.cleanup()).status, 0);
    assert.equal(namesIn(stage.sandbox).length, 3001);
  });
});

describe('a sandbox with awkward names', { skip }, () => {
  test('goes there and back whole', async (t) => {
    const stage = new Stage(t);
    const bytes = (name: string) =>
      Buffer.concat([Buffer.from(`${stage.sandbox}/`), Buffer.from(name, 'latin1')]);
    for (const name of AWKWARD) {
      writeFileSync(bytes(name), name);
      chownSync(bytes(name), CALLER, CALLER);
    }
    const before = namesIn(stage.sandbox);
    assert.equal((await stage.setup()).status, 0);
    assert.deepEqual(namesIn(stage.sandbox), before);
    for (const name of AWKWARD) assert.equal(lstatSync(bytes(name)).uid, TARGET);
    assert.equal((await stage.cleanup()).status, 0);
    assert.deepEqual(namesIn(stage.sandbox), before);
    for (const name of AWKWARD) assert.equal(readFileSync(bytes(name), 'utf8'), name);
  });

  for (const name of ['dir with blanks', 'dir "quoted" \'$(id)\' `id`', 'dir\nlines', '[*?]\\']) {
    for (const proxy of ['p q', '*', '-n', '[a]\\', 'a\n', '$(id)"']) {
      test(`may itself be ${JSON.stringify(name)}, and its proxy ${JSON.stringify(proxy)}`, async (t) => {
        const stage = new Stage(t, { name, proxy });
        stage.put('a', 'input');
        assert.equal((await stage.setup()).status, 0);
        assert.deepEqual(namesIn(stage.condor), [proxy]);
        assert.deepEqual(namesIn(stage.sandbox), ['a', proxy].toSorted());
        assert.equal((await stage.cleanup()).status, 0);
        assert.deepEqual(namesIn(stage.execute), [name]);
        assert.deepEqual(namesIn(stage.sandbox), ['a', proxy].toSorted());
        assert.equal(ownership(`${stage.sandbox}/${proxy}`), `${CALLER} 600`);
      });
    }
  }
});

describe('the input of a job', { skip }, () => {
  test('may be read-only, directories too', async (t) => {
    const stage = new Stage(t);
    mkdirSync(`${stage.sandbox}/fixed`);
    stage.put('fixed/file', 'x', 0o444);
    chownSync(`${stage.sandbox}/fixed`, CALLER, CALLER);
    chmodSync(`${stage.sandbox}/fixed`, 0o555);
    assert.equal((await stage.setup()).status, 0);
    assert.deepEqual(namesIn(stage.condor), [PROXY]);
    assert.equal(ownership(`${stage.sandbox}/fixed`), `${TARGET} 555`);
    assert.equal((await stage.cleanup()).status, 0);
    assert.equal(readFileSync(`${stage.sandbox}/fixed/file`, 'utf8'), 'x');
  });
});
