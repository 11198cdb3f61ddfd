/**
 * The account of a run: what `eyrie run` tells a person on standard error when the job has ended.
 *
 * ```
 * eyrie: job 1.0 ended with exit status 0
 *   processes  a PID namespace: the job sees itself and its children only
 *   account    uid 1000, gid 1000
 *   …
 *   took       configuration 1.9 ms, plan 0.6 ms, launch 4.1 ms, job 21 ms, clean-up 1.2 ms
 * ```
 */
import { describeOutcome, type Mood } from '../../job/describe-outcome';
import type { LaunchPlan } from '../../job/plan';
import type { JobResult } from '../../job/result';
import { printableLine } from '../../printable';
import type { PhaseTime } from '../../starter/stopwatch';
import { describeIsolation } from './isolation';
import { duration, size } from './quantities';

/** All that the account tells. */
export interface RunAccount {
  /** Undefined: no plan could be made. */
  readonly plan: LaunchPlan | undefined;
  /** The sandbox's path on the host. */
  readonly sandbox: string;
  /** The planner's remarks. */
  readonly notes: readonly string[];
  /** In the order in which they came. */
  readonly phases: readonly PhaseTime[];
  readonly result: JobResult;
}

/** The account as text, each line with its line break. `colour`: for a terminal. */
export function describeResult(account: RunAccount, colour: boolean): string {
  const { plan, sandbox, notes, phases, result } = account;
  const { text, mood } = describeOutcome(result.outcome);
  const lines = [
    ...(plan === undefined ? [] : describeIsolation(plan, sandbox)),
    ...notes.map((note) => ({ about: 'note', text: note })),
    ...(result.usage === undefined && result.sandbox === undefined
      ? []
      : [{ about: 'used', text: used(result) }]),
    { about: 'took', text: took(phases) },
  ];
  const width = Math.max(...lines.map(({ about }) => about.length));
  const paint = painter(colour);
  return [
    `eyrie: job ${result.cluster}.${result.proc} ${paint(mood, printableLine(text))}`,
    ...lines.map(
      ({ about, text: what }) => `  ${paint('label', about.padEnd(width))}  ${printableLine(what)}`,
    ),
    '',
  ].join('\n');
}

function took(phases: readonly PhaseTime[]): string {
  const all = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const parts = phases.map(({ name, milliseconds }) => `${name} ${duration(milliseconds / 1000)}`);
  return [`${duration(all / 1000)} in all`, ...parts].join(', ');
}

/** Usage is in seconds and KiB. */
function used({ usage, sandbox, times }: JobResult): string {
  const parts: string[] = [];
  if (times) parts.push(`${duration(times.ended - times.started)} of wall time`);
  if (usage) {
    parts.push(`CPU ${duration(usage.userCpu)} user and ${duration(usage.systemCpu)} system`);
    parts.push(`${size(usage.maxResident * 1024)} of memory at most`);
  }
  if (sandbox)
    parts.push(`${size(sandbox.size * 1024)} in the sandbox (${sandbox.entries} entries)`);
  return parts.join(', ');
}

/** SGR sequences of ECMA-48: what is printed dim, green, red. */
const COLOURS: Readonly<Record<Mood | 'label', string>> = {
  good: '\x1b[32m',
  bad: '\x1b[31m',
  label: '\x1b[2m',
};
const RESET = '\x1b[0m';

function painter(colour: boolean): (kind: Mood | 'label', text: string) => string {
  return (kind, text) => (colour ? `${COLOURS[kind]}${text}${RESET}` : text);
}
