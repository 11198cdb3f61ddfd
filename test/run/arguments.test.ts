/**
 * What reaches the job's program: its own path, its arguments and its environment, byte for byte.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { type Ad, newSyntax, quoteArguments, shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());

/** Prints each argument on a line of its own, in brackets; the first word is the script's `$0`. */
const LIST = 'for word do echo "[$word]"; done';

/** A job that lists its arguments. */
function lister(ad: Ad): Ad {
  return { Cmd: '/bin/sh', ...ad };
}

/** Where a string of the ad has bytes that are no UTF-8, it is written as octal escapes. */
function bytes(...values: readonly number[]): string {
  return values.map((value) => `\\${value.toString(8).padStart(3, '0')}`).join('');
}

for (const starter of STARTERS) {
  describe(`the program of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('is found relative to Iwd, not on PATH', async (t) => {
      const site = makeSite(t, starter);
      mkdirSync(path.join(site.iwd, 'sub'));
      copyFileSync('/bin/echo', path.join(site.iwd, 'sub/true'));
      assert.equal((await site.run({ Cmd: 'sub/true', Arguments: 'mine' })).stdout, 'mine\n');
      assert.equal((await site.run({ Cmd: 'true' })).status, 127);
    });

    test('is told its whole path as its own name', async (t) => {
      const site = makeSite(t, starter);
      const file = path.join(site.iwd, 'program');
      writeFileSync(file, '#!/bin/sh\necho "$0"\n', { mode: 0o755 });
      assert.equal((await site.run({ Cmd: 'program' })).stdout, `${file}\n`);
      const cat = await site.run({ Cmd: '/bin/cat', Arguments: '/proc/self/cmdline' });
      assert.equal(cat.stdout, '/bin/cat\0/proc/self/cmdline\0');
    });

    test('may be in a path with blanks, quotes and a newline', async (t) => {
      const site = makeSite(t, starter);
      const directory = path.join(site.iwd, ' a "b" \'c\'\n$d\\ ');
      mkdirSync(directory);
      const file = path.join(directory, 'pro gram');
      writeFileSync(file, '#!/bin/sh\necho "$PWD" >&2; echo "$1"\n', { mode: 0o755 });
      const { stdout, status } = await site.run({
        Cmd: file,
        Iwd: directory,
        Arguments: quoteArguments(['out put']),
        Err: path.join(site.iwd, 'e "r" r'),
      });
      assert.equal(stdout, 'out put\n');
      assert.equal(status, 0);
      assert.equal(readFileSync(path.join(site.iwd, 'e "r" r'), 'utf8'), `${directory}\n`);
    });
  });

  describe(`the arguments of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    for (const [what, ad, lines] of [
      ['none', {}, []],
      ['V2: words between blanks', { Arguments: 'a  b\tc' }, ['a', 'b', 'c']],
      ['V2: quoted words', { Arguments: `'a b' c'd 'e 'it''s' ''` }, ['a b', 'cd e', "it's", '']],
      ['V2: double quotes are letters', { Arguments: `"a b"` }, ['"a', 'b"']],
      ['V1: blanks part them, quotes do not join them', { Args: `a  'b c'` }, ['a', "'b", "c'"]],
      ['V2 wins over V1', { Arguments: 'two', Args: 'one' }, ['two']],
    ] as const) {
      test(what, async (t) => {
        const site = makeSite(t, starter);
        const script = path.join(site.iwd, 'list');
        writeFileSync(script, `#!/bin/sh\n${LIST}\n`, { mode: 0o755 });
        const { stdout } = await site.run({ ...ad, Cmd: script });
        assert.deepEqual(
          stdout.split('\n').slice(0, -1),
          lines.map((line) => `[${line}]`),
        );
      });
    }

    test('that cannot be read are told, and nothing runs', async (t) => {
      const { status, stderr } = await makeSite(t, starter).run(
        lister({ Arguments: `-c 'echo ran` }),
      );
      assert.equal(status, 125);
      assert.match(stderr, /Arguments cannot be read: /);
    });

    test('may be 10,000', async (t) => {
      const words = Array.from({ length: 10_000 }, (_, index) => `word-${index}`);
      const script = 'echo $#; for last do :; done; echo $last';
      const { stdout } = await makeSite(t, starter).run(
        lister({ Arguments: quoteArguments(['-c', script, 'sh', ...words]) }),
      );
      assert.equal(stdout, '10000\nword-9999\n');
    });

    test('arrive byte for byte, those that are no text too', async (t) => {
      const site = makeSite(t, starter);
      const odd = [0x01, 0x7f, 0x80, 0xe9, 0xff, 0xc3, 0xa9, 0xf0, 0x9f, 0xa6, 0x85, 0xc0, 0x0a];
      const text = newSyntax({
        Cmd: '/bin/cat',
        Iwd: site.iwd,
        Arguments: 'MARK',
      }).replace('MARK', `-- /proc/self/cmdline '${bytes(...odd)}'`);
      const { stdout } = await site.run({ ...shell('') }, { text, encoding: 'latin1' });
      assert.deepEqual(
        Buffer.from(stdout, 'latin1'),
        Buffer.from([...Buffer.from('/bin/cat\0--\0/proc/self/cmdline\0'), ...odd, 0]),
      );
    });

    test('that are raw bytes in an ad of old syntax arrive likewise', async (t) => {
      const site = makeSite(t, starter);
      const text = Buffer.concat([
        Buffer.from(`Cmd = "/bin/cat"\nIwd = "${site.iwd}"\nArguments = "/proc/self/cmdline `),
        Buffer.from([0xe9, 0xff, 0x80]),
        Buffer.from('"\n'),
      ]);
      const { stdout } = await site.run({}, { text, encoding: 'latin1' });
      assert.equal(stdout, '/bin/cat\0/proc/self/cmdline\0\xe9\xff\x80\0');
    });

    test('longer than the kernel takes are told, and nothing runs', async (t) => {
      // MAX_ARG_STRLEN, execve(2): 32 pages, the NUL included.
      const longest = 32 * 4096 - 1;
      const site = makeSite(t, starter);
      const longestRun = await site.run(
        lister({ Arguments: `-c 'echo \${#1}' sh ${'x'.repeat(longest)}` }),
      );
      assert.equal(longestRun.stdout, `${longest}\n`);
      const { status, stderr } = await site.run(
        lister({ Arguments: `-c 'echo \${#1}' sh ${'x'.repeat(longest + 1)}` }),
      );
      assert.equal(status, 126);
      assert.match(stderr, /Argument list too long/);
    });
  });

  describe(`the environment of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    for (const [what, ad, expected] of [
      ['V2', { Environment: `A=1 B='two words' C='it''s' D=` }, [`1`, 'two words', `it's`, '']],
      ['V1', { Env: 'A=1;B=two words' }, ['1', 'two words', 'unset', 'unset']],
      [
        'V1, with another delimiter,',
        { Env: 'A=1|B=2;3', EnvDelim: '|' },
        ['1', '2;3', 'unset', 'unset'],
      ],
      [
        'V2, which wins over V1,',
        { Environment: 'A=2', Env: 'A=1;B=1' },
        ['2', 'unset', 'unset', 'unset'],
      ],
    ] as const) {
      test(`in ${what} syntax`, async (t) => {
        const site = makeSite(t, starter);
        const script =
          'for each in "${A-unset}" "${B-unset}" "${C-unset}" "${D-unset}"; do echo "$each"; done';
        const { stdout } = await site.run({ ...ad, ...shell(script) });
        assert.deepEqual(stdout.split('\n').slice(0, -1), expected);
      });
    }

    test('may have 1 MB', async (t) => {
      const value = 'v'.repeat(100_000);
      const pairs = Array.from({ length: 10 }, (_, index) => `BIG_${index}=${value}`);
      const { stdout } = await makeSite(t, starter).run({
        ...shell('echo ${#BIG_0} ${#BIG_9}'),
        Environment: pairs.join(' '),
      });
      assert.equal(stdout, '100000 100000\n');
    });

    test('arrives byte for byte', async (t) => {
      const site = makeSite(t, starter);
      const odd = [0xe9, 0x0a, 0xff, 0xc3, 0xa9, 0x3d];
      const text = newSyntax({
        ...shell('printenv ODD'),
        Iwd: site.iwd,
        Environment: 'MARK',
      }).replace('MARK', `ODD='${bytes(...odd)}'`);
      const { stdout } = await site.run({}, { text, encoding: 'latin1' });
      assert.deepEqual(Buffer.from(stdout, 'latin1'), Buffer.from([...odd, 0x0a]));
    });

    test('has what HTCondor sets, and nothing of the starter that is not asked for', async (t) => {
      const site = makeSite(t, starter);
      const { stdout } = await site.run(
        { Cmd: '/usr/bin/env', Environment: 'MINE=1 OMP_NUM_THREADS=7' },
        { env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', SECRET: 'x', LC_ALL: 'C' } },
      );
      const variables = new Map(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.split(/=(.*)/s, 2) as [string, string]),
      );
      const scratch = variables.get('_CONDOR_SCRATCH_DIR') ?? '';
      assert.match(scratch, new RegExp(`^${site.execute}/dir_\\d+$`));
      for (const [name, value] of [
        ['BATCH_SYSTEM', 'HTCondor'],
        ['TMP', '/tmp'],
        ['TEMP', '/tmp'],
        ['TMPDIR', '/tmp'],
        ['_CONDOR_SLOT', 'slot1'],
        ['_CONDOR_JOB_AD', `${scratch}/.job.ad`],
        ['_CONDOR_MACHINE_AD', `${scratch}/.machine.ad`],
        ['_CONDOR_JOB_IWD', site.iwd],
        ['MINE', '1'],
        ['OMP_NUM_THREADS', '7'],
      ] as const) {
        assert.equal(variables.get(name), value, name);
      }
      assert.match(variables.get('GOMAXPROCS') ?? '', /^\d+$/);
      for (const name of ['PATH', 'SECRET', 'LC_ALL', '_CONDOR_EXECUTE']) {
        assert.equal(variables.has(name), false, name);
      }
    });

    test('inherits what JOB_INHERITS_STARTER_ENVIRONMENT names', async (t) => {
      const { stdout } = await makeSite(t, starter).run(
        { Cmd: '/usr/bin/env' },
        {
          env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C', LC_X: 'x', OTHER: 'x' },
          knobs: { JOB_INHERITS_STARTER_ENVIRONMENT: 'PATH, LC_*, !LC_X' },
        },
      );
      const names = stdout.split('\n').map((line) => line.replace(/=.*/, ''));
      assert.ok(names.includes('PATH') && names.includes('LC_ALL'), stdout);
      assert.ok(!names.includes('LC_X') && !names.includes('OTHER'), stdout);
    });
  });
}
