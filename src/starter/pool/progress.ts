/**
 * How the job stands: what updates for shadow and startd are made of.
 */
import { familyUsage } from '../../family/usage';
import type { ActivationFacts, JobState, JobUpdate } from '../../job/pool-update-ad';
import type { JobEnd, JobResult, JobUsage, SandboxUsage } from '../../job/result';
import type { Launch } from '../../kernel/launch-types';
import type { JobFamily } from '../job-family';
import type { JobResources } from '../job-resources';
import { greaterUsage } from '../job-usage';
import { now } from './site';

export class JobProgress {
  #launch: Launch | undefined;
  #resources: JobResources | undefined;
  #family: JobFamily | undefined;
  #started: number | undefined;
  #pid: number | undefined;
  #processes: number | undefined;
  /** The most that was seen so far: neither CPU time nor a peak goes down. */
  #usage: JobUsage = { userCpu: 0, systemCpu: 0, maxResident: 0 };
  #result: JobResult | undefined;
  #ended: number | undefined;
  suspended = false;
  /** The shadow wants to know whether a job ended of its own accord. */
  tellsOwnAccord = false;
  /** Whether the core that the job dumped is there; undefined: it dumped none, or nobody could look. */
  hasCore: boolean | undefined;
  sandbox: SandboxUsage | undefined;

  /** @param facts what is true as long as the activation lasts */
  constructor(private readonly facts: () => ActivationFacts) {}

  /** True from the job's first instruction to its end. */
  get isRunning(): boolean {
    return this.#started !== undefined && this.#result === undefined;
  }

  get result(): JobResult | undefined {
    return this.#result;
  }

  onCloned(launch: Launch, family: JobFamily | undefined): void {
    this.#launch = launch;
    this.#family = family;
  }

  /** Has the figures of procd, or of the daemon that runs the job, in what is told next. */
  async look(): Promise<void> {
    if (!this.isRunning) return;
    const told = await this.#resources?.look();
    if (told !== undefined) this.#see(told);
    if (this.#family !== undefined) this.#see(await this.#family.usage(this.#usage));
  }

  onResources(resources: JobResources): void {
    this.#resources = resources;
  }

  onStarted(pid: number | undefined): void {
    this.#pid = pid;
    this.#started = now();
  }

  onEnded(result: JobResult): void {
    this.#result = result;
    this.#launch = undefined;
    this.#ended = result.times?.ended ?? now();
    if (result.usage !== undefined) this.#see(result.usage);
  }

  /** Looks at the processes and tells how all stands; undefined before the job's first instruction. */
  update(): JobUpdate | undefined {
    if (this.#started === undefined) return undefined;
    if (this.#launch !== undefined) this.#look(this.#launch.pid);
    return {
      ...this.facts(),
      state: this.#state(),
      processes: this.#result === undefined ? this.#processes : 0,
      measured: {
        pid: this.#pid,
        started: this.#started,
        usage: this.#usage,
        sandbox: this.sandbox,
      },
    };
  }

  #state(): JobState {
    const exit = this.#exit();
    if (exit !== undefined) {
      const ownAccord = this.tellsOwnAccord && this.#result?.outcome.kind === 'completed';
      return { name: 'Exited', exit, ended: this.#ended, ownAccord };
    }
    return { name: this.suspended ? 'Suspended' : 'Running' };
  }

  #exit(): JobEnd | undefined {
    const outcome = this.#result?.outcome;
    if (outcome === undefined || outcome.kind === 'lost' || outcome.exit === undefined) {
      return undefined;
    }
    const { exit } = outcome;
    return { ...exit, coreDumped: this.hasCore ?? exit.coreDumped };
  }

  #look(init: number): void {
    const seen = familyUsage(init);
    if (seen === undefined) return;
    this.#processes = this.#resources?.processes ?? seen.processes;
    const { imageSize, resident, systemCpu, userCpu } = seen;
    this.#see({ userCpu, systemCpu, imageSize, maxResident: resident });
    const counted = this.#resources?.usage();
    if (counted !== undefined) this.#see(counted);
  }

  #see(seen: JobUsage): void {
    this.#usage = greaterUsage(this.#usage, seen);
  }
}
