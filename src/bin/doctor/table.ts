/**
 * The rows of `eyrie doctor` as text for a terminal, and as JSON.
 */
import type { CheckedRow, CheckState } from './check';

const COLORS: { readonly [state in CheckState]: number } = { ok: 32, limited: 33, missing: 31 };
const STATE_WIDTH = 'limited'.length;

/**
 * One line a check under its topic's title, and below what is not ok how to get it, unless that is
 * the same as for the line before:
 *
 * ```
 * Isolation
 *   ok       user namespace    jobs of ordinary users    made one
 *   missing  a new /proc       PID namespaces            refused: Operation not permitted
 *            get it: start it where nothing is mounted below /proc
 * ```
 *
 * @param color whether states are coloured (a terminal, and NO_COLOR unset)
 */
export function formatTable(rows: readonly CheckedRow[], color: boolean): string {
  const titles = widest(rows.map((row) => row.title));
  const needs = widest(rows.map((row) => row.neededFor));
  const lines: string[] = [];
  let before: CheckedRow | undefined;
  for (const row of rows) {
    if (row.topic !== before?.topic) {
      lines.push(...(lines.length > 0 ? [''] : []), row.topic);
    }
    const state = paint(row.state, row.state.padEnd(STATE_WIDTH), color);
    const head = `${row.title.padEnd(titles)}  ${row.neededFor.padEnd(needs)}`;
    lines.push(`  ${state}  ${head}  ${row.found}`);
    if (row.remedy !== undefined && row.remedy !== before?.remedy) {
      lines.push(`  ${' '.repeat(STATE_WIDTH)}  get it: ${row.remedy}`);
    }
    before = row;
  }
  return `${lines.join('\n')}\n`;
}

/** An array with one object a check, indented for people who look at it all the same. */
export function formatJson(rows: readonly CheckedRow[]): string {
  const objects = rows.map((row) => ({
    id: row.id,
    topic: row.topic,
    title: row.title,
    state: row.state,
    found: row.found,
    neededFor: row.neededFor,
    remedy: row.remedy ?? null,
    preventsJobs: row.prevents ?? false,
  }));
  return `${JSON.stringify(objects, undefined, 2)}\n`;
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

function paint(state: CheckState, text: string, color: boolean): string {
  return color ? `\u001b[${COLORS[state]}m${text}\u001b[0m` : text;
}
