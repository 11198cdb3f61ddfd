/**
 * The text of an ini file, to settings.
 *
 * The file is ini as far as HTCondor's language allows: `NAME = value` lines, and comments that
 * begin a line with `#` or `;`. Values are HTCondor's: what follows the first `=`, with every `;`,
 * `#` and quotation mark in it, and a backslash at the end of a line joins the next one to it.
 *
 * The library `ini` reads the lines. By itself it would cut values at `;` and `#`, take quotation
 * marks off, make true, false and null of words, lists of `NAME[]` and objects of `[section]`, and
 * drop `__proto__`. So names are checked and values are put into JSON's quotation marks before it
 * sees them.
 */
import { parse } from 'ini';
import { err, ok, type Result } from '../../result';
import type { ConfigError, Setting } from './settings';

/** A line as the file's reader sees it: comments gone, continuations joined. */
interface LogicalLine {
  readonly text: string;
  /** Where it begins; counts from 1. */
  readonly line: number;
}

const ASSIGNMENT = /^([A-Za-z_][\w.]*)\s*=\s*([^]*)$/;

/**
 * Reads settings.
 *
 * @param text what the file holds
 * @param file its name, for origins and errors
 * @returns the settings in the file's order, or what is wrong with each line that is not one
 */
export function parseIniFile(
  text: string,
  file: string,
): Result<readonly Setting[], readonly ConfigError[]> {
  const settings: Setting[] = [];
  const errors: ConfigError[] = [];
  for (const { text: content, line } of logicalLines(text)) {
    const assignment = ASSIGNMENT.exec(content);
    if (assignment === null) {
      errors.push({ message: `${file}:${line}: ${complaint(content)}` });
      continue;
    }
    const [, name = '', value = ''] = assignment;
    settings.push({ ...readLine(name, value), origin: { kind: 'file', file, line } });
  }
  return errors.length > 0 ? err(errors) : ok(settings);
}

function readLine(name: string, value: string): { name: string; text: string } {
  const entries = Object.entries(parse(`${name} = ${JSON.stringify(value)}`));
  const [[key, text] = []] = entries;
  // `ini` leaves a few names out; they are settings too, and unknown ones.
  return { name: key ?? name, text: typeof text === 'string' ? text : value };
}

function* logicalLines(text: string): IterableIterator<LogicalLine> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let content = (lines[index] ?? '').trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    while (content.endsWith('\\') && index + 1 < lines.length) {
      index += 1;
      content = content.slice(0, -1) + (lines[index] ?? '').trim();
    }
    yield { text: content, line };
  }
}

/** What is wrong with a line that sets nothing, and what to do. */
function complaint(content: string): string {
  const shown = JSON.stringify(content.length > 60 ? `${content.slice(0, 60)}...` : content);
  if (content.startsWith('[')) {
    return `${shown}: knobs have no sections here, remove the line`;
  }
  return `${shown}: expected NAME = value, or a comment that begins with #`;
}
