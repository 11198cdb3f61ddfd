import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { KERNEL_CALLS } from './kernel-calls';

declare const __EYRIE_ROOT__: string;

test('the native part has the same calls under the same numbers', () => {
  const source = readFileSync(path.join(__EYRIE_ROOT__, 'native/border/probe.c'), 'utf8');
  const rows = [...source.matchAll(/^ {4}\[(\d+)\] = probe_(\w+),$/gm)];
  assert.deepEqual(
    rows.map(([, number, call]) => [Number(number), call]),
    KERNEL_CALLS.map((call, number) => [number, call]),
  );
});
