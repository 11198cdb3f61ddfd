/**
 * A job's processes, as a procd keeps them. eyrie-init holds most families together by itself; procd
 * finds also what a job had others start (cron, at, a daemon of the user's), by the marks in its
 * environment, its login or its group, and what is left when a starter dies.
 *
 * The order of the calls is that of HTCondor's daemons: register, track, usage …, then usage, kill,
 * usage, unregister. Calls that need no answer in between are written one after another at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log';
import { err, ok, type Result } from '../result';
import type { ProcdClient } from './client/client';
import type { ProcdLink } from './client/link';
import type { ProcdTrouble } from './client/trouble';
import type { ProcdRequest, ProcdUsage, ReplyBody } from './wire';

/** What a family is known by. */
export interface FamilyMarks {
  /** Host pid of its first process, which has no child yet. */
  readonly root: number;
  /** The pid with whose end it is nobody's; older than the root. */
  readonly watcher: number;
  /** Seconds between two snapshots, at most. */
  readonly interval: number;
  /** `_CONDOR_ANCESTOR_…=…` entries that all its processes carry. */
  readonly ancestors: readonly string[];
  /** An account whose processes are all this family's. */
  readonly login: string | undefined;
  /** The path of the proxy by which gLExec has made it, and can signal it; undefined: it did not. */
  readonly proxy: string | undefined;
  /** Whether it shall have a group of its own. */
  readonly wantsGroup: boolean;
}

/** Tries to register, where procd ends meanwhile: one that was idle may just have. */
const REGISTER_TRIES = 3;

/** Milliseconds from one look for a procd to the next, the last one again and again. */
const RECOVERY_PAUSES = [0, 1000, 1000, 1000, 1000, 1000, 10_000] as const;

/** Milliseconds that each of the last calls may take: the job's end waits for them. */
const LAST_PATIENCE = 20_000;

export class TrackedFamily {
  #client: ProcdClient | undefined;
  #isRegistered = false;
  #isSuspended = false;
  #hasEnded = false;
  /** The group that procd gave it. */
  group: number | undefined;

  /** @param onSuspended told when its processes stand still, its first one too */
  constructor(
    private readonly link: ProcdLink,
    private readonly marks: FamilyMarks,
    private readonly log: Logger,
    private readonly onSuspended: () => void,
  ) {}

  /** Registers it. Until this has resolved its first process must not go on. */
  async register(): Promise<Result<void, ProcdTrouble>> {
    for (let tries = 1; ; tries += 1) {
      const client = await this.link.client();
      if (!client.ok) return client;
      const registered = await this.#registerWith(client.value);
      if (registered.ok) {
        this.#take(client.value);
        return registered;
      }
      if (registered.error.why !== 'lost' || tries === REGISTER_TRIES) return registered;
    }
  }

  /** What it uses; undefined: nobody knows. */
  async usage(): Promise<ProcdUsage | undefined> {
    const answer = await this.#client?.ask({ command: 'get-usage', root: this.marks.root });
    return usageOf(this.#heard(answer));
  }

  /** Stops all its processes, its first one included. */
  suspend(): Promise<void> {
    return this.#suspend(true);
  }

  /** Lets them go on. */
  continue(): Promise<void> {
    return this.#suspend(false);
  }

  /** Whether `suspend` was the last that was asked for. */
  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /**
   * Its first process has ended: kills what is left, and lets go of it.
   *
   * @returns what it used; undefined: nobody knows
   */
  async end(): Promise<ProcdUsage | undefined> {
    const client = this.#client;
    this.#hasEnded = true;
    this.#client = undefined;
    const left = client?.isLost === false ? await this.#leave(client) : 'lost';
    if (left !== 'lost') return left;
    const next = await this.#nextClient();
    const leftNext = next && (await this.#leave(next));
    return leftNext === 'lost' ? undefined : leftNext;
  }

  /** The last calls; `lost`: procd ended before it had killed. */
  async #leave(client: ProcdClient): Promise<ProcdUsage | undefined | 'lost'> {
    const { root } = this.marks;
    const asked = (
      [
        { command: 'get-usage', root },
        { command: 'kill-family', root },
        { command: 'get-usage', root },
        { command: 'unregister-family', root },
      ] as const
    ).map((request) => client.ask(request, LAST_PATIENCE));
    const answers = await Promise.all(asked);
    if (answers.some((answer) => !answer.ok && answer.error.why === 'lost')) return 'lost';
    const [before, , after] = answers.map((answer) => this.#heard(answer));
    return greaterUsage(usageOf(before), usageOf(after));
  }

  /**
   * The procd that follows one that has ended. It finds the families again that were left to it:
   * without it, whatever is left of this one would live on.
   */
  async #nextClient(): Promise<ProcdClient | undefined> {
    if (!this.#isRegistered || !this.link.settings.restart) return undefined;
    const next = await this.link.client();
    if (!next.ok) this.log.always(`Nobody looks for what is left: ${next.error.message}`);
    return next.ok ? next.value : undefined;
  }

  async #suspend(suspended: boolean): Promise<void> {
    this.#isSuspended = suspended;
    const command = suspended ? 'suspend-family' : 'continue-family';
    this.#heard(await this.#client?.ask({ command, root: this.marks.root }));
    if (suspended) this.onSuspended();
  }

  async #registerWith(client: ProcdClient): Promise<Result<void, ProcdTrouble>> {
    const { ancestors, interval, login, proxy, root, wantsGroup, watcher } = this.marks;
    const requests: ProcdRequest[] = [
      { command: 'register-subfamily', root, watcher, interval },
      { command: 'track-environment', root, ancestors },
    ];
    if (proxy !== undefined) requests.push({ command: 'use-glexec', root, proxy });
    if (login !== undefined) requests.push({ command: 'track-login', root, login });
    if (wantsGroup) requests.push({ command: 'track-allocated-group', root });
    const answers = await Promise.all(requests.map((request) => client.ask(request)));
    const failed = answers.findIndex((answer) => !answer.ok);
    const failure = answers[failed];
    if (failure?.ok === false) {
      if (failed > 0) void client.ask({ command: 'unregister-family', root });
      return failure;
    }
    const bodies = answers.map((answer) => this.#heard(answer));
    this.group = bodies.find((body) => body?.body === 'group')?.gid;
    return ok(undefined);
  }

  #take(client: ProcdClient): void {
    const { root } = this.marks;
    this.#client = client;
    this.#isRegistered = true;
    this.log.debug(
      'D_FULLDEBUG',
      () => `Registered family ${root} with procd at ${client.address}`,
    );
    void client.lost.then(() => this.#recover(client.address));
  }

  /** procd has ended while the job runs: finds another one, and registers again. */
  async #recover(address: string): Promise<void> {
    this.#client = undefined;
    if (this.#hasEnded) return;
    const { restart } = this.link.settings;
    const words = restart ? '; looking for another one' : ', and RESTART_PROCD_ON_ERROR is false';
    this.log.always(`procd at ${address} has ended${words}; the job goes on`);
    if (!restart) return;
    for (let tries = 0; ; tries += 1) {
      await delay(RECOVERY_PAUSES[tries] ?? RECOVERY_PAUSES.at(-1), undefined, { ref: false });
      if (await this.#registerAgain()) return;
    }
  }

  /** True: it is registered, or there is nothing more to do about it. */
  async #registerAgain(): Promise<boolean> {
    if (this.#hasEnded) return true;
    const client = await this.link.client();
    const again = client.ok ? await this.#againWith(client.value) : client;
    if (again.ok) return true;
    this.log.always(`Cannot register family ${this.marks.root} again: ${again.error.message}`);
    return false;
  }

  async #againWith(client: ProcdClient): Promise<Result<void, ProcdTrouble>> {
    const registered = await this.#registerWith(client);
    // One that has found its families again knows this one.
    const isKnown =
      !registered.ok &&
      registered.error.why === 'refused' &&
      registered.error.refusal === 'already-registered';
    if (!registered.ok && !isKnown) return err(registered.error);
    this.log.always(`Registered family ${this.marks.root} again with procd at ${client.address}`);
    this.#take(client);
    if (this.#isSuspended) await this.suspend();
    return ok(undefined);
  }

  /** Logs trouble; gives the rest. */
  #heard(answer: Result<ReplyBody, ProcdTrouble> | undefined): ReplyBody | undefined {
    if (answer?.ok === false) this.log.always(answer.error.message);
    return answer?.ok === true ? answer.value : undefined;
  }
}

function usageOf(body: ReplyBody | undefined): ProcdUsage | undefined {
  return body?.body === 'usage' ? body.usage : undefined;
}

/** Of two looks: CPU time never falls, and what is resident may be gone in the second. */
function greaterUsage(
  before: ProcdUsage | undefined,
  after: ProcdUsage | undefined,
): ProcdUsage | undefined {
  if (before === undefined || after === undefined) return after ?? before;
  const most = (one = 0, other = 0): number => Math.max(one, other);
  return {
    ...after,
    userCpu: most(before.userCpu, after.userCpu),
    systemCpu: most(before.systemCpu, after.systemCpu),
    resident: most(before.resident, after.resident),
    proportional:
      before.proportional === undefined && after.proportional === undefined
        ? undefined
        : most(before.proportional, after.proportional),
  };
}
