/**
 * Text that can be shown: what a job has chosen, a file's name for one, shall neither look like
 * another line nor steer a terminal.
 */

/** Control characters, among them ESC, and those that change the direction of writing. */
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** The text with unprintable characters as `\x1b` or `\u202e`; tabs and line ends stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escape);
}

/** The text as one line: likewise, and a line end is `\x0a`. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', escape);
}

function escape(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}
