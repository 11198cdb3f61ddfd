/**
 * A probe child: this program once more, told to try one thing with its own process, to print how
 * it went, and to end.
 *
 * ```
 *   eyrie doctor ──spawn──► node BUNDLE --probe mounts
 *                              unshare, mount, mount …
 *         ◄───── stdout ─────  [{"call":"unshare(CLONE_NEWNS)","result":0}, …]
 * ```
 */
import { execFile } from 'node:child_process';
import { err, ok, type Result } from '../../result';
import { PROBE_ARGUMENT } from './probe-argument';
import type { Attempt, ProbeName } from './probes';

/** A probe takes some milliseconds; a kernel that makes one wait longer does not have it. */
const PATIENCE_MS = 10_000;

/**
 * Runs a probe in a child.
 *
 * @param bundle this program's own JavaScript file, process.argv[1]
 * @returns the calls that were made, the last one perhaps refused; or how the child ended without
 *   saying
 */
export function runProbe(
  bundle: string,
  name: ProbeName,
): Promise<Result<readonly Attempt[], string>> {
  const options = { env: {}, timeout: PATIENCE_MS, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    const args = [bundle, PROBE_ARGUMENT, name];
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const attempts = error === null ? parseAttempts(stdout) : undefined;
      resolve(attempts === undefined ? err(describeEnd(name, error, stderr)) : ok(attempts));
    });
  });
}

/** The child's side: tries what the name says and gives what is to be printed. */
export async function probeInThisProcess(name: string): Promise<Result<string, string>> {
  const { PROBES } = await import('./probes');
  if (!Object.hasOwn(PROBES, name)) {
    return err(`there is no probe '${name}': one of ${Object.keys(PROBES).join(', ')}`);
  }
  try {
    return ok(JSON.stringify(PROBES[name as ProbeName]()));
  } catch (error) {
    // Half an installation: the library of native calls is missing or not for this machine.
    return err((error as Error).message);
  }
}

function parseAttempts(text: string): readonly Attempt[] | undefined {
  try {
    return JSON.parse(text) as readonly Attempt[];
  } catch {
    return undefined;
  }
}

/** A seccomp filter, for one, may kill who makes a call. */
function describeEnd(
  name: ProbeName,
  error: { readonly signal?: NodeJS.Signals | null; readonly message: string } | null,
  stderr: string,
): string {
  if (error?.signal) {
    return `the probe '${name}' was ended by ${error.signal}`;
  }
  const [firstLine = ''] = stderr.split('\n');
  const why = firstLine.replace(/^eyrie: /, '') || error?.message || 'it printed nothing';
  return `the probe '${name}' failed: ${why}`;
}
