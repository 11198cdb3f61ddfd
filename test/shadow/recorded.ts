/**
 * What genuine starters of 23.9.6 and 25.14.1 and their shadows said to each other: decoded calls of
 * several runs, and the bytes of two.
 */
import assert from 'node:assert/strict';
import { type ClassAd, parseClassAd } from '../../src/condor/classad';
import calls from './fixtures/calls.json';
import messages from './fixtures/messages.json';

/** A value of a call: an ad is its lines. */
type RecordedValue = number | string | readonly string[];

/** One call as it was made. */
export interface RecordedCall {
  readonly rpc: number;
  readonly req: readonly RecordedValue[];
  /** The result and the values; a text where it was not recorded or never came. */
  readonly rep: readonly RecordedValue[] | string;
}

/** A run of a job: its calls in order. */
export interface RecordedRun {
  readonly what: string;
  readonly calls: readonly RecordedCall[];
  readonly machineAd?: readonly string[];
}

/** The runs, by version and what happened. */
export const RUNS: ReadonlyMap<string, RecordedRun> = new Map(
  Object.entries(calls as unknown as Record<string, RecordedRun>),
);

/** The plain messages of the connection to the shadow, in order, of two runs. */
export const MESSAGES: ReadonlyMap<string, readonly (readonly [direction: string, hex: string])[]> =
  new Map(Object.entries(messages as unknown as Record<string, [string, string][]>));

/** A run that is there. */
export function run(name: string): RecordedRun {
  const found = RUNS.get(name);
  assert.ok(found, name);
  return found;
}

/** The ads that a run's calls of one number had. */
export function adsOf({ calls: made }: RecordedRun, number: number): ClassAd[] {
  return made.filter(({ rpc }) => rpc === number).map(({ req }) => ad(req.at(-1)));
}

/** The job ad that a shadow sent. */
export function jobAdOf(name: string): ClassAd {
  const call = run(name).calls.find(({ rpc }) => rpc === -63);
  assert.ok(Array.isArray(call?.rep), `${name} has no job ad`);
  return ad((call.rep as RecordedValue[])[1]);
}

/** The machine ad that a startd sent. */
export function machineAdOf(name: string): ClassAd {
  // The recorder lost each ad's first attribute.
  return ad(['Cpus = 1', ...(run(name).machineAd ?? [])]);
}

/** An ad of its lines. */
export function ad(lines: RecordedValue | undefined): ClassAd {
  assert.ok(Array.isArray(lines));
  // Left out by whoever recorded it.
  const kept = (lines as string[]).filter((line) => !line.includes('(the machine ad)'));
  const parsed = parseClassAd(kept.join('\n'), { syntax: 'old' });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}
