/** The benchmark's report. */
import { median, ninetieth } from './statistics.mjs';

/** Rows of cells as text, in columns: the first to the left, numbers to the right. */
export function columns(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** How much of the reference a value is: `1.35×`. */
export function ratio(value, reference) {
  return reference === undefined ? '' : `${(value / reference).toFixed(2)}×`;
}

/** The side that others are compared with: HTCondor's when it is there. */
function reference(sides) {
  return sides.find(({ name }) => name.startsWith('HTCondor'));
}

export function timeTable(situations, sides, samples, rounds) {
  const compared = reference(sides);
  const of = (situation, side) => samples.get(`${situation} ${side.name}`);
  const walls = (list) => list.map(({ wall }) => wall);
  const rows = situations.flatMap((situation) =>
    sides.flatMap((side) => {
      const list = of(situation, side);
      if (list === undefined) return [];
      const middle = median(walls(list));
      // A variant of one side's own, `namespaces, …`, is compared with the others' `namespaces`.
      const [common] = situation.split(',');
      const base = compared && median(walls(of(common, compared)));
      return [
        [
          `${situation}, ${side.name}`,
          middle.toFixed(1),
          ninetieth(walls(list)).toFixed(1),
          median(list.map(({ cpu }) => cpu)).toFixed(1),
          ratio(middle, base),
        ],
      ];
    }),
  );
  const head = ['from command to result, ms', 'median', '90 %', 'cpu', 'to HTCondor'];
  return `\n/bin/true, ${rounds} interleaved rounds\n\n${columns([head, ...rows])}`;
}

export function memoryTable(sides, samples) {
  const compared = reference(sides);
  const base = compared && median(samples.get(compared.name));
  const rows = sides.map((side) => {
    const middle = median(samples.get(side.name));
    return [side.name, (middle / 1024).toFixed(1), ratio(middle, base)];
  });
  const head = ['private memory while a job sleeps, MiB', 'median', 'to HTCondor'];
  return `\nPID and mount namespaces\n\n${columns([head, ...rows])}`;
}
