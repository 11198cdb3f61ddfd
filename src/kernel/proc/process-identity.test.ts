import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { hasEnded, ownIdentity, type ProcessIdentity } from './process-identity';

function self(): ProcessIdentity {
  const own = ownIdentity();
  assert.ok(own.ok);
  return own.value;
}

describe('hasEnded()', () => {
  test('is false of this process', () => {
    assert.equal(hasEnded(self(), self()), false);
  });

  test('is true of a process that had our pid before us', () => {
    assert.equal(hasEnded({ ...self(), startTime: '1' }, self()), true);
  });

  test('is true of a process that is gone', async () => {
    const child = spawn('true');
    const pid = child.pid ?? 0;
    await once(child, 'exit');
    assert.equal(hasEnded({ ...self(), pid, startTime: '1' }, self()), true);
  });

  test('is false where no boot is known, for two unknown ones may be two boots', () => {
    const unknown = { ...self(), bootId: '' };
    assert.equal(hasEnded({ ...unknown, startTime: '1' }, unknown), false);
  });

  for (const elsewhere of [{ bootId: 'another' }, { pidNamespace: 'pid:[1]' }]) {
    test(`is false of a process with another ${Object.keys(elsewhere).join()}`, () => {
      assert.equal(hasEnded({ ...self(), startTime: '1', ...elsewhere }, self()), false);
    });
  }
});
