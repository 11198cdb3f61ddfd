/**
 * Programs in C that tests run: test/payload/NAME.c becomes build/payload/NAME, static, where that is
 * older than its source.
 *
 *   node scripts/test/compile.mjs NAME
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../build/options.mjs';

const SOURCES = path.join(ROOT, 'test/payload');
const FLAGS = ['-O1', '-static', '-pthread', '-Wall', '-Wextra', '-Werror'];

function compile(name) {
  const source = path.join(SOURCES, `${name}.c`);
  const program = path.join(ROOT, 'build/payload', name);
  if (timeOf(program) >= timeOf(source)) return;
  mkdirSync(path.dirname(program), { recursive: true });
  // Test files run beside each other: each sees the old one or a whole new one.
  const fresh = `${program}.${process.pid}`;
  execFileSync('cc', [...FLAGS, '-o', fresh, source]);
  renameSync(fresh, program);
}

/** Compiles all of them. */
export function compileAll() {
  for (const name of readdirSync(SOURCES)) compile(path.basename(name, '.c'));
}

function timeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (import.meta.filename === process.argv[1]) compile(process.argv[2]);
