/**
 * The completion of `eyrie` for bash, from the tables of options and commands. It is a plain
 * script: yargs' own would start node at each press of the key.
 */
import { COMMANDS, COMMAND_NAMES } from '../../src/bin/options/commands';
import { OPTIONS } from '../../src/bin/options/options';
import type { OptionName } from '../../src/bin/options/options';
import type { CommandRow, Completion, OptionRow } from '../../src/bin/options/rows';

/** The whole script. */
export function bashCompletion(): string {
  const groups = new Map<string, string[]>();
  for (const name of COMMAND_NAMES) {
    const [first = '', second] = COMMANDS[name].words;
    groups.set(first, [...(groups.get(first) ?? []), ...(second === undefined ? [] : [second])]);
  }
  const grouped = [...groups].filter(([, words]) => words.length > 0);
  return `${[
    '# Completion of eyrie for bash. Made by scripts/docs/build.mjs of the tables of options.',
    '',
    '_eyrie() {',
    '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}',
    '  local command=${COMP_WORDS[1]} options operand=none',
    '  COMPREPLY=()',
    '  # bash takes --option=value apart.',
    '  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi',
    '  if ((COMP_CWORD == 1)); then',
    `    mapfile -t COMPREPLY < <(compgen -W '${[...groups.keys(), '--help', '--version'].join(' ')}' -- "$cur")`,
    '    return',
    '  fi',
    '  case $command in',
    ...grouped.flatMap(([group, words]) => [
      `    ${group})`,
      '      if ((COMP_CWORD == 2)); then',
      `        mapfile -t COMPREPLY < <(compgen -W '${[...words, '--help'].join(' ')}' -- "$cur")`,
      '        return',
      '      fi',
      '      command+=" ${COMP_WORDS[2]}"',
      '      ;;',
    ]),
    '  esac',
    '  case $prev in',
    ...argumentCases(),
    '  esac',
    '  case $command in',
    ...COMMAND_NAMES.map((name) => commandCase(COMMANDS[name])),
    '    *) return ;;',
    '  esac',
    '  if [[ $cur == -* ]]; then',
    '    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")',
    '  else',
    '    _eyrie_path "$operand" "$cur"',
    '  fi',
    '}',
    '',
    '_eyrie_path() {',
    '  case $1 in',
    '    file) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;',
    '    directory) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;',
    '    *) return ;;',
    '  esac',
    '  compopt -o filenames 2>/dev/null',
    '}',
    '',
    'complete -F _eyrie eyrie',
  ].join('\n')}\n`;
}

/** What completes the arguments of options, an option's forms with one and two dashes alike. */
function argumentCases(): readonly string[] {
  const kinds: readonly Completion[] = ['file', 'directory', 'none'];
  return kinds.flatMap((kind) => {
    const forms = (Object.keys(OPTIONS) as OptionName[]).flatMap((name) => {
      const row: OptionRow = OPTIONS[name];
      if (row.argument === undefined || (row.completes ?? 'none') !== kind) return [];
      return [`-${name}`, `--${name}`, ...(row.letter === undefined ? [] : [`-${row.letter}`])];
    });
    if (forms.length === 0) return [];
    return [
      `    ${forms.join(' | ')})`,
      `      _eyrie_path ${kind} "$cur"`,
      '      return',
      '      ;;',
    ];
  });
}

function commandCase(command: CommandRow<OptionName>): string {
  const options = [...command.options, 'help'].map((name) => `--${name}`);
  const operand = command.operands.at(-1)?.completes ?? 'none';
  const pattern =
    command.words.length > 1 ? `'${command.words.join(' ')}'` : command.words.join('');
  return `    ${pattern}) options='${options.join(' ')}' operand=${operand} ;;`;
}
