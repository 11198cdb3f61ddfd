/** A launch from its clone to its end, followed through the pipes of eyrie-init. */
import fs from 'node:fs';
import os from 'node:os';
import type { LaunchPlan, StepFailure } from '../job/plan';
import { err, ok, type Result } from '../result';
import { pidfdSignal } from './border';
import { writeIdMaps } from './id-maps';
import type { InitLost, JobExit, Launch, LaunchError } from './launch-types';
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
import { INIT_STAGES, type LAUNCH_RESULT, type StructValues } from './structs';

const { ESRCH } = os.constants.errno;
const { SIGKILL } = os.constants.signals;

/** The job's pid on the host, where the kernel tells it; or why there is no job. */
type Start = Result<number | undefined, StepFailure | LaunchError>;

/** A {@link Launch} of the native library's making. */
export class RunningLaunch implements Launch {
  readonly pid: number;
  readonly pidfd: number;
  readonly exited: Promise<Result<JobExit, InitLost>>;
  private readonly launched: Promise<Start>;
  private readonly controlPipe: number;
  private goPipe: number | undefined;
  private going: Promise<Start> | undefined;
  private isBorn = false;
  private hasEnded = false;
  private hostPid: number | undefined;

  /** @param native what eyrie_launch gave; its descriptors are this object's from now on. */
  constructor(
    private readonly plan: LaunchPlan,
    native: StructValues<typeof LAUNCH_RESULT>,
  ) {
    this.pid = native.pid;
    this.pidfd = native.pidfd;
    this.goPipe = native.go;
    this.controlPipe = native.control;
    this.launched = this.followLaunch(native.launch);
    this.exited = this.followJob(native.status);
  }

  go(): Promise<Start> {
    this.going ??= this.sayGo();
    return this.going;
  }

  cancel(): void {
    if (this.goPipe !== undefined) fs.closeSync(this.goPipe);
    this.goPipe = undefined;
  }

  signalJob(signal: number): void {
    this.signal('job', signal);
  }

  signalFamily(signal: number): void {
    this.signal('family', signal);
  }

  jobPid(): number | undefined {
    return this.hostPid;
  }

  private async sayGo(): Promise<Start> {
    const { idMaps } = this.plan;
    const mapped = idMaps === undefined ? ok(undefined) : writeIdMaps(this.pid, idMaps);
    if (mapped.ok && this.goPipe !== undefined) writeOrLose(this.goPipe, Buffer.from([1]));
    // Without the byte, the end of the pipe tells init to end.
    this.cancel();
    const start = await this.launched;
    return mapped.ok ? start : mapped;
  }

  private signal(whom: 'job' | 'family', signal: number): void {
    if (this.hasEnded) return;
    // Until then init listens to nobody, and a mount may take forever; it has no child yet.
    if (signal === SIGKILL && !this.isBorn) pidfdSignal(this.pidfd, SIGKILL);
    else writeOrLose(this.controlPipe, encodeControlRecord(whom, signal));
  }

  /** Reads the launch pipe to its end, which is the job's exec if nothing failed before. */
  private async followLaunch(fd: number): Promise<Start> {
    let failure: Extract<LaunchRecord, { kind: 'failed' }> | undefined;
    let pid: number | undefined;
    await readRecords(fd, LAUNCH_RECORD_SIZE, (bytes) => {
      const record = decodeLaunchRecord(bytes);
      if (record.kind === 'failed') {
        failure ??= record;
        return;
      }
      this.isBorn = true;
      this.hostPid = pid = record.pid;
    });
    if (failure !== undefined) return err(failureOf(failure));
    return this.isBorn ? ok(pid) : err({ call: 'start eyrie-init', errno: ESRCH });
  }

  /** Reads the status pipe to its end, which is that of init, and gives back all that was held. */
  private async followJob(fd: number): Promise<Result<JobExit, InitLost>> {
    const ends: JobExit[] = [];
    await readRecords(fd, EXIT_RECORD_SIZE, (bytes) => {
      ends.push(decodeExitRecord(bytes));
      this.hostPid = undefined;
    });
    const init = await reapChild(this.pidfd);
    const start = await this.launched;
    this.hasEnded = true;
    this.hostPid = undefined;
    this.cancel();
    fs.closeSync(this.controlPipe);
    fs.closeSync(this.pidfd);
    if (!start.ok) return err({ reason: 'the job was not started' });
    return ends[0] === undefined ? err({ reason: lossWords(init) }) : ok(ends[0]);
  }
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
