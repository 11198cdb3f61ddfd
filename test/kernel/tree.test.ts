/**
 * removeTree(), measureTree(), removeOwned() and chownTree() on what a hostile job could leave behind.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  chownTree,
  measureTree,
  removeOwned,
  removeTree,
  type TreeError,
  type TreeReport,
} from '../../src/kernel/tree';
import type { Result } from '../../src/result';
import { runCommand } from '../support/command';
import { startChurn } from '../support/churn';
import { startExchange } from '../support/exchange';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { program, runProgram, suite } from './support/program';

const NOBODY = 65534;
const OTHER = 65533;
const skip = skipIf(needsRoot());

/** As an ordinary user: the same removal by a starter that is not root. */
program((parent) => removeTree(parent as string, 'top'));

/** A directory with a tree `top` in it, made by a shell script that runs there. */
async function made(t: TestContext, script: string, uid?: number): Promise<string> {
  const parent = temporaryDirectory(t, uid === undefined ? {} : { uid });
  const { status, stderr } = await runCommand(
    ['sh', '-euc', `cd ${parent}; mkdir top; cd top; ${script}`],
    uid === undefined ? {} : { uid },
  );
  assert.equal(status, 0, stderr);
  return parent;
}

function value(result: Result<TreeReport, TreeError>): TreeReport {
  if (!result.ok) assert.fail(result.error.message);
  return result.value;
}

function error(result: Result<TreeReport, TreeError>): TreeError {
  if (result.ok) assert.fail('it succeeded');
  return result.error;
}

const CHAIN = `
  const fs = require('node:fs');
  process.chdir(process.argv[1]);
  const name = 'd'.repeat(Number(process.argv[3]));
  for (let i = 0; i < Number(process.argv[2]); i++) {
    fs.mkdirSync(name);
    process.chdir(name);
  }
  fs.writeFileSync('bottom', 'x');
`;

/** Makes a chain of directories far deeper than any path can say. */
function makeChain(directory: string, depth: number, nameLength: number): void {
  const args = ['-e', CHAIN, directory, String(depth), String(nameLength)];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

suite('removeTree()', { skip }, () => {
  test('removes files, directories, links and FIFOs, and says what they took', async (t) => {
    const parent = await made(
      t,
      `echo 12345 > file; mkdir -p a/b; : > a/b/empty; ln -s ../.. a/up; mkfifo a/fifo`,
    );
    const { entries, files, apparent, allocated } = value(await removeTree(parent, 'top'));
    assert.deepEqual(fs.readdirSync(parent), []);
    assert.equal(entries, 6);
    assert.equal(files, 4);
    assert.ok(apparent >= 6 && allocated >= 4096, `${apparent} ${allocated}`);
  });

  test('counts a file with several names once, though the last one looks like its only one', async (t) => {
    const parent = await made(t, 'head -c 100000 /dev/zero > a; ln a b; mkdir d; ln a d/c; : > e');
    const { files, apparent, allocated } = value(await removeTree(parent, 'top'));
    assert.equal(files, 4);
    assert.ok(apparent < 120_000 && allocated < 120_000, `${apparent} ${allocated}`);
  });

  test('removes what is no directory', async (t) => {
    const parent = await made(t, 'rmdir ../top; ln -s /etc ../top');
    assert.equal(value(await removeTree(parent, 'top')).files, 1);
    assert.ok(fs.existsSync('/etc/passwd'));
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('nothing there is no error', async (t) => {
    const parent = temporaryDirectory(t);
    assert.equal(value(await removeTree(parent, 'top')).entries, 0);
  });

  test('follows no link, at the top or below', async (t) => {
    const outside = temporaryDirectory(t);
    fs.writeFileSync(`${outside}/precious`, 'gold');
    const parent = await made(
      t,
      `ln -s ${outside} away; ln -s ${outside}/precious file; mkdir a; ln -s ${outside} a/away`,
    );
    fs.symlinkSync(outside, `${parent}/link`);
    value(await removeTree(parent, 'top'));
    value(await removeTree(parent, 'link'));
    assert.deepEqual(fs.readdirSync(parent), []);
    assert.equal(fs.readFileSync(`${outside}/precious`, 'utf8'), 'gold');
  });

  test('follows no link that is exchanged for a directory meanwhile', { skip }, async (t) => {
    const outside = temporaryDirectory(t);
    fs.writeFileSync(`${outside}/f`, 'secret');
    // What is mounted there keeps the top, so that the attack goes on.
    const parent = await made(t, 'mkdir mounted');
    const mounted = `${parent}/top/mounted`;
    assert.equal((await runCommand(['mount', '-t', 'tmpfs', 'none', mounted])).status, 0);
    fs.chownSync(`${parent}/top`, NOBODY, NOBODY);
    const endExchange = await startExchange(`${parent}/top`, outside, NOBODY);
    let [files, rounds] = [0, 0];
    try {
      for (; rounds < 300 || (files < 300 && rounds < 5000); rounds += 1)
        files += error(await removeTree(parent, 'top')).report?.files ?? 0;
    } finally {
      await endExchange();
      await runCommand(['umount', mounted]);
    }
    assert.ok(files >= 300, `it removed ${files} of the files that were made again`);
    assert.deepEqual(fs.readdirSync(outside), ['f']);
    value(await removeTree(parent, 'top'));
  });

  test('removes 10,000 levels, deeper than any path', async (t) => {
    const parent = await made(t, ':');
    makeChain(`${parent}/top`, 10_000, 1);
    assert.equal(value(await removeTree(parent, 'top')).entries, 10_001);
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('removes names of 255 bytes, 300 levels deep', async (t) => {
    const parent = await made(t, ':');
    makeChain(`${parent}/top`, 300, 255);
    assert.equal(value(await removeTree(parent, 'top')).entries, 301);
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('returns to every level, however deep it went in between', async (t) => {
    const parent = await made(t, ':');
    const deep = Array.from({ length: 100 }, (_, i) => `l${i}`);
    for (const [i] of deep.entries()) {
      const at = path.join(parent, 'top', ...deep.slice(0, i));
      fs.mkdirSync(path.join(at, deep[i]!), { recursive: true });
      for (const side of ['a', 'z']) fs.mkdirSync(path.join(at, side, 'x'), { recursive: true });
    }
    assert.equal(value(await removeTree(parent, 'top')).entries, 100 + 100 * 4);
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('removes names that are no UTF-8, begin with a dash, or hold a newline', async (t) => {
    const parent = await made(
      t,
      `: > "$(printf 'a\\377b')"; : > -rf; : > "$(printf 'a\\nb')"; : > ...`,
    );
    assert.equal(value(await removeTree(parent, 'top')).files, 4);
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('reports what cannot be removed, and removes the rest', async (t) => {
    const parent = await made(
      t,
      'mkdir -p a/b; : > a/b/stone; : > a/b/sand; : > z; chattr +i a/b/stone',
    );
    const { message, failures, errno, report } = error(await removeTree(parent, 'top'));
    await runCommand(['chattr', '-i', `${parent}/top/a/b/stone`]);
    assert.equal(errno, 1);
    assert.equal(failures, 1);
    assert.equal(message, `Cannot remove ${parent}/top: "top/a/b/stone": Operation not permitted`);
    assert.equal(report?.files, 2);
    assert.deepEqual(fs.readdirSync(`${parent}/top/a/b`), ['stone']);
    assert.deepEqual(fs.readdirSync(`${parent}/top`), ['a']);
  });

  test('crosses no mount, of another file system or bound from the same one', async (t) => {
    const parent = await made(t, 'mkdir tmpfs bind; : > z');
    const outside = temporaryDirectory(t);
    fs.writeFileSync(`${outside}/precious`, 'gold');
    const script = `mount -t tmpfs none ${parent}/top/tmpfs && : > ${parent}/top/tmpfs/precious &&
      mount --bind ${outside} ${parent}/top/bind`;
    assert.equal((await runCommand(['sh', '-ec', script])).status, 0);
    const { failures, errno } = error(await removeTree(parent, 'top'));
    const kept = fs.existsSync(`${parent}/top/tmpfs/precious`);
    await runCommand(['umount', `${parent}/top/tmpfs`, `${parent}/top/bind`]);
    assert.equal(failures, 2);
    assert.equal(errno, 18);
    assert.ok(kept);
    assert.ok(fs.existsSync(`${outside}/precious`));
    assert.ok(!fs.existsSync(`${parent}/top/z`));
  });

  test('an ordinary user removes what keeps its own owner out', async (t) => {
    const parent = await made(
      t,
      `mkdir -p a/b/c d; : > a/b/c/f; : > d/f; chmod 0 a/b/c/f d/f a/b/c a/b; chmod 500 a d`,
      NOBODY,
    );
    const removed = await runProgram(parent, { uid: NOBODY });
    assert.equal(value(removed as Result<TreeReport, TreeError>).entries, 6);
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('an ordinary user does not get more than that: a link to another file is not opened up', async (t) => {
    const outside = temporaryDirectory(t, { uid: NOBODY });
    const parent = await made(t, `chmod 500 ${outside}; ln -s ${outside} away`, NOBODY);
    await runProgram(parent, { uid: NOBODY });
    assert.equal(fs.statSync(outside).mode & 0o777, 0o500);
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('removes 20,000 files', async (t) => {
    const parent = await made(
      t,
      `for d in 0 1; do mkdir $d; (cd $d; seq 10000 | xargs touch); done`,
    );
    assert.equal(value(await removeTree(parent, 'top')).files, 20_000);
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('leaves no descriptor and no child behind', async (t) => {
    const parent = temporaryDirectory(t);
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const children = () => fs.readFileSync('/proc/thread-self/children', 'utf8');
    await removeTree(parent, 'top');
    const before = [open(), children()];
    for (let i = 0; i < 10; i++) await removeTree(parent, 'top');
    error(await removeTree(parent, 'a\0b'));
    assert.deepEqual([open(), children()], before);
  });

  test('a name that leads elsewhere is refused', async (t) => {
    const parent = await made(t, ': > file');
    for (const name of ['..', '.', '', 'top/file', '/etc']) {
      error(await removeTree(parent, name));
    }
    assert.ok(fs.existsSync(`${parent}/top/file`));
  });

  test('a parent that is a link or is missing is refused in words', async (t) => {
    const parent = await made(t, ': > file');
    fs.symlinkSync(parent, `${parent}/link`);
    const refused = error(await removeTree(`${parent}/link`, 'top'));
    assert.match(
      refused.message,
      /^Cannot remove .*\/link\/top: (Not a directory|Too many levels)/,
    );
    assert.match(error(await removeTree('/nonexistent', 'top')).message, /No such file/);
    assert.ok(fs.existsSync(`${parent}/top/file`));
  });
});

suite('measureTree()', { skip }, () => {
  test('agrees with du(1), hard links counted once, holes not at all', async (t) => {
    const parent = await made(
      t,
      `head -c 100000 /dev/zero > f; ln f g; mkdir a; ln f a/h; truncate -s 1G hole; ln -s /etc e`,
    );
    const { entries, files, apparent, allocated } = value(await measureTree(parent, 'top'));
    const du = async (...options: string[]) =>
      Number.parseInt((await runCommand(['du', '-s', ...options, `${parent}/top`])).stdout, 10);
    assert.equal(allocated, await du('-B1'));
    assert.equal(apparent, await du('-b'));
    assert.equal(entries, 6);
    assert.equal(files, 5);
  });

  test('takes a descriptor for the parent and leaves it open', async (t) => {
    const parent = await made(t, ': > file');
    const fd = fs.openSync(parent, 'r');
    assert.equal(value(await measureTree(fd, 'top')).files, 1);
    fs.closeSync(fd);
  });

  test('nothing there is an error', async (t) => {
    const parent = temporaryDirectory(t);
    assert.equal(error(await measureTree(parent, 'top')).errno, 2);
  });
});

suite('a tree in which nothing stays what it is', { skip }, () => {
  const works = {
    'is measured': (parent: string) => measureTree(parent, 'top'),
    "is cleaned of another user's files": (parent: string) => removeOwned(parent, OTHER),
  };
  const others = {
    'directories come and go': (top: string) => startChurn(top, NOBODY),
    'a directory and a link change places': (top: string) => startExchange(top, '/', NOBODY),
  };
  for (const [what, work] of Object.entries(works)) {
    for (const [how, startOther] of Object.entries(others)) {
      test(`${what} where ${how}`, async (t) => {
        const parent = await made(t, ':', NOBODY);
        const endOther = await startOther(`${parent}/top`);
        try {
          for (let i = 0; i < 200; i += 1) value(await work(parent));
        } finally {
          await endOther();
        }
      });
    }
  }
});

suite('chownTree()', { skip }, () => {
  const owner = { from: NOBODY, uid: 1234, gid: 4321, mode: 0o700 };
  const owners = async (parent: string) => {
    const { stdout } = await runCommand(['find', `${parent}/top`, '-printf', '%U:%G\n']);
    return new Set(stdout.trim().split('\n'));
  };
  const modes = (parent: string, ...names: readonly string[]) =>
    names.map((name) => (fs.lstatSync(`${parent}/top/${name}`).mode & 0o7777).toString(8));

  test('gives everything to the new owner, links themselves and not what they name', async (t) => {
    const parent = await made(
      t,
      'mkdir -p a/b; : > a/b/f; ln -s /etc/passwd a/link; mkfifo p',
      NOBODY,
    );
    assert.equal(value(await chownTree(parent, 'top', owner)).entries, 5);
    assert.deepEqual(await owners(parent), new Set(['1234:4321']));
    assert.equal(fs.statSync('/etc/passwd').uid, 0);
  });

  test('the top gets the mode that is asked for, however it was', async (t) => {
    const parent = await made(t, 'chmod 1777 .', NOBODY);
    value(await chownTree(parent, 'top', { ...owner, mode: 0o711 }));
    assert.deepEqual(modes(parent, '.'), ['711']);
  });

  test('takes set-id bits, capabilities, and the right of others to write to directories', async (t) => {
    const parent = await made(
      t,
      `: > f; chmod 6755 f; : > g; chmod 2644 g; : > w; chmod 666 w; mkdir d; chmod 7777 d`,
      NOBODY,
    );
    await runCommand(['setcap', 'cap_net_raw+ep', `${parent}/top/f`]);
    value(await chownTree(parent, 'top', owner));
    assert.deepEqual(modes(parent, 'f', 'g', 'w', 'd'), ['755', '644', '666', '1755']);
    const { stdout } = await runCommand(['getcap', `${parent}/top/f`]);
    assert.equal(stdout, '');
  });

  for (const [what, script, refusal] of [
    ['a file with another name elsewhere', 'ln f ../elsewhere', 'link'],
    ['a file with another name in the same tree', 'ln f g', 'link'],
    ['a file of somebody else', 'chown 0 f', 'owner'],
    ['a directory of somebody else', 'mkdir other', 'owner'],
    ['a file of somebody else with another name', 'ln ../secret h', 'owner'],
    ['a device', 'mknod n c 1 3; chown 65534 n', 'device'],
  ] as const) {
    test(`refuses ${what}, and changes nothing`, async (t) => {
      const parent = await made(t, 'mkdir d; : > d/f; : > f; : > z', NOBODY);
      fs.writeFileSync(`${parent}/secret`, 'secret');
      await runCommand(['sh', '-c', `cd ${parent}/top; ${script}`]);
      const before = await owners(parent);
      const refused = error(await chownTree(parent, 'top', owner));
      assert.equal(refused.refusal, refusal, refused.message);
      assert.equal(refused.report?.entries, 0);
      assert.deepEqual(await owners(parent), before);
    });
  }

  test('counts all that it refuses, and names the first', async (t) => {
    const parent = await made(t, 'mkdir a b; : > a/x; : > b/y; ln a/x a/l; ln b/y b/l', NOBODY);
    const { failures, message } = error(await chownTree(parent, 'top', owner));
    assert.equal(failures, 4);
    assert.match(message, /"top\/[ab]\/[xyl]": the file has other names.* \(and 3 more\)$/);
  });

  test('refuses what is mounted in it: a file system, a directory or a file of the same one', async (t) => {
    const parent = await made(t, 'mkdir d; : > f; : > z', NOBODY);
    fs.writeFileSync(`${parent}/precious`, 'gold');
    for (const mount of [
      `mount -t tmpfs none ${parent}/top/d`,
      `mount --bind /var/tmp ${parent}/top/d`,
      `mount --bind ${parent}/precious ${parent}/top/f`,
    ]) {
      assert.equal((await runCommand(['sh', '-c', mount])).status, 0);
      const refused = error(await chownTree(parent, 'top', owner));
      await runCommand(['umount', mount.split(' ').at(-1)!]);
      assert.equal(refused.errno, 18, refused.message);
      assert.equal(fs.statSync(`${parent}/top/z`).uid, NOBODY);
    }
    assert.equal(fs.statSync(`${parent}/precious`).uid, 0);
  });

  test('what was broken off is done again, in either direction', async (t) => {
    const parent = await made(t, 'mkdir d; : > d/f; : > f', NOBODY);
    // As a helper leaves it that was killed: the top shut, some given, some not.
    await runCommand(['sh', '-c', `cd ${parent}; chown 0:0 top; chmod 700 top; chown 1234 top/d`]);
    value(await chownTree(parent, 'top', { ...owner, from: 1234, uid: NOBODY, gid: NOBODY }));
    assert.deepEqual(await owners(parent), new Set([`${NOBODY}:${NOBODY}`]));
  });

  test('an entry that the system keeps is told of, and the top stays shut until it is given', async (t) => {
    const parent = await made(t, ': > stone; : > sand', NOBODY);
    await runCommand(['chattr', '+i', `${parent}/top/stone`]);
    const { errno, message } = error(await chownTree(parent, 'top', owner));
    await runCommand(['chattr', '-i', `${parent}/top/stone`]);
    assert.equal(errno, 1);
    assert.match(message, /"top\/stone": Operation not permitted$/);
    const { mode, uid } = fs.statSync(`${parent}/top`);
    assert.deepEqual([uid, mode & 0o777], [0, 0o700]);
    value(await chownTree(parent, 'top', owner));
    assert.deepEqual(await owners(parent), new Set(['1234:4321']));
  });

  test('what is no directory is not given, a link least of all', async (t) => {
    const parent = await made(t, 'rmdir ../top; ln -s /etc ../top');
    assert.equal(error(await chownTree(parent, 'top', owner)).errno, 20);
    assert.equal(fs.statSync('/etc').uid, 0);
  });
});
