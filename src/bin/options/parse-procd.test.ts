import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ProcdSettings } from '../../family/server/settings';
import { parseProcdArguments, type ProcdSurroundings } from './parse-procd';
import { PROCD_OPTION_NAMES } from './procd-options';

const ROOT: ProcdSurroundings = { environment: {}, uid: 0, euid: 0 };

function settingsOf(
  words: readonly string[],
  around: Partial<ProcdSurroundings> = {},
): ProcdSettings {
  const read = parseProcdArguments(['-A', '/p', ...words], { ...ROOT, ...around });
  assert.ok(read.ok && read.value.action === 'serve', JSON.stringify(read));
  return read.value.settings;
}

describe('the command line of condor_procd', () => {
  test('needs nothing but an address', () => {
    const settings = settingsOf([]);
    assert.deepEqual(
      { ...settings, dialect: settings.dialect.since },
      {
        address: '/p',
        owner: 0,
        log: undefined,
        interval: 60,
        top: { kind: 'parent' },
        groups: undefined,
        glexec: undefined,
        dialect: '9.11.0',
        proportional: false,
        killOrphaned: false,
        cgroups: 'auto',
        state: '/p.state',
        idle: undefined,
      },
    );
  });

  const rows: readonly (readonly [words: string, key: keyof ProcdSettings, value: unknown])[] = [
    ['-C 1000', 'owner', 1000],
    ['-C condor', 'owner', 0],
    ['-L /log', 'log', { kind: 'file', path: '/log', limit: undefined }],
    ['-L /log -R 1000000', 'log', { kind: 'file', path: '/log', limit: 1_000_000 }],
    ['-L /log -R 1', 'log', { kind: 'file', path: '/log', limit: 65_536 }],
    ['-L /log -R 65535', 'log', { kind: 'file', path: '/log', limit: 65_536 }],
    ['-L /log -R 0', 'log', { kind: 'file', path: '/log', limit: undefined }],
    ['-L /log -R -5', 'log', { kind: 'file', path: '/log', limit: undefined }],
    ['-L SYSLOG', 'log', { kind: 'syslog' }],
    ['-S 15', 'interval', 15],
    ['-S -1', 'interval', -1],
    ['-P 1234', 'top', { kind: 'process', pid: 1234 }],
    ['-G 700 800', 'groups', { first: 700, last: 800, chosenOutside: false }],
    ['-G 700 800 -E', 'groups', { first: 700, last: 800, chosenOutside: true }],
    ['-E -G 700 700', 'groups', { first: 700, last: 700, chosenOutside: true }],
    ['-G 0 800', 'groups', undefined],
    [
      '--dialect 8.0.0 -I /kill /glexec',
      'glexec',
      { killHelper: '/kill', glexec: '/glexec', retries: [] },
    ],
    [
      '-I /kill /glexec 3 5 --dialect 9.0.1',
      'glexec',
      { killHelper: '/kill', glexec: '/glexec', retries: ['3', '5'] },
    ],
    ['--on-demand', 'top', { kind: 'none' }],
    ['--on-demand', 'idle', 60],
    ['--on-demand', 'killOrphaned', true],
    ['--on-demand --idle=5', 'idle', 5],
    ['--idle 5', 'idle', undefined],
    ['--kill-orphaned-families', 'killOrphaned', true],
    ['--cgroups always', 'cgroups', 'always'],
    ['--state /s', 'state', '/s'],
    ['-S 5 -S 7', 'interval', 7],
  ];
  for (const [words, key, value] of rows) {
    test(`${words}: ${key} is ${JSON.stringify(value)}`, () => {
      assert.deepEqual(settingsOf(words.split(' '))[key], value);
    });
  }

  test('speaks the dialect of a release', () => {
    assert.equal(settingsOf(['--dialect', '8.8.1']).dialect.since, '8.8.0');
  });

  for (const [words, message] of [
    ['', /-A is missing/],
    ['-A', /-A needs PATH/],
    ['-A /p -X', /unknown option '-X'/],
    ['-A /p -h', /unknown option '-h'/],
    ['-A/p', /unknown option '-A\/p'/],
    ['-A /p file', /unknown option 'file'/],
    ['-A /p -K /x', /unknown option '-K'/],
    ['-A /p --on-demnad', /did you mean '--on-demand'\?/],
    ['-A /p -G 5', /-G needs MIN MAX/],
    ['-A /p -G 9 5', /-G 9 5/],
    ['-A /p -S -2', /-S -2/],
    ['-A /p -P 0', /-P 0/],
    ['-A /p -P 1', /-P 1/],
    ['-A /p -P x', /-P x/],
    ['-A /p -I /kill /glexec', /no glexec/],
    ['-A /p --dialect 6.0', /--dialect 6.0: expected a release/],
    ['-A /p --cgroups no', /auto, always or never/],
    ['-A /p --idle soon', /expected seconds/],
    ['-A /p --on-demand -P 5', /exclude each other/],
  ] as const) {
    test(`'${words}' is refused`, () => {
      const read = parseProcdArguments(words.split(' ').filter(Boolean), ROOT);
      assert.ok(!read.ok);
      assert.match(read.error.message, message);
    });
  }

  test('serves its own user only, where it is not root', () => {
    const user = { uid: 1000, euid: 1000 };
    assert.equal(settingsOf([], user).owner, 1000);
    assert.equal(settingsOf(['-C', '1000'], user).owner, 1000);
    assert.ok(!parseProcdArguments(['-A', '/p', '-C', '0'], { ...ROOT, ...user }).ok);
  });

  test('serves the real user, where a user runs it as root', () => {
    assert.equal(settingsOf([], { uid: 1000, euid: 0 }).owner, 1000);
  });

  for (const [value, on] of [
    [undefined, false],
    ['TRUE', true],
    ['1', true],
    ['False', false],
    ['f', false],
  ] as const) {
    test(`USE_PSS ${value ?? 'unset'} in the environment means ${on}`, () => {
      const environment = { _condor_USE_PSS: value, _condor_KILL_ORPHANED_FAMILIES: value };
      const { killOrphaned, proportional } = settingsOf([], { environment });
      assert.deepEqual([proportional, killOrphaned], [on, on]);
    });
  }

  test('never throws, and refuses with a sentence', () => {
    const word = fc.oneof(
      fc.constantFrom(...PROCD_OPTION_NAMES),
      fc.string(),
      fc.nat().map(String),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const read = parseProcdArguments(words, ROOT);
        assert.ok(read.ok || read.error.message.length > 5, JSON.stringify(words));
      }),
    );
  });
});
