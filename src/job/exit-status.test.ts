import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { exitStatus } from './exit-status';
import type { FaultCause } from './faults';
import type { JobEnd, JobOutcome } from './result';

const end = (code?: number, signal?: number): JobEnd => ({ code, signal, coreDumped: false });
const held = (cause: FaultCause, subcode: number, exit?: JobEnd): JobOutcome => ({
  kind: 'held',
  fault: { cause, subcode, reason: 'said elsewhere' },
  exit,
});
const { ENOENT, ENOTDIR, EACCES, ENOEXEC, EPERM, E2BIG } = constants.errno;

describe('the exit status of a run', () => {
  const rows: [string, JobOutcome, number][] = [
    ['the own code of a job', { kind: 'completed', exit: end(0) }, 0],
    ['the largest code', { kind: 'completed', exit: end(255) }, 255],
    ['128+N for signal N', { kind: 'completed', exit: end(undefined, 9) }, 137],
    [
      'the own code of a job that was told to end',
      { kind: 'evicted', ending: { why: 'vacate' }, exit: end(3) },
      3,
    ],
    [
      '128+N for a job that was killed',
      { kind: 'evicted', ending: { why: 'remove' }, exit: end(undefined, 15) },
      143,
    ],
    ['125 for a job that ran and was held', held('outOfResources', 102, end(0)), 125],
    ['125 for a job that could not be set up', held('cannotCreateProcess', ENOENT), 125],
    ['125 for output that cannot be opened', held('cannotOpenOutput', EACCES), 125],
    ['125 for a job that was lost', { kind: 'lost', reason: 'killed' }, 125],
    // Shells disagree on this one; nothing was found.
    ['127 for a path through a file', held('cannotExecute', ENOTDIR), 127],
    ['126 for a command that is no program', held('cannotExecute', ENOEXEC), 126],
    ['126 for arguments that are too long', held('cannotExecute', E2BIG), 126],
    ['126 for a command on a noexec mount', held('cannotExecute', EPERM), 126],
  ];
  for (const [name, outcome, status] of rows) {
    test(name, () => assert.equal(exitStatus(outcome), status));
  }
});

describe('the exit status of a command that cannot be executed, beside the shell', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'exit-status-'));
  const file = path.join(directory, 'file');
  writeFileSync(file, 'not for execution', { mode: 0o644 });

  const commands: [string, string, number][] = [
    ['a name that is not there', path.join(directory, 'absent'), ENOENT],
    ['a file without execute permission', file, EACCES],
    ['a directory', directory, EACCES],
  ];
  for (const [name, command, errno] of commands) {
    test(name, () => {
      const shell = spawnSync('/bin/sh', ['-c', '"$0"', command]);
      assert.equal(exitStatus(held('cannotExecute', errno)), shell.status);
    });
  }
  after(() => rmSync(directory, { recursive: true }));
});
