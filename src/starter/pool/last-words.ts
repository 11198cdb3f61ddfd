/**
 * What a starter says that cannot open its log. Nobody reads the standard error of one that a startd
 * has spawned; but its working directory is the pool's LOG.
 */
import path from 'node:path';
import { openLog, parseDebugFlags } from '../../log';

/**
 * Adds a sentence to `StarterLog[.suffix]` in the working directory, in HTCondor's form. Where that
 * cannot be done there is nobody left to tell.
 *
 * @param suffix `-a`: `slot1_1`
 */
export function sayInLogDirectory(suffix: string | undefined, reason: string): void {
  const isName = suffix !== undefined && /^[^/]+$/.test(suffix);
  const log = openLog({
    flags: parseDebugFlags('D_PID'),
    timeFormat: '%m/%d/%y %H:%M:%S',
    destination: {
      kind: 'file',
      path: path.resolve(isName ? `StarterLog.${suffix}` : 'StarterLog'),
      limit: { kind: 'never' },
      keep: 0,
      truncate: false,
      makeDirectory: false,
    },
  });
  if (!log.ok) return;
  log.value.error(`The starter cannot begin: ${reason}`);
  log.value.close();
}
