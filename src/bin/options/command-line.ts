/** Reads `eyrie`'s command line: which command, and its words. Pure, but for what yargs-parser is. */
import { nearest } from '../../nearest';
import { err, ok } from '../../result';
import type { Result } from '../../result';
import { COMMANDS, COMMAND_NAMES, NO_COMMAND_STATUS } from './commands';
import type { CommandName } from './commands';
import { toInvocation } from './invocation';
import type { Invocation } from './invocation';
import type { OptionName } from './options';
import { parseWords } from './parse';
import type { CommandRow } from './rows';
import type { UsageError } from './types';

/** Wrong use of `eyrie`, and what it needs to be told to a person. */
export interface CommandLineError extends UsageError {
  /** The words of the command that was wrongly used; none where it was not recognized. */
  readonly words: readonly string[];
  /** Exit status. */
  readonly status: number;
}

const HELP_WORDS: ReadonlySet<string> = new Set(['--help', '-help', '-h']);
const VERSION_WORDS: ReadonlySet<string> = new Set(['--version', '-version']);

/** Reads the words after `eyrie`. */
export function readCommandLine(argv: readonly string[]): Result<Invocation, CommandLineError> {
  const [first] = argv;
  if (first !== undefined && HELP_WORDS.has(first)) return ok({ command: 'help', words: [] });
  if (first !== undefined && VERSION_WORDS.has(first)) return ok({ command: 'version' });
  for (const name of COMMAND_NAMES) {
    const command: CommandRow<OptionName> = COMMANDS[name];
    if (command.words.every((word, i) => word === argv[i])) {
      return readCommand(name, command, argv.slice(command.words.length));
    }
  }
  return noCommand(argv);
}

function readCommand(
  name: CommandName,
  command: CommandRow<OptionName>,
  argv: readonly string[],
): Result<Invocation, CommandLineError> {
  const fail = ({ message }: UsageError): Result<never, CommandLineError> =>
    err({ message, words: command.words, status: command.usageStatus });
  const words = parseWords(command, argv);
  if (!words.ok) return fail(words.error);
  if (words.value.help) return ok({ command: 'help', words: command.words });
  const invocation = toInvocation(name, words.value);
  return invocation.ok ? invocation : fail(invocation.error);
}

/** No command begins like this: help on a group of commands, or an error with the nearest name. */
function noCommand(argv: readonly string[]): Result<Invocation, CommandLineError> {
  const [first, second] = argv;
  const fail = (message: string, words: readonly string[]): Result<never, CommandLineError> =>
    err({ message, words, status: NO_COMMAND_STATUS });
  if (first === undefined) return fail('a command is missing', []);
  const inGroup = COMMAND_NAMES.filter((name) => COMMANDS[name].words[0] === first);
  if (inGroup.length === 0) {
    const firstWords = new Set(COMMAND_NAMES.map((name) => COMMANDS[name].words[0]));
    const what = first.startsWith('-') ? 'option' : 'command';
    const candidates = what === 'option' ? ['--help', '--version'] : firstWords;
    return fail(`unknown ${what} '${first}'${didYouMean(first, candidates)}`, []);
  }
  if (second !== undefined && HELP_WORDS.has(second))
    return ok({ command: 'help', words: [first] });
  const secondWords = inGroup.map((name) => COMMANDS[name].words[1] ?? '');
  const expected = `expected one of ${secondWords.join(', ')}`;
  if (second === undefined) return fail(`a command is missing: ${expected}`, [first]);
  const meant = didYouMean(second, secondWords) || `: ${expected}`;
  return fail(`unknown command '${second}'${meant}`, [first]);
}

function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? '' : `: did you mean '${meant}'?`;
}
