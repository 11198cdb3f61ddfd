import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogOf, changedFiles } from './catalog';
import type { SandboxEntry } from './types';

const entry = (path: string, more: Partial<SandboxEntry> = {}): SandboxEntry => ({
  path,
  kind: 'file',
  isLink: false,
  size: 1,
  mode: 0o644,
  modified: 1_700_000_000_000_000_000n,
  ...more,
});

describe('changedFiles()', () => {
  const before = catalogOf([
    entry('a'),
    entry('link', { isLink: true }),
    entry('d', { kind: 'directory' }),
  ]);
  for (const [what, now, changed] of [
    ['the same', entry('a'), false],
    ['a nanosecond later', entry('a', { modified: 1_700_000_000_000_000_001n }), true],
    ['an earlier time', entry('a', { modified: 5n }), true],
    ['another size', entry('a', { size: 2 }), true],
    ['another mode alone', entry('a', { mode: 0o600 }), false],
    ['a new file', entry('b'), true],
    ['a new link to a file', entry('l', { isLink: true }), true],
    ['a link that leads where it led', entry('link', { isLink: true }), false],
    ['a file where a directory was', entry('d'), true],
    ['a new directory', entry('e', { kind: 'directory' }), false],
    ['a FIFO', entry('f', { kind: 'other' }), false],
    ['a link that leads nowhere', entry('g', { kind: 'missing', isLink: true }), false],
  ] as const) {
    test(`${what} ${changed ? 'is' : 'is not'} sent`, () => {
      assert.deepEqual(changedFiles(before, [now]), changed ? [now] : []);
    });
  }
});
