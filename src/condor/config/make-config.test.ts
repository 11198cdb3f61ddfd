import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ok, type Result } from '../../result';
import { parseClassAd, type Scope } from '../classad';
import type { Config, KnobError } from './config';
import { makeConfig, wrongKnobs } from './make-config';
import type { Origin } from './origin';
import type { KnobValues } from './resolve';

const ORIGIN: Origin = { kind: 'file', file: 'f.ini', line: 3 };

function valuesOf(knobs: Readonly<Record<string, string>>): KnobValues {
  const entries = Object.entries(knobs);
  return new Map(
    entries.map(([name, text]) => [name.toUpperCase(), { text, origin: ORIGIN }] as const),
  );
}

function config(knobs: Readonly<Record<string, string>>): Config {
  return makeConfig(valuesOf(knobs));
}

function scope(job: string, machine = ''): Scope {
  const [my, target] = [job, machine].map((text) => {
    const ad = parseClassAd(text, { syntax: 'old' });
    assert.ok(ad.ok);
    return ad.value;
  });
  return { my: my!, target: target! };
}

/** What a getter gave, or its message. */
function outcome<T>(result: Result<T, KnobError>): T | string {
  return result.ok ? result.value : result.error.message;
}

describe('a string', () => {
  test('is the text, and undefined where it is empty or not set', () => {
    assert.equal(config({ UID_DOMAIN: 'a.org' }).string('UID_DOMAIN'), 'a.org');
    assert.equal(config({ UID_DOMAIN: '' }).string('UID_DOMAIN'), undefined);
    assert.equal(config({}).string('SLOT1_2_USER'), undefined);
  });
});

describe('a path', () => {
  const rows: readonly (readonly [text: string, path: string | undefined])[] = [
    ['/var/lib/eyrie/execute', '/var/lib/eyrie/execute'],
    ['/scratch/', '/scratch'],
    ['//scratch/.//x/', '/scratch/x'],
    ['/', '/'],
    ['', undefined],
  ];
  for (const [text, path] of rows) {
    test(`${JSON.stringify(text)} is ${path ?? 'unset'}`, () => {
      assert.equal(outcome(config({ EXECUTE: text }).path('EXECUTE')), path);
    });
  }
  for (const text of ['scratch', './x', '/scratch/../etc', '~/x']) {
    test(`${text} is refused`, () => {
      assert.equal(
        outcome(config({ EXECUTE: text }).path('EXECUTE')),
        `EXECUTE = ${text} (f.ini:3): expected an absolute path without ".."`,
      );
    });
  }
});

describe('a list', () => {
  test('has its words between commas, blanks or both', () => {
    const knobs = config({ STARTER_NUM_THREADS_ENV_VARS: ' A,B  C ,\tD,' });
    assert.deepEqual(knobs.list('STARTER_NUM_THREADS_ENV_VARS'), ok(['A', 'B', 'C', 'D']));
  });

  test('is empty where the knob is', () => {
    assert.deepEqual(config({ MOUNT_UNDER_SCRATCH: '' }).list('MOUNT_UNDER_SCRATCH'), ok([]));
  });

  const job = scope('WantTmp = true\nSize = 3');
  const rows: readonly (readonly [text: string, list: readonly string[] | string])[] = [
    ['/tmp,/var/tmp', ['/tmp', '/var/tmp']],
    ['"/tmp,/var/tmp"', ['/tmp', '/var/tmp']],
    ['ifThenElse(WantTmp, "/tmp", "")', ['/tmp']],
    ['WantTmp ? "" : "/tmp"', []],
    [
      'Size',
      'MOUNT_UNDER_SCRATCH = Size (f.ini:3): expected a list or an expression that gives a ' +
        'string, and it evaluates to 3',
    ],
    [
      'NoSuch',
      'MOUNT_UNDER_SCRATCH = NoSuch (f.ini:3): expected a list or an expression that gives a ' +
        'string, and it evaluates to undefined',
    ],
  ];
  for (const [text, list] of rows) {
    test(`can be given by an expression: ${text}`, () => {
      const knobs = config({ MOUNT_UNDER_SCRATCH: text });
      assert.deepEqual(outcome(knobs.list('MOUNT_UNDER_SCRATCH', job)), list);
    });
  }
});

describe('a boolean', () => {
  const ads = scope('RunAsOwner = true\nCpus = 0', 'OpSys = "LINUX"');
  const rows: readonly (readonly [text: string, value: boolean])[] = [
    ['true', true],
    ['FALSE', false],
    ['1', true],
    ['0', false],
    ['T', true],
    ['f', false],
    ['1 == 2', false],
    ['RunAsOwner =?= true', true],
    ['MY.Cpus', false],
    ['TARGET.OpSys == "LINUX"', true],
    ['0.5', true],
  ];
  for (const [text, value] of rows) {
    test(`${text} is ${value}`, () => {
      const knobs = config({ USE_PID_NAMESPACES: text });
      assert.equal(outcome(knobs.boolean('USE_PID_NAMESPACES', ads)), value);
    });
  }
  const expected = 'expected true, false or an expression that gives one of them';
  const refused: readonly (readonly [text: string, trouble: string])[] = [
    ['yes', `${expected}, and it evaluates to undefined`],
    ['"true"', `${expected}, and it evaluates to "true"`],
    ['1/0', `${expected}, and it evaluates to error`],
    ['true false', expected],
  ];
  for (const [text, trouble] of refused) {
    test(`${text} is refused`, () => {
      assert.equal(
        outcome(config({ NO_NEW_PRIVS: text }).boolean('NO_NEW_PRIVS', ads)),
        `NO_NEW_PRIVS = ${text} (f.ini:3): ${trouble}`,
      );
    });
  }
});

describe('an integer', () => {
  const rows: readonly (readonly [text: string, value: number])[] = [
    ['300', 300],
    ['10 * 60', 600],
    ['Cpus * 60', 240],
    ['2.9', 2],
  ];
  for (const [text, value] of rows) {
    test(`${text} is ${value}`, () => {
      const knobs = config({ MachineMaxVacateTime: text });
      assert.equal(outcome(knobs.integer('MachineMaxVacateTime', scope('Cpus = 4'))), value);
    });
  }
  const expected = 'expected an integer not below 0 (seconds)';
  const refused: readonly (readonly [text: string, trouble: string])[] = [
    ['-5', `${expected}, and it evaluates to -5`],
    ['soon', `${expected}, and it evaluates to undefined`],
    ['true', `${expected}, and it evaluates to true`],
    ['real("NaN")', `${expected}, and it evaluates to real("NaN")`],
    ['1e300', `${expected}, and it evaluates to 1.000000000000000E+300`],
    ['5 min', expected],
  ];
  for (const [text, trouble] of refused) {
    test(`${text} is refused`, () => {
      assert.equal(
        outcome(config({ MachineMaxVacateTime: text }).integer('MachineMaxVacateTime')),
        `MachineMaxVacateTime = ${text} (f.ini:3): ${trouble}`,
      );
    });
  }
});

describe('a choice', () => {
  test('is one of the words, spelt as in the table', () => {
    const knobs = config({ STARTER_LOG_NAME_APPEND: 'jobid', JOB_EXECDIR_PERMISSIONS: 'World' });
    assert.deepEqual(knobs.choice('STARTER_LOG_NAME_APPEND'), ok('JobId'));
    assert.deepEqual(knobs.choice('JOB_EXECDIR_PERMISSIONS'), ok('world'));
  });

  test('of another word is refused', () => {
    assert.equal(
      outcome(config({ JOB_EXECDIR_PERMISSIONS: '0755' }).choice('JOB_EXECDIR_PERMISSIONS')),
      'JOB_EXECDIR_PERMISSIONS = 0755 (f.ini:3): expected user, group, world',
    );
  });
});

describe('an expression', () => {
  test('is parsed and left to whoever asks, with backslashes as they are', () => {
    const parsed = config({ JOB_RENICE_INCREMENT: '"a\\b"' }).expression('JOB_RENICE_INCREMENT');
    const value = { type: 'string', value: 'a\\b' } as const;
    assert.deepEqual(parsed, ok({ kind: 'literal', value }));
    assert.deepEqual(config({}).expression('JOB_RENICE_INCREMENT'), ok(undefined));
  });

  test('that is none is refused with the column', () => {
    const knobs = config({ JOB_RENICE_INCREMENT: '1 +' });
    const result = knobs.expression('JOB_RENICE_INCREMENT');
    assert.match(
      result.ok ? '' : result.error.message,
      /^JOB_RENICE_INCREMENT = 1 \+ \(f\.ini:3\): expected a ClassAd expression, and at column 4: /,
    );
  });
});

describe('an error', () => {
  test('carries knob, value and origin', () => {
    const result = config({ EXECUTE: 'x' }).path('EXECUTE');
    assert.ok(!result.ok);
    const { knob, value, origin } = result.error;
    assert.deepEqual({ knob, value, origin }, { knob: 'EXECUTE', value: 'x', origin: ORIGIN });
  });
});

describe('wrong knobs', () => {
  const rows: readonly (readonly [knob: string, text: string, isWrong: boolean])[] = [
    ['EXECUTE', 'scratch', true],
    ['JOB_EXECDIR_PERMISSIONS', 'all', true],
    ['NO_NEW_PRIVS', '"true"', true],
    ['NO_NEW_PRIVS', 'true false', true],
    ['MAX_NUM_STARTER_LOG', '-1', true],
    ['MAX_NUM_STARTER_LOG', '5 min', true],
    ['STARTER_RLIMIT_AS', '1 +', true],
    ['NO_NEW_PRIVS', 'TARGET.Trusted', false],
    ['MAX_NUM_STARTER_LOG', 'Cpus * 10', false],
    ['MAX_NUM_STARTER_LOG', '2 * 10', false],
    ['MOUNT_UNDER_SCRATCH', 'ifThenElse(WantTmp, "/tmp", "")', false],
    ['SLOT1_USER', 'anything', false],
  ];
  for (const [knob, text, isWrong] of rows) {
    test(`${knob} = ${text} ${isWrong ? 'is wrong without any ad' : 'may be right'}`, () => {
      assert.equal(wrongKnobs(valuesOf({ [knob]: text })).length, isWrong ? 1 : 0);
    });
  }
});

describe('any text', () => {
  test('gives a value or an error, and never an exception, for every kind of knob', () => {
    const pieces = fc.constantFrom(
      'true',
      '/tmp',
      '"a"',
      '1',
      '-',
      '(',
      ')',
      'Cpus',
      ',',
      '..',
      ' ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (value) => {
        const knobs = config({
          EXECUTE: value,
          NAMED_CHROOT: value,
          MOUNT_UNDER_SCRATCH: value,
          NO_NEW_PRIVS: value,
          MachineMaxVacateTime: value,
          STARTER_RLIMIT_AS: value,
          JOB_EXECDIR_PERMISSIONS: value,
        });
        const results = [
          knobs.path('EXECUTE'),
          knobs.list('NAMED_CHROOT'),
          knobs.list('MOUNT_UNDER_SCRATCH'),
          knobs.boolean('NO_NEW_PRIVS'),
          knobs.integer('MachineMaxVacateTime'),
          knobs.expression('STARTER_RLIMIT_AS'),
          knobs.choice('JOB_EXECDIR_PERMISSIONS'),
        ];
        for (const result of results) {
          if (!result.ok) assert.match(result.error.message, / = [^]* \(f\.ini:3\): expected /);
        }
      }),
    );
  });
});
