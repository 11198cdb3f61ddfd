import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { coreName, findCore } from './core-file';
import { outputTransfer } from './output-transfer';
import type { TransferPlan } from './transfer-plan';

/** Files in the order of their changes; a link's name ends with `@`. */
const files = (...names: readonly string[]) =>
  names.map((name, index) => ({
    path: name.replace('@', ''),
    isLink: name.endsWith('@'),
    modified: BigInt(index),
  }));

describe('findCore()', () => {
  for (const [found, ...names] of [
    ['core', 'a', 'core', 'core.7'],
    ['core.42', 'core', 'core.42', 'core.7'],
    ['core.3', 'core.7', 'core.3'],
    [undefined, 'core@', 'core.x', 'corE', 'score', 'core.42@', 'core.7.1'],
    [undefined],
  ] as const) {
    test(`finds ${found ?? 'nothing'} among ${names.join(' ')}`, () => {
      assert.equal(findCore(files(...names.map(String)), 42), found);
    });
  }

  test('is called by the numbers of its job', () => {
    assert.equal(coreName({ cluster: 12, proc: 3 }), 'core.12.3');
  });
});

describe('a core goes back with the output', () => {
  const plan: TransferPlan = {
    address: '',
    key: '',
    executable: undefined,
    proxy: undefined,
    inputRemaps: '',
    output: { kind: 'listed', paths: ['a'] },
    failureFiles: [],
    streams: ['_condor_stdout'],
    preserveRelativePaths: false,
    when: 'on exit',
    spoolOnEvict: true,
    success: undefined,
  };
  const end = {
    how: 'completed',
    exit: { code: undefined, signal: 11, coreDumped: true },
  } as const;

  test('where outputs are listed', () => {
    const { files: sent } = outputTransfer(plan, end, 'core.1.0') as { files: unknown };
    assert.deepEqual(sent, { kind: 'listed', paths: ['a', 'core.1.0'] });
  });

  test('by itself where all goes back that is new', () => {
    const output = { kind: 'changed', intermediate: [] } as const;
    const { files: sent } = outputTransfer({ ...plan, output }, end, 'core.1.0') as {
      files: unknown;
    };
    assert.deepEqual(sent, output);
  });

  test('not where nothing does', () => {
    assert.deepEqual(outputTransfer(plan, { how: 'evicted' }, 'core.1.0'), { what: 'nothing' });
  });
});
