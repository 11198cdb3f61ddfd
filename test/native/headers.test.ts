/**
 * The tables of TypeScript and those of the C headers say the same: numbers, order, types.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import ref from 'ref-napi';
import * as table from '../../src/kernel/plan-table';
import { ENTRY_KINDS } from '../../src/kernel/file-records';
import { CONTROL_KINDS, EXIT_RECORD_SIZE, LAUNCH_RECORD_SIZE } from '../../src/kernel/records';
import { structType } from '../../src/kernel/struct-type';
import * as structs from '../../src/kernel/structs';
import { TREE } from '../support/root';

const header = (name: string): string => readFileSync(path.join(TREE, 'native', name), 'utf8');
const plan = header('plan.h');

/** The rows of an X-macro table: `N(NAME, 1, …)`. */
function rows(text: string, macro: string): readonly (readonly string[])[] {
  const body = new RegExp(`#define ${macro}\\(\\w\\)(?:.*\\\\\\n)+.*`).exec(text)?.[0];
  assert.ok(body, `${macro} is in the header`);
  return [...body.matchAll(/^\s+\w\((.*)\)/gm)].map((row) => row[1]!.split(/, */));
}

/** `close-from` for CLOSE_FROM. */
function nameOf(constant: string): string {
  return constant.toLowerCase().replaceAll('_', '-');
}

function numbers(macro: string): Record<string, number> {
  return Object.fromEntries(
    rows(plan, macro).map(([name, value]) => [nameOf(name!), Number(value)]),
  );
}

function constant(name: string): number {
  return Number(new RegExp(`^#define ${name} (\\w+)`, 'm').exec(plan)?.[1]);
}

describe('native/plan.h', () => {
  test('has the constants of plan-table.ts', () => {
    assert.equal(constant('PLAN_MAGIC'), table.PLAN_MAGIC);
    assert.equal(constant('PLAN_VERSION'), table.PLAN_VERSION);
    assert.equal(constant('PLAN_LIMIT'), table.PLAN_LIMIT);
    assert.equal(constant('PLAN_NONE'), table.PLAN_NONE);
  });

  test('has its namespaces, mount flags and resources', () => {
    assert.deepEqual(numbers('PLAN_NAMESPACES'), table.NAMESPACES);
    assert.deepEqual(numbers('PLAN_MOUNT_FLAGS'), table.MOUNT_FLAGS);
    assert.deepEqual(numbers('PLAN_RESOURCES'), table.RESOURCES);
  });

  test('has its steps: number, phase and fields', () => {
    const steps = rows(plan, 'PLAN_STEPS').map(([name, number, phase, ...fields]) => [
      nameOf(name!),
      {
        number: Number(number),
        phase: phase!.toLowerCase(),
        fields: fields.filter((kind) => kind !== 'END'),
      },
    ]);
    assert.deepEqual(Object.fromEntries(steps), table.STEPS);
  });

  const enums = [
    ['OPEN', 'OPEN_READ', table.OPEN_MODES],
    ['STREAM', 'STREAM_STDIN', table.STREAMS],
    ['PROPAGATION', 'PROPAGATION_SLAVE', table.PROPAGATIONS],
  ] as const;
  for (const [prefix, first, expected] of enums) {
    test(`counts ${prefix} values as it does`, () => {
      const list = new RegExp(`enum \\{ (${first}[^}]*) \\}`).exec(plan)?.[1]?.split(', ');
      const values = list
        ?.slice(0, -1)
        .map((name, i) => [nameOf(name.slice(prefix.length + 1)), i]);
      assert.deepEqual(Object.fromEntries(values!), expected);
    });
  }
});

/** The fields of `struct name`, as structs.ts writes them. */
function fieldsOf(text: string, name: string): Record<string, structs.FieldType> {
  const body = new RegExp(`^struct ${name} \\{\\n([^}]*)\\};`, 'm').exec(text)?.[1];
  assert.ok(body, `struct ${name} is in the header`);
  const fields = [...body.matchAll(/^\s+(int32|uint32|uint64|char)(?:_t)? (\w+)(?:\[(\d+)\])?;/gm)];
  const entries = fields.map(([, type, field, length]): [string, structs.FieldType] => [
    field!,
    (length === undefined ? type : [type, Number(length)]) as structs.FieldType,
  ]);
  return Object.fromEntries(entries);
}

describe('structs.ts', () => {
  const all: readonly (readonly [string, string, structs.StructFields])[] = [
    ['plan.h', 'plan_header', structs.PLAN_HEADER],
    ['launch.h', 'go_record', structs.GO_RECORD],
    ['launch.h', 'launch_record', structs.LAUNCH_RECORD],
    ['launch.h', 'control_record', structs.CONTROL_RECORD],
    ['launch.h', 'exit_record', structs.EXIT_RECORD],
    ['border/border.h', 'launch_request', structs.LAUNCH_REQUEST],
    ['border/border.h', 'launch_result', structs.LAUNCH_RESULT],
    ['border/border.h', 'script_request', structs.SCRIPT_REQUEST],
    ['border/border.h', 'script_result', structs.SCRIPT_RESULT],
    ['border/border.h', 'helper_request', structs.HELPER_REQUEST],
    ['border/border.h', 'enter_request', structs.ENTER_REQUEST],
    ['border/border.h', 'enter_result', structs.ENTER_RESULT],
    ['border/border.h', 'helper_result', structs.HELPER_RESULT],
    ['border/border.h', 'daemon_request', structs.DAEMON_REQUEST],
    ['border/border.h', 'daemon_result', structs.DAEMON_RESULT],
    ['border/border.h', 'wait_result', structs.WAIT_RESULT],
    ['border/border.h', 'receive_result', structs.RECEIVE_RESULT],
    ['border/border.h', 'agent_request', structs.AGENT_REQUEST],
    ['border/border.h', 'agent_result', structs.AGENT_RESULT],
    ['tree/report.h', 'tree_report', structs.TREE_REPORT],
    ['account/account.h', 'account_process', structs.ACCOUNT_PROCESS],
    ['account/account.h', 'account_report', structs.ACCOUNT_REPORT],
    ['files/request.h', 'files_request', structs.FILES_REQUEST],
    ['files/request.h', 'files_begin', structs.FILES_BEGIN],
    ['files/request.h', 'files_reply', structs.FILES_REPLY],
    ['files/request.h', 'files_entry', structs.FILES_ENTRY],
    ['families/request.h', 'families_request', structs.FAMILIES_REQUEST],
    ['families/request.h', 'families_reply', structs.FAMILIES_REPLY],
    ['families/request.h', 'families_means', structs.FAMILIES_MEANS],
    ['families/request.h', 'families_snapshot', structs.FAMILIES_SNAPSHOT],
    ['families/request.h', 'families_process', structs.FAMILIES_PROCESS],
    ['families/request.h', 'families_details', structs.FAMILIES_DETAILS],
    ['families/request.h', 'families_outcome', structs.FAMILIES_OUTCOME],
    ['families/request.h', 'families_usage', structs.FAMILIES_USAGE],
    ['control/front.h', 'front_record', structs.FRONT_RECORD],
    ['control/front.h', 'front_limits', structs.FRONT_LIMITS],
    ['control/front.h', 'front_handover', structs.FRONT_HANDOVER],
  ];
  for (const [file, name, fields] of all) {
    test(`has struct ${name} as native/${file} has it`, () => {
      assert.deepEqual(Object.entries(fieldsOf(header(file), name)), Object.entries(fields));
    });
  }

  test('has the words for calls and stages', () => {
    const words = (text: string, macro: string) =>
      rows(text, macro).map(([, number, ...word], i) => {
        assert.equal(Number(number), i);
        return word.join(', ').replace(/^"|"$/g, '');
      });
    assert.deepEqual(words(header('border/border.h'), 'LAUNCH_CALLS'), structs.LAUNCH_CALLS);
    assert.deepEqual(words(header('launch.h'), 'INIT_STAGES'), structs.INIT_STAGES);
    assert.deepEqual(words(header('files/request.h'), 'FILES_CALLS'), structs.FILES_CALLS);
    assert.deepEqual(words(header('enter/enter.h'), 'ENTER_STAGES'), structs.ENTER_STAGES);
    assert.deepEqual(words(header('families/request.h'), 'FAMILIES_CALLS'), structs.FAMILIES_CALLS);
  });

  test('has the operations and kinds of eyrie-files', () => {
    const request = header('files/request.h');
    const operations = rows(request, 'FILES_OPERATIONS').map(([name, number]) => [
      nameOf(name!),
      Number(number),
    ]);
    assert.deepEqual(Object.fromEntries(operations), structs.FILES_OPERATIONS);
    const kinds = [...request.matchAll(/FILES_KIND_(\w+) = (\d)/g)].map(([, name, number]) => [
      Number(number),
      nameOf(name!),
    ]);
    assert.deepEqual(Object.fromEntries(kinds), { ...ENTRY_KINDS });
  });

  test('has the operations of eyrie-families', () => {
    const operations = rows(header('families/request.h'), 'FAMILIES_OPERATIONS');
    assert.deepEqual(
      Object.fromEntries(operations.map(([name, number]) => [nameOf(name!), Number(number)])),
      structs.FAMILIES_OPERATIONS,
    );
  });

  test('has the kinds and faults of eyrie-control', () => {
    const front = header('control/front.h');
    const table = (macro: string) =>
      Object.fromEntries(
        rows(front, macro).map(([name, number]) => [nameOf(name!), Number(number)]),
      );
    assert.deepEqual(table('FRONT_KINDS'), structs.FRONT_KINDS);
    assert.deepEqual(table('FRONT_FAULTS'), structs.FRONT_FAULTS);
  });

  test('records.ts counts kinds and sizes as native/launch.h does', () => {
    const launch = header('launch.h');
    const { job, family } = CONTROL_KINDS;
    assert.match(
      launch,
      new RegExp(`CONTROL_SIGNAL_JOB = ${job}, CONTROL_SIGNAL_FAMILY = ${family} `),
    );
    assert.match(launch, /enum \{ LAUNCH_BORN = 1, LAUNCH_FAILED = 2, LAUNCH_APART = 3 \}/);
    assert.match(launch, /enum \{ PHASE_OF_INIT = 0, PHASE_OF_SETUP = 1, PHASE_OF_JOB = 2 \}/);
    assert.equal(structType(ref, 'r', structs.LAUNCH_RECORD).size, LAUNCH_RECORD_SIZE);
    assert.equal(structType(ref, 'r', structs.EXIT_RECORD).size, EXIT_RECORD_SIZE);
  });
});

describe('structType()', () => {
  const type = structType(ref, 'sample', {
    small: 'int32',
    large: 'uint64',
    list: ['int32', 3],
    text: ['char', 5],
    last: 'uint32',
  });

  test('lays fields out as the C compiler does', () => {
    assert.equal(type.size, 40);
    assert.equal(type.alignment, 8);
    const buffer = ref.alloc(type, {
      small: -2,
      large: 2 ** 33,
      list: [1, -1, 3],
      text: Buffer.from('ab'),
      last: 0xffffffff,
    });
    assert.equal(buffer.readInt32LE(0), -2);
    assert.equal(buffer.readBigUInt64LE(8), 2n ** 33n);
    assert.equal(buffer.readInt32LE(20), -1);
    assert.equal(buffer.toString('latin1', 28, 33), 'ab\0\0\0');
    assert.equal(buffer.readUInt32LE(36), 0xffffffff);
  });

  test('reads back what it wrote', () => {
    const value = { small: 1, large: 2, list: [3, 4, 5], text: Buffer.from('12345'), last: 6 };
    assert.deepEqual(type.get(ref.alloc(type, value), 0), value);
  });
});
