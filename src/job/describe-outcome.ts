/** What became of a job, in one sentence: for a person who watches, and for the log. */
import { assertNever } from '../result';
import { holdCode } from './faults';
import type { JobEnd, JobOutcome } from './result';
import { signalName } from './signals';

/** How it went, for the colour of the sentence. */
export type Mood = 'good' | 'bad';

/** The end of a sentence that begins with the job's number: `ended with exit status 0`. */
export function describeOutcome(outcome: JobOutcome): {
  readonly text: string;
  readonly mood: Mood;
} {
  switch (outcome.kind) {
    case 'completed':
      return { text: describeEnd(outcome.exit), mood: outcome.exit.code === 0 ? 'good' : 'bad' };
    case 'evicted':
      return {
        text: `was told to end (${outcome.ending.why}) and ${describeEnd(outcome.exit)}`,
        mood: 'bad',
      };
    case 'held': {
      const ran =
        outcome.exit === undefined ? 'was held' : `${describeEnd(outcome.exit)} and was held`;
      const codes = `hold code ${holdCode(outcome.fault)}, subcode ${outcome.fault.subcode}`;
      return { text: `${ran}: ${outcome.fault.reason} (${codes})`, mood: 'bad' };
    }
    case 'lost':
      return { text: `was lost: ${outcome.reason}`, mood: 'bad' };
    default:
      return assertNever(outcome);
  }
}

function describeEnd({ code, signal, coreDumped }: JobEnd): string {
  const core = coreDumped ? ' and left a core file' : '';
  if (signal === undefined) return `ended with exit status ${code ?? 'unknown'}${core}`;
  const name = signalName(signal);
  return `was ended by ${name.startsWith('SIG') ? `${name} (signal ${signal})` : name}${core}`;
}
