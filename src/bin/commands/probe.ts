/**
 * `eyrie --probe NAME`, which `eyrie doctor` runs: see kernel/probe/probe-child.ts.
 */
import { probeInThisProcess } from '../../kernel/probe/probe-child';
import type { CommandIo } from '../options/types';

/** Tries what the name says and prints the calls that were made; exit status 2: no such probe. */
export async function runProbeChild(name: string, io: CommandIo): Promise<number> {
  const attempts = await probeInThisProcess(name);
  if (attempts.ok) {
    io.stdout.write(`${attempts.value}\n`);
    return 0;
  }
  io.stderr.write(`eyrie: ${attempts.error}\n`);
  return 2;
}
