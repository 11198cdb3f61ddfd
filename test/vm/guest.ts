/**
 * Running tests in the guest: scripts/guest/run.mjs and what it tells.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { TREE } from '../support/root';

/** How a test ended inside. */
export interface InnerTest {
  /** With the suites that it stands in. */
  readonly name: string;
  readonly line: number | undefined;
  readonly outcome: 'pass' | 'fail' | 'skip' | 'elsewhere';
  /** Why it failed or was skipped. */
  readonly reason: string | undefined;
  readonly milliseconds: number;
}

/** How a test file ended inside. */
export interface InnerFile {
  readonly type: 'file';
  /** From the tree's top. */
  readonly file: string;
  /** Exit status of its node. */
  readonly status: number;
  readonly tests: readonly InnerTest[];
}

/** How the guest ended. */
export interface GuestOver {
  readonly type: 'over';
  /** Since its boot; undefined: it did not come to its end. */
  readonly seconds: number | undefined;
  readonly console: string;
  /** The files that it was to run. */
  readonly files: readonly string[];
  /** What had ended of the file in which it came to no end. */
  readonly tests: readonly InnerTest[];
}

/**
 * Boots a guest that runs test files, and waits for its end.
 *
 * @param onFile gets each file's end, one after another
 * @param args of scripts/guest/run.mjs
 */
export async function runGuest(
  onFile: (file: InnerFile) => Promise<void>,
  args: readonly string[] = [],
): Promise<GuestOver> {
  const script = path.join(TREE, 'scripts/guest/run.mjs');
  const child = spawn(process.execPath, [script, '--records', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let over: GuestOver | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const record = JSON.parse(line) as InnerFile | GuestOver | { readonly type: 'test' };
    if (record.type === 'file') await onFile(record);
    if (record.type === 'over') over = record;
  }
  if (over === undefined) throw new Error(`${script} ended before the guest did`);
  return over;
}
