import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readCommandLine } from './command-line';
import type { RunOptions } from './types';

/** `eyrie run JOB_AD` without any option. */
const PLAIN: RunOptions = {
  configFile: undefined,
  set: [],
  jobAd: 'job.ad',
  machineAd: undefined,
  execute: undefined,
  result: undefined,
  json: false,
  keep: false,
  verbose: false,
  terminalLog: false,
  debug: undefined,
};

function invocation(...argv: string[]): unknown {
  const read = readCommandLine(argv);
  assert.ok(read.ok, read.ok ? '' : read.error.message);
  return read.value;
}

function complaint(...argv: string[]): { message: string; status: number } {
  const read = readCommandLine(argv);
  assert.ok(!read.ok, `accepted: ${argv.join(' ')}`);
  return read.error;
}

describe('eyrie run', () => {
  const rows: readonly (readonly [argv: string, expected: Partial<RunOptions>])[] = [
    ['job.ad', {}],
    ['-', { jobAd: '-' }],
    ['-c site.ini job.ad', { configFile: 'site.ini' }],
    ['job.ad -c site.ini', { configFile: 'site.ini' }],
    ['--config=site.ini job.ad', { configFile: 'site.ini' }],
    ['-config site.ini job.ad', { configFile: 'site.ini' }],
    ['--machine-ad - job.ad', { machineAd: '-' }],
    ['--machine-ad=-odd job.ad', { machineAd: '-odd' }],
    ['-machine-ad m.ad job.ad', { machineAd: 'm.ad' }],
    ['--execute /scratch job.ad', { execute: '/scratch' }],
    ['--result 5 --json job.ad', { result: '5', json: true }],
    ['--json true', { json: true, jobAd: 'true' }],
    [
      '--keep -v -t -d D_ALL job.ad',
      { keep: true, verbose: true, terminalLog: true, debug: 'D_ALL' },
    ],
    ['-v -v --verbose job.ad', { verbose: true }],
    ['-- -job.ad', { jobAd: '-job.ad' }],
    ['--set NO_NEW_PRIVS=false job.ad', { set: [{ name: 'NO_NEW_PRIVS', value: 'false' }] }],
    ['--set A=b=c job.ad', { set: [{ name: 'A', value: 'b=c' }] }],
    ['--set=A=b=c job.ad', { set: [{ name: 'A', value: 'b=c' }] }],
    [
      '--set A="" --set A= job.ad',
      {
        set: [
          { name: 'A', value: '""' },
          { name: 'A', value: '' },
        ],
      },
    ],
    [
      '--set N=-5 --set N=0x10 job.ad',
      {
        set: [
          { name: 'N', value: '-5' },
          { name: 'N', value: '0x10' },
        ],
      },
    ],
  ];
  for (const [argv, expected] of rows) {
    test(`${argv} is understood`, () => {
      assert.deepEqual(invocation('run', ...argv.split(' ')), {
        command: 'run',
        options: { ...PLAIN, ...expected },
      });
    });
  }

  test('keeps blanks, quotes and equals signs of a knob as they are', () => {
    const read = invocation('run', '--set', 'MOUNT_UNDER_SCRATCH = "/a b,/c=d"', 'job.ad');
    const set = [{ name: 'MOUNT_UNDER_SCRATCH', value: ' "/a b,/c=d"' }];
    assert.deepEqual(read, { command: 'run', options: { ...PLAIN, set } });
  });

  test('--dry-run is eyrie plan', () => {
    assert.deepEqual(invocation('run', '--dry-run', 'job.ad'), invocation('plan', 'job.ad'));
  });
});

describe('the other commands', () => {
  const config = { configFile: undefined, set: [] };
  const rows: readonly (readonly [argv: readonly string[], expected: unknown])[] = [
    [['doctor', '--json'], { command: 'doctor', options: { ...config, json: true } }],
    [
      ['image', 'add', 'SL7', '/images/sl7.tar'],
      { command: 'image add', options: { ...config, name: 'SL7', source: '/images/sl7.tar' } },
    ],
    [['image', 'list'], { command: 'image list', options: config }],
    [['image', 'show', '7'], { command: 'image show', options: { ...config, name: '7' } }],
    [
      ['image', 'remove', '-c', 'x.ini', 'SL7'],
      { command: 'image remove', options: { ...config, configFile: 'x.ini', name: 'SL7' } },
    ],
    [
      ['account', 'add', 'guest1'],
      {
        command: 'account add',
        options: { account: 'guest1', control: undefined, owner: undefined, dedicated: false },
      },
    ],
    [
      ['account', 'add', 'john', '--owner', '/CN=John Doe', '--control=/x'],
      {
        command: 'account add',
        options: { account: 'john', control: '/x', owner: '/CN=John Doe', dedicated: false },
      },
    ],
    [
      ['account', 'remove', 'guest1', '--control', '/x'],
      { command: 'account remove', options: { account: 'guest1', control: '/x' } },
    ],
    [
      ['account', 'list', '--json'],
      { command: 'account list', options: { control: undefined, json: true } },
    ],
    [
      ['classad', 'eval', '1 + 2', '010', '', '"a" =?= b'],
      {
        command: 'classad eval',
        options: { ad: undefined, expressions: ['1 + 2', '010', '', '"a" =?= b'] },
      },
    ],
    [
      ['classad', 'eval', '--ad', 'x.ad', '--', '-5', '--help', '-x + 1'],
      { command: 'classad eval', options: { ad: 'x.ad', expressions: ['-5', '--help', '-x + 1'] } },
    ],
    [['classad', 'eval'], { command: 'classad eval', options: { ad: undefined, expressions: [] } }],
    [['--version'], { command: 'version' }],
    [['--help'], { command: 'help', words: [] }],
    [['-h'], { command: 'help', words: [] }],
    [['image', '--help'], { command: 'help', words: ['image'] }],
    [['image', 'add', '-h'], { command: 'help', words: ['image', 'add'] }],
    [['run', '--nonsense', '--help'], { command: 'help', words: ['run'] }],
  ];
  for (const [argv, expected] of rows) {
    test(`${argv.join(' ')} is understood`, () => assert.deepEqual(invocation(...argv), expected));
  }
});

describe('wrong use', () => {
  const rows: readonly (readonly [argv: string, status: number, message: string])[] = [
    ['', 2, "unknown command ''"],
    ['rnu job.ad', 2, "unknown command 'rnu': did you mean 'run'?"],
    ['dotcor', 2, "unknown command 'dotcor': did you mean 'doctor'?"],
    ['--verison', 2, "unknown option '--verison': did you mean '--version'?"],
    ['image', 2, 'a command is missing: expected one of add, list, show, remove'],
    ['image lst', 2, "unknown command 'lst': did you mean 'list'?"],
    ['image -c x.ini list', 2, "unknown command '-c': expected one of add, list, show, remove"],
    ['image build', 2, "unknown command 'build': expected one of add, list, show, remove"],
    [
      'image add SL7',
      2,
      'DIR|TARBALL is missing: a root directory, or an archive of one to unpack',
    ],
    ['account add', 2, "USER is missing: an account's name, as in the password file"],
    [
      'account add x --owner y --dedicated',
      2,
      '--dedicated is for guest accounts: leave it out, or --owner',
    ],
    ['image show', 2, 'NAME is missing: the name that a job gives as RequestedChroot'],
    ['image list all', 2, "unexpected argument 'all': only options are taken"],
    ['run', 125, "JOB_AD is missing: the job's ClassAd, old or new syntax (-: standard input)"],
    ['run a.ad b.ad', 125, "unexpected argument 'b.ad': nothing follows JOB_AD"],
    ['run --macine-ad m job.ad', 125, "unknown option '--macine-ad': did you mean '--machine-ad'?"],
    ['run --mach m job.ad', 125, "unknown option '--mach': did you mean '--machine-ad'?"],
    ['run -Keep job.ad', 125, "unknown option '-Keep': did you mean '--keep'?"],
    ['run -vt job.ad', 125, "unknown option '-vt': give one-letter options apart, as '-v -t'"],
    [
      'run -csite.ini job.ad',
      125,
      "unknown option '-csite.ini': give one-letter options apart, as '-c site.ini'",
    ],
    ['run --zzz=1 job.ad', 125, "unknown option '--zzz': words that begin with '-' go after '--'"],
    [
      'run --no-json job.ad',
      125,
      "unknown option '--no-json': words that begin with '-' go after '--'",
    ],
    [
      'run job.ad --execute',
      125,
      "option '--execute' needs an argument (one that begins with '-' is given as --execute=DIR)",
    ],
    [
      'run -c --json job.ad',
      125,
      "option '--config' needs an argument (one that begins with '-' is given as --config=FILE)",
    ],
    ['run --json=yes job.ad', 125, "option '--json' takes no argument"],
    ['run --result a --result b job.ad', 125, "option '--result' is given more than once"],
    ['run --set EXECUTE job.ad', 125, "--set takes KNOB=VALUE, not 'EXECUTE'"],
    ['run --set =1 job.ad', 125, "--set takes KNOB=VALUE, not '=1'"],
    [
      'run --machine-ad - -',
      125,
      'standard input cannot be both the job ad and the machine ad: name a file for one',
    ],
    ['plan --keep job.ad', 125, "unknown option '--keep': words that begin with '-' go after '--'"],
    ['classad eval -5', 2, "unknown option '-5': words that begin with '-' go after '--'"],
  ];
  for (const [argv, status, message] of rows) {
    test(`eyrie ${argv} is refused: ${message}`, () => {
      const { message: got, status: gotStatus } = complaint(...argv.split(' '));
      assert.deepEqual([got, gotStatus], [message, status]);
    });
  }

  test('eyrie without a word is refused', () => {
    assert.deepEqual(complaint().message, 'a command is missing');
  });

  test('an empty JOB_AD, as an unset shell variable makes it, is refused', () => {
    assert.match(complaint('run', '').message, /^JOB_AD is an empty word/);
  });
});

describe('eyrie enter', () => {
  for (const [argv, job, command] of [
    ['12.0', '12.0', []],
    ['4711', '4711', []],
    ['12.0 ls', '12.0', ['ls']],
    ['12.0 -- ls -l --help', '12.0', ['ls', '-l', '--help']],
    ['-- 12.0 ls', '12.0', ['ls']],
  ] as const) {
    test(`${argv} is read`, () => {
      const options = { job, command };
      assert.deepEqual(invocation('enter', ...argv.split(' ')), { command: 'enter', options });
    });
  }

  test('keeps words of the command that are empty', () => {
    const options = { job: '1.0', command: ['printf', '', 'x'] };
    const read = invocation('enter', '1.0', '--', 'printf', '', 'x');
    assert.deepEqual(read, { command: 'enter', options });
  });

  test('needs a job, and options of the command after --', () => {
    assert.deepEqual(complaint('enter').status, 125);
    assert.match(complaint('enter').message, /^JOB is missing: cluster\.proc/);
    assert.match(
      complaint('enter', '1.0', 'ls', '-l').message,
      /words that begin with '-' go after '--'/,
    );
  });
});

describe('eyrie ps', () => {
  for (const [argv, options] of [
    ['', {}],
    ['-w', { watch: true }],
    ['--watch --json', { watch: true, json: true }],
    ['--address /run/procd', { address: '/run/procd' }],
  ] as const) {
    test(`${argv} is read`, () => {
      const expected = { watch: false, json: false, address: undefined, ...options };
      const words = argv.split(' ').filter(Boolean);
      assert.deepEqual(invocation('ps', ...words), { command: 'ps', options: expected });
    });
  }

  test('takes no operands', () => {
    assert.equal(complaint('ps', '1.0').status, 2);
    assert.match(complaint('ps', '1.0').message, /unexpected argument '1\.0'/);
  });
});

describe('any words at all', () => {
  const word = fc.oneof(
    fc.constantFrom('run', 'plan', 'image', 'add', '-c', '--set', '--', '-', '--json', '-h', '='),
    fc.string(),
    fc.constantFrom(
      '--__proto__',
      '--constructor=1',
      '--toString',
      '-5',
      '--set=A=1',
      '---',
      '--=x',
    ),
  );
  test('are read or refused with a sentence, never thrown at', () => {
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        const read = readCommandLine(argv);
        if (!read.ok) assert.match(read.error.message, /\S/);
      }),
    );
  });

  test('after -- are a job ad or expressions, whatever they look like', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (expressions) => {
        const read = readCommandLine(['classad', 'eval', '--', ...expressions]);
        assert.ok(read.ok);
        assert.deepEqual(read.value, {
          command: 'classad eval',
          options: { ad: undefined, expressions },
        });
      }),
    );
  });
});

test('reading a command line loads the parser of yargs and not the whole', () => {
  readCommandLine(['run', '-v', 'job.ad']);
  const loaded = Object.keys(require.cache);
  assert.ok(loaded.some((file) => file.includes('/node_modules/yargs-parser/')));
  assert.deepEqual(
    loaded.filter((file) => file.includes('/node_modules/yargs/')),
    [],
  );
});
