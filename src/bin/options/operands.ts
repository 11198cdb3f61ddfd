/** The operands of a command: are they all there, and not too many? */
import type { OptionName } from './options';
import type { CommandRow } from './rows';
import type { UsageError } from './types';

/** What is wrong with a command's operands; undefined: nothing. */
export function checkOperands(
  command: CommandRow<OptionName>,
  given: readonly string[],
): UsageError | undefined {
  for (const [index, operand] of command.operands.entries()) {
    const word = given[index];
    if (word === undefined && operand.required) {
      return { message: `${operand.argument} is missing: ${operand.summary}` };
    }
    if (word === '' && operand.repeatable === undefined) {
      return { message: `${operand.argument} is an empty word: expected ${operand.summary}` };
    }
  }
  const takesAll = command.operands.some((operand) => operand.repeatable);
  const extra = takesAll ? undefined : given[command.operands.length];
  if (extra === undefined) return undefined;
  const names = command.operands.map((operand) => operand.argument).join(' ');
  return {
    message: `unexpected argument '${extra}': ${
      names === '' ? 'only options are taken' : `nothing follows ${names}`
    }`,
  };
}
