/** What a job may have left, or send, to harm the starter's user when its sandbox is taken back. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { CALLER, namesIn, needsStage, ownership, PROXY, Stage } from './support/stage';

const skip = skipIf(needsStage());

async function stageOf(t: TestContext): Promise<Stage> {
  const stage = new Stage(t);
  assert.equal((await stage.setup()).status, 0);
  return stage;
}

/** Makes the mapped user's tar send another archive, which a program in Python writes to `out`. */
function sendArchive(t: TestContext, stage: Stage, lines: string): void {
  const place = temporaryDirectory(t);
  const program = `
import io, sys, tarfile
def entry(name, kind=tarfile.REGTYPE, data=b"", mode=0o644, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mode, info.linkname = kind, len(data), mode, link
    out.addfile(info, io.BytesIO(data))
with tarfile.open(sys.argv[1], "w") as out:
${lines.replace(/^\s*/gm, '    ')}
`;
  execFileSync('python3', ['-c', program, `${place}/archive`]);
  chmodSync(`${place}/archive`, 0o644);
  writeFileSync(`${place}/tar`, `#!/bin/sh\ncat ${place}/archive\n`, { mode: 0o755 });
  stage.putFirstOnPath(place);
}

/** A file of the starter's user outside of the sandbox. */
function outsider(t: TestContext): string {
  const place = temporaryDirectory(t, { uid: CALLER });
  writeFileSync(`${place}/own`, 'of the starter\n');
  chownSync(`${place}/own`, CALLER, CALLER);
  return place;
}

describe('a job that has prepared its sandbox', { skip }, () => {
  test('cannot put a proxy, a link or a directory in the place of the starter’s own', async (t) => {
    for (const forge of [`echo forged >`, 'ln -s /etc/passwd ', 'mkdir -m 0 ', 'mkfifo ']) {
      const stage = await stageOf(t);
      stage.asJob(`rm ${PROXY}; ${forge}${PROXY}`);
      const { status, stderr } = await stage.cleanup();
      assert.equal(status, 0, stderr);
      assert.equal(readFileSync(`${stage.sandbox}/${PROXY}`, 'utf8'), 'the first proxy\n');
      assert.equal(ownership(`${stage.sandbox}/${PROXY}`), `${CALLER} 600`);
    }
  });

  test('leaves no set-uid program of the starter’s user, no pipe and no socket', async (t) => {
    const stage = await stageOf(t);
    stage.asJob(
      'cp /bin/true s; chmod 6755 s; mkdir d; chmod 2777 d; mkfifo pipe d/pipe; ln -s s link',
    );
    assert.equal((await stage.cleanup()).status, 0);
    assert.deepEqual(namesIn(stage.sandbox), ['d', 'link', 's', PROXY]);
    assert.equal(ownership(`${stage.sandbox}/s`), `${CALLER} 755`);
    assert.equal(ownership(`${stage.sandbox}/d`), `${CALLER} 777`);
    assert.deepEqual(namesIn(`${stage.sandbox}/d`), []);
  });

  test('cannot send another directory by a link in the sandbox’ place', async (t) => {
    const stage = await stageOf(t);
    stage.asJob('mv "$PWD" "$PWD.mine"; ln -s /etc "$PWD"');
    const { status, stderr } = await stage.cleanup();
    assert.equal(status, 1);
    assert.match(stderr, /has become a link/);
    assert.deepEqual(namesIn(stage.condor), [PROXY]);
    assert.ok(existsSync('/etc/passwd'));
  });

  test('has links copied, not what they lead to', async (t) => {
    const stage = await stageOf(t);
    const place = outsider(t);
    stage.asJob(`ln -s ${place}/own link; ln -s ${place} there`);
    assert.equal((await stage.cleanup()).status, 0);
    assert.ok(lstatSync(`${stage.sandbox}/link`).isSymbolicLink());
    assert.deepEqual(namesIn(place), ['own']);
  });
});

describe('a job that sends an archive of its own making', { skip }, () => {
  const attacks: readonly (readonly [string, (place: string) => string])[] = [
    ['names that lead up', () => `entry("../../../../escaped", data=b"x")`],
    ['absolute names', (place) => `entry("${place}/escaped", data=b"x")`],
    [
      'a link and a file behind it',
      (place) => `entry("l", tarfile.SYMTYPE, link="${place}")\nentry("l/escaped", data=b"x")`,
    ],
    [
      'a link and a file in its place',
      (place) => `entry("l", tarfile.SYMTYPE, link="${place}/own")\nentry("l", data=b"forged")`,
    ],
    [
      'a hard link to a file of ours',
      (place) => `entry("l", tarfile.LNKTYPE, link="${place}/own")\nentry("l", data=b"forged")`,
    ],
    [
      'a chain of links',
      (place) =>
        `entry("a", tarfile.SYMTYPE, link="b")\nentry("b", tarfile.SYMTYPE, link="${place}")\nentry("a/escaped", data=b"x")`,
    ],
  ];
  for (const [what, lines] of attacks) {
    test(`writes nothing outside: ${what}`, async (t) => {
      const stage = await stageOf(t);
      const place = outsider(t);
      sendArchive(t, stage, lines(place));
      await stage.cleanup();
      assert.deepEqual(namesIn(place), ['own']);
      assert.equal(readFileSync(`${place}/own`, 'utf8'), 'of the starter\n');
      assert.ok(namesIn(stage.execute).every((name) => name.startsWith('dir_77')));
      const proxies = [stage.sandbox, stage.condor].map((each) => `${each}/${PROXY}`);
      const trusted = proxies.filter(
        (file) => existsSync(file) && ownership(file) === `${CALLER} 600`,
      );
      assert.equal(trusted.length, 1);
      assert.equal(readFileSync(trusted[0] ?? '', 'utf8'), 'the first proxy\n');
    });
  }

  test('brings no device, no set-uid bit and no proxy', async (t) => {
    const stage = await stageOf(t);
    sendArchive(
      t,
      stage,
      `entry("s", data=b"x", mode=0o6755)
       entry("pipe", tarfile.FIFOTYPE)
       entry("${PROXY}", data=b"forged")
       entry(".", tarfile.DIRTYPE, mode=0o7777)`,
    );
    const { status, stderr } = await stage.cleanup();
    assert.equal(status, 0, stderr);
    assert.deepEqual(namesIn(stage.sandbox), ['s', PROXY]);
    assert.equal(ownership(`${stage.sandbox}/s`), `${CALLER} 755`);
    assert.equal(ownership(stage.sandbox), `${CALLER} 755`);
    assert.equal(readFileSync(`${stage.sandbox}/${PROXY}`, 'utf8'), 'the first proxy\n');
  });

  test('whose tar ends half way has its sandbox left where it is', async (t) => {
    const stage = await stageOf(t);
    stage.asJob('echo result >result');
    const place = temporaryDirectory(t);
    const lines = '/bin/tar -cf - . | head -c 700\nkill -9 $$\n';
    writeFileSync(`${place}/tar`, `#!/bin/sh\n${lines}`, { mode: 0o755 });
    stage.putFirstOnPath(place);
    const { status, stderr } = await stage.cleanup();
    assert.equal(status, 1);
    assert.match(stderr, /exit status 137 .*the results stay in/);
    assert.equal(readFileSync(`${stage.sandbox}/result`, 'utf8'), 'result\n');
  });
});

describe('another user of the execute directory', { skip }, () => {
  test('cannot have the sandbox made in a directory of theirs', async (t) => {
    const stage = new Stage(t);
    const place = temporaryDirectory(t);
    const wait = 'n=0; while [ $n -lt 100 ] && [ ! -e "$1" ]; do sleep 0.05; n=$((n+1)); done';
    // mkdir(1) of the mapped user finds a directory there: made between our rename and its call.
    writeFileSync(
      `${place}/mkdir`,
      `#!/bin/sh\n${wait.replaceAll('$1', stage.sandbox)}\nexec /bin/mkdir "$@"\n`,
      {
        mode: 0o755,
      },
    );
    stage.putFirstOnPath(place);
    const running = stage.start('setup', [stage.glexec, PROXY, stage.sandbox, '0', '0']);
    while (existsSync(stage.sandbox)) await new Promise((resolve) => setTimeout(resolve, 5));
    mkdirSync(stage.sandbox, { mode: 0o777 });
    chownSync(stage.sandbox, 41_003, 41_003);
    const { status, stderr } = await running.ended;
    assert.equal(status, 2);
    assert.match(stderr, /File exists/);
    assert.match(stderr, /the files of the job are in .*dir_77\.condor/);
    assert.deepEqual(namesIn(stage.sandbox), []);
    assert.equal(readFileSync(`${stage.condor}/${PROXY}`, 'utf8'), 'the first proxy\n');
  });
});
