/**
 * What a row of the table of knobs says, and the types of names that follow from the table.
 */
import type { KNOBS } from './knobs';

/** How a knob's text is read. */
export type KnobKind =
  | 'string'
  /** An absolute path. */
  | 'path'
  /** Words separated by commas, blanks, or both. */
  | 'list'
  /** A list, or a ClassAd expression that gives one as a string. */
  | 'list-expression'
  /** `true`, `false`, or a ClassAd expression. */
  | 'boolean'
  /** A number without fraction, or a ClassAd expression. */
  | 'integer'
  /** A ClassAd expression whose value the reader of the knob judges. */
  | 'expression'
  /** One of a few words, letter case ignored. */
  | 'choice';

/** A default by hand: the same for all, or different for root and for an ordinary user. */
export type HandDefault = string | { readonly root: string; readonly user: string };

/** One row of the table. */
export interface KnobRow {
  readonly kind: KnobKind;
  /** Default in a pool; macros are expanded. Empty: not set. */
  readonly pool: string;
  /** Default by hand; absent: as in a pool. */
  readonly hand?: HandDefault;
  /** Unit of an integer or of an expression's value. */
  readonly unit?: string;
  /** Least and greatest value of an integer. */
  readonly min?: number;
  readonly max?: number;
  /** The words of a choice. */
  readonly choices?: readonly string[];
  /** Whose knob it is. */
  readonly source: 'HTCondor' | 'Eyrie';
  /** One line for people. */
  readonly description: string;
}

type Table = typeof KNOBS;

/** A row's name as it stands in the table: `EXECUTE`, `SLOT<N>_USER`. */
export type RowName = keyof Table;

type RowsOf<K extends KnobKind> = {
  [Name in RowName]: Table[Name]['kind'] extends K ? Name : never;
}[RowName];

/** The names that a pattern stands for: `SLOT<N>_USER` becomes `SLOT${string}_USER`. */
type Spelled<Pattern extends string> = Pattern extends `${infer Before}<${string}>${infer After}`
  ? `${Before}${string}${Spelled<After>}`
  : Pattern;

/** A name that can be asked for, by kind: another name does not compile. */
export type KnobName<K extends KnobKind = KnobKind> = Spelled<RowsOf<K>>;

/** The words of a knob of kind `choice`. */
export type ChoiceOf<Name extends RowsOf<'choice'>> = Table[Name]['choices'][number];
