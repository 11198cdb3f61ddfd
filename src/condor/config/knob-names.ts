/**
 * Finding the row of the table that a name belongs to.
 */
import { nearest } from '../../nearest';
import type { KnobRow, RowName } from './knob-types';
import { KNOBS } from './knobs';

/** A row and the name that it has in the table. */
export interface FoundKnob {
  readonly rowName: RowName;
  readonly row: KnobRow;
}

/** The table by name in upper case, and its patterns; made when a name is first asked for. */
interface Index {
  readonly plain: ReadonlyMap<string, FoundKnob>;
  readonly patterns: readonly (FoundKnob & { readonly pattern: RegExp })[];
}

let madeIndex: Index | undefined;

/**
 * Finds the row of a name, letter case ignored; a name of its own wins over a pattern.
 *
 * @returns undefined where the table has no such knob
 */
export function findKnob(name: string): FoundKnob | undefined {
  const { plain, patterns } = index();
  return plain.get(name.toUpperCase()) ?? patterns.find(({ pattern }) => pattern.test(name));
}

/** All rows that name one knob, in the table's order. */
export function plainKnobs(): readonly FoundKnob[] {
  return [...index().plain.values()];
}

/** The knob that a misspelt name was probably meant to be. */
export function nearestKnob(name: string): string | undefined {
  const examples = Object.keys(KNOBS).map((rowName) => rowName.replace(/<[NM]>/g, '1'));
  return nearest(name, examples);
}

function index(): Index {
  madeIndex ??= makeIndex();
  return madeIndex;
}

function makeIndex(): Index {
  const rowNames = Object.keys(KNOBS) as RowName[];
  const found = rowNames.map((rowName) => ({ rowName, row: KNOBS[rowName] }));
  const isPattern = ({ rowName }: FoundKnob): boolean => rowName.includes('<');
  return {
    plain: new Map(
      found.filter((knob) => !isPattern(knob)).map((knob) => [knob.rowName.toUpperCase(), knob]),
    ),
    patterns: found
      .filter(isPattern)
      .map((knob) => ({ ...knob, pattern: patternOf(knob.rowName) })),
  };
}

function patternOf(rowName: string): RegExp {
  const source = rowName.replace(/<[NM]>/g, '\\d+').replace(/<(Res|Keyword)>/, '\\w+');
  return new RegExp(`^${source}$`, 'i');
}
