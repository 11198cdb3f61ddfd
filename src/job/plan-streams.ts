/**
 * The job's standard streams: opened in the setup phase, while the host's own tree is still there,
 * and put in place by the job's process.
 */
import type { OpenMode, Slot, Step } from './plan';
import { SLOTS } from './slots';
import type { JobSpec, StreamSpec } from './spec';

type StreamName = 'stdin' | 'stdout' | 'stderr';

/** The two halves of the streams' steps. */
export interface StreamSteps {
  /** For `setup`; needs the sandbox pinned. */
  readonly open: readonly Step[];
  /** For `job`: dup to 0, 1 and 2. */
  readonly dup: readonly Step[];
}

/** What a job that makes a file gives it: 0666 less the umask that every job has, 022. */
const OUTPUT_PERMISSIONS = 0o644;

/**
 * Plans the three streams. An `inherit` step's index is a descriptor number: the launch is to be
 * given the starter's own 0, 1 and 2.
 */
export function planStreams(spec: Pick<JobSpec, StreamName>): StreamSteps {
  const shared = isSameFile(spec.stdout, spec.stderr);
  return {
    open: [
      openStream('stdin', spec.stdin),
      openStream('stdout', spec.stdout),
      ...(shared ? [] : [openStream('stderr', spec.stderr)]),
    ],
    dup: [
      { op: 'dup', slot: SLOTS.stdin, fd: 0 },
      { op: 'dup', slot: SLOTS.stdout, fd: 1 },
      { op: 'dup', slot: shared ? SLOTS.stdout : SLOTS.stderr, fd: 2 },
    ],
  };
}

/**
 * One file for both outputs is opened once: two descriptions of a file have an offset each and
 * would write over one another.
 */
function isSameFile(stdout: StreamSpec, stderr: StreamSpec): boolean {
  if (stdout.kind === 'file' && stderr.kind === 'file') {
    return stdout.path === stderr.path;
  }
  return stdout.kind === 'sandbox' && stderr.kind === 'sandbox' && stdout.name === stderr.name;
}

function openStream(stream: StreamName, from: StreamSpec): Step {
  const slot: Slot = SLOTS[stream];
  switch (from.kind) {
    case 'inherit':
      return { op: 'inherit', slot, index: from.descriptor ?? slot - SLOTS.stdin };
    case 'null':
      return openStep(stream, { path: '/dev/null', append: false, follow: true });
    case 'file':
      return openStep(stream, { path: from.path, append: from.append, follow: true });
    case 'sandbox':
      // The job's own processes, or others of its account, may have put a link there.
      return {
        ...openStep(stream, { path: from.name, append: from.append, follow: false }),
        base: SLOTS.sandbox,
      };
  }
}

interface OpenTarget {
  readonly path: string;
  readonly append: boolean;
  readonly follow: boolean;
}

function openStep(stream: StreamName, target: OpenTarget): Step & { op: 'open' } {
  const mode: OpenMode = stream === 'stdin' ? 'read' : target.append ? 'append' : 'truncate';
  return {
    op: 'open',
    slot: SLOTS[stream],
    path: target.path,
    mode,
    follow: target.follow,
    permissions: OUTPUT_PERMISSIONS,
    stream,
  };
}
