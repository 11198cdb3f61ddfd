/**
 * Launching a plan: one native call makes eyrie-init, and pipes tell the rest. native/launch.h has
 * the picture of who says what.
 */
import fs from 'node:fs';
import os from 'node:os';
import type { LaunchPlan, StepFailure } from '../job/plan';
import { err, ok, type Result } from '../result';
import * as border from './border';
import { writeIdMaps } from './id-maps';
import type {
  InitLost,
  JobExit,
  Launch,
  LaunchError,
  LaunchOptions,
  StartLaunch,
} from './launch-types';
import { nativeDescriptor } from './native-files';
import { type EncodedPlan, encodePlan, type StepPlace } from './plan-codec';
import { type ChildEnd, reapChild } from './reap';
import { readRecords } from './record-pipe';
import {
  decodeExitRecord,
  decodeLaunchRecord,
  encodeControlRecord,
  EXIT_RECORD_SIZE,
  LAUNCH_RECORD_SIZE,
  type LaunchRecord,
} from './records';
import { INIT_STAGES, LAUNCH_CALLS, type LAUNCH_RESULT, type StructValues } from './structs';

/** Length of the array in struct launch_request. */
const DESCRIPTORS_MAX = 64;

const { EINVAL, EMFILE, ESRCH } = os.constants.errno;
const { SIGKILL } = os.constants.signals;

/**
 * Starts a plan, see {@link StartLaunch}. Must be called on the main thread: init's parent-death
 * signal follows the thread that made it.
 *
 * @throws where the native part is not installed.
 */
export const startLaunch: StartLaunch = (plan, options = {}) => {
  const descriptors = options.descriptors ?? [];
  if (descriptors.length > DESCRIPTORS_MAX) {
    return err({ call: `hand on ${descriptors.length} descriptors`, errno: EMFILE });
  }
  const encoded = encodePlan(plan, descriptors.length);
  if (!encoded.ok) {
    const { place, reason } = encoded.error;
    return err({ call: `encode the plan${placeWords(plan, place)}: ${reason}`, errno: EINVAL });
  }
  const { returned, result } = border.launch(encoded.value.bytes, request(options));
  if (returned < 0) return err(refusal(plan, encoded.value, -returned, result));
  return ok(watch(plan, result));
};

function request({ descriptors = [], cgroup = -1 }: LaunchOptions) {
  return {
    program: nativeDescriptor('eyrie-init'),
    cgroup,
    descriptor_count: descriptors.length,
    descriptors,
  };
}

/** What the native call failed at. */
function refusal(
  plan: LaunchPlan,
  encoded: EncodedPlan,
  errno: number,
  result: StructValues<typeof LAUNCH_RESULT>,
): LaunchError {
  const call = LAUNCH_CALLS[result.call] ?? '';
  const place = encoded.stepAt(result.offset);
  return { call: call === 'check the plan' ? `${call}${placeWords(plan, place)}` : call, errno };
}

function placeWords(plan: LaunchPlan, place: StepPlace | undefined): string {
  if (place === undefined) return '';
  const { phase, index } = place;
  return ` (${phase} step ${index}, ${plan[phase][index]?.op ?? 'none'})`;
}

/** Follows a launch through its pipes. */
function watch(plan: LaunchPlan, native: StructValues<typeof LAUNCH_RESULT>): Launch {
  const { pid, pidfd } = native;
  let goPipe: number | undefined = native.go;
  let going: Promise<Result<number | undefined, StepFailure | LaunchError>> | undefined;
  let jobPid: number | undefined;
  let isBorn = false;
  let ended = false;

  const launched = followLaunch(native.launch, (born) => {
    jobPid = born;
    isBorn = true;
  });

  function closeGoPipe(): void {
    if (goPipe !== undefined) fs.closeSync(goPipe);
    goPipe = undefined;
  }

  function signal(whom: 'job' | 'family', number: number): void {
    if (ended) return;
    // Until then init listens to nobody, and a mount may take forever; it has no child yet.
    if (number === SIGKILL && !isBorn) border.pidfdSignal(pidfd, SIGKILL);
    else writeOrLose(native.control, encodeControlRecord(whom, number));
  }

  async function end(): Promise<Result<JobExit, InitLost>> {
    let exit: JobExit | undefined;
    await readRecords(native.status, EXIT_RECORD_SIZE, (bytes) => {
      exit = decodeExitRecord(bytes);
      jobPid = undefined;
    });
    const init = await reapChild(pidfd);
    const start = await launched;
    ended = true;
    jobPid = undefined;
    closeGoPipe();
    fs.closeSync(native.control);
    fs.closeSync(pidfd);
    if (!start.ok) return err({ reason: 'the job was not started' });
    return exit === undefined ? err({ reason: lossWords(init) }) : ok(exit);
  }

  return {
    pid,
    pidfd,
    go() {
      going ??= sayGo();
      return going;
    },
    cancel: closeGoPipe,
    signalJob: (number) => signal('job', number),
    signalFamily: (number) => signal('family', number),
    jobPid: () => jobPid,
    exited: end(),
  };

  async function sayGo(): Promise<Result<number | undefined, StepFailure | LaunchError>> {
    const mapped = plan.idMaps === undefined ? ok(undefined) : writeIdMaps(pid, plan.idMaps);
    if (mapped.ok && goPipe !== undefined) writeOrLose(goPipe, Buffer.from([1]));
    closeGoPipe();
    const start = await launched;
    return mapped.ok ? start : mapped;
  }
}

/** Reads the launch pipe to its end, which is the job's exec if nothing failed before; gives its pid. */
async function followLaunch(
  fd: number,
  onBirth: (pid: number | undefined) => void,
): Promise<Result<number | undefined, StepFailure | LaunchError>> {
  const records: LaunchRecord[] = [];
  await readRecords(fd, LAUNCH_RECORD_SIZE, (bytes) => {
    const record = decodeLaunchRecord(bytes);
    records.push(record);
    if (record.kind === 'born') onBirth(record.pid);
  });
  const failure = records.find((record) => record.kind === 'failed');
  if (failure !== undefined) return err(failureOf(failure));
  const birth = records.find((record) => record.kind === 'born');
  return birth === undefined ? err({ call: 'start eyrie-init', errno: ESRCH }) : ok(birth.pid);
}

function failureOf(record: Extract<LaunchRecord, { kind: 'failed' }>): StepFailure | LaunchError {
  const { phase, index, errno } = record;
  if (phase !== 'init') return { phase, index, errno };
  return { call: `${INIT_STAGES[index] ?? 'start'} (eyrie-init)`, errno };
}

function lossWords(init: ChildEnd | undefined): string {
  if (init === undefined) return 'eyrie-init was reaped by somebody else';
  return init.signal === undefined
    ? `eyrie-init ended with status ${init.code ?? 0} without telling how the job ended`
    : `eyrie-init was killed by signal ${init.signal}`;
}

/**
 * Writes to init. Where init is gone (EPIPE) there is nobody to tell; where it is stopped and the
 * pipe is full (EAGAIN), it holds thousands of commands already.
 */
function writeOrLose(fd: number, bytes: Buffer): void {
  try {
    fs.writeSync(fd, bytes);
  } catch {
    // Said above.
  }
}
