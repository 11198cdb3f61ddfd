/**
 * Reading a job's event log, the file that `log =` names in a submit file.
 */

/** Events by number: HTCondor's condor_utils/condor_event.h, ULogEventNumber. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'submit',
  1: 'execute',
  2: 'executable error',
  3: 'checkpointed',
  4: 'evicted',
  5: 'terminated',
  6: 'image size',
  7: 'shadow exception',
  8: 'generic',
  9: 'aborted',
  10: 'suspended',
  11: 'unsuspended',
  12: 'held',
  13: 'released',
  21: 'remote error',
  22: 'disconnected',
  23: 'reconnected',
  24: 'reconnect failed',
  28: 'ad information',
  33: 'attribute update',
  35: 'cluster submit',
  36: 'cluster remove',
  40: 'file transfer',
};

/** One event. */
export interface JobEvent {
  readonly number: number;
  /** What the number means, or `event N`. */
  readonly name: string;
  /** `CLUSTER.PROC`. */
  readonly job: string;
  /** Date and time as they stand there. */
  readonly time: string;
  /** All after the time, in lines, without the final `...`. */
  readonly text: string;
}

/** What a job is doing, as far as its log tells. */
export type JobState =
  'idle' | 'running' | 'suspended' | 'disconnected' | 'held' | 'completed' | 'removed';

/** The state that an event leads to; others change nothing. */
const STATES: Readonly<Record<number, JobState>> = {
  0: 'idle',
  1: 'running',
  4: 'idle',
  5: 'completed',
  7: 'idle',
  9: 'removed',
  10: 'suspended',
  11: 'running',
  12: 'held',
  13: 'idle',
  22: 'disconnected',
  23: 'running',
  24: 'idle',
};

/** The events of a log's text; one that is not written to its end yet is left out. */
export function readEvents(text: string): readonly JobEvent[] {
  return text
    .split(/^\.\.\.\n/m)
    .slice(0, -1)
    .map(readEvent);
}

/** The state after these events; undefined: none of them says. */
export function stateAfter(events: readonly JobEvent[]): JobState | undefined {
  return events.map(({ number }) => STATES[number]).findLast((state) => state !== undefined);
}

function readEvent(text: string): JobEvent {
  const found = /^(\d{3}) \((\d+)\.(\d+)\.\d+\) (\S+ \S+) ([^]*)$/.exec(text);
  const [, number = '', cluster = '', proc = '', time = '', rest = ''] = found ?? [];
  if (found === null) throw new Error(`not an event of a job's log: ${JSON.stringify(text)}`);
  const name = NAMES[Number(number)] ?? `event ${Number(number)}`;
  const job = `${Number(cluster)}.${Number(proc)}`;
  return { number: Number(number), name, job, time, text: rest.trimEnd() };
}
