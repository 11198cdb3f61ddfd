/**
 * What goes back when an activation ends, by how it ended.
 *
 * Source: JICShadow::transferOutputStart and Starter::transferOutput of HTCondor's condor_starter.
 */
import { assertNever } from '../result';
import type { JobEnd } from './result';
import type { SuccessCondition, TransferPlan } from './transfer-plan';

/** How an activation ended. */
export type ActivationEnd =
  /** The job ended by itself. */
  | { readonly how: 'completed'; readonly exit: JobEnd }
  /** The job ran and was told to go, softly: there is time. */
  | { readonly how: 'evicted' }
  /** The job was removed, and its owner wants what it has so far: `condor_rm -transfer` of 25.x. */
  | { readonly how: 'removed with output' };

/** What is to be sent. */
export type OutputTransfer =
  /** No connection is made. */
  | { readonly what: 'nothing' }
  /** `final` false: an intermediate transfer, which the shadow keeps in the spool. */
  | {
      readonly what: 'files';
      readonly files: TransferPlan['output'];
      readonly streams: readonly string[];
      readonly final: boolean;
    };

const NOTHING: OutputTransfer = { what: 'nothing' };

/**
 * What goes back.
 *
 * @param core the name of a core that the job left, which goes with its output
 */
export function outputTransfer(
  plan: TransferPlan,
  end: ActivationEnd,
  core?: string,
): OutputTransfer {
  const { streams, when, spoolOnEvict } = plan;
  const output = withCore(plan.output, core);
  switch (end.how) {
    case 'completed':
      return isSuccess(plan.success, end.exit)
        ? { what: 'files', files: output, streams, final: true }
        : failureTransfer(plan);
    case 'evicted':
      return when === 'on exit or evict'
        ? { what: 'files', files: output, streams, final: !spoolOnEvict }
        : NOTHING;
    case 'removed with output':
      return { what: 'files', files: output, streams, final: true };
    default:
      return assertNever(end);
  }
}

/** Where all goes back that is new, a core does so by itself. */
function withCore(
  output: TransferPlan['output'],
  core: string | undefined,
): TransferPlan['output'] {
  if (core === undefined || output.kind !== 'listed' || output.paths.includes(core)) return output;
  return { kind: 'listed', paths: [...output.paths, core] };
}

/** Of a job that failed its owner gets the streams, and what the ad names for that case. */
function failureTransfer({ failureFiles, streams }: TransferPlan): OutputTransfer {
  if (failureFiles.length === 0 && streams.length === 0) return NOTHING;
  return { what: 'files', files: { kind: 'listed', paths: failureFiles }, streams, final: true };
}

/** True where a job ended as it should. A core file makes it another end. */
function isSuccess(condition: SuccessCondition | undefined, exit: JobEnd): boolean {
  if (condition === undefined) return true;
  if (condition.signal !== undefined) {
    return exit.signal === condition.signal && !exit.coreDumped;
  }
  return exit.signal === undefined && exit.code === condition.code;
}
