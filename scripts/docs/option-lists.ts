/** The tables of commands, options and abilities, written in the markup of the manual pages. */
import { COMMANDS, COMMAND_NAMES } from '../../src/bin/options/commands';
import { HELP, OPTIONS } from '../../src/bin/options/options';
import type { OptionName } from '../../src/bin/options/options';
import type { CommandRow, OptionRow } from '../../src/bin/options/rows';
import { PROCD_USAGE } from '../../src/bin/options/procd-help';
import {
  PROCD_OPTION_NAMES,
  PROCD_OPTIONS,
  type ProcdOptionRow,
} from '../../src/bin/options/procd-options';
import { STARTER_USAGE, optionForm } from '../../src/bin/options/starter-help';
import { STARTER_OPTIONS, STARTER_OPTION_NAMES } from '../../src/bin/options/starter-options';
import type { StarterOptionRow } from '../../src/bin/options/starter-options';
import { operandWords } from '../../src/bin/options/usage';
import { ABILITIES } from '../../src/starter/abilities';

/** A line of a page's source that is replaced by a list, and the list. */
export const LISTS: Readonly<Record<string, () => string>> = {
  '@synopsis': synopsis,
  '@commands': commands,
  '@starter-synopsis': () => STARTER_USAGE.map((form) => `\`${form}\``).join('\n\n'),
  '@starter-options': starterOptions,
  '@starter-refused': starterRefused,
  '@abilities': abilities,
  '@procd-synopsis': () => PROCD_USAGE.map((form) => `\`${form}\``).join('\n\n'),
  '@procd-options': procdOptions,
};

function synopsis(): string {
  const forms = COMMAND_NAMES.map((name) => {
    const command: CommandRow<OptionName> = COMMANDS[name];
    const operands = operandWords(command).map((word) => ` ${word}`);
    return `*eyrie ${name}* [_OPTION_]...${operands.join('')}`;
  });
  return [...forms, '*eyrie* *--help* | *--version*'].join('\n\n');
}

/** A subsection for each command. What an option's details are is said where it first comes. */
function commands(): string {
  const told = new Set<OptionName>();
  const sections = COMMAND_NAMES.map((name) => {
    const command: CommandRow<OptionName> = COMMANDS[name];
    const entries = [
      ...command.operands.map(({ argument, summary }) => entry(argument, [sentence(summary)])),
      ...command.options.map((option) => {
        const isNew = !told.has(option);
        told.add(option);
        return optionEntry(option, OPTIONS[option], isNew);
      }),
      optionEntry('help', HELP, false),
    ];
    return [`## eyrie ${name}`, sentence(command.summary), ...entries].join('\n\n');
  });
  return sections.join('\n\n');
}

function optionEntry(name: string, row: OptionRow, withDetails: boolean): string {
  const argument = row.argument === undefined ? '' : ` ${row.argument}`;
  const letter = row.letter === undefined ? '' : `*-${row.letter}*${argument}, `;
  const repeat = row.repeatable ? ' (may be repeated)' : '';
  const lines = [sentence(row.summary)];
  if (row.default !== undefined) lines.push(`Without it: ${row.default}.`);
  if (withDetails && row.details !== undefined) lines.push(row.details);
  return entry(`${letter}*--${name}*${argument}${repeat}`, lines);
}

function starterOptions(): string {
  return STARTER_OPTION_NAMES.filter((name) => starterRow(name).refused === undefined)
    .map((name) => {
      const { shortest, summary, ignored } = starterRow(name);
      const abbreviation =
        shortest === undefined || shortest === name ? '' : ` (at least \`-${shortest}\`)`;
      const lines = [`${sentence(summary)}${ignored ? ` Ignored: ${ignored}.` : ''}`];
      return entry(
        `*${optionForm(name).replace(' ', '* ')}${optionForm(name).includes(' ') ? '' : '*'}${abbreviation}`,
        lines,
      );
    })
    .join('\n\n');
}

function starterRefused(): string {
  return STARTER_OPTION_NAMES.flatMap((name) => {
    const { summary, refused } = starterRow(name);
    return refused === undefined
      ? []
      : [entry(`*-${name}*`, [sentence(summary), sentence(refused)])];
  }).join('\n\n');
}

function starterRow(name: keyof typeof STARTER_OPTIONS): StarterOptionRow {
  return STARTER_OPTIONS[name];
}

function procdOptions(): string {
  return PROCD_OPTION_NAMES.map((name) => {
    const row: ProcdOptionRow = PROCD_OPTIONS[name];
    const lines = [sentence(row.summary)];
    if (row.default !== undefined) lines.push(`Without it: ${row.default}.`);
    if (row.details !== undefined) lines.push(row.details);
    return entry([`*${name}*`, ...row.words].join(' '), lines);
  }).join('\n\n');
}

function abilities(): string {
  return ABILITIES.map(({ attribute, offered, reason }) =>
    entry(`*${attribute}*${offered ? '' : ' (not offered)'}`, [sentence(reason)]),
  ).join('\n\n');
}

function entry(term: string, lines: readonly string[]): string {
  return [term, ...lines.map((line) => `\t${line}`)].join('\n');
}

/** A summary as a sentence. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
