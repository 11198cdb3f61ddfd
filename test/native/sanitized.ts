/** The native programs built with the compiler's sanitizers. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { TREE } from '../support/root';

/**
 * Builds them, if need be, and gives the path of one. A program ends with a signal where a
 * sanitizer finds something.
 */
export function sanitized(
  program:
    | 'plan-fuzz'
    | 'files-fuzz'
    | 'families-fuzz'
    | 'eyrie-glexec'
    | 'glexec-fuzz'
    | 'eyrie-init'
    | 'eyrie-tree'
    | 'eyrie-account'
    | 'eyrie-files'
    | 'eyrie-enter'
    | 'eyrie-families'
    | 'eyrie-control'
    | 'control-fuzz'
    | 'condor_glexec_job_wrapper'
    | 'environment-fuzz'
    | 'without-calls',
): string {
  // Test files run side by side, and two makes of the same objects spoil each other's.
  const lock = path.join(TREE, 'build/sanitized.lock');
  const make = ['make', '-s', '-C', path.join(TREE, 'native'), 'asan-test'];
  execFileSync('flock', [lock, ...make], { stdio: 'pipe' });
  return path.join(TREE, 'build/native/sanitized', program);
}
