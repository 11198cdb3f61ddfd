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
    'plan-fuzz' | 'files-fuzz' | 'eyrie-init' | 'eyrie-tree' | 'eyrie-files' | 'without-calls',
): string {
  execFileSync('make', ['-s', '-C', path.join(TREE, 'native'), 'asan-test'], { stdio: 'pipe' });
  return path.join(TREE, 'build/native/sanitized', program);
}
