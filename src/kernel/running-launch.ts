/** A launch from its clone to its end, followed through the pipes of eyrie-init. */
import fs from 'node:fs';
import os from 'node:os';
import type { LaunchPlan, StepFailure } from '../job/plan';
import { err, ok, type Result } from '../result';
import { pidfdSignal } from './border';
import { writeIdMaps } from './id-maps';
import type { ApartKeeper, InitLost, JobExit, LaunchError, LocalLaunch } from './launch-types';
import { type ChildEnd, reapChild } from './reap';
import { readRecords } from './record-pipe';
import {
  decodeExitRecord,
  decodeLaunchRecord,
  encodeControlRecord,
  encodeGoRecord,
  EXIT_RECORD_SIZE,
  LAUNCH_RECORD_SIZE,
  type LaunchRecord,
} from './records';
import { INIT_STAGES, type LAUNCH_RESULT, type StructValues } from './structs';

const { ESRCH } = os.constants.errno;
const { SIGCONT, SIGKILL } = os.constants.signals;

/** The job's pid on the host, where the kernel tells it; or why there is no job. */
type Start = Result<number | undefined, StepFailure | LaunchError>;

/** A {@link LocalLaunch} of the native library's making. */
export class RunningLaunch implements LocalLaunch {
  readonly pid: number;
  readonly pidfd: number;
  readonly exited: Promise<Result<JobExit, InitLost>>;
  /** Resolves when eyrie-init's pid is known, or never will be. */
  readonly introduced: Promise<void>;
  private introduce: () => void = () => undefined;
  private readonly launched: Promise<Start>;
  private readonly controlPipe: number;
  private goPipe: number | undefined;
  private going: Promise<Start> | undefined;
  private isBorn = false;
  private hasEnded = false;
  private hostPid: number | undefined;
  /** Undefined: unknown yet. */
  private init: number | undefined;

  /**
   * @param native what eyrie_launch gave; its descriptors are this object's from now on.
   * @param keeper undefined: eyrie-init is our child
   */
  constructor(
    private readonly plan: LaunchPlan,
    native: StructValues<typeof LAUNCH_RESULT>,
    private readonly keeper?: ApartKeeper,
  ) {
    this.pid = native.pid;
    this.init = keeper === undefined ? native.pid : undefined;
    this.pidfd = native.pidfd;
    this.introduced = new Promise((resolve) => (this.introduce = resolve));
    this.goPipe = native.go;
    this.controlPipe = native.control;
    this.launched = this.followLaunch(native.launch);
    this.exited = this.followJob(native.status);
  }

  go(group?: number): Promise<Start> {
    this.going ??= this.sayGo(group);
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

  wake(): void {
    this.signalInit(SIGCONT);
  }

  initPid(): number | undefined {
    return this.init;
  }

  jobPid(): number | undefined {
    return this.hostPid;
  }

  private async sayGo(group: number | undefined): Promise<Start> {
    // One that is not our child maps its ids itself.
    const idMaps = this.keeper === undefined ? this.plan.idMaps : undefined;
    const mapped = idMaps === undefined ? ok(undefined) : writeIdMaps(this.pid, idMaps);
    if (mapped.ok && this.goPipe !== undefined) writeOrLose(this.goPipe, encodeGoRecord(group));
    // Without the record, the end of the pipe tells init to end.
    this.cancel();
    const start = await this.launched;
    return mapped.ok ? start : mapped;
  }

  private signal(whom: 'job' | 'family', signal: number): void {
    if (this.hasEnded) return;
    // Until then init listens to nobody, and a mount may take forever; it has no child yet.
    if (signal === SIGKILL && !this.isBorn) this.signalInit(SIGKILL);
    else writeOrLose(this.controlPipe, encodeControlRecord(whom, signal));
  }

  private signalInit(signal: number): void {
    if (this.hasEnded) return;
    if (this.keeper === undefined) {
      pidfdSignal(this.pidfd, signal);
      return;
    }
    // The end of this pipe ends one that waits for it.
    if (signal === SIGKILL) this.cancel();
    if (this.init !== undefined) this.keeper.signalInit(this.init, signal);
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
      if (record.kind === 'apart') {
        this.init = record.pid;
        this.introduce();
        return;
      }
      this.isBorn = true;
      this.hostPid = pid = record.pid;
    });
    this.introduce();
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
    const end = await (this.keeper?.reap(this.pidfd) ?? reapChild(this.pidfd));
    const start = await this.launched;
    this.hasEnded = true;
    this.hostPid = undefined;
    this.cancel();
    fs.closeSync(this.controlPipe);
    fs.closeSync(this.pidfd);
    if (!start.ok) return err({ reason: 'the job was not started' });
    return ends[0] === undefined
      ? err({ reason: lossWords(this.keeper?.name ?? 'eyrie-init', end) })
      : ok(ends[0]);
  }
}

function failureOf(record: Extract<LaunchRecord, { kind: 'failed' }>): StepFailure | LaunchError {
  const { phase, index, errno } = record;
  if (phase !== 'init') return { phase, index, errno };
  return { call: `${INIT_STAGES[index] ?? 'start'} (eyrie-init)`, errno };
}

function lossWords(name: string, end: ChildEnd | undefined): string {
  if (end === undefined) return `${name} was reaped by somebody else`;
  return end.signal === undefined
    ? `${name} ended with status ${end.code ?? 0} without telling how the job ended`
    : `${name} was killed by signal ${end.signal}`;
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
