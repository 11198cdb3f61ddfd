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

/** Names that stand for themselves, and those with `<N>` or `<Res>`. */
const ROW_NAMES = Object.keys(KNOBS) as RowName[];

/**
 * Finds the row of a name, letter case ignored; a name of its own wins over a pattern.
 *
 * @returns undefined where the table has no such knob
 */
export function findKnob(name: string): FoundKnob | undefined {
  const wanted = name.toUpperCase();
  const rowName =
    ROW_NAMES.find((candidate) => candidate.toUpperCase() === wanted) ??
    ROW_NAMES.find((candidate) => isPattern(candidate) && patternOf(candidate).test(name));
  return rowName === undefined ? undefined : { rowName, row: KNOBS[rowName] };
}

/** All rows that name one knob, in the table's order. */
export function plainKnobs(): readonly FoundKnob[] {
  return ROW_NAMES.filter((name) => !isPattern(name)).map((rowName) => ({
    rowName,
    row: KNOBS[rowName],
  }));
}

/** The knob that a misspelt name was probably meant to be. */
export function nearestKnob(name: string): string | undefined {
  return nearest(
    name,
    ROW_NAMES.map((rowName) => rowName.replace('<N>', '1').replace('<M>', '1')),
  );
}

function isPattern(rowName: string): boolean {
  return rowName.includes('<');
}

function patternOf(rowName: string): RegExp {
  const source = rowName.replace(/<[NM]>/g, '\\d+').replace('<Res>', '\\w+');
  return new RegExp(`^${source}$`, 'i');
}
