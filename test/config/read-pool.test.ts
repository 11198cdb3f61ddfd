/**
 * The configuration of a pool: recorded answers of `condor_config_val` of two versions, and the
 * program itself where EYRIE_CONDOR_ROOT names a folder that has it. With EYRIE_WRITE_CONFIG_VAL=1
 * its answer replaces the recorded one.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { describeOrigin, type Config } from '../../src/condor/config';
import { runConfigVal } from '../../src/condor/config/condor-config-val';
import { parseConfigVal } from '../../src/condor/config/config-val-output';
import { makeConfig } from '../../src/condor/config/make-config';
import { poolValues } from '../../src/condor/config/pool-values';
import { readPoolConfig, type PoolConfigInput } from '../../src/condor/config/read-pool';
import { readStarterKnobs } from '../../src/condor/startd/starter-knobs';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { condorRoot, configValProgram, needsCondor, recording, writeSite } from './condor';

const VERSIONS = ['23.9.6', '25.14.1'];
const OVERRIDES = { _CONDOR_EXECUTE: '/scratch/slot1', '_condor_STARTER.LOCK': '/unknown' };

/** Where a recorded answer's files were. */
const SITE = '/site';

function recordedConfig(version: string): Config {
  const answer = parseConfigVal(readFileSync(recording(version), 'utf8'));
  assert.ok(answer.ok, answer.ok ? '' : answer.error);
  const values = poolValues({
    knobs: answer.value.knobs,
    localName: 'slot_type_1',
    environment: OVERRIDES,
  });
  assert.ok(values.ok);
  return makeConfig(values.value);
}

/** What the site's files say, whatever the version: text and origin of knobs. */
const EXPECTED: readonly (readonly [
  knob: Parameters<Config['text']>[0],
  text: string,
  origin: string,
])[] = [
  ['LOG', '/var/log/condor', 'SITE/condor_config:7'],
  ['EXECUTE', '/scratch/slot1', '_CONDOR_EXECUTE'],
  ['STARTER_LOG', '/var/log/condor/StarterLog', 'default'],
  ['UID_DOMAIN', 'example.org', 'SITE/condor_config:9'],
  ['FILESYSTEM_DOMAIN', 'example.org', 'SITE/condor_config:10'],
  ['STARTER_DEBUG', 'D_FULLDEBUG', 'SITE/condor_config:11'],
  ['SLOT1_USER', 'slot1', 'SITE/condor_config:12'],
  ['SLOT1_2_USER', 'slot12', 'SITE/condor_config:13'],
  ['SLOT2_USER', '', 'default'],
  ['MAX_STARTER_LOG', '20 Mb', 'SITE/config.d/10-site.config:4'],
  ['MOUNT_READ_ONLY', '/software,/data', 'SITE/config.d/10-site.config:8'],
  ['STARTER_UPDATE_INTERVAL', '60', 'SITE/config.d/10-site.config:10'],
  ['STARTER_UPDATE_INTERVAL_MAX', '10 * (60)', 'default'],
  ['USE_PID_NAMESPACES', 'true', 'SITE/config.d/10-site.config:11'],
  [
    'MOUNT_UNDER_SCRATCH',
    'ifThenElse(WantTmp, "/tmp # ; \\"", "")',
    'SITE/config.d/10-site.config:12',
  ],
  ['NAMED_CHROOT', '', 'SITE/config.d/10-site.config:13'],
  // Set to nothing where there must be a value: the default, which is another one by hand.
  ['NO_NEW_PRIVS', 'false', 'default'],
  ['STARTER_JOB_ENVIRONMENT', "A=1\nB='two words'", 'SITE/config.d/10-site.config:18'],
  ['ENVIRONMENT_FOR_AssignedFPGAs', 'FPGA_DEVICES', 'SITE/config.d/10-site.config:19'],
  ['SLOT1_CPU_AFFINITY', '0,1', 'SITE/config.d/10-site.config:20'],
  ['STARTER_ALLOW_RUNAS_OWNER', 'true', 'default'],
  ['MachineMaxVacateTime', '10 * 60', 'default'],
  ['HIDE_PATHS', '', 'default'],
];

function assertExpected(config: Config, site: string): void {
  for (const [knob, text, origin] of EXPECTED) {
    assert.equal(config.text(knob), text, knob);
    assert.equal(describeOrigin(config.origin(knob)), origin.replace('SITE', site), knob);
  }
}

for (const version of VERSIONS) {
  describe(`what condor_config_val of ${version} answered`, () => {
    test('is the configuration of a starter, with the origin of each knob', () => {
      assertExpected(recordedConfig(version), SITE);
    });

    test('lacks what that version does not know', () => {
      const knobs = readStarterKnobs(recordedConfig(version));
      assert.ok(knobs.ok);
      assert.deepEqual(knobs.value, {
        updates: { first: 8, interval: 60, longest: 600 },
        childAlive: {
          timeout: 3600,
          firstDelay: version === '23.9.6' ? 0 : 30,
          period: 1170,
          retry: 60,
        },
        killingTimeout: 30,
        shadowTimeout: 300,
        stallTimeout: 3600,
        softUidDomain: false,
        useUserNamespaces: false,
        transferStdioOnEvict: false,
      });
    });
  });
}

interface Site {
  readonly directory: string;
  readonly input: PoolConfigInput & { readonly program: string };
  /** How often the program was run. */
  readonly runs: () => number;
}

/** The site's files, the real program, a cache of its own; the files are old enough to be kept. */
function site(context: TestContext): Site {
  const directory = temporaryDirectory(context);
  const program = configValProgram(directory, condorRoot() ?? '');
  const file = writeSite(directory);
  return {
    directory,
    input: {
      localName: 'slot_type_1',
      environment: {
        ...OVERRIDES,
        CONDOR_CONFIG: file,
        PATH: '/usr/bin:/bin',
        TOKEN: 'a secret of the environment',
      },
      parentPid: 0,
      parentId: 'host:1:1',
      program,
      cacheDirectory: path.join(directory, 'cache'),
      now: () => Date.now() + 60_000,
    },
    runs: () => {
      const runs = statSync(path.join(directory, 'runs'), { throwIfNoEntry: false });
      return runs === undefined ? 0 : runs.size / 'run\n'.length;
    },
  };
}

function read(input: PoolConfigInput): { readonly config: Config; readonly from: string } {
  const config = readPoolConfig(input);
  assert.ok(config.ok, config.ok ? '' : config.error.map(({ message }) => message).join('; '));
  return config.value;
}

/** What is wrong with a configuration, in words. */
function refusals(input: PoolConfigInput): string[] {
  const config = readPoolConfig(input);
  assert.ok(!config.ok);
  return config.error.map(({ message }) => message);
}

const skip = skipIf(needsCondor());

describe('condor_config_val itself', { skip }, () => {
  test('says what the recorded answer says', (context) => {
    const { directory, input } = site(context);
    const run = runConfigVal(input.program, input.localName, input.environment);
    assert.ok(run.ok, run.ok ? '' : run.error);
    const text = run.value.output
      .replaceAll(directory, SITE)
      .replace(/^(# Configuration from machine: ).*$/m, '$1host');
    const status = readFileSync(path.join(condorRoot() ?? '', 'var/lib/dpkg/status'), 'utf8');
    const [, number = ''] = /\nPackage: condor\n[^]*?\nVersion: ([\d.]+)/.exec(status) ?? [];
    if (process.env.EYRIE_WRITE_CONFIG_VAL !== undefined) writeFileSync(recording(number), text);
    if (VERSIONS.includes(number)) assertExpected(recordedConfig(number), SITE);
    assertExpected(read(input).config, directory);
  });

  test('names file and line of what is set wrongly, and of what is no configuration', (context) => {
    const { directory, input } = site(context);
    const local = path.join(directory, 'condor_config.local');
    writeFileSync(local, 'KILLING_TIMEOUT = -5\nNO_NEW_PRIVS = 2 +\n');
    assert.deepEqual(
      refusals(input).sort(),
      [
        `KILLING_TIMEOUT = -5 (${local}:1): expected an integer not below 0 (seconds), and it ` +
          'evaluates to -5',
        `NO_NEW_PRIVS = 2 + (${local}:2): expected true, false or an expression that gives one ` +
          'of them',
      ].sort(),
    );
    writeFileSync(local, 'this is not a setting\n');
    const [message = ''] = refusals(input);
    assert.match(message, /condor_config_val ended with status 1: .*Line 1 .*condor_config.local/);
  });

  test('is asked for each starter where a value has its process id', (context) => {
    const { directory, input, runs } = site(context);
    writeFileSync(
      path.join(directory, 'condor_config.local'),
      'BASE = $(LOG)/Starter.$(PID)\nSTARTER_LOG = $(BASE)\n',
    );
    for (const count of [2, 4]) {
      const { config } = read(input);
      assert.equal(config.text('STARTER_LOG'), `/var/log/condor/Starter.${process.pid}`);
      assert.equal(runs(), count);
    }
  });

  test('minds the local name, and that there is none', (context) => {
    const { input } = site(context);
    const of = (localName: string | undefined): string =>
      read({ ...input, localName }).config.text('MOUNT_READ_ONLY');
    assert.deepEqual(['slot_type_2', 'slot_type_3', undefined].map(of), [
      '/other',
      '/software',
      '/software',
    ]);
  });
});

describe('the cache', { skip: skip === false ? skipIf(needsRoot()) : skip }, () => {
  /** Reads twice, as two starters, and says whether the second one asked the program too. */
  function asksAgain({ input, runs }: Site, second: Partial<PoolConfigInput> = {}): boolean {
    read(input);
    const before = runs();
    const { config, from } = read({ ...input, ...second });
    const asked = runs() > before;
    assert.equal(from, asked ? input.program : 'cache');
    assert.equal(config.text('UID_DOMAIN'), 'example.org');
    return asked;
  }

  test('gives the second starter what the first one asked for', (context) => {
    const one = site(context);
    assert.equal(asksAgain(one), false);
    assert.equal(one.runs(), 1);
    assertExpected(read(one.input).config, one.directory);
    assert.equal(one.runs(), 1);
    const [file = ''] = readdirSync(one.input.cacheDirectory ?? '');
    const kept = path.join(one.input.cacheDirectory ?? '', file);
    assert.equal(statSync(kept).mode & 0o777, 0o600);
    assert.equal(statSync(path.dirname(kept)).mode & 0o777, 0o700);
    assert.doesNotMatch(readFileSync(kept, 'utf8'), /a secret of the environment/);
  });

  const others: readonly (readonly [what: string, Partial<PoolConfigInput>])[] = [
    ['another startd', { parentId: 'host:1:2' }],
    ['another slot type', { localName: 'slot_type_2' }],
    ['no parent', { parentId: undefined }],
  ];
  for (const [what, second] of others) {
    test(`is not for ${what}`, (context) => assert.ok(asksAgain(site(context), second)));
  }

  test('is not for another environment', (context) => {
    const one = site(context);
    const environment = { ...one.input.environment, _CONDOR_STARTER_DEBUG: 'D_ALL' };
    assert.ok(asksAgain(one, { environment }));
  });

  const changes: readonly (readonly [what: string, (directory: string) => void])[] = [
    ['a file changes', (d) => appendFileSync(path.join(d, 'condor_config'), 'X = 1\n')],
    ['a file is touched', (d) => utimesSync(path.join(d, 'config.d/10-site.config'), 5, 5)],
    ['a file comes', (d) => writeFileSync(path.join(d, 'config.d/20-new'), 'X = 1\n')],
    ['a file goes', (d) => rmSync(path.join(d, 'config.d/10-site.config'))],
    ['a missing file comes', (d) => writeFileSync(path.join(d, 'condor_config.local'), '')],
    ['a missing directory comes', (d) => mkdirSync(path.join(d, 'nothing.d'))],
    ['a file is replaced', (d) => replace(path.join(d, 'condor_config'))],
  ];
  for (const [what, change] of changes) {
    test(`ends when ${what}`, (context) => {
      const one = site(context);
      assert.equal(asksAgain(one), false);
      change(one.directory);
      const before = one.runs();
      read(one.input);
      assert.equal(one.runs(), before + 1);
    });
  }

  const spoilers: readonly (readonly [what: string, (file: string) => void])[] = [
    ['others can read it', (file) => chmodSync(file, 0o644)],
    ["it is not root's", (file) => chownSync(file, 1234, 0)],
    ['its directory is open', (file) => chmodSync(path.dirname(file), 0o755)],
    ["its directory is not root's", (file) => chownSync(path.dirname(file), 1234, 0)],
    ['it is a link', (file) => makeLink(file)],
    ['it is cut off', (file) => truncateSync(file, 100)],
    ['it is empty', (file) => truncateSync(file)],
    ['it is huge', (file) => truncateSync(file, 300_000)],
    ['it is something else', (file) => writeFileSync(file, '[]')],
  ];
  for (const [what, spoil] of spoilers) {
    test(`is passed over where ${what}`, (context) => {
      const { input, runs } = site(context);
      read(input);
      const directory = input.cacheDirectory ?? '';
      const [file = ''] = readdirSync(directory);
      spoil(path.join(directory, file));
      assert.equal(read(input).from, input.program);
      assert.equal(runs(), 2);
    });
  }

  const unkept: readonly (readonly [what: string, string])[] = [
    ['a command gives some of it', 'include command : echo HIDE_PATHS = /x'],
    ['a file is read only if it is there', 'include ifexist : /nothing/there'],
    ['settings are kept by daemons', 'ENABLE_PERSISTENT_CONFIG = true\nPERSISTENT_CONFIG_DIR = /x'],
  ];
  for (const [what, line] of unkept) {
    test(`keeps nothing where ${what}`, (context) => {
      const one = site(context);
      writeFileSync(path.join(one.directory, 'condor_config.local'), `${line}\n`);
      assert.ok(asksAgain(one));
    });
  }

  test('keeps nothing of files that changed a moment ago', (context) => {
    const one = site(context);
    assert.ok(asksAgain({ ...one, input: { ...one.input, now: Date.now } }));
  });
});

/** The same text in another file. */
function replace(file: string): void {
  const text = readFileSync(file);
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function makeLink(file: string): void {
  renameSync(file, `${file}.real`);
  symlinkSync(`${file}.real`, file);
}
