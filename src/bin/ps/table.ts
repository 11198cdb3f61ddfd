/** The families as a table for people. */
import { printableLine } from '../../printable';
import type { Family } from '../../starter/families/types';
import { size } from '../report/quantities';

/** A column: its title, what stands in it, and whether numbers end at its right edge. */
interface Column {
  readonly title: string;
  readonly right: boolean;
  readonly text: (family: Family) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'PID', right: true, text: ({ pid }) => `${pid}` },
  {
    title: 'JOB',
    right: false,
    text: ({ job }) => (job === undefined ? '-' : `${job.cluster}.${job.proc}`),
  },
  { title: 'USER', right: false, text: ({ user }) => user || '-' },
  { title: 'PROCS', right: true, text: ({ usage }) => `${usage.processes}` },
  { title: 'CPU', right: true, text: ({ usage }) => cpuTime(usage.userCpu + usage.systemCpu) },
  { title: '%CPU', right: true, text: ({ usage }) => usage.percentCpu.toFixed(1) },
  { title: 'RSS', right: true, text: ({ usage }) => memory(usage.resident) },
  { title: 'PSS', right: true, text: ({ usage }) => memory(usage.proportional) },
  { title: 'IMAGE', right: true, text: ({ usage }) => memory(usage.imageSize) },
  { title: 'STATE', right: false, text: ({ state }) => state },
];

/**
 * A line for the titles and one for each family; the last column is the tree:
 *
 * ```
 *  PID JOB  USER    … STATE    FAMILY
 *  812 -    condor  … running  condor_startd
 *  901 12.0 alice   … running  └─ /bin/sleep
 * ```
 *
 * @param families each before those below it
 */
export function familyTable(families: readonly Family[]): readonly string[] {
  const rows = families.map((family) => COLUMNS.map(({ text }) => printableLine(text(family))));
  const widths = COLUMNS.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[], last: string): string =>
    [
      ...cells.map((cell, at) => {
        const width = widths[at] ?? 0;
        return COLUMNS[at]?.right ? cell.padStart(width) : cell.padEnd(width);
      }),
      last,
    ].join(' ');
  const trees = branches(families);
  return [
    line(
      COLUMNS.map(({ title }) => title),
      'FAMILY',
    ),
    ...rows.map((row, at) => {
      const command = printableLine(families[at]?.command ?? '');
      return line(row, `${trees[at] ?? ''}${command}`);
    }),
  ];
}

/** What stands before each name, so that it hangs below the family above. */
export function branches(
  families: readonly Pick<Family, 'pid' | 'parent' | 'procd'>[],
): readonly string[] {
  const depths: number[] = [];
  const places = new Map<string, number>();
  for (const { parent, pid, procd } of families) {
    const above = places.get(`${procd ?? ''} ${parent ?? 0}`);
    const depth = parent === undefined || above === undefined ? 0 : above + 1;
    places.set(`${procd ?? ''} ${pid}`, depth);
    depths.push(depth);
  }
  return depths.map((depth, at) => {
    const levels = Array.from({ length: depth }, (_, level) => {
      const goesOn = hasSibling(depths, at, level + 1);
      if (level + 1 === depth) return goesOn ? '├─ ' : '└─ ';
      return goesOn ? '│  ' : '   ';
    });
    return levels.join('');
  });
}

/** Whether another family of this depth follows below the same one. */
function hasSibling(depths: readonly number[], at: number, depth: number): boolean {
  for (const next of depths.slice(at + 1)) {
    if (next < depth) return false;
    if (next === depth) return true;
  }
  return false;
}

/** `7.31`, `12.3`, `4:05`, `26:01:07`; `7` where nobody measures more than whole seconds, as procds. */
function cpuTime(seconds: number): string {
  if (seconds < 60 && Number.isInteger(seconds)) return `${seconds}`;
  if (seconds < 60) return seconds.toFixed(seconds < 10 ? 2 : 1);
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const rest = `${whole % 60}`.padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${`${minutes}`.padStart(2, '0')}:${rest}`;
}

function memory(kibibytes: number | undefined): string {
  return kibibytes === undefined ? '-' : size(kibibytes * 1024).replace(' ', '');
}
