import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findKnob, nearestKnob } from './knob-names';
import type { KnobRow } from './knob-types';
import { KNOBS } from './knobs';
import { makeConfig } from './make-config';
import { resolveSettings } from './resolve';

const ROWS = Object.entries<KnobRow>(KNOBS);

describe('the table of knobs', () => {
  test('has a line for people in every row, and a default where there must be a value', () => {
    for (const [name, row] of ROWS) {
      assert.match(row.description, /^[A-Z].*\.$/, name);
      assert.equal(row.kind === 'choice', row.choices !== undefined, name);
      if (row.kind === 'boolean' || row.kind === 'integer') assert.notEqual(row.pool, '', name);
    }
  });

  test('has defaults that its own kinds accept', () => {
    for (const defaults of ['pool', 'root', 'user'] as const) {
      const values = resolveSettings({
        settings: [],
        defaults,
        predefined: () => '/predefined',
        environment: {},
      });
      assert.ok(values.ok);
      const config = makeConfig(values.value);
      for (const [name, row] of ROWS) {
        if (row.kind === 'boolean') assert.ok(config.boolean(name as 'NO_NEW_PRIVS').ok, name);
        if (row.kind === 'integer')
          assert.ok(config.integer(name as 'MachineMaxVacateTime').ok, name);
        if (row.kind === 'choice') assert.ok(config.choice(name as 'JOB_EXECDIR_PERMISSIONS').ok);
        if (row.kind === 'expression') {
          assert.ok(config.expression(name as 'STARTER_RLIMIT_AS').ok, name);
        }
      }
    }
  });

  const rows: readonly (readonly [name: string, row: string | undefined])[] = [
    ['EXECUTE', 'EXECUTE'],
    ['execute', 'EXECUTE'],
    ['machinemaxvacatetime', 'MachineMaxVacateTime'],
    ['SLOT1_USER', 'SLOT<N>_USER'],
    ['slot12_3_user', 'SLOT<N>_<M>_USER'],
    ['SLOT_USER', undefined],
    ['SLOT1_CPU_AFFINITY', 'SLOT<N>_CPU_AFFINITY'],
    ['ENVIRONMENT_FOR_AssignedGPUs', 'ENVIRONMENT_FOR_AssignedGPUs'],
    ['ENVIRONMENT_FOR_AssignedFPGAs', 'ENVIRONMENT_FOR_Assigned<Res>'],
    ['ENVIRONMENT_FOR_Assigned', undefined],
    ['site_HOOK_JOB_EXIT', '<Keyword>_HOOK_JOB_EXIT'],
    ['_HOOK_JOB_EXIT', undefined],
    ['EXECUTE_X', undefined],
    ['__proto__', undefined],
  ];
  for (const [name, row] of rows) {
    test(`has ${row ?? 'no row'} for ${name}`, () => assert.equal(findKnob(name)?.rowName, row));
  }

  test('finds what a misspelt name was meant to be', () => {
    assert.equal(nearestKnob('USE_PID_NAMESPACE'), 'USE_PID_NAMESPACES');
    assert.equal(nearestKnob('SLOT1_USR'), 'SLOT1_USER');
    assert.equal(nearestKnob('NEGOTIATOR_INTERVAL'), undefined);
  });

  test('types its names: another name, or one of another kind, does not compile', () => {
    const config = makeConfig(new Map());
    // @ts-expect-error there is no such knob
    assert.ok(!config.boolean('NO_SUCH_KNOB').ok);
    // @ts-expect-error EXECUTE is a path
    assert.ok(!config.boolean('EXECUTE').ok);
    assert.equal(config.string('SLOT1_USER'), undefined);
  });
});
