/**
 * The file agent in sandboxes as hostile jobs leave them: as root with the job's ids, and as an
 * ordinary user whose jobs have the same ids.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import { test } from 'node:test';
import { fromBytes } from '../../src/byte-text';
import { sanitized } from '../native/sanitized';
import { startExchange } from '../support/exchange';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { type Answer, type Call, NOBODY, perform, sandbox, type Task } from './support/file-agent';
import { program, runProgram, suite } from './support/program';

program((task) => perform(task as Task));

const MODES = {
  root: (directory: string, calls: readonly Call[], by?: readonly string[]) => {
    // The job's user cannot reach the sandbox by its path.
    fs.chmodSync(`${directory}/..`, 0o700);
    const task = { directory, calls, own: false };
    return by === undefined ? perform(task) : runProgram(task, { by });
  },
  'an ordinary user': (directory: string, calls: readonly Call[], by: readonly string[] = []) =>
    runProgram({ directory, calls, own: true }, { uid: NOBODY, by }),
} as const;

const skip = skipIf(needsRoot());
const { ELOOP } = os.constants.errno;

for (const [mode, run] of Object.entries(MODES)) {
  const ask = async (directory: string, calls: readonly Call[], by?: readonly string[]) =>
    (await run(directory, calls, by)) as Answer[];
  const errnos = async (directory: string, calls: readonly Call[], by?: readonly string[]) =>
    (await ask(directory, calls, by)).map(({ error }) => error?.errno ?? 0);

  suite(`the file agent of ${mode}`, { skip }, () => {
    test("makes files and directories that are the job's, with the modes asked for", async (t) => {
      const directory = sandbox(t);
      const answers = await ask(directory, [
        ['write', 'plain', 'text'],
        ['write', 'tool', '#!', 0o755],
        ['write', 'a/b/c', 'deep', 0o440],
        ['makeDirectory', 'd/e', 0o750],
        ['makeDirectory', 'd/e', 0o700],
        ['setMode', 'plain', 0o604],
        ['setMode', 'd', 0o711],
      ]);
      assert.ok(answers.every(({ ok }) => ok));
      const seen = ['plain', 'tool', 'a', 'a/b', 'a/b/c', 'd', 'd/e'].map((name) => {
        const { mode: bits, uid, gid } = fs.statSync(`${directory}/${name}`);
        assert.deepEqual([uid, gid], [NOBODY, NOBODY]);
        return (bits & 0o777).toString(8);
      });
      assert.deepEqual(seen, ['604', '755', '700', '700', '440', '711', '750']);
      assert.equal(fs.readFileSync(`${directory}/a/b/c`, 'latin1'), 'deep');
    });

    for (const method of ['write', 'put']) {
      test(`puts a file in place of a file, a link, a FIFO, an empty directory: ${method}`, async (t) => {
        const outside = temporaryDirectory(t, { uid: NOBODY });
        fs.writeFileSync(`${outside}/precious`, 'gold');
        fs.chownSync(`${outside}/precious`, NOBODY, NOBODY);
        const directory = sandbox(
          t,
          `echo old > file; ln -s ${outside}/precious link; mkfifo fifo; mkdir empty full; : > full/x`,
        );
        const names = ['file', 'link', 'fifo', 'empty'];
        const answers = await ask(
          directory,
          names.map((name) => [method, name, 'new'] as const),
        );
        assert.ok(answers.every(({ ok }) => ok));
        for (const name of names) {
          assert.equal(fs.readFileSync(`${directory}/${name}`, 'latin1'), 'new');
          assert.ok(fs.lstatSync(`${directory}/${name}`).isFile());
        }
        assert.equal(fs.readFileSync(`${outside}/precious`, 'latin1'), 'gold');
        const [full] = await ask(directory, [[method, 'full', 'new']]);
        assert.deepEqual(full?.error, { call: 'rmdir', path: 'full', errno: 39 });
      });

      test(`writes through no link, wherever it is in the path: ${method}`, async (t) => {
        const outside = temporaryDirectory(t, { uid: NOBODY });
        const directory = sandbox(t, `ln -s ${outside} away; mkdir real; ln -s real inside`);
        const refused = await errnos(directory, [
          [method, 'away/x', 'new'],
          [method, 'away/deep/x', 'new'],
          ['makeDirectory', 'away/y', 0o700],
          [method, 'inside/x', 'new'],
          ['setMode', 'away', 0o700],
        ]);
        assert.deepEqual(refused, [40, 40, 40, 40, 40]);
        assert.deepEqual(fs.readdirSync(outside), []);
        const [made] = await ask(directory, [['makeDirectory', 'away', 0o700]]);
        assert.ok(made?.ok);
        assert.ok(fs.lstatSync(`${directory}/away`).isDirectory());
      });
    }

    test('writes and reads small files whole, at the limit too; larger ones are opened', async (t) => {
      const directory = sandbox(t, 'head -c 65537 /dev/zero > large');
      const limit = 'x'.repeat(65_536);
      const answers = await ask(directory, [
        ['put', 'a/limit', limit, 0o600],
        ['put', 'none', '', 0o4755],
        ['put', 'over', `${limit}x`],
        ['read', 'a/limit'],
        ['read', 'none'],
        ['read', 'large'],
      ]);
      assert.deepEqual(
        answers.map(({ ok, error }) => (ok ? 0 : error?.errno)),
        [0, 0, 7, 0, 0, 0],
      );
      assert.equal(answers[3]?.value, limit);
      assert.equal(answers[4]?.value, '');
      assert.equal((answers[5]?.value as string).length, 65_537);
      const modes = ['a/limit', 'none'].map((name) => fs.statSync(`${directory}/${name}`).mode);
      assert.deepEqual(
        modes.map((mode) => mode & 0o7777),
        [0o600, 0o755],
      );
      assert.deepEqual(fs.readdirSync(directory), ['a', 'large', 'none']);
    });

    test('reads through links that stay in the sandbox, relative, absolute and in a chain', async (t) => {
      const directory = sandbox(
        t,
        `mkdir -p a/b; echo -n deep > a/b/file; ln -s a/b/file rel; ln -s $PWD/a/b abs
         ln -s ../../rel a/b/back; ln -s a/b/back chain; ln -s ../a/../a/b a/round`,
      );
      const paths = ['rel', 'abs/file', 'chain', 'a/round/file', 'a/b/back'];
      const answers = await ask(
        directory,
        paths.map((path) => ['read', path] as const),
      );
      assert.deepEqual(
        answers.map(({ value }) => value),
        Array(5).fill('deep'),
      );
    });

    test('reads nothing outside of the sandbox, and does not wait for what is no file', async (t) => {
      const directory = sandbox(
        t,
        `ln -s /etc/passwd out; ln -s ../../../../etc/passwd up; ln -s /etc etc; ln -s loop loop
         mkfifo fifo; mkdir dir; ln -s /dev/zero zero; ln -s gone dangling; : > closed; chmod 0 closed
         ln -s /proc/self/fd/3 magic; ln -s $PWD/../../../../etc/passwd cheat`,
      );
      const paths = {
        out: 18,
        up: 18,
        'etc/passwd': 18,
        loop: 40,
        fifo: 22,
        dir: 21,
        zero: 18,
        dangling: 2,
        closed: 13,
        magic: 18,
        cheat: 18,
        missing: 2,
        'out/x': 18,
      };
      const seen = await errnos(
        directory,
        Object.keys(paths).map((path) => ['read', path] as const),
      );
      assert.deepEqual(seen, Object.values(paths));
    });

    test('says what is there, of links what they lead to', async (t) => {
      const directory = sandbox(
        t,
        `echo -n 12345 > file; touch -d @1700000000.123456789 file; chmod 640 file; mkdir dir
         ln -s file link; ln -s dir dirlink; ln -s gone dangling; ln -s /etc away; mkfifo fifo`,
      );
      const [list, file, top] = await ask(directory, [
        ['list', ''],
        ['stat', 'dirlink/../file'],
        ['stat', ''],
      ]);
      const entries = list?.value as { path: string; kind: string; isLink: boolean }[];
      assert.deepEqual(
        entries.map(({ path, kind, isLink }) => `${path} ${kind} ${isLink}`),
        [
          'away missing true',
          'dangling missing true',
          'dir directory false',
          'dirlink directory true',
          'fifo other false',
          'file file false',
          'link file true',
        ],
      );
      assert.deepEqual(entries[6], {
        kind: 'file',
        isLink: true,
        size: 5,
        mode: 0o640,
        modified: '1700000000123456789',
        path: 'link',
      });
      assert.equal(file?.error?.errno, 22);
      assert.equal((top?.value as { kind: string }).kind, 'directory');
    });

    test('gives files, links and directories another name, and follows nothing', async (t) => {
      const outside = temporaryDirectory(t, { uid: NOBODY });
      const directory = sandbox(
        t,
        `echo -n 1 > core; echo 2 > old; ln -s ${outside} away; mkdir d full; : > d/x; : > full/y
         ln -s old link; ln -s d inside`,
      );
      const answers = await ask(directory, [
        ['rename', 'core', 'core.1.0'],
        ['rename', 'old', 'link'],
        ['rename', 'away', 'elsewhere'],
        ['rename', 'd/x', 'z'],
        ['rename', 'away/x', 'y'],
        ['rename', 'inside/z', 'y'],
        ['rename', 'd', 'full'],
        ['rename', 'missing', 'there'],
        ['rename', 'd', '../out'],
        ['rename', 'd', ''],
        ['rename', 'd', '..'],
        ['rename', '', 'x'],
        ['rename', 'd', 'a\0b'],
        ['rename', 'd', 'x'.repeat(300)],
      ]);
      const seen = answers.map(({ error }) => error?.errno ?? 0);
      assert.deepEqual(seen, [0, 0, 0, 0, 2, 40, 39, 2, 22, 22, 22, 22, 22, 36]);
      assert.equal(fs.readFileSync(`${directory}/core.1.0`, 'latin1'), '1');
      assert.ok(fs.lstatSync(`${directory}/link`).isFile());
      assert.equal(fs.readlinkSync(`${directory}/elsewhere`), outside);
      assert.deepEqual(fs.readdirSync(`${directory}/d`), ['z']);
      assert.deepEqual(fs.readdirSync(outside), []);
    });

    test('refuses paths that do not lead down', async (t) => {
      const directory = sandbox(t, 'mkdir a');
      const paths = ['..', '.', 'a/..', 'a/../x', '/etc/passwd', 'a//b', 'a/', 'a\0b', './a'];
      const calls = paths.flatMap((path) => [
        ['write', path, 'x'] as const,
        ['put', path, 'x'] as const,
        ['read', path] as const,
        ['stat', path] as const,
      ]);
      assert.deepEqual(new Set(await errnos(directory, calls)), new Set([22]));
      const empty = await errnos(directory, [
        ['write', '', 'x'],
        ['makeDirectory', '', 0o700],
        ['setMode', '', 0],
      ]);
      assert.deepEqual(empty, [22, 22, 22]);
      assert.deepEqual(await errnos(directory, [['stat', 'x'.repeat(5000)]]), [36]);
    });

    test('takes names with newlines and bytes that are no UTF-8', async (t) => {
      const directory = sandbox(t, `: > "$(printf 'a\\nb')"; : > "$(printf 'x\\377y')"`);
      const strange = fromBytes(Buffer.from([0xfe, 0x2f, 0xff]));
      const answers = await ask(directory, [
        ['list', ''],
        ['write', strange, 'odd'],
        ['read', strange],
      ]);
      const names = (answers[0]?.value as { path: string }[]).map(({ path }) => path);
      assert.deepEqual(names, ['a\nb', 'x\udcffy']);
      assert.equal(answers[2]?.value, 'odd');
      const inside = fs.readdirSync(Buffer.from(`${directory}/\xfe`, 'latin1'), 'buffer');
      assert.deepEqual(inside, [Buffer.from([0xff])]);
    });

    test('lists 10,000 entries, and what is deeper than 100 directories', async (t) => {
      const directory = sandbox(
        t,
        `mkdir many; cd many; seq 10000 | sed 's/^/a-rather-long-name-of-a-file-/' | xargs touch`,
      );
      const deep = Array(100).fill('d').join('/');
      const [list, , made, read] = await ask(directory, [
        ['list', 'many'],
        ['makeDirectory', deep, 0o700],
        ['write', `${deep}/bottom`, 'found'],
        ['read', `${deep}/bottom`],
      ]);
      assert.equal((list?.value as unknown[]).length, 10_000);
      assert.ok(made?.ok);
      assert.equal(read?.value, 'found');
    });

    test('stays in the sandbox while a directory and a link are exchanged', async (t) => {
      const outside = temporaryDirectory(t, { uid: NOBODY });
      fs.writeFileSync(`${outside}/f`, 'secret');
      const directory = sandbox(t, '');
      const endExchange = await startExchange(directory, outside, NOBODY);
      const seen = new Set<unknown>();
      for (let i = 0; i < (mode === 'root' ? 20 : 3); i += 1) {
        const calls = Array.from({ length: 100 }, (_, n) =>
          n % 2 === 0 ? (['readExchanged', 'd/f'] as const) : (['put', 'd/new', 'x'] as const),
        );
        for (const { ok, value, error } of await ask(directory, calls)) {
          const all = ok ? ((value ?? ['written']) as string[]) : [error?.errno];
          for (const one of all) seen.add(one);
        }
      }
      await endExchange();
      assert.deepEqual(seen, new Set(['fine', 'written', ELOOP]), 'both were met, and no secret');
      assert.deepEqual(fs.readdirSync(outside), ['f']);
      assert.equal(fs.readFileSync(`${outside}/f`, 'utf8'), 'secret');
    });

    for (const missing of mode === 'root' ? ['openat2', 'close_range'] : []) {
      test(`keeps to all that where the kernel has no ${missing}`, async (t) => {
        const directory = sandbox(
          t,
          'mkdir a; echo -n in > a/f; ln -s a/f in; ln -s a d; ln -s /etc/passwd out; mkfifo fifo',
        );
        const by = [sanitized('without-calls'), missing];
        const answers = await ask(
          directory,
          [
            ['read', 'in'],
            ['read', 'd/f'],
            ['read', 'out'],
            ['read', 'fifo'],
            ['write', 'out', 'mine'],
            ['write', 'd/x', 'mine'],
          ],
          by,
        );
        assert.deepEqual(
          answers.map(({ value, error }) => value ?? error?.errno ?? 0),
          // Without openat2(2), a link in a directory's place is no directory.
          ['in', 'in', 18, 22, 0, missing === 'openat2' ? 20 : 40],
        );
      });
    }
  });
}
