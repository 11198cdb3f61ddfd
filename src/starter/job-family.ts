/**
 * A job's processes in two hands: eyrie-init's, which reach all its descendants at once, and procd's,
 * which reach what is none of init's any more as well.
 */
import { TrackedFamily } from '../family/tracked-family';
import { type ProcessSize, processSize } from '../family/usage';
import { ANCESTOR_PREFIX } from '../family/wire';
import type { LaunchPlan } from '../job/plan';
import { planEnvironment } from '../job/plan-environment';
import type { JobUsage } from '../job/result';
import type { Launch } from '../kernel/launch-types';
import type { Logger } from '../log';
import { condorDirectory } from '../privsep/glexec-sandbox';
import { err, ok, type Result } from '../result';
import { withProcd } from './job-usage';
import type { PreparedJob } from './prepare';
import type { StarterProcd } from './procd-settings';

const SIGKILL = 9;
const SIGCONT = 18;
const SIGSTOP = 19;

type FamilyOf = Pick<PreparedJob, 'glexec' | 'identity' | 'plan' | 'sandbox'>;

export class JobFamily {
  readonly #family: TrackedFamily;
  #init: ProcessSize | undefined;
  #isRegistered = false;
  /** It is another user's: eyrie-init, which is so too, reaches all of it at once, and procd by a script. */
  readonly #isApart: boolean;

  /** @param launch cloned, not yet told to go: its init has no child */
  constructor(
    private readonly procd: StarterProcd,
    { glexec, identity, plan, sandbox }: FamilyOf,
    private readonly launch: Launch,
    private readonly log: Logger,
  ) {
    const marks = {
      root: rootOf(launch),
      watcher: process.pid,
      interval: procd.interval,
      ancestors: ancestorsOf(plan),
      login: identity.dedicated ? identity.account.name : undefined,
      proxy: glexec && `${condorDirectory(sandbox)}/${glexec.proxy}`,
      wantsGroup: procd.givesGroup && plan.identity.groups !== undefined,
    };
    this.#isApart = glexec !== undefined;
    this.#family = new TrackedFamily(procd.link, marks, log, () => launch.wake());
  }

  /**
   * Registers the family. Until this has resolved the job must not begin.
   *
   * @returns the group that the job must have; or why it must not run
   */
  async register(): Promise<Result<number | undefined, string>> {
    const registering = this.#family.register();
    // While procd is at it: it takes a millisecond.
    this.#init = processSize(rootOf(this.launch));
    const registered = await registering;
    this.#isRegistered = registered.ok;
    if (registered.ok) return ok(this.#family.group);
    const { message } = registered.error;
    if (this.procd.isRequired) return err(message);
    this.log.always(`${message}; the job runs without procd`);
    return ok(undefined);
  }

  /** Sends a signal to all the job's processes. */
  signal(signal: number): void {
    this.launch.signalFamily(signal);
    if (!this.#isRegistered || this.#isApart) return;
    if (signal === SIGSTOP) void this.#family.suspend();
    // With it suspended not even init would come to obey.
    if (signal === SIGCONT || (signal === SIGKILL && this.#family.isSuspended)) {
      void this.#family.continue();
    }
  }

  /** What is known of the job's usage, with what procd knows. */
  async usage(known: JobUsage): Promise<JobUsage> {
    if (!this.#isRegistered) return known;
    return withProcd(known, await this.#family.usage(), this.#init);
  }

  /** The job has ended: kills what is left of it. @returns its usage, likewise */
  async end(known: JobUsage | undefined): Promise<JobUsage | undefined> {
    if (!this.#isRegistered) return known;
    const seen = await this.#family.end();
    return known && withProcd(known, seen, this.#init);
  }
}

/** eyrie-init, which has no child until it is told to go; gLExec, where it has started that, is none of it. */
function rootOf(launch: Launch): number {
  return launch.initPid() ?? launch.pid;
}

/** The marks of the family in the environment that the job gets. */
function ancestorsOf(plan: LaunchPlan): readonly string[] {
  return planEnvironment(plan).filter((entry) => entry.startsWith(ANCESTOR_PREFIX));
}
