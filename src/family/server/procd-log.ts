/**
 * procd's log: lines `MM/DD/YY hh:mm:ss : text`, as condor_procd has them, in a file that becomes
 * `.old` when it is full, or in the system's log.
 */
import { writeSyslog } from '../../kernel/border';
import { openLogFile } from '../../log/log-file';
import { strftime } from '../../log/strftime';
import { printableLine } from '../../printable';
import { ok, type Result } from '../../result';
import type { LogSetting } from './settings';

export interface ProcdLog {
  /** Writes a line at once. Never throws. */
  line(text: string): void;
}

/** A log that keeps nothing. */
export const NO_LOG: ProcdLog = { line: () => undefined };

/** Opens the log; a sentence where that cannot be done. */
export function openProcdLog(setting: LogSetting): Result<ProcdLog, string> {
  if (setting === undefined) return ok(NO_LOG);
  if (setting.kind === 'syslog') return ok({ line: (text) => writeSyslog('condor_procd', text) });
  const { limit, path } = setting;
  const opened = openLogFile(
    {
      path,
      limit: limit === undefined ? { kind: 'never' } : { kind: 'size', bytes: limit },
      keep: 1,
      truncate: false,
    },
    dressed,
  );
  return opened.ok ? ok({ line: (text) => opened.value.write(dressed(text)) }) : opened;
}

function dressed(text: string): string {
  return `${strftime('%m/%d/%y %H:%M:%S', new Date())} : ${printableLine(text)}\n`;
}
