import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNever, err, ok } from './result';

test('ok() carries a value and err() carries an error', () => {
  assert.deepEqual(ok(1), { ok: true, value: 1 });
  assert.deepEqual(err('why'), { ok: false, error: 'why' });
});

test('assertNever() throws and shows what it was given', () => {
  assert.throws(() => assertNever('surprise' as never), /unreachable: "surprise"/);
});
