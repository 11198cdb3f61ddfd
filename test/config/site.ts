/**
 * A site's configuration of HTCondor, and `condor_config_val` for it: the real one, from a folder
 * made with debootstrap that has Debian's `condor` package, or a program that repeats what the real
 * one answered.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { describeOrigin, type Config } from '../../src/condor/config';
import { parseConfigVal } from '../../src/condor/config/config-val-output';
import { makeConfig } from '../../src/condor/config/make-config';
import { poolValues } from '../../src/condor/config/pool-values';
import { readPoolConfig, type PoolConfigInput } from '../../src/condor/config/read-pool';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';

const FILES = path.join(TREE, 'test/config/pool');

/** The versions whose answers are recorded. */
export const VERSIONS = ['23.9.6', '25.14.1'];

/** Where a recorded answer's files were. */
export const RECORDED_SITE = '/site';

const OVERRIDES = { _CONDOR_EXECUTE: '/scratch/slot1', '_condor_STARTER.LOCK': '/unknown' };

/** The folder with HTCondor that EYRIE_CONDOR_ROOT names; undefined: none is. */
export function condorRoot(): string | undefined {
  const root = process.env.EYRIE_CONDOR_ROOT;
  return root !== undefined && existsSync(path.join(root, 'usr/bin/condor_config_val'))
    ? root
    : undefined;
}

/** The version of the HTCondor in a folder: `23.9.6`. */
export function versionIn(root: string): string {
  const status = readFileSync(path.join(root, 'var/lib/dpkg/status'), 'utf8');
  return /\nPackage: condor\n[^]*?\nVersion: ([\d.]+)/.exec(status)?.[1] ?? '';
}

/** The file of a recorded answer. */
export function recording(version: string): string {
  return path.join(FILES, `config-val-${version}.txt`);
}

/** The configuration of a recorded answer. */
export function recordedConfig(version: string): Config {
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

/** A site in a directory of its own. */
export interface Site {
  readonly directory: string;
  readonly input: PoolConfigInput & { readonly program: string };
  /** How often the program was run. */
  readonly runs: () => number;
}

/**
 * Makes a site, with a cache of its own; its files are old enough to be kept.
 *
 * @param root a folder with HTCondor; undefined: the recorded answer is repeated
 */
export function makeSite(context: TestContext, root?: string): Site {
  const directory = temporaryDirectory(context);
  const program = path.join(directory, 'condor_config_val');
  const count = `echo run >> ${directory}/runs`;
  writeFileSync(program, `#!/bin/sh\n${count}\n${command(directory, root)}\n`);
  chmodSync(program, 0o755);
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

/** What the program does. */
function command(directory: string, root: string | undefined): string {
  if (root === undefined) {
    const answer = readFileSync(recording('25.14.1'), 'utf8');
    writeFileSync(path.join(directory, 'answer'), answer.replaceAll(RECORDED_SITE, directory));
    return `cat ${directory}/answer`;
  }
  const isMultiarch = (name: string): boolean => name.endsWith('-linux-gnu');
  const libraries = path.join(root, 'usr/lib');
  const directories = ['', ...readdirSync(libraries).filter(isMultiarch)];
  const search = directories.map((name) => path.join(libraries, name)).join(':');
  const loader = path.join(root, 'usr/lib64/ld-linux-x86-64.so.2');
  // exec: $(PID) is to be the id of the process that we started.
  return `exec ${loader} --library-path ${search} ${root}/usr/bin/condor_config_val "$@"`;
}

/** @returns the value of CONDOR_CONFIG */
function writeSite(directory: string): string {
  mkdirSync(path.join(directory, 'config.d'));
  for (const [from, to] of [
    ['condor_config', 'condor_config'],
    ['10-site.config', 'config.d/10-site.config'],
  ] as const) {
    const text = readFileSync(path.join(FILES, from), 'utf8');
    writeFileSync(path.join(directory, to), text.replaceAll('DIRECTORY', directory));
  }
  return path.join(directory, 'condor_config');
}

/** Reads a configuration that is in order. */
export function readSite(input: PoolConfigInput): {
  readonly config: Config;
  readonly from: string;
} {
  const config = readPoolConfig(input);
  assert.ok(config.ok, config.ok ? '' : config.error.map(({ message }) => message).join('; '));
  return config.value;
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

/** Compares texts and origins with what the site's files say. */
export function assertExpected(config: Config, site: string): void {
  for (const [knob, text, origin] of EXPECTED) {
    assert.equal(config.text(knob), text, knob);
    assert.equal(describeOrigin(config.origin(knob)), origin.replace('SITE', site), knob);
  }
}
