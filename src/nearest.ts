/**
 * The name that a misspelt one was probably meant to be, for error messages about options, knobs
 * and commands.
 */

/**
 * Finds the candidate closest to `word`, letter case ignored: the fewest insertions, deletions,
 * replacements and swaps of neighbours (the optimal string alignment distance).
 *
 * @returns undefined where even the closest differs in more than a third of the letters; of equally
 * close ones the first.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  const wanted = word.toLowerCase();
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** The distance of two words, or any number `>= limit` once it is certain to reach `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: readonly number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = nextRow(a, b, i, last, beforeLast);
    if (Math.min(...row) >= limit) return limit;
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? limit;
}

/** Row `i` of the table of distances between the beginnings of `a` and `b`. */
function nextRow(
  a: string,
  b: string,
  i: number,
  last: readonly number[],
  beforeLast: readonly number[],
): number[] {
  const cell = (row: readonly number[], j: number): number => row[j] ?? Infinity;
  const row = [i];
  for (let j = 1; j <= b.length; j++) {
    const replaced = cell(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
    const swapped =
      i > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
        ? cell(beforeLast, j - 2) + 1
        : Infinity;
    row.push(Math.min(cell(last, j) + 1, cell(row, j - 1) + 1, replaced, swapped));
  }
  return row;
}
