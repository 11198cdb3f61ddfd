/**
 * The shape of the tables of options and commands. Help, parsing, man pages and completion are all
 * made from the tables, so what a row says is all there is to say about an option.
 */

/** What a shell offers when an argument is completed. */
export type Completion = 'file' | 'directory' | 'none';

/** One option of `eyrie`. The key in the table is its long name. */
export interface OptionRow {
  /** One-letter form, without the dash. */
  readonly letter?: string;
  /** The argument's name in help (`FILE`); absent: the option takes none. */
  readonly argument?: string;
  /** May be given more than once. */
  readonly repeatable?: true;
  readonly completes?: Completion;
  /** One line for help: a sentence's beginning in lower case, no period. */
  readonly summary: string;
  /** What holds without the option, for man pages; absent: nothing that needs saying. */
  readonly default?: string;
  /** Further sentences for the man page, in the markup of the man pages' sources. */
  readonly details?: string;
}

/** One word of a command line that is not an option. */
export interface OperandRow {
  /** Its name in help: `JOB_AD`. */
  readonly argument: string;
  readonly required: boolean;
  /** Takes all words that are left; the last operand only. */
  readonly repeatable?: true;
  readonly completes?: Completion;
  readonly summary: string;
}

/** One command of `eyrie`. */
export interface CommandRow<OptionName extends string = string> {
  /** What is typed after `eyrie`: `['image', 'add']`. */
  readonly words: readonly string[];
  /** One line for help. */
  readonly summary: string;
  /** Names of its options, in the order of help. `--help` is everywhere and not listed. */
  readonly options: readonly OptionName[];
  readonly operands: readonly OperandRow[];
  /** Exit status of wrong use. */
  readonly usageStatus: number;
}
