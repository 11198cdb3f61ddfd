/**
 * One command's words, parsed by yargs-parser under settings that leave no surprises, and checked
 * against the command's row. The whole of yargs (help, `--version`) is loaded elsewhere and only
 * when it is needed: the parser alone costs a run nothing that one can feel.
 */
import yargsParser from 'yargs-parser';
import { err, ok } from '../../result';
import type { Result } from '../../result';
import { duplicate, missingArgument, unexpectedArgument, unknownOption } from './complaints';
import { checkOperands } from './operands';
import { OPTIONS } from './options';
import type { OptionName } from './options';
import type { CommandRow, OptionRow } from './rows';
import type { UsageError } from './types';

/** A command's options and operands as they were given. */
export interface ParsedWords {
  /** `--help` was among them; nothing else was checked then. */
  readonly help: boolean;
  /** True where the option was given. */
  flag(name: OptionName): boolean;
  /** The option's argument; undefined where it was not given. */
  text(name: OptionName): string | undefined;
  /** A repeatable option's arguments in order. */
  list(name: OptionName): readonly string[];
  readonly operands: readonly string[];
}

/**
 * Settings of yargs and yargs-parser: what is typed is what arrives. `short-option-groups` off
 * lets long options be given with one dash, as all of HTCondor's are.
 */
export const PARSER_SETTINGS = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': true,
  'nargs-eats-options': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
} as const;

/**
 * Parses what follows a command's own words.
 *
 * @returns an error for an option that does not exist, an argument that is missing or too many, an
 * option given twice that counts once, and operands that are missing, empty or too many.
 */
export function parseWords(
  command: CommandRow<OptionName>,
  argv: readonly string[],
): Result<ParsedWords, UsageError> {
  const { argv: parsed, error } = yargsParser.detailed([...argv], settingsFor(command));
  if (parsed['help'] === true) return ok(parsedWords(true, new Map(), []));

  const known = new Set<string>(['_', 'help', ...command.options]);
  for (const key of Object.keys(parsed)) {
    if (!known.has(key) && !isLetter(command, key)) return err(unknownOption(command, argv, key));
  }
  if (error) return err(complaintAbout(command, error.message));

  const given = new Map<OptionName, readonly string[]>();
  for (const name of command.options) {
    const values = [parsed[name] as unknown].flat().filter((value) => value !== undefined);
    if (values.length > 1 && !row(name).repeatable) return err(duplicate(name));
    if (values.length > 0) given.set(name, values.map(String));
  }
  const operands = parsed._.map(String);
  const complaint = checkOperands(command, operands);
  return complaint ? err(complaint) : ok(parsedWords(false, given, operands));
}

/** The row of an option, seen as the general type. */
function row(name: OptionName): OptionRow {
  return OPTIONS[name];
}

function isLetter(command: CommandRow<OptionName>, key: string): boolean {
  return key === 'h' || command.options.some((name) => row(name).letter === key);
}

/** yargs-parser's options for a command. `narg` 0 keeps a flag from eating a word `true`. */
function settingsFor(command: CommandRow<OptionName>): yargsParser.Options {
  const takesArgument = (name: OptionName): boolean => row(name).argument !== undefined;
  const flags = command.options.filter((name) => !takesArgument(name));
  const texts = command.options.filter(takesArgument);
  const letters = command.options.flatMap((name) => {
    const { letter } = row(name);
    return letter === undefined ? [] : [[name, [letter]] as const];
  });
  return {
    alias: { ...Object.fromEntries(letters), help: ['h'] },
    boolean: [...flags, 'help'],
    string: texts,
    narg: Object.fromEntries([
      ...flags.map((name) => [name, 0] as const),
      ...texts.map((name) => [name, 1] as const),
    ]),
    configuration: { ...PARSER_SETTINGS },
    // Only the option's name is wanted of the parser's own message: the words are ours.
    __: (_template: string, key: string) => key,
  } as yargsParser.Options;
}

/** What yargs-parser found wrong with the option of this name or letter. */
function complaintAbout(command: CommandRow<OptionName>, key: string): UsageError {
  const name = command.options.find((option) => option === key || row(option).letter === key);
  if (name === undefined) return { message: `option '${key}' cannot be understood here` };
  return row(name).argument === undefined ? unexpectedArgument(name) : missingArgument(name);
}

function parsedWords(
  help: boolean,
  given: ReadonlyMap<OptionName, readonly string[]>,
  operands: readonly string[],
): ParsedWords {
  return {
    help,
    flag: (name) => given.has(name),
    text: (name) => given.get(name)?.[0],
    list: (name) => given.get(name) ?? [],
    operands,
  };
}
