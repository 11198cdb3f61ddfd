/**
 * What a job whose files are transferred wants of the transfer: from the job ad to a typed value.
 *
 * Not here: what a peer decides. A limit on output (MaxTransferOutputMB) is the shadow's, which tells it
 * when the transfer begins; it also renames files by TransferOutputRemaps when they are there.
 *
 * Source: FileTransfer::_SimpleInit, FileTransferControlBlock of HTCondor's condor_utils and
 * JICShadow::transferOutputStart of its condor_starter; the manual's appendix of job ClassAd
 * attributes and condor_submit(1).
 */
import { type ClassAd, stringValue } from '../condor/classad';
import { err, ok, type Result } from '../result';
import { AdReader, shown } from './ad-reader';
import type { FaultCause, JobFault } from './faults';
import { baseName, components } from './paths';
import { capturedStreams } from './places';

/** When output goes back. */
export type WhenToTransfer = 'on exit' | 'on exit or evict' | 'on success';

/** How a job must end so that its output is worth something. */
export interface SuccessCondition {
  /** Exit status; undefined: it must be ended by the signal. */
  readonly code: number | undefined;
  readonly signal: number | undefined;
}

/**
 * The plan. Paths are relative to the sandbox, without empty components, `.` or `..`; a directory with
 * a slash at its end stands for what is in it.
 */
export interface TransferPlan {
  /** TransferSocket: the sinful string of who has the files, or takes them. */
  readonly address: string;
  /** TransferKey: what tells this transfer from others. Secret. */
  readonly key: string;
  /**
   * The command's name in the sandbox, if it is there: it is made executable, and never goes back.
   */
  readonly executable: string | undefined;
  /** The name of x509userproxy in the sandbox: its key is another one there, and it never goes back. */
  readonly proxy: string | undefined;
  /** TransferInputRemaps: other names for what arrives, `a=b;c=d/e`; empty: none. */
  readonly inputRemaps: string;
  readonly output:
    /** TransferOutput: files and directories, without the streams; may be empty. */
    | { readonly kind: 'listed'; readonly paths: readonly string[] }
    /**
     * What is new or changed in the sandbox' top level. TransferIntermediate names the files that an
     * earlier run sent back, and that came again: they count as changed.
     */
    | { readonly kind: 'changed'; readonly intermediate: readonly string[] };
  /** FailureFiles, without the streams: what goes back of a job that failed. */
  readonly failureFiles: readonly string[];
  /** The captured streams: each name once, in order. */
  readonly streams: readonly string[];
  /** PreserveRelativePaths: a listed `a/b` goes back as that, not as `b`. */
  readonly preserveRelativePaths: boolean;
  readonly when: WhenToTransfer;
  /** SpoolOnEvict: output of an evicted job is kept for its next run. */
  readonly spoolOnEvict: boolean;
  /** Undefined: every end is a success. */
  readonly success: SuccessCondition | undefined;
}

/** Words of WhenToTransferOutput: FileTransferOutputTranslation of enum_utils.cpp. */
const WHEN: ReadonlyMap<string, WhenToTransfer> = new Map([
  ['ON_EXIT', 'on exit'],
  ['ONEXIT', 'on exit'],
  ['NONE', 'on exit'],
  ['ON_EXIT_OR_EVICT', 'on exit or evict'],
  ['ALWAYS', 'on exit or evict'],
  ['ON_SUCCESS', 'on success'],
  ['ONSUCCESS', 'on success'],
]);

/** Reads the plan; a fault names each attribute that is wrong, or that asks for what is not here. */
export function readTransferPlan(jobAd: ClassAd): Result<TransferPlan, JobFault> {
  const reader = new AdReader(jobAd);
  const plan = readAll(reader);
  if (reader.complaints.length > 0) return refuse('badJobAd', reader.complaints.join('; '));
  const remaps = reader.text('TransferOutputRemaps');
  if (remaps !== undefined && REMAP_TO_URL.test(remaps)) {
    const what = 'asks for output that goes to a URL, which this starter does not have';
    return refuse(
      'notSupported',
      `TransferOutputRemaps = ${shown(stringValue(remaps))} ${what}; take the URL out of it, or run the job with a starter that has it`,
    );
  }
  return ok(plan);
}

/** `name = scheme://…` among remaps; a shadow does the others itself. */
const REMAP_TO_URL = /=\s*[a-z][a-z0-9+.-]*:\/\//i;

function refuse(cause: FaultCause, complaint: string): Result<never, JobFault> {
  return err({ cause, subcode: 0, reason: `The job ad cannot be run: ${complaint}` });
}

function readAll(reader: AdReader): TransferPlan {
  const { stdout, stderr } = capturedStreams(reader);
  const streams = [...new Set([stdout, stderr].filter((name) => name !== undefined))];
  const withoutStreams = (paths: readonly string[]): readonly string[] =>
    paths.filter((path) => !streams.includes(path));
  const listed = reader.string('TransferOutput');
  return {
    address: required(reader, 'TransferSocket', 'the address of the shadow'),
    key: required(reader, 'TransferKey', 'the key of the transfer'),
    executable: baseName(reader.text('Cmd') ?? ''),
    proxy: baseName(reader.text('x509userproxy') ?? ''),
    inputRemaps: reader.text('TransferInputRemaps') ?? '',
    output:
      listed === undefined
        ? { kind: 'changed', intermediate: listOf(reader.text('TransferIntermediate')) }
        : { kind: 'listed', paths: withoutStreams(pathsOf(reader, 'TransferOutput', listed)) },
    failureFiles: withoutStreams(
      pathsOf(reader, 'FailureFiles', reader.text('FailureFiles') ?? ''),
    ),
    streams,
    preserveRelativePaths: reader.boolean('PreserveRelativePaths') ?? false,
    when: readWhen(reader),
    spoolOnEvict: reader.boolean('SpoolOnEvict') ?? true,
    success: readSuccess(reader),
  };
}

/** The words of the complaint show no value: one of the two is secret. */
function required(reader: AdReader, attribute: string, what: string): string {
  const text = reader.text(attribute);
  if (text === undefined) reader.complain(`${attribute} is missing; expected ${what}`);
  return text ?? '';
}

function readWhen(reader: AdReader): WhenToTransfer {
  const text = reader.text('WhenToTransferOutput');
  const when = WHEN.get(text?.toUpperCase() ?? '');
  if (when === undefined) {
    reader.complain(
      `WhenToTransferOutput is ${text === undefined ? 'missing' : `"${text}"`}; expected "ON_EXIT", "ON_EXIT_OR_EVICT" or "ON_SUCCESS"`,
    );
  }
  return when ?? 'on exit';
}

/** A code or a signal makes a condition; which of them counts, JobSuccessExitBySignal says. */
function readSuccess(reader: AdReader): SuccessCondition | undefined {
  const code = reader.integer('JobSuccessExitCode');
  const signal = reader.integer('JobSuccessExitSignal');
  const bySignal = reader.boolean('JobSuccessExitBySignal') ?? false;
  if (code === undefined && signal === undefined) return undefined;
  if (!bySignal) return { code: code ?? 0, signal: undefined };
  // HTCondor compares wait statuses: that of no signal is that of exit status 0.
  return signal ? { code: undefined, signal } : { code: 0, signal: undefined };
}

/** The paths of a list. One that leads out of the sandbox is no file of the job. */
function pathsOf(reader: AdReader, attribute: string, text: string): readonly string[] {
  return listOf(text).map((entry) => {
    const path = sandboxPath(entry);
    if (path === undefined) {
      reader.complain(
        `${attribute} has ${shown(stringValue(entry))}; expected paths of files and directories in ` +
          'the sandbox, where the job leaves its output',
      );
    }
    return path ?? '';
  });
}

/** A path in the sandbox, in its shortest form; undefined where it names nothing in there. */
function sandboxPath(entry: string): string | undefined {
  const parts = components(entry).filter((component) => component !== '.');
  if (entry.startsWith('/') || parts.includes('..') || parts.length === 0) return undefined;
  return parts.join('/') + (entry.endsWith('/') ? '/' : '');
}

/** A list of the ad: commas between, white space around and empty entries do not count. */
function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
