/**
 * One job's cgroup from before its birth to its removal.
 */
import fs from 'node:fs';
import type { CgroupPlan } from '../../job/cgroup-plan';
import { err, ok, type Result } from '../../result';
import type { Launch, LaunchCgroups, LaunchError, LocalLaunch } from '../launch-types';
import { emptyAndRemove, freeze, killAll } from './empty';
import { moveInto } from './files';
import { makeJobCgroup, type MadeCgroup } from './make-cgroup';
import { JOB_PART } from './parts';
import { type OutOfMemory, readOutOfMemory, watchOutOfMemory } from './out-of-memory';
import { type CgroupUsage, readUsage } from './usage';

const SIGKILL = 9;
const SIGCONT = 18;
const SIGSTOP = 19;

/** A job's cgroup. */
export class JobCgroup {
  #entrance: LaunchCgroups | undefined;
  #stopWatching: (() => void) | undefined;
  /** Whether init is apart from what stands still and is killed: in version 2 only. */
  #isInitApart = false;

  private constructor(private readonly made: MadeCgroup) {
    this.#entrance = made.entrance;
  }

  /** Makes a cgroup; an error says why there is none. */
  static make(plan: CgroupPlan): Result<JobCgroup, string> {
    const made = makeJobCgroup(plan);
    return made.ok ? ok(new JobCgroup(made.value)) : made;
  }

  /** Below the hierarchies' roots: `htcondor/condor_…`. */
  get name(): string {
    return this.made.name;
  }

  /** Its directories, version 2's first. */
  get directories(): readonly string[] {
    return this.made.parts.map(({ directory }) => directory);
  }

  /** Sentences: what of the plan could not be done here. */
  get notes(): readonly string[] {
    return this.made.notes;
  }

  /** What the launch is to be given; undefined: it was. */
  get entrance(): LaunchCgroups | undefined {
    return this.#entrance;
  }

  /**
   * Moves eyrie-init, which waits for its launch's `go`, to where it has not come by itself: on old
   * kernels. `go` must wait for this.
   *
   * @param given what of `entrance` the launch was given
   */
  async admit(init: number, given: LaunchCgroups): Promise<Result<void, LaunchError>> {
    this.#closeEntrance();
    const isBorn = given.birth !== undefined;
    this.#isInitApart = isBorn;
    for (const { directory, version } of this.made.parts) {
      if (version === 2 ? isBorn : given.joined.length > 0) continue;
      const place = version === 2 ? `${directory}/${JOB_PART}` : directory;
      const errno = await moveInto(place, init);
      if (errno !== 0) return err({ call: `write ${place}/cgroup.procs`, errno });
    }
    return ok(undefined);
  }

  /**
   * A launch that stops, continues and kills its family by the cgroup: it misses no process, and none
   * notices that it stands still.
   */
  control(launch: LocalLaunch): LocalLaunch;
  control(launch: Launch): Launch;
  control(launch: Launch): Launch {
    return {
      pid: launch.pid,
      pidfd: launch.pidfd,
      exited: launch.exited,
      go: (...given) => launch.go(...given),
      cancel: () => launch.cancel(),
      signalJob: (signal) => launch.signalJob(signal),
      wake: () => launch.wake(),
      signalFamily: (signal) => this.#signalFamily(launch, signal),
      initPid: () => launch.initPid(),
      jobPid: () => launch.jobPid(),
    };
  }

  /** What the job has used until now. */
  usage(): CgroupUsage {
    return readUsage(this.made.parts);
  }

  outOfMemory(): OutOfMemory {
    return readOutOfMemory(this.made.parts);
  }

  /** Tells where a process of the job was killed for want of memory and others live on. */
  onOutOfMemory(tell: () => void): void {
    this.#stopWatching = watchOutOfMemory(this.made.parts, tell);
  }

  /** Ends what is left in there, and removes it; gives what could not be, for the next starter does it. */
  async remove(): Promise<readonly string[]> {
    this.#closeEntrance();
    this.#stopWatching?.();
    const trouble: string[] = [];
    for (const directory of this.directories) {
      const removed = await emptyAndRemove(directory);
      if (!removed.ok) trouble.push(removed.error);
    }
    if (trouble.length === 0) this.made.record.forget();
    else this.made.record.leave();
    return trouble;
  }

  #signalFamily(launch: Launch, signal: number): void {
    const place = this.#freezer();
    if (signal === SIGSTOP || signal === SIGCONT) {
      if (place === undefined || !freeze(place, signal === SIGSTOP)) launch.signalFamily(signal);
      return;
    }
    launch.signalFamily(signal);
    if (signal !== SIGKILL || place === undefined) return;
    if (this.#isInitApart) killAll(place);
    // Else init stands still as well: it hears of the signal now.
    else freeze(place, false);
  }

  /** The directory whose processes can be made to stand still. */
  #freezer(): string | undefined {
    const second = this.made.parts.find(({ version }) => version === 2);
    return second === undefined
      ? this.made.parts.find(({ controllers }) => controllers.includes('freezer'))?.directory
      : `${second.directory}/${JOB_PART}`;
  }

  #closeEntrance(): void {
    const { birth, joined = [] } = this.#entrance ?? {};
    for (const fd of [...joined, ...(birth === undefined ? [] : [birth.init, birth.job])]) {
      fs.closeSync(fd);
    }
    this.#entrance = undefined;
  }
}
