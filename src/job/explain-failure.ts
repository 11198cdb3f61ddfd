/**
 * A step that failed, as a sentence and as a hold: `cannot bind /data on /mnt (setup step 7 of 23):
 * Permission denied`.
 */
import { describeAllSteps } from './describe-plan';
import type { FaultCause, JobFault } from './faults';
import { depth, isBelow } from './paths';
import type { LaunchPlan, OpenMode, Step, StepFailure, StepOp } from './plan';
import { SLOTS } from './slots';

/**
 * Explains why a launch failed.
 *
 * @param errnoText the C library's words for an errno, e.g. `Permission denied` for 13
 */
export function explainFailure(
  plan: LaunchPlan,
  failure: StepFailure,
  errnoText: (errno: number) => string,
): JobFault {
  const { phase, index, errno } = failure;
  const step = plan[phase][index];
  const text = describeAllSteps(plan)[phase][index];
  if (step === undefined || text === undefined) {
    throw new Error(`the launch reports ${phase} step ${index + 1}, which its plan lacks`);
  }
  const place = `${phase} step ${index + 1} of ${plan[phase].length}`;
  const hint = hintFor(plan, step, errno);
  const words = `cannot ${text.action} (${place}): ${errnoText(errno)}`;
  return {
    cause: causeOf(step),
    subcode: errno,
    reason: hint === undefined ? words : `${words}; ${hint}`,
  };
}

/** The hold that HTCondor's starter would give for the same trouble. */
function causeOf(step: Step): FaultCause {
  switch (step.op) {
    case 'open':
      return step.stream === 'stdin' ? 'cannotOpenInput' : 'cannotOpenOutput';
    case 'inherit':
      return step.slot === SLOTS.stdin ? 'cannotOpenInput' : 'cannotOpenOutput';
    case 'chdir':
      return 'cannotUseIwd';
    case 'pin':
      return step.slot === SLOTS.iwd ? 'cannotUseIwd' : 'cannotCreateProcess';
    case 'bind':
      return step.source === SLOTS.iwd ? 'cannotUseIwd' : 'cannotCreateProcess';
    case 'ids':
      return 'cannotUseAccount';
    case 'exec':
      return 'cannotExecute';
    default:
      return 'cannotCreateProcess';
  }
}

/** errno(3) numbers; the same on all machines that Node runs on. */
const EPERM = 1;
const ENOENT = 2;
const ENXIO = 6;
const ENOEXEC = 8;
const ELOOP = 40;
const EMEDIUMTYPE = 124;

/** What the kernel's word means here, where that is not plain. */
function hintFor(plan: LaunchPlan, step: Step, errno: number): string | undefined {
  switch (errno) {
    case EPERM:
      return step.op === 'proc' && plan.namespaces.includes('user')
        ? "something covers a part of the host's /proc, as in a container, and the kernel then allows no " +
            'new one in a user namespace: run where /proc is whole, or as root'
        : undefined;
    case ENOENT:
      if (step.op === 'chdir') return coverWords(plan, step.path);
      return step.op === 'exec' ? missingProgram(plan, step.path) : undefined;
    case ENXIO:
      // A device gives it, too: /dev/tty, where there is no controlling terminal.
      return step.op === 'open' && !isBelow(step.path, '/dev') ? lonelyFifo(step.mode) : undefined;
    case ENOEXEC:
      return 'it is neither a program for this machine nor a script that begins with "#!"';
    case ELOOP:
      return followsLinks(step)
        ? undefined
        : 'a symbolic link is on the path, and with more rights than the job has none is followed';
    case EMEDIUMTYPE:
      return 'a standard stream can be a file, a FIFO, a terminal, or /dev/null';
    default:
      return undefined;
  }
}

function lonelyFifo(mode: OpenMode): string {
  return `it is a FIFO that nothing ${mode === 'read' ? 'writes to' : 'reads from'}`;
}

function missingProgram(plan: LaunchPlan, path: string): string {
  const root = plan.job.find((step) => step.op === 'chroot')?.path;
  if (root !== undefined) {
    return `the job's root directory is ${root}`;
  }
  return (
    coverWords(plan, path) ?? 'it, or the interpreter that its first line names, does not exist'
  );
}

/** Undefined: nothing of the job's own is in the place of what the host has there. */
function coverWords(plan: LaunchPlan, path: string): string | undefined {
  const cover = coverOf(plan.setup, path);
  return cover === undefined ? undefined : `the job has a ${cover} of its own`;
}

/**
 * The place that hides the host's file from the job: a tmpfs, or a directory from the sandbox.
 * Undefined where the nearest mount above the path shows the host's, such as an Iwd bound back.
 */
function coverOf(setup: readonly Step[], path: string): string | undefined {
  const mounts = setup.flatMap((step, index) => {
    if (step.op !== 'tmpfs' && step.op !== 'bind') return [];
    const before = setup[index - 1];
    const isFromSandbox = before?.op === 'pin' && before.base === SLOTS.sandbox;
    return [{ target: step.target, hides: step.op === 'tmpfs' || isFromSandbox }];
  });
  const above = mounts.filter(({ target }) => isBelow(path, target));
  const nearest = above.sort((a, b) => depth(b.target) - depth(a.target))[0];
  return nearest?.hides ? nearest.target : undefined;
}

function followsLinks(step: Step): boolean {
  const withJobIds: readonly StepOp[] = ['chdir', 'exec'];
  return withJobIds.includes(step.op) || (step.op === 'open' && step.follow);
}
