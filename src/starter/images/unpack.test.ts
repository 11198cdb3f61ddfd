import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import zlib from 'node:zlib';
import { tarOf, type WrittenEntry } from '../../../test/images/tar-writer';
import { temporaryDirectory } from '../../../test/support/temporary';
import { unpackArchive } from './unpack';

interface Unpacked {
  /** Where it was unpacked; beside it is the directory `outside`. */
  readonly root: string;
  readonly outside: string;
  readonly result: Awaited<ReturnType<typeof unpackArchive>>;
}

async function unpack(t: TestContext, archive: Buffer): Promise<Unpacked> {
  const directory = temporaryDirectory(t);
  const [root, outside, file] = ['root', 'outside', 'archive'].map(
    (name) => `${directory}/${name}`,
  );
  assert.ok(root && outside && file);
  fs.mkdirSync(root, { mode: 0o700 });
  fs.mkdirSync(outside);
  fs.writeFileSync(file, archive);
  return { root, outside, result: await unpackArchive(file, root) };
}

async function mustUnpack(t: TestContext, entries: readonly WrittenEntry[]): Promise<Unpacked> {
  const unpacked = await unpack(t, tarOf(entries));
  assert.ok(unpacked.result.ok, JSON.stringify(unpacked.result));
  return unpacked;
}

function modeOf(path: string): string {
  return (fs.lstatSync(path).mode & 0o7777).toString(8);
}

describe('unpackArchive()', () => {
  test('places directories, files, links, and times', async (t) => {
    const { root } = await mustUnpack(t, [
      { path: './', type: '5', mode: 0o700 },
      { path: 'usr/bin/tool', mode: 0o755, content: '#!/bin/sh\n' },
      { path: 'usr/bin/same', type: '1', link: './usr/bin/tool' },
      { path: 'bin', type: '2', link: 'usr/bin' },
      { path: '/etc/motd', content: 'hello' },
      { path: 'closed/', type: '5', mode: 0o500 },
      { path: 'closed/inside', content: 'x' },
    ]);
    assert.equal(fs.readFileSync(`${root}/bin/tool`, 'utf8'), '#!/bin/sh\n');
    assert.equal(fs.statSync(`${root}/usr/bin/same`).ino, fs.statSync(`${root}/usr/bin/tool`).ino);
    assert.equal(fs.readFileSync(`${root}/etc/motd`, 'utf8'), 'hello');
    assert.equal(fs.statSync(`${root}/etc/motd`).mtimeMs, 86_400_000);
    assert.equal(modeOf(`${root}/closed`), '500');
  });

  test('unpacks what gzip compressed', async (t) => {
    const { root } = await unpack(t, zlib.gzipSync(tarOf([{ path: 'file', content: 'zipped' }])));
    assert.equal(fs.readFileSync(`${root}/file`, 'utf8'), 'zipped');
  });

  test('names the program that undoes a compression that Node does not know', async (t) => {
    const { result } = await unpack(t, Buffer.from('fd377a585a000000', 'hex'));
    assert.ok(!result.ok);
    assert.match(result.error, /undo its compression first: xz -d /);
  });

  test('refuses a gzip file that was cut short', async (t) => {
    const whole = zlib.gzipSync(tarOf([{ path: 'file', content: 'z'.repeat(5000) }]));
    const { result } = await unpack(t, whole.subarray(0, whole.length - 12));
    assert.ok(!result.ok);
  });

  test('drops set-id bits and what lets others write, but for sticky directories', async (t) => {
    const { root, result } = await mustUnpack(t, [
      { path: 'su', mode: 0o4755 },
      { path: 'wall', mode: 0o2755 },
      { path: 'loose', mode: 0o666 },
      { path: 'open/', type: '5', mode: 0o777 },
      { path: 'tmp/', type: '5', mode: 0o1777 },
      { path: 'shared/', type: '5', mode: 0o2775 },
    ]);
    const modes = ['su', 'wall', 'loose', 'open', 'tmp', 'shared'].map((name) =>
      modeOf(`${root}/${name}`),
    );
    assert.deepEqual(modes, ['755', '755', '644', '755', '1777', '755']);
    assert.equal(result.ok && result.value.setIdDropped, 2);
  });

  test('leaves out device nodes and FIFOs', async (t) => {
    const { root, result } = await mustUnpack(t, [
      { path: 'dev/sda', type: '4', mode: 0o666 },
      { path: 'dev/mem', type: '3', mode: 0o666 },
      { path: 'dev/pipe', type: '6' },
    ]);
    assert.deepEqual(fs.readdirSync(`${root}/dev`), []);
    assert.equal(result.ok && result.value.leftOut, 3);
  });

  test('gives everything to whoever unpacks', async (t) => {
    const { root } = await mustUnpack(t, [{ path: 'file' }]);
    assert.equal(fs.statSync(`${root}/file`).uid, process.geteuid?.());
  });

  const escapes: readonly [string, readonly WrittenEntry[]][] = [
    ['a path with ..', [{ path: '../outside/evil' }]],
    ['a path with .. in the middle', [{ path: 'a/../../outside/evil' }]],
    [
      'a file through a link to a directory',
      [
        { path: 'way', type: '2', link: '../outside' },
        { path: 'way/evil', content: 'x' },
      ],
    ],
    [
      'a directory through a link',
      [
        { path: 'way', type: '2', link: '../outside' },
        { path: 'way/evil/', type: '5' },
      ],
    ],
    [
      'a link that takes the place of a directory',
      [
        { path: 'way/', type: '5' },
        { path: 'way', type: '2', link: '../outside' },
        { path: 'way/evil', content: 'x' },
      ],
    ],
    [
      'a hard link to what is outside',
      [
        { path: 'way', type: '2', link: '../outside' },
        { path: 'evil', type: '1', link: 'way/victim' },
      ],
    ],
    ['a hard link with ..', [{ path: 'evil', type: '1', link: '../outside/victim' }]],
    ['a hard link to nothing', [{ path: 'evil', type: '1', link: 'nothing' }]],
    [
      'a hard link to a directory',
      [
        { path: 'd/', type: '5' },
        { path: 'evil', type: '1', link: 'd' },
      ],
    ],
  ];
  for (const [title, entries] of escapes) {
    test(`refuses ${title}`, async (t) => {
      const directory = temporaryDirectory(t);
      fs.mkdirSync(`${directory}/outside`);
      fs.writeFileSync(`${directory}/outside/victim`, 'untouched');
      fs.mkdirSync(`${directory}/root`);
      fs.writeFileSync(`${directory}/archive`, tarOf(entries));
      const result = await unpackArchive(`${directory}/archive`, `${directory}/root`);
      assert.ok(!result.ok);
      assert.match(result.error, /^Cannot unpack .*\/archive: /);
      assert.deepEqual(fs.readdirSync(`${directory}/outside`), ['victim']);
      assert.equal(fs.statSync(`${directory}/outside/victim`).nlink, 1);
    });
  }

  test('writes a file that comes twice anew, not into what the first one was', async (t) => {
    const directory = temporaryDirectory(t);
    fs.writeFileSync(`${directory}/victim`, 'untouched');
    fs.mkdirSync(`${directory}/root`);
    const entries = [
      { path: 'file', type: '2', link: `${directory}/victim` },
      { path: 'file', content: 'mine' },
      { path: 'one', content: '1' },
      { path: 'two', type: '1', link: 'one' },
      { path: 'two', content: '2' },
    ];
    fs.writeFileSync(`${directory}/archive`, tarOf(entries));
    const result = await unpackArchive(`${directory}/archive`, `${directory}/root`);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(fs.readFileSync(`${directory}/victim`, 'utf8'), 'untouched');
    assert.equal(fs.readFileSync(`${directory}/root/file`, 'utf8'), 'mine');
    assert.equal(fs.readFileSync(`${directory}/root/one`, 'utf8'), '1');
  });

  test('keeps names that are no UTF-8 byte for byte', async (t) => {
    const { root } = await mustUnpack(t, [{ path: 'caf\xe9', content: 'x' }]);
    const names = fs.readdirSync(root, { encoding: 'buffer' });
    assert.deepEqual(names, [Buffer.from('caf\xe9', 'latin1')]);
  });
});
