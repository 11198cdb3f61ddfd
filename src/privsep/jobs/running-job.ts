/**
 * One job on a leased account, from its clone to the moment when nothing of it is left.
 *
 * ```
 *   clone ── admitted, registered ── go ──► runs ──► its main process ends ──► 'ended'
 *                                                      the rest is killed ──► 'gone'
 * ```
 */
import os from 'node:os';
import type { OwnFamily } from '../../family/server/own-families';
import type { JobCgroup } from '../../kernel/cgroups/job-cgroup';
import type { StepFailure } from '../../job/plan';
import type { InitLost, JobExit, LaunchError, LocalLaunch } from '../../kernel/launch-types';
import type { Result } from '../../result';
import type { Lease } from '../accounts/types';
import type { Asked, JsonObject } from '../control/types';
import { MemoryWatch, usageFields } from './usage';

const { SIGCONT, SIGKILL, SIGSTOP, SIGTERM } = os.constants.signals;

/** Whose job it is. */
export interface JobOwner {
  /** Its name on the wire: pid and birthday of its eyrie-init. */
  readonly id: string;
  readonly lease: Lease;
  readonly asked: Asked;
  /** Whether it outlives the connection, and its end is kept. */
  readonly keep: boolean;
}

/** What was made for it. */
export interface JobMakings {
  readonly launch: LocalLaunch;
  readonly cgroup: JobCgroup | undefined;
  /** Bytes: the hard limit of its memory. */
  readonly memoryLimit: number | undefined;
  /** Seconds between two looks at its cgroup. */
  readonly interval: number;
}

/** Told of a job's end. */
export interface JobEnding {
  /**
   * Nothing of it is left.
   *
   * @param hasRun false: its launch failed
   * @param trouble sentences for the log: what could not be removed
   */
  gone(job: RunningJob, hasRun: boolean, trouble: readonly string[]): void;
}

export class RunningJob {
  readonly #memory: MemoryWatch;
  #family: OwnFamily | undefined;
  #launched: ReturnType<LocalLaunch['go']> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isSuspended = false;
  /** What `job.collect` gives; undefined: it runs. */
  #end: JsonObject | undefined;
  #isGone = false;
  /** Resolves when nothing is left of it. */
  readonly gone: Promise<void>;

  constructor(
    readonly owner: JobOwner,
    private readonly makings: JobMakings,
    private readonly ending: JobEnding,
  ) {
    const { cgroup, interval, memoryLimit } = makings;
    this.#memory = new MemoryWatch(cgroup, memoryLimit);
    this.#timer = setInterval(() => void this.#memory.look(), interval * 1000).unref();
    // Version 1 kills one process and leaves the others.
    cgroup?.onOutOfMemory(() => this.kill());
    this.gone = this.#watch();
  }

  /** Of eyrie-init: the first process of the family. */
  get pid(): number {
    return this.makings.launch.pid;
  }

  /** How it ended; undefined: it runs. */
  get end(): JsonObject | undefined {
    return this.#end;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  set family(family: OwnFamily) {
    this.#family = family;
  }

  /** Lets it go. @returns the pid of its main process on the host, or what the launch failed at */
  go(): Promise<Result<number | undefined, StepFailure | LaunchError>> {
    this.#launched = this.makings.launch.go();
    return this.#launched;
  }

  /** Gives it up before `go`. */
  cancel(): void {
    this.makings.launch.cancel();
  }

  /** What it uses now, as {@link usageFields} has it. */
  async usage(): Promise<JsonObject> {
    return this.#usage(undefined);
  }

  /** A signal for its main process, or all of its processes. */
  async signal(signal: number, to: 'main' | 'family'): Promise<void> {
    if (to === 'main') this.makings.launch.signalJob(signal);
    else if (signal === SIGKILL) this.kill();
    else if (signal === SIGSTOP) this.suspend();
    else if (signal === SIGCONT) this.continue();
    // Also to those that have left eyrie-init; it itself is nobody's to signal.
    else if (this.#family === undefined) this.makings.launch.signalFamily(signal);
    else await this.#family.signal(signal);
  }

  /** All of it stands still. */
  suspend(): void {
    this.#isSuspended = true;
    this.makings.launch.signalFamily(SIGSTOP);
  }

  continue(): void {
    this.#isSuspended = false;
    this.makings.launch.signalFamily(SIGCONT);
  }

  /** Ends all of it; `gone` tells when that is done. */
  kill(): void {
    this.makings.launch.signalFamily(SIGKILL);
  }

  /** SIGTERM to all of it, SIGKILL after a grace time in seconds; resolves when nothing is left. */
  async finish(grace: number): Promise<void> {
    if (grace > 0) {
      await this.signal(SIGTERM, 'family');
      // Who stands still takes no signal.
      if (this.#isSuspended) this.continue();
    }
    const timer = setTimeout(() => this.kill(), grace * 1000);
    await this.gone;
    clearTimeout(timer);
  }

  async #watch(): Promise<void> {
    const { launch } = this.makings;
    const exited = await launch.exited;
    clearInterval(this.#timer);
    // Before the cgroup goes, which counted it; and what a mark alone tells is killed after it.
    await this.#family?.signal(SIGKILL);
    const launched = await this.#launched;
    const hasRun = launched?.ok === true;
    if (hasRun) await this.#tellEnd(exited);
    const trouble = await this.#clear();
    this.#isGone = true;
    this.ending.gone(this, hasRun, trouble);
    if (hasRun) this.owner.asked.tell({ event: 'gone', job: this.owner.id });
  }

  async #tellEnd(exited: Result<JobExit, InitLost>): Promise<void> {
    const end = await this.#describe(exited);
    this.#end = end;
    this.owner.asked.tell({ event: 'ended', job: this.owner.id, ...end });
  }

  async #describe(exited: Result<JobExit, InitLost>): Promise<JsonObject> {
    const outOfMemory = this.#memory.outOfMemory;
    const told = outOfMemory === undefined ? {} : { outOfMemory };
    if (!exited.ok) {
      return { lost: exited.error.reason, ...told, usage: await this.#usage(undefined) };
    }
    const { code, coreDumped, signal } = exited.value;
    return {
      ...(code === undefined ? { signal: signal ?? 0 } : { code }),
      coreDumped,
      ...told,
      usage: await this.#usage(exited.value),
    };
  }

  async #usage(exit: JobExit | undefined): Promise<JsonObject> {
    const family = await this.#family?.usage();
    const cgroup = this.#memory.look();
    const { memory } = this.#memory;
    return {
      ...usageFields({ cgroup, family, reaped: exit?.usage }),
      ...(memory === undefined ? {} : { memory }),
    };
  }

  async #clear(): Promise<readonly string[]> {
    const trouble = (await this.makings.cgroup?.remove()) ?? [];
    await this.#family?.end();
    return trouble;
  }
}
