import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KNOBS } from './knobs';
import { resolveSettings, type DefaultsFor, type ResolveInput } from './resolve';
import type { Setting } from './settings';

const PREDEFINED: Readonly<Record<string, string>> = {
  FULL_HOSTNAME: 'worker7.example.org',
  REAL_UID: '1000',
  TILDE: '/var/lib/condor',
  XDG_CONFIG_HOME: '/home/alice/.config',
  XDG_DATA_HOME: '/home/alice/.local/share',
  EYRIE_RUNTIME_DIR: '/run/user/1000/eyrie',
};

/** Lines of a file, one setting each. */
function inFile(...lines: readonly string[]): readonly Setting[] {
  return lines.map((line, index) => {
    const [, name = '', text = ''] = /^(\S+) = ?(.*)$/.exec(line) ?? [];
    return { name, text, origin: { kind: 'file', file: 'f.ini', line: index + 1 } };
  });
}

function fromEnvironment(name: string, text: string): Setting {
  return { name, text, origin: { kind: 'environment', variable: `_CONDOR_${name}` } };
}

function resolve(settings: readonly Setting[], more: Partial<ResolveInput> = {}) {
  return resolveSettings({
    settings,
    defaults: 'root',
    predefined: (name) => PREDEFINED[name],
    environment: { HOME: '/root' },
    ...more,
  });
}

/** The text of a knob after resolving. */
function text(name: string, settings: readonly Setting[], more?: Partial<ResolveInput>): unknown {
  const values = resolve(settings, more);
  return values.ok ? values.value.get(name)?.text : values.error;
}

function messages(settings: readonly Setting[]): readonly string[] {
  const values = resolve(settings);
  return values.ok ? [] : values.error.map(({ message }) => message);
}

describe('defaults', () => {
  for (const defaults of ['root', 'user', 'pool'] as const satisfies readonly DefaultsFor[]) {
    test(`of every knob are there, macros expanded (${defaults})`, () => {
      const values = resolve([], { defaults });
      assert.ok(values.ok, JSON.stringify(values));
      const plain = Object.keys(KNOBS).filter((name) => !name.includes('<'));
      assert.deepEqual(
        [...values.value.keys()],
        plain.map((name) => name.toUpperCase()),
      );
      for (const { text, origin } of values.value.values()) {
        assert.doesNotMatch(text, /\$\(/);
        assert.deepEqual(origin, { kind: 'default' });
      }
    });
  }

  const rows: readonly (readonly [DefaultsFor, knob: string, text: string])[] = [
    ['root', 'EXECUTE', '/var/lib/eyrie/execute'],
    ['user', 'EXECUTE', '/var/tmp/eyrie-1000/execute'],
    ['user', 'STARTER_LOG', '/var/tmp/eyrie-1000/log/StarterLog'],
    ['user', 'IMAGE_DIRECTORY', '/home/alice/.local/share/eyrie/images'],
    ['pool', 'EXECUTE', '/var/lib/condor/execute'],
    ['pool', 'NO_NEW_PRIVS', 'false'],
    ['root', 'NO_NEW_PRIVS', 'true'],
    ['root', 'MAX_STARTER_LOG', '10 Mb'],
    ['root', 'UID_DOMAIN', 'worker7.example.org'],
  ];
  for (const [defaults, knob, expected] of rows) {
    test(`${knob} is ${expected} (${defaults})`, () => {
      assert.equal(text(knob, [], { defaults }), expected);
    });
  }
});

describe('precedence', () => {
  test('a later setting wins over an earlier one, whatever the letters', () => {
    assert.equal(text('EXECUTE', inFile('EXECUTE = /a', 'Execute = /b')), '/b');
  });

  test('a setting says who made it', () => {
    const values = resolve([...inFile('EXECUTE = /a'), fromEnvironment('execute', '/b')]);
    assert.ok(values.ok);
    assert.deepEqual(values.value.get('EXECUTE')?.origin, {
      kind: 'environment',
      variable: '_CONDOR_execute',
    });
  });

  test('a setting of the local name wins over one of STARTER, and that over the plain one', () => {
    const settings = inFile('slot_type_1.EXECUTE = /c', 'STARTER.EXECUTE = /b', 'EXECUTE = /a');
    assert.equal(text('EXECUTE', settings, { localName: 'slot_type_1' }), '/c');
    assert.equal(text('EXECUTE', settings.slice(1)), '/b');
    assert.match(messages(settings)[0] ?? '', /slot_type_1\.EXECUTE = .*no knob of this name/);
  });

  test('an empty text unsets a knob, and asks for the default where there must be a value', () => {
    assert.equal(text('MOUNT_UNDER_SCRATCH', inFile('MOUNT_UNDER_SCRATCH = ')), '');
    assert.equal(text('NO_NEW_PRIVS', inFile('NO_NEW_PRIVS = ')), 'true');
    assert.equal(text('JOB_EXECDIR_PERMISSIONS', inFile('JOB_EXECDIR_PERMISSIONS = ')), 'user');
  });

  test('knobs named by a pattern are there once they are set', () => {
    assert.equal(text('SLOT1_2_USER', inFile('slot1_2_user = alice')), 'alice');
    assert.equal(text('SLOT1_USER', []), undefined);
  });
});

describe('macros in settings', () => {
  test('refer to knobs, defaults and names of the file, wherever they stand', () => {
    const settings = inFile('EXECUTE = $(FAST)/execute', 'FAST = $(DISK)', 'DISK = /nvme');
    assert.equal(text('EXECUTE', settings), '/nvme/execute');
    assert.equal(text('STARTER_LOG', inFile('LOG = /logs')), '/logs/StarterLog');
  });

  test('add to what a knob was before', () => {
    const settings = inFile('HIDE_PATHS = /a', 'HIDE_PATHS = $(HIDE_PATHS),/b');
    assert.equal(text('HIDE_PATHS', settings), '/a,/b');
    assert.equal(
      text('STARTER_DEBUG', inFile('STARTER_DEBUG = $(STARTER_DEBUG) D_JOB')),
      'D_PID D_JOB',
    );
  });

  test('win over predefined ones when they are set', () => {
    assert.equal(text('UID_DOMAIN', inFile('FULL_HOSTNAME = other.org')), 'other.org');
  });

  test('are refused where they need each other', () => {
    assert.deepEqual(messages(inFile('EXECUTE = $(LOG)/x', 'LOG = $(EXECUTE)/y')), [
      'EXECUTE = $(LOG)/x (f.ini:1): the macros need each other: EXECUTE -> LOG -> EXECUTE',
      'LOG = $(EXECUTE)/y (f.ini:2): the macros need each other: EXECUTE -> LOG -> EXECUTE',
    ]);
  });

  test('are refused where they need themselves and nothing was there before', () => {
    assert.match(messages(inFile('SLOT1_USER = $(SLOT1_USER)x'))[0] ?? '', /is not defined/);
  });
});

describe('a name that is no knob', () => {
  test('is an error that names the nearest knob, by file and line', () => {
    assert.deepEqual(messages(inFile('LOG = /l', 'EXECTUE = /x')), [
      'EXECTUE = /x (f.ini:2): there is no knob of this name; did you mean EXECUTE?',
    ]);
  });

  test('is an error without a guess where nothing is near', () => {
    assert.deepEqual(messages(inFile('COLLECTOR_HOST = c')), [
      'COLLECTOR_HOST = c (f.ini:1): there is no knob of this name',
    ]);
  });

  test('is fine as a macro that something refers to', () => {
    assert.deepEqual(messages(inFile('DISK = /nvme', 'EXECUTE = $(disk)/execute')), []);
  });

  test('is an error on the command line too', () => {
    const setting: Setting = { name: 'NO_NEW_PRIV', text: '1', origin: { kind: 'command line' } };
    assert.deepEqual(messages([setting]), [
      'NO_NEW_PRIV = 1 (--set): there is no knob of this name; did you mean NO_NEW_PRIVS?',
    ]);
  });

  test('is fine in the environment: a job has _CONDOR_SCRATCH_DIR there', () => {
    assert.deepEqual(messages([fromEnvironment('SCRATCH_DIR', '/x')]), []);
  });
});
