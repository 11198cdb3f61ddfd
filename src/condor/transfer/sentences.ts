/**
 * What a user reads about a transfer that failed. The shadow takes what is behind the mark
 * `|Error: ` as the heart of a hold reason; the words in front of it tell the two ends.
 *
 * Source: FileTransfer::DoUpload and DoDownload, error_buf.
 */
import { ERRNO } from './protocol';
import type { FileError } from './types';

/** The two ends, as sentences name them. */
export interface Ends {
  /** This host's IP address. */
  readonly ownAddress: string;
  readonly peer: string;
}

/** What one file failed at, for the mark: `reading from file /x/y: (errno 2) No such …`. */
export function fileTrouble(
  doing: 'reading from' | 'writing to',
  path: string,
  errno: number,
  words: string,
): string {
  return `${doing} file ${path}: (errno ${errno}) ${words}`;
}

/** The sender's sentence; several failures as 25.x counts them. */
export function sendingFailed({ ownAddress, peer }: Ends, first: string, failures: number): string {
  const count = failures > 1 ? `${failures} total failures: first failure: ` : '';
  return `STARTER at ${ownAddress} failed to send file(s) to ${peer}: |Error: ${count}${first}`;
}

/** The receiver's sentence. */
export function receivingFailed({ ownAddress, peer }: Ends, what: string): string {
  return `STARTER at ${ownAddress} failed to receive file(s) from ${peer} - |Error: ${what}`;
}

/** The receiver's sentence where the sender has told what is wrong. */
export function receivedNothing({ peer }: Ends): string {
  return `STARTER failed to receive file(s) from ${peer}`;
}

/** Both sides' sentences, as the event for the job's log has them. */
export function joined(sender: string, receiver: string): string {
  return sender === '' || receiver === '' ? sender + receiver : `${sender}; ${receiver}`;
}

/** The system's words for a call's error, and what they mean where they would mislead. */
export function errnoWords(error: FileError, words: (errno: number) => string): string {
  const hint = HINTS[error.errno];
  return words(error.errno) + (hint === undefined ? '' : ` (${hint})`);
}

/** What an errno means here, where the system's words do not tell. */
const HINTS: Readonly<Record<number, string>> = {
  [ERRNO.EXDEV]: 'a symbolic link that leads out of the sandbox is not followed',
  [ERRNO.ENODATA]: 'the file became shorter while it was sent; its end was filled with zeros',
};
