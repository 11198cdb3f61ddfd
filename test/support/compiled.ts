/**
 * Programs in C that tests run, compiled where their source is newer.
 */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { TREE } from './root';

/** The path of a static program, of a source in test/payload. */
export function compiled(name: 'payload' | 'processes' | 'hunter'): string {
  const source = path.join(TREE, 'test/payload', `${name}.c`);
  const program = path.join(TREE, 'build/payload', name);
  if (timeOf(program) < timeOf(source)) {
    execFileSync(process.execPath, [path.join(TREE, 'scripts/test/compile.mjs'), name]);
  }
  return program;
}

/** Seconds, since the guest's file system knows no part of one. */
function timeOf(file: string): number {
  return Math.floor((statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) / 1000);
}
