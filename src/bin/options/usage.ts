/** The one-line usage of a command, from its row. */
import { COMMANDS, COMMAND_NAMES } from './commands';
import type { CommandRow } from './rows';

/** Operands as usage lines write them: `JOB_AD`, `[EXPR]...`. */
export function operandWords(command: CommandRow): readonly string[] {
  return command.operands.map(({ argument, required, repeatable }) => {
    const name = required ? argument : `[${argument}]`;
    return repeatable ? `${name}...` : name;
  });
}

/** `Usage: eyrie run [OPTION]... JOB_AD`; for words that are no whole command, the general form. */
export function usageLine(words: readonly string[]): string {
  const name = COMMAND_NAMES.find((candidate) => candidate === words.join(' '));
  if (name === undefined) return ['Usage: eyrie', ...words, 'COMMAND [OPTION]...'].join(' ');
  const command: CommandRow = COMMANDS[name];
  return ['Usage: eyrie', ...words, '[OPTION]...', ...operandWords(command)].join(' ');
}
