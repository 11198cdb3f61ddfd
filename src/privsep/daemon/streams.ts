/**
 * The standard streams of a job whose account may not reach them: files of the user who runs the starter,
 * opened by the starter with its own rights.
 */
import fs from 'node:fs';
import type { TableFault } from '../../job/faults';
import type { StreamSpec } from '../../job/spec';
import { err, ok, type Result } from '../../result';

/** A stream that is passed on. */
export interface OpenedStream {
  readonly descriptor: number;
  /** Closes it, if it was opened here. */
  close(): void;
}

type StreamName = 'stdin' | 'stdout' | 'stderr';

const { O_APPEND, O_CREAT, O_NOCTTY, O_NONBLOCK, O_RDONLY, O_TRUNC, O_WRONLY } = fs.constants;

/** What every job gives a file that it makes: 0666 less the umask that every job has, 022. */
const PERMISSIONS = 0o644;

/** Opens one of the host, or takes this process's own. */
export function openStream(
  stream: StreamName,
  from: Extract<StreamSpec, { kind: 'file' | 'inherit' }>,
): Result<OpenedStream, TableFault> {
  if (from.kind === 'inherit') {
    const own = ['stdin', 'stdout', 'stderr'].indexOf(stream);
    return ok({ descriptor: from.descriptor ?? own, close: () => undefined });
  }
  const { append, path } = from;
  const flags = stream === 'stdin' ? O_RDONLY : O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC);
  let descriptor: number | undefined;
  try {
    // A FIFO that nobody has at its other end would be waited for; on a file it means nothing.
    descriptor = fs.openSync(path, flags | O_NOCTTY | O_NONBLOCK, PERMISSIONS);
    const facts = fs.fstatSync(descriptor);
    if (facts.isFile() || facts.isCharacterDevice()) {
      const opened = descriptor;
      return ok({ descriptor, close: () => fs.closeSync(opened) });
    }
    fs.closeSync(descriptor);
    const words = 'with PRIVSEP = daemon a standard stream can be a file, a terminal, or /dev/null';
    return err(refusal(stream, path, words, 0));
  } catch (thrown) {
    if (descriptor !== undefined) fs.closeSync(descriptor);
    const { errno = 0, message } = thrown as NodeJS.ErrnoException;
    return err(refusal(stream, path, message, Math.abs(errno)));
  }
}

function refusal(stream: StreamName, path: string, words: string, errno: number): TableFault {
  const cause = stream === 'stdin' ? 'cannotOpenInput' : 'cannotOpenOutput';
  return { cause, subcode: errno, reason: `cannot open ${path} as ${stream}: ${words}` };
}
