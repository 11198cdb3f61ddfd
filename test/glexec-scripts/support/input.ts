/** What tests of failures begin with, and what they must find again. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { temporaryDirectory } from '../../support/temporary';
import { CALLER, namesIn, ownership, PROXY, Stage } from './stage';

/** A stage with a file of the job's, and its sandbox' inode. */
export function stageWithInput(t: TestContext, options = {}) {
  const stage = new Stage(t, options);
  stage.put('input', 'of the job\n');
  return { stage, inode: statSync(stage.sandbox).ino };
}

/** The sandbox is what it was before a setup that failed. */
export function isAsBefore(stage: Stage, inode: number): void {
  assert.deepEqual(namesIn(stage.execute), ['dir_77']);
  assert.deepEqual(namesIn(stage.sandbox), ['input', PROXY]);
  assert.equal(statSync(stage.sandbox).ino, inode);
  assert.equal(ownership(stage.sandbox), `${CALLER} 755`);
  assert.equal(readFileSync(`${stage.sandbox}/input`, 'utf8'), 'of the job\n');
}

/** A file system of that many KiB, for EXECUTE. */
export function smallDisk(t: TestContext, kibibytes: number): string {
  // What is to be done first at the end is told first.
  let place = '';
  t.after(() => execFileSync('umount', [place]));
  place = temporaryDirectory(t);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=755`, 'small', place]);
  return `${place}/execute`;
}
