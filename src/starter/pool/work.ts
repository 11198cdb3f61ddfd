/**
 * What the activation of a job in a pool consists of, done for real: with the shadow, the startd, the
 * sandbox and the job's processes.
 */
import type { ClassAd } from '../../condor/classad';
import { activationEvent, remoteErrorEvent, verdictOf } from '../../condor/shadow/events';
import { hasDifference } from '../../condor/startd/condor-version';
import type { StartdLink } from '../../condor/startd/startd-link';
import { coreName } from '../../job/core-file';
import { holdCode, type JobFault } from '../../job/faults';
import {
  type ActivationFacts,
  finalAd,
  jobUpdateAd,
  provisionedAd,
  type VacateReason,
} from '../../job/pool-update-ad';
import { jobEnd, type JobOutcome, type JobResult } from '../../job/result';
import { ok } from '../../result';
import type { LifeEvent } from '../lifecycle';
import { runJob } from '../run-job';
import { usageOfSandbox } from '../sandbox-usage';
import { judgeWrapper } from '../wrapper-failure';
import type { ActivationWork, Attempt } from './activation';
import { exitOf, outputOf } from './ending';
import { explainExec, wasNotExecuted } from './explain-exec';
import { askForJob, askForSessions, callTrouble, type Greeting, ownInfo, register } from './greet';
import type { Output, PoolEvent, PoolLife, PoolRules, Report } from './life-types';
import { pause, timerTime } from './pause';
import { type LeasedSite, leaseSite } from './lease-site';
import { makePoolJob, planPoolJob, type PoolJob } from './pool-job';
import { JobProgress } from './progress';
import { SandboxRemoval } from './removal';
import type { ShadowLink } from './shadow-link';
import { now, type PoolSite } from './site';
import { findSubmitter } from './submitter';
import { Transfers } from './transfers';
import { Updates } from './updates';

/** Seconds before output is sent again; the last one repeats. */
const SEND_PAUSES = [1, 5, 20] as const;

export class PoolWork implements ActivationWork {
  readonly #progress = new JobProgress(() => this.#facts());
  readonly #updates: Updates;
  #job: PoolJob | undefined;
  #transfers: Transfers | undefined;
  #vacate: VacateReason | undefined;
  #tellJob: ((event: LifeEvent) => void) | undefined;
  /** What the running job is to hear as soon as it can. */
  #untold: LifeEvent[] = [];
  /** Ends when what was begun to be told has been. */
  #told: Promise<void> = Promise.resolve();
  #lease: NodeJS.Timeout | undefined;
  #removal: SandboxRemoval | undefined;
  /** The name of the core that the job left. */
  #core: string | undefined;
  #site: PoolSite;
  #leased: LeasedSite | undefined;

  /** The startd was told for the last time: it may hang up. */
  isFinal = false;

  /** @param post events that come of the work itself */
  constructor(
    site: PoolSite,
    private readonly shadow: ShadowLink,
    private readonly startd: StartdLink,
    private readonly post: (event: PoolEvent) => void,
  ) {
    this.#site = site;
    this.#updates = new Updates(shadow, startd, site.log, () => this.#update());
  }

  /** Why a startd wants the job to leave; updates tell it. */
  set vacate(reason: VacateReason) {
    this.#vacate ??= reason;
  }

  /** Gives the job a new proxy; false: it has none, or it does not work. */
  async renewProxy(proxy: Buffer): Promise<boolean> {
    const { log, steps } = this.#site;
    const { prepared, sandbox } = this.#job ?? {};
    const name = prepared?.glexec?.proxy;
    if (sandbox === undefined || name === undefined) return false;
    const renewed = await steps.renewProxy?.(sandbox, name, proxy);
    log.always(
      renewed?.ok === true ? 'The job has a new proxy' : `No new proxy: ${renewed?.error}`,
    );
    return renewed?.ok === true;
  }

  /** What a shadow that reconnects is told; undefined while there is no job to go on with. */
  reconnectInfo(): ClassAd | undefined {
    const job = this.#job;
    return job && ownInfo(this.#site, job.greeting, job.sandbox.path);
  }

  /** Takes the new shadow's keys and tells it how all stands. It may be gone before it knows. */
  async welcomeShadow(): Promise<void> {
    const { calls } = this.shadow;
    const asked = await askForSessions(this.shadow);
    if (!asked.ok) {
      this.#site.log.always(asked.error);
      if (this.shadow.calls === calls) this.shadow.drop();
      return;
    }
    await this.#updates.tellNow();
    if (this.shadow.calls === calls && this.shadow.isThere) this.post({ on: 'shadow-back' });
  }

  async prepare(): Promise<Attempt<PoolRules>> {
    const greeting = await askForJob(this.shadow, this.startd);
    if (!greeting.ok) return this.#lost(greeting.error);
    const leased = await leaseSite(this.#site, greeting.value.jobAd);
    if (leased.ok) {
      this.#leased = leased.value;
      this.#site = leased.value.site;
    }
    const { executeDirectory, log, sandboxName } = this.#site;
    const scratch = `${executeDirectory}/${sandboxName}`;
    const info = ownInfo(this.#site, greeting.value, scratch);
    const registered = await register(this.shadow, info);
    if (!registered.ok) return this.#lost(registered.error);
    if (!leased.ok) return { went: 'wrong', fault: leased.error };
    const submitter = await findSubmitter(this.#site, this.shadow);
    const planned = planPoolJob(this.#site, greeting.value, submitter);
    if (!planned.ok) return { went: 'wrong', fault: planned.error };
    for (const note of planned.value.prepared.notes) log.always(`Note: ${note}`);
    const job = await makePoolJob(this.#site, greeting.value, planned.value);
    if (!job.ok) return { went: 'wrong', fault: job.error };
    this.#take(job.value);
    this.#tell(() => this.#updates.tell(this.#provisioned(greeting.value)));
    return { went: 'well', value: job.value.rules };
  }

  receiveInput(stop: AbortSignal): Promise<Attempt> {
    return this.#transfersOf(this.#mustHaveJob()).receive(stop);
  }

  async launch(): Promise<JobOutcome> {
    const { log, steps } = this.#site;
    const { greeting, prepared, sandbox, submitter, transfer } = this.#mustHaveJob();
    // The shadow writes of a transfer when it has reaped the process of it. That this has ended is
    // known; a question in between gives the shadow its turn, or the job's start could come before it.
    if (transfer !== undefined) await this.shadow.calls.getUserInfo();
    const begun = await this.shadow.calls.beginExecution();
    if (!begun.ok) log.always(`Cannot tell the shadow of the start: ${callTrouble(begun.error)}`);
    const ended = await runJob({
      prepared,
      prepareFor: (ids) => {
        const again = planPoolJob(this.#site, greeting, submitter, ids);
        return again.ok ? ok(again.value.prepared) : again;
      },
      steps,
      log,
      procd: this.#site.procd,
      // The startd knows how long it may take, and comes again.
      killTimeout: undefined,
      onCloned: (launch, family) => this.#progress.onCloned(launch, family),
      sandbox,
      onPolicy: (event) => this.post(event),
      onResources: (resources) => this.#progress.onResources(resources),
      onEvent: (event) => this.#onJobEvent(event),
      connect: (post) => this.#connectJob(post),
    });
    this.#updates.end();
    const result = await judgeWrapper(ended, prepared, steps, sandbox);
    await this.#keepCore(result);
    this.#progress.onEnded(result);
    return this.#explainExec(result.outcome, transfer?.plan.executable);
  }

  /** Only who could not be executed is looked at: it takes a helper. */
  async #explainExec(outcome: JobOutcome, program: string | undefined): Promise<JobOutcome> {
    if (!wasNotExecuted(outcome) || program === undefined) return outcome;
    const told = await this.#transfers?.withFiles((files) => explainExec(outcome, files, program));
    return told?.ok === true ? told.value : outcome;
  }

  /** Looks for the core of a job that dumped one; without file transfer it stays as it is. */
  async #keepCore({ outcome, pid }: JobResult): Promise<void> {
    if (jobEnd(outcome)?.coreDumped !== true || this.#transfers === undefined) return;
    const name = coreName(this.#mustHaveJob().prepared.spec);
    this.#progress.hasCore = await this.#transfers.renameCore(pid, name);
    if (this.#progress.hasCore) this.#core = name;
  }

  tellJob(event: LifeEvent): void {
    if (this.#tellJob === undefined) this.#untold.push(event);
    else this.#tellJob(event);
    if (event.on === 'suspend' || event.on === 'continue') {
      this.#progress.suspended = event.on === 'suspend';
    }
  }

  tellState(): void {
    this.#tell(() => this.#updates.tellNow());
  }

  tellEnd(): void {
    this.#tell(async () => {
      if (this.shadow.isThere) await this.shadow.calls.eventNotification(activationEvent());
      await this.#updates.tellNow();
    });
  }

  async sendOutput(output: Output, failures: number, stop: AbortSignal): Promise<Attempt> {
    const transfers = this.#transfersOf(this.#mustHaveJob());
    // The shadow's log has the job's end before what comes back of it.
    await this.#told;
    if (failures > 0)
      await pause(SEND_PAUSES[Math.min(failures, SEND_PAUSES.length) - 1] ?? 1, stop);
    const outcome = this.#progress.result?.outcome;
    return transfers.send(outputOf(output, transfers.plan, outcome, this.#core), stop);
  }

  async report(report: Report): Promise<boolean> {
    await this.#told;
    if (this.#job !== undefined && this.#isOf25()) await this.#transfers?.lookAtStreams();
    if (report.how === 'fault') return this.#reportFault(report.fault);
    const ad = this.#final();
    await this.#tellFinally(ad);
    await this.#removal?.soon();
    const { hasCore, result } = this.#progress;
    const { reason, waitStatus } = exitOf(report, result?.outcome, hasCore);
    const told = await this.shadow.calls.jobExit(waitStatus, reason, ad);
    if (told.ok) return true;
    this.#site.log.always(`The shadow did not take the end: ${callTrouble(told.error)}`);
    return told.error.kind === 'call-refused';
  }

  startLease(): void {
    const { lease } = this.#mustHaveJob();
    const left = Math.max(0, this.shadow.lostSince + (lease ?? 0) - now());
    this.#site.log.always(
      `The shadow is gone; the job waits ${Math.round(left)} s for another one`,
    );
    this.#lease = setTimeout(() => this.post({ on: 'lease-expired' }), timerTime(left));
  }

  stopLease(): void {
    clearTimeout(this.#lease);
  }

  async leave(): Promise<void> {
    this.#updates.end();
    await this.#told;
    this.shadow.close();
    await this.#removal?.forGood();
    await this.#leased?.close();
  }

  onStage({ stage }: PoolLife, event: PoolEvent): void {
    this.#site.log.debug('D_FULLDEBUG', () => `${event.on}: the activation is ${stage.name}`);
  }

  #lost(reason: string): Attempt<never> {
    this.#site.log.always(reason);
    return { went: 'wrong', fault: undefined };
  }

  #mustHaveJob(): PoolJob {
    if (this.#job === undefined) throw new Error('there is no job yet');
    return this.#job;
  }

  #take(job: PoolJob): void {
    this.#job = job;
    this.#removal = new SandboxRemoval(job.sandbox, this.#site.steps, this.#site.log);
    this.#progress.tellsOwnAccord = !this.#isOf25();
    if (job.transfer === undefined) return;
    const { address, key } = job.transfer.plan;
    this.shadow.transferPeer ??= { address, key };
    this.#transfers = new Transfers({
      ...job.transfer,
      sandboxPath: job.sandbox.path,
      shadow: this.shadow,
      ownAddress: this.#site.ownAddress,
      ownHost: this.#site.ownHost,
      version: job.greeting.version.version,
      log: this.#site.log,
    });
  }

  #transfersOf(job: PoolJob): Transfers {
    if (this.#transfers === undefined) throw new Error(`${job.prepared.sandbox} has no transfer`);
    return this.#transfers;
  }

  /** Tells something when all before it was told. */
  #tell(say: () => Promise<void>): void {
    this.#told = this.#told.then(say);
  }

  #connectJob(post: (event: LifeEvent) => void): () => void {
    this.#tellJob = post;
    for (const event of this.#untold.splice(0)) post(event);
    return () => {
      this.#tellJob = () => undefined;
    };
  }

  #onJobEvent(event: LifeEvent): void {
    if (event.on !== 'started') return;
    this.#progress.onStarted(event.pid);
    this.#updates.begin(this.#site.knobs.updates);
  }

  #facts(): ActivationFacts {
    return {
      starterAddress: this.#site.ownAddress,
      scratchDirectory: this.#mustHaveJob().sandbox.path,
      vacate: this.#vacate,
    };
  }

  #provisioned({ machineAd }: Greeting): ClassAd {
    const ad = provisionedAd(machineAd);
    for (const [name, expression] of finalAd({
      ...this.#facts(),
      measured: { sandbox: undefined },
    }).entries()) {
      ad.set(name, expression);
    }
    return ad;
  }

  async #update(): Promise<ClassAd | undefined> {
    const job = this.#job;
    if (job === undefined) return undefined;
    const place = { steps: this.#site.steps, sandbox: job.sandbox };
    this.#progress.sandbox = (await usageOfSandbox(place)) ?? this.#progress.sandbox;
    await this.#progress.look();
    const update = this.#progress.update();
    return update && jobUpdateAd(update);
  }

  #final(): ClassAd {
    return finalAd({
      ...this.#facts(),
      measured: { sandbox: this.#progress.sandbox },
      transferred: this.#transfers?.moved,
      ...(this.#isOf25() ? this.#transfers?.streamTimes : undefined),
    });
  }

  #isOf25(): boolean {
    return hasDifference(this.#mustHaveJob().greeting.peerVersion, 'isOf25');
  }

  async #tellFinally(ad: ClassAd): Promise<void> {
    this.isFinal = true;
    const told = await this.startd.final(ad);
    if (!told.ok) this.#site.log.always(`Cannot update the startd: ${told.error.reason}`);
  }

  /**
   * The shadow holds the job, or sends it back. Nobody waits for it to hang up: one of 25.x waits for the
   * startd before that, and the startd for our end.
   */
  async #reportFault(fault: JobFault): Promise<boolean> {
    const { log } = this.#site;
    log.always(`The job is to be held (${holdCode(fault)}, ${fault.subcode}): ${fault.reason}`);
    const { calls } = this.shadow;
    const update = this.#progress.update();
    if (update !== undefined) await calls.jobTermination(jobUpdateAd(update));
    if (this.#job !== undefined) await this.#tellFinally(this.#final());
    const verdict = verdictOf(holdCode(fault), fault.subcode);
    await calls.logEvent(remoteErrorEvent(fault.reason, verdict, now()));
    return true;
  }
}
