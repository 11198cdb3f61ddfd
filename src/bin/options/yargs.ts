/**
 * The tables of options and commands as a yargs parser, for help and for showing that the quick
 * parser reads a command line as yargs does. The only module that loads the whole of yargs; it is
 * itself loaded only when needed.
 */
import yargs from 'yargs';
import type { Argv, Options } from 'yargs';
import { COMMANDS, COMMAND_NAMES } from './commands';
import { HELP, OPTIONS, VERSION } from './options';
import type { OptionName } from './options';
import { PARSER_SETTINGS } from './parse';
import type { CommandRow, OptionRow } from './rows';
import { operandWords } from './usage';

/** What `eyrie image` and `eyrie classad` alone mean. */
export const GROUP_SUMMARIES: Readonly<Record<string, string>> = {
  image: 'keep the named chroots',
  account: 'keep the accounts of the process control daemon',
  classad: 'work with ClassAds',
};

/**
 * The help of `eyrie`, of a group of commands or of one command.
 *
 * @param words what follows `eyrie`; none: `eyrie` itself.
 * @param width columns to fill.
 */
export async function helpText(words: readonly string[], width: number): Promise<string> {
  let text = '';
  await buildYargs(width).parse([...words, '--help'], {}, (_error, _parsed, output) => {
    text = output;
  });
  return text;
}

/** Everything in the tables, for yargs. Parsing never ends the process. */
export function buildYargs(width: number): Argv {
  const top = settings(yargs([]), width)
    .usage('$0 COMMAND [OPTION]...')
    .option('version', { nargs: 0, describe: VERSION.summary, global: false })
    .epilogue(
      'eyrie COMMAND --help says more about a command, the manual page eyrie(1) everything.',
    )
    .demandCommand(1);
  const groups = new Map<string, CommandRow<OptionName>[]>();
  for (const name of COMMAND_NAMES) {
    const command: CommandRow<OptionName> = COMMANDS[name];
    const [first = '', second] = command.words;
    if (second === undefined) addCommand(top, command, first, width);
    else groups.set(first, [...(groups.get(first) ?? []), command]);
  }
  for (const [word, commands] of groups) {
    top.command(word, GROUP_SUMMARIES[word] ?? '', (inner) => {
      settings(inner, width).usage(`$0 ${word} COMMAND [OPTION]...`).demandCommand(1);
      for (const command of commands) addCommand(inner, command, command.words[1] ?? '', width);
      return inner;
    });
  }
  return top;
}

/** What holds for `eyrie` and each command alike. English, as all our messages are. */
function settings(parser: Argv, width: number): Argv {
  return parser
    .scriptName('eyrie')
    .locale('en')
    .parserConfiguration({ ...PARSER_SETTINGS })
    .version(false)
    .help('help', HELP.summary)
    .alias('help', 'h')
    .wrap(width)
    .strict()
    .exitProcess(false)
    .showHelpOnFail(false);
}

function addCommand(
  parser: Argv,
  command: CommandRow<OptionName>,
  word: string,
  width: number,
): void {
  const pattern = [word, ...command.operands.map(operandPattern)].join(' ');
  parser.command(pattern, command.summary, (inner) => {
    const usage = ['$0', ...command.words, '[OPTION]...', ...operandWords(command)].join(' ');
    settings(inner, width).usage(`${usage}\n\n${command.summary}`);
    for (const operand of command.operands) {
      inner.positional(positionalName(operand.argument), { describe: operand.summary });
    }
    for (const name of command.options) inner.option(name, toYargs(OPTIONS[name]));
    return inner;
  });
}

/** `JOB_AD` → `<JOB_AD>`, optional ones in brackets, repeatable ones with dots. */
function operandPattern(operand: CommandRow['operands'][number]): string {
  const name = positionalName(operand.argument) + (operand.repeatable ? '...' : '');
  return operand.required ? `<${name}>` : `[${name}]`;
}

/** yargs reads `|` in a pattern as an alias: one name for both. */
function positionalName(argument: string): string {
  return argument.replace('|', '-or-');
}

/** Without types, which help would print and the parser settings make needless. */
function toYargs(row: OptionRow): Options {
  return {
    describe: row.default === undefined ? row.summary : `${row.summary} (else: ${row.default})`,
    ...(row.letter === undefined ? {} : { alias: row.letter }),
    nargs: row.argument === undefined ? 0 : 1,
  };
}
