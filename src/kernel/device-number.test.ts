import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { deviceNumber } from './device-number';

test('deviceNumber() takes apart what stat(2) gives', () => {
  assert.deepEqual(deviceNumber(statSync('/dev/null').rdev), { major: 1, minor: 3 });
  // makedev(195, 255), and makedev(0xfff, 0xfffff): the largest of Linux.
  assert.deepEqual(deviceNumber(0xc3ff), { major: 195, minor: 255 });
  assert.deepEqual(deviceNumber(0xff_ff_ff_ff), { major: 0xfff, minor: 0xfffff });
});
