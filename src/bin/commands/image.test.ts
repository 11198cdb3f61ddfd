import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { describe, test, type TestContext } from 'node:test';
import { tarOf } from '../../../test/images/tar-writer';
import { needsRoot, skipIf } from '../../../test/support/need';
import { temporaryDirectory } from '../../../test/support/temporary';
import type { CommandIo, ConfigOptions } from '../options/types';
import { runImageAdd, runImageList, runImageRemove, runImageShow } from './image';

const needed = { skip: skipIf(needsRoot()) };

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host's places for images, and the commands on them. */
class Bench {
  readonly directory: string;
  readonly file: string;
  chroots = '';

  constructor(t: TestContext) {
    this.directory = temporaryDirectory(t);
    this.file = `${this.directory}/etc/images`;
  }

  /** Makes a directory that can be a root. */
  root(name: string): string {
    const root = `${this.directory}/${name}`;
    fs.mkdirSync(`${root}/usr`, { recursive: true });
    return root;
  }

  archive(name: string, content: Buffer): string {
    fs.writeFileSync(`${this.directory}/${name}`, content);
    return `${this.directory}/${name}`;
  }

  add(name: string, source: string): Promise<Outcome> {
    return this.#run((options, io) => runImageAdd({ ...options, name, source }, io));
  }

  list(): Promise<Outcome> {
    return this.#run(runImageList);
  }

  show(name: string): Promise<Outcome> {
    return this.#run((options, io) => runImageShow({ ...options, name }, io));
  }

  remove(name: string): Promise<Outcome> {
    return this.#run((options, io) => runImageRemove({ ...options, name }, io));
  }

  async #run(
    command: (options: ConfigOptions, io: CommandIo) => Promise<number> | number,
  ): Promise<Outcome> {
    const texts = { stdout: '', stderr: '' };
    const output = (name: 'stdout' | 'stderr') => ({
      isTTY: false,
      write(text: string) {
        texts[name] += text;
        return true;
      },
    });
    const io = { stdin: Readable.from([]), stdout: output('stdout'), stderr: output('stderr') };
    const set = [
      { name: 'NAMED_CHROOT_FILE', value: this.file },
      { name: 'IMAGE_DIRECTORY', value: `${this.directory}/images` },
      { name: 'EXECUTE', value: `${this.directory}/execute` },
      { name: 'NAMED_CHROOT', value: this.chroots },
    ];
    const status = await command({ configFile: '/dev/null', set }, io);
    return { status, ...texts };
  }
}

const ARCHIVE = tarOf([
  { path: './', type: '5', mode: 0o777 },
  { path: './usr/bin/tool', mode: 0o4755, content: 'x' },
  { path: './dev/null', type: '3' },
]);

describe('eyrie image add', needed, () => {
  test('keeps a safe directory as a named chroot, where it is', async (t) => {
    const bench = new Bench(t);
    const root = bench.root('el9');
    assert.deepEqual(await bench.add('el9', root), {
      status: 0,
      stdout: `el9=${root}\n`,
      stderr: '',
    });
    assert.match(fs.readFileSync(bench.file, 'utf8'), new RegExp(`^el9=${root}$`, 'm'));
    assert.equal(fs.statSync(bench.file).mode & 0o777, 0o644);
  });

  test('unpacks an archive into a place of its own and says what it left out', async (t) => {
    const bench = new Bench(t);
    const place = `${bench.directory}/images/el9`;
    const outcome = await bench.add('el9', bench.archive('el9.tar', ARCHIVE));
    assert.equal(outcome.stdout, `el9=${place}\n`);
    assert.deepEqual(outcome.stderr.split('\n'), [
      'eyrie image add: note: 1 device nodes and FIFOs were left out: jobs have a /dev of their own',
      'eyrie image add: note: 1 programs are no longer set-user-id or set-group-id',
      '',
    ]);
    assert.equal(fs.statSync(place).mode & 0o7777, 0o755);
    assert.deepEqual(fs.readdirSync(`${bench.directory}/images`), ['el9']);
  });

  test('leaves nothing behind of an archive that is damaged', async (t) => {
    const bench = new Bench(t);
    const broken = bench.archive('el9.tar', ARCHIVE.subarray(0, 1500));
    const outcome = await bench.add('el9', broken);
    assert.equal(outcome.status, 1);
    assert.match(
      outcome.stderr,
      /^eyrie image add: Cannot unpack .*: it ends in the middle of a file/,
    );
    assert.deepEqual(fs.readdirSync(`${bench.directory}/images`), []);
    assert.ok(!fs.existsSync(bench.file));
    assert.ok(!fs.existsSync(`${bench.file}.lock`));
  });

  test('clears away what an interrupted run left', async (t) => {
    const bench = new Bench(t);
    fs.mkdirSync(`${bench.directory}/images/.el9.unpacking/old`, { recursive: true });
    const outcome = await bench.add('el9', bench.archive('el9.tar', ARCHIVE));
    assert.equal(outcome.status, 0, outcome.stderr);
    assert.ok(!fs.existsSync(`${bench.directory}/images/el9/old`));
  });

  const refusals: readonly [string, string, (bench: Bench) => string, RegExp][] = [
    ['a name that is none', 'a b', (bench) => bench.root('x'), /"a b" is no name for an image/],
    ['a source that does not exist', 'x', () => '/none', /There is no \/none/],
    ['a source that is a device', 'x', () => '/dev/null', /neither a directory nor a tar archive/],
    ["the host's own root", 'x', () => '/', /\/ is the host's own root/],
    [
      'a directory that others can write',
      'x',
      (bench) => {
        const root = bench.root('x');
        fs.chmodSync(root, 0o777);
        return root;
      },
      /is not safe as a root: .* can be written by others \(mode 0777\): chmod go-w it/,
    ],
    [
      'a link to a directory',
      'x',
      (bench) => {
        fs.symlinkSync(bench.root('x'), `${bench.directory}/link`);
        return `${bench.directory}/link`;
      },
      /is a symbolic link: give the path that it leads to/,
    ],
    ['a directory with EXECUTE in it', 'x', (bench) => bench.directory, /EXECUTE .* is in /],
  ];
  for (const [title, name, source, expected] of refusals) {
    test(`refuses ${title}`, async (t) => {
      const bench = new Bench(t);
      const outcome = await bench.add(name, source(bench));
      assert.equal(outcome.status, 1);
      assert.match(outcome.stderr, expected);
      assert.ok(!fs.existsSync(bench.file));
    });
  }

  test('refuses a name that is taken, by an image or by the knob', async (t) => {
    const bench = new Bench(t);
    bench.chroots = 'site=/chroots/site';
    await bench.add('el9', bench.root('el9'));
    assert.match((await bench.add('el9', bench.root('other'))).stderr, /an image "el9" already/);
    assert.match(
      (await bench.add('site', bench.root('other'))).stderr,
      /NAMED_CHROOT has a "site"/,
    );
  });

  test('loses no image when several are added at once', async (t) => {
    const bench = new Bench(t);
    const names = ['a', 'b', 'c', 'd'];
    const outcomes = await Promise.all(names.map((name) => bench.add(name, bench.root(name))));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      [0, 0, 0, 0],
    );
    const listed = (await bench.list()).stdout.split('\n').map((line) => line.split(' ')[0]);
    assert.deepEqual(listed, [...names, '']);
  });

  test('says which file to remove where a killed run left the lock', async (t) => {
    const bench = new Bench(t);
    fs.mkdirSync(`${bench.directory}/etc`);
    fs.writeFileSync(`${bench.file}.lock`, '1\n');
    const outcome = await bench.add('el9', bench.root('el9'));
    assert.match(outcome.stderr, /images\.lock exists, .*remove the file if none is running/);
  });
});

describe('the file of images', needed, () => {
  const distrusted: readonly [string, (file: string) => void, RegExp][] = [
    [
      'another user owns',
      (file) => {
        fs.chownSync(file, 1234, 0);
      },
      /uid 1234 owns it; chown it to root/,
    ],
    [
      'others can write',
      (file) => {
        fs.chmodSync(file, 0o664);
      },
      /can write it; chmod go-w it/,
    ],
    [
      'is a link',
      (file) => {
        fs.renameSync(file, `${file}.real`);
        fs.symlinkSync(`${file}.real`, file);
      },
      /it is a symbolic link/,
    ],
  ];
  for (const [title, spoil, expected] of distrusted) {
    test(`is not obeyed where ${title}`, async (t) => {
      const bench = new Bench(t);
      await bench.add('el9', bench.root('el9'));
      spoil(bench.file);
      for (const outcome of [await bench.list(), await bench.add('b', bench.root('b'))]) {
        assert.equal(outcome.status, 1);
        assert.match(outcome.stderr, expected);
      }
    });
  }
});

describe('eyrie image list and show', needed, () => {
  test('list all images with their state, those of the knob too', async (t) => {
    const bench = new Bench(t);
    const [good, bad] = [bench.root('good'), bench.root('bad')];
    await bench.add('stored', good);
    bench.chroots = `knob=${bad}, stored2=/none`;
    fs.chmodSync(bad, 0o777);
    assert.deepEqual((await bench.list()).stdout.split('\n'), [
      `knob     UNSAFE  ${bad}  (NAMED_CHROOT)`,
      `stored   safe    ${good}  (${bench.file})`,
      'stored2  UNSAFE  /none  (NAMED_CHROOT)',
      '',
    ]);
  });

  test('show everything that is wrong with one', async (t) => {
    const bench = new Bench(t);
    const root = bench.root('el9');
    await bench.add('el9', root);
    assert.equal((await bench.show('el9')).status, 0);
    fs.chmodSync(root, 0o770);
    fs.chownSync(root, 1234, 0);
    const { status, stdout } = await bench.show('el9');
    assert.equal(status, 1);
    assert.deepEqual(stdout.split('\n'), [
      'name       el9',
      `directory  ${root}`,
      `from       ${bench.file}`,
      'state      UNSAFE: no job will be put into it',
      `           ${root} is owned by uid 1234: chown it to root`,
      `           ${root} can be written by others (mode 0770): chmod go-w it`,
      '',
    ]);
  });

  test('name the images that there are where one is not known', async (t) => {
    const bench = new Bench(t);
    assert.match((await bench.show('x')).stderr, /no image "x"; there is none at all/);
    bench.chroots = 'a=/a, b=/b';
    assert.match((await bench.show('x')).stderr, /no image "x"; there are a, b/);
  });
});

describe('eyrie image remove', needed, () => {
  test('forgets a directory and leaves it alone', async (t) => {
    const bench = new Bench(t);
    const root = bench.root('el9');
    await bench.add('el9', root);
    assert.equal((await bench.remove('el9')).stdout, `left alone: ${root}\n`);
    assert.ok(fs.existsSync(root));
    assert.equal((await bench.list()).stdout, '');
  });

  test('deletes what was unpacked', async (t) => {
    const bench = new Bench(t);
    await bench.add('el9', bench.archive('el9.tar', ARCHIVE));
    assert.match((await bench.remove('el9')).stdout, /^deleted: .*\/images\/el9\n$/);
    assert.deepEqual(fs.readdirSync(`${bench.directory}/images`), []);
  });

  test('says what cannot be removed, and why', async (t) => {
    const bench = new Bench(t);
    assert.match((await bench.remove('x')).stderr, /There is no image "x" in /);
    bench.chroots = 'site=/chroots/site';
    assert.match((await bench.remove('site')).stderr, /is in the knob NAMED_CHROOT/);
  });
});
