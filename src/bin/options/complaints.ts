/** The sentences about wrongly used options of `eyrie`: what is wrong, and what would be right. */
import { nearest } from '../../nearest';
import { OPTIONS } from './options';
import type { OptionName } from './options';
import type { CommandRow, OptionRow } from './rows';
import type { UsageError } from './types';

/** An option that the command does not have, with the nearest that it has. */
export function unknownOption(
  command: CommandRow<OptionName>,
  argv: readonly string[],
  key: string,
): UsageError {
  const typed = argv.map(withoutValue).find((word) => word.replace(/^--?/, '') === key) ?? key;
  return { message: `unknown option '${typed}'${hint(command, key)}` };
}

/** An option that takes an argument and has none. */
export function missingArgument(name: OptionName): UsageError {
  const { argument } = OPTIONS[name] as OptionRow;
  const form = `--${name}=${argument ?? ''}`;
  return {
    message: `option '--${name}' needs an argument (one that begins with '-' is given as ${form})`,
  };
}

/** An option that takes no argument and has one. */
export function unexpectedArgument(name: OptionName): UsageError {
  return { message: `option '--${name}' takes no argument` };
}

/** An option given more than once that can count only once. */
export function duplicate(name: OptionName): UsageError {
  return { message: `option '--${name}' is given more than once` };
}

function withoutValue(word: string): string {
  const equals = word.indexOf('=', 1);
  return equals < 0 ? word : word.slice(0, equals);
}

/** What may have been meant by an unknown option, as the end of a sentence. */
function hint(command: CommandRow<OptionName>, key: string): string {
  const names = [...command.options, 'help'];
  const meant = nearest(key, names) ?? onlyOne(names.filter((name) => name.startsWith(key)));
  if (meant !== undefined) return `: did you mean '--${meant}'?`;
  const apart = joinedLetters(command, key);
  if (apart !== undefined) return `: give one-letter options apart, as '${apart}'`;
  return command.operands.length === 0 ? '' : `: words that begin with '-' go after '--'`;
}

function onlyOne(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

/** `vt` → `-v -t`, `cFILE` → `-c FILE`; undefined where a letter is no option's. */
function joinedLetters(command: CommandRow<OptionName>, key: string): string | undefined {
  const words: string[] = [];
  for (let i = 0; i < key.length; i++) {
    const name = command.options.find((option) => (OPTIONS[option] as OptionRow).letter === key[i]);
    if (name === undefined) return undefined;
    words.push(`-${key[i]}`);
    if ((OPTIONS[name] as OptionRow).argument !== undefined) {
      const rest = key.slice(i + 1);
      return [...words, ...(rest === '' ? [] : [rest])].join(' ');
    }
  }
  return words.join(' ');
}
