/**
 * The configuration of a pool: recorded answers of `condor_config_val` of two versions, and the
 * program itself where EYRIE_CONDOR_ROOT names a folder that has it. With EYRIE_WRITE_CONFIG_VAL=1
 * its answer replaces the recorded one.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { findKnob } from '../../src/condor/config';
import { runConfigVal } from '../../src/condor/config/condor-config-val';
import { knobPattern } from '../../src/condor/config/config-val-output';
import { readPoolConfig, type PoolConfigInput } from '../../src/condor/config/read-pool';
import { readStarterKnobs } from '../../src/condor/startd/starter-knobs';
import {
  assertExpected,
  condorRoot,
  makeSite,
  readSite,
  RECORDED_SITE,
  recordedConfig,
  recording,
  versionIn,
  VERSIONS,
} from './site';

for (const version of VERSIONS) {
  describe(`what condor_config_val of ${version} answered`, () => {
    test('is the configuration of a starter, with the origin of each knob', () => {
      assertExpected(recordedConfig(version), RECORDED_SITE);
    });

    test('lacks what that version does not know', () => {
      const knobs = readStarterKnobs(recordedConfig(version));
      assert.ok(knobs.ok);
      assert.deepEqual(knobs.value, {
        updates: { first: 8, interval: 60 },
        childAlive: {
          timeout: 3600,
          firstDelay: version === '23.9.6' ? 0 : 30,
          period: 1170,
          retry: 60,
        },
        shadowTimeout: 300,
        softUidDomain: false,
        useUserNamespaces: false,
        transferStdioOnEvict: false,
      });
    });
  });
}

/** What is wrong with a configuration, in words. */
function refusals(input: PoolConfigInput): string[] {
  const config = readPoolConfig(input);
  assert.ok(!config.ok);
  return config.error.map(({ message }) => message);
}

/** Where the table's column of a pool is not what HTCondor's own table says, and why. */
const DEPARTURES: Readonly<Record<string, readonly string[]>> = {
  // Nothing, for a reader that takes nothing for false.
  TRUST_UID_DOMAIN: [''],
  SOFT_UID_DOMAIN: [''],
  // Another knob of HTCondor's, whose own default is ours.
  MACHINEMAXVACATETIME: ['$(MaxVacateTime)'],
  // For startds that do not know it; see its row.
  STARTER_FIRST_CHILDALIVE_DELAY: ['30'],
};

const root = condorRoot();
if (root !== undefined) {
  describe(`condor_config_val in ${root}`, () => {
    test('says what the recorded answer says', (context) => {
      const { directory, input } = makeSite(context, root);
      const run = runConfigVal(input.program, input.localName, input.environment);
      assert.ok(run.ok, run.ok ? '' : run.error);
      const text = run.value.output
        .replaceAll(directory, RECORDED_SITE)
        .replace(/^(# Configuration from machine: ).*$/m, '$1host');
      const number = versionIn(root);
      if (process.env.EYRIE_WRITE_CONFIG_VAL !== undefined) writeFileSync(recording(number), text);
      if (VERSIONS.includes(number)) assertExpected(recordedConfig(number), RECORDED_SITE);
      assertExpected(readSite(input).config, directory);
    });

    test('names file and line of what is set wrongly, and of what is no configuration', (context) => {
      const { directory, input } = makeSite(context, root);
      const local = path.join(directory, 'condor_config.local');
      writeFileSync(local, 'STARTER_FIRST_CHILDALIVE_DELAY = -5\nNO_NEW_PRIVS = 2 +\n');
      assert.deepEqual(
        refusals(input).sort(),
        [
          `STARTER_FIRST_CHILDALIVE_DELAY = -5 (${local}:1): expected an integer not below 0 (seconds), and it ` +
            'evaluates to -5',
          `NO_NEW_PRIVS = 2 + (${local}:2): expected true, false or an expression that gives one ` +
            'of them',
        ].sort(),
      );
      writeFileSync(local, 'this is not a setting\n');
      const [message = ''] = refusals(input);
      assert.match(
        message,
        /condor_config_val ended with status 1: .*Line 1 .*condor_config.local/,
      );
    });

    test('is asked for each starter where a value has its process id', (context) => {
      const { directory, input, runs } = makeSite(context, root);
      writeFileSync(
        path.join(directory, 'condor_config.local'),
        'BASE = $(LOG)/Starter.$(PID)\nSTARTER_LOG = $(BASE)\n',
      );
      for (const count of [2, 4]) {
        const { config } = readSite(input);
        assert.equal(config.text('STARTER_LOG'), `/var/log/condor/Starter.${process.pid}`);
        assert.equal(runs(), count);
      }
    });

    test('minds the local name, and that there is none', (context) => {
      const { input } = makeSite(context, root);
      const of = (localName: string | undefined): string =>
        readSite({ ...input, localName }).config.text('MOUNT_READ_ONLY');
      assert.deepEqual(['slot_type_2', 'slot_type_3', undefined].map(of), [
        '/other',
        '/software',
        '/software',
      ]);
    });

    test('HTCondor has the defaults that the table of knobs says', (context) => {
      const { input } = makeSite(context, root);
      const answer = spawnSync(input.program, ['-dump', knobPattern(undefined)], {
        env: { CONDOR_CONFIG: 'ONLY_ENV' },
        encoding: 'utf8',
      });
      const theirs = [...answer.stdout.matchAll(/^(\w+) = ?(.*)$/gm)];
      assert.ok(theirs.length > 20, answer.stderr);
      for (const [, name = '', text = ''] of theirs) {
        const row = findKnob(name)?.row;
        if (row === undefined) continue;
        const accepted = [row.pool, ...(DEPARTURES[name.toUpperCase()] ?? [])];
        assert.ok(accepted.includes(text.trim()), `${name} = ${text}`);
      }
    });
  });
}
