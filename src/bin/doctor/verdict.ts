/**
 * Whether a job can run here, from all that was found.
 */
import type { CheckedRow } from './check';
import { TRIAL_ID } from './trial-job';

/**
 * The trial job decides. Where it ran, nothing prevents jobs, whatever a check took for a cause.
 */
export function settle(rows: readonly CheckedRow[]): readonly CheckedRow[] {
  const ran = rows.some((row) => row.id === TRIAL_ID && !row.prevents);
  return ran ? rows.map(({ prevents: _, ...row }) => row) : rows;
}

/**
 * The one line that says why no job can run: the first check that prevents it, in the order of
 * the tables, where causes stand before their consequences.
 *
 * @returns undefined where a job can run
 */
export function obstacleLine(rows: readonly CheckedRow[]): string | undefined {
  const obstacle = rows.find((row) => row.prevents);
  if (obstacle === undefined) {
    return undefined;
  }
  const remedy = obstacle.remedy === undefined ? '' : ` (${obstacle.remedy})`;
  return `no job can run here: ${obstacle.title}: ${obstacle.found}${remedy}`;
}
