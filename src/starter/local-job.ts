/**
 * A job by hand, from what the command line says to its result. `eyrie run`, `eyrie plan` and
 * `condor_starter -job-input-ad` are three faces of this.
 */
import type { MappedIds } from '../job/glexec-mode';
import type { Account } from '../job/host';
import { lastComponent } from '../job/paths';
import type { PlanMode } from '../job/plan-input';
import type { JobResult } from '../job/result';
import { jobAdFile, machineAdFile, updateAdFile } from '../job/sandbox-ads';
import type { Logger } from '../log';
import type { PrivilegedSteps } from '../privsep/types';
import { err, ok, type Result } from '../result';
import { assumeDirectory } from './assume-directory';
import { storedImages } from './images';
import { type LocalFailure, preparationFailure, siteFailure } from './local-failure';
import {
  type LocalInput,
  type LocalOptions,
  type LocalSite,
  readAds,
  readSite,
} from './local-input';
import { LocalSignals } from './local-signals';
import { type LogSettings, openStarterLog } from './open-log';
import { type PreparedJob, prepareJob } from './prepare';
import { notRun } from './run-job';
import { choosePrivilegedSteps } from './privileged-steps';
import { glexecProxyFile } from './glexec-proxy-file';
import { SANDBOX_MODES, usesDaemon } from './leased/choice';
import { handProcd, type StarterProcd } from './procd-settings';
import { runLocal } from './run-local';
import { Stopwatch } from './stopwatch';

/** How a job is run, beside what it is. */
export interface RunSettings extends LogSettings {
  /** Leave the sandbox behind. */
  readonly keep: boolean;
  /** Told of the log when it is open. */
  logOpened?(log: Logger): void;
}

/** A run that is over, or that never began. */
export interface LocalReport {
  readonly result: JobResult;
  /** Undefined where nothing could be prepared. */
  readonly prepared: PreparedJob | undefined;
  /** Sentences for a person: why nothing ran. Empty where the job ran. */
  readonly messages: readonly string[];
  readonly stopwatch: Stopwatch;
}

/**
 * HTCondor's name for the sandbox of the starter with this pid. No constant: modules are loaded when
 * the start-up snapshot is made, by another process.
 */
function sandboxName(): string {
  return `dir_${process.pid}`;
}

/** Prepares a job without running it and without leaving a trace: for `eyrie plan`. */
export function planLocalJob(options: LocalOptions): Result<PreparedJob, LocalFailure> {
  const site = readSite(options);
  if (!site.ok) return site;
  const input = readAds(site.value, options);
  if (!input.ok) return input;
  const { config, executeDirectory, host } = input.value;
  const daemon = usesDaemon(config);
  if (!daemon.ok) return err(siteFailure(daemon.error));
  const assumed = { ...input.value, host: assumeDirectory(host, executeDirectory) };
  return daemon.value ? planLeasedJob(assumed) : prepare(assumed);
}

/** Reads, prepares and runs a job by hand. */
export async function runLocalJob(
  options: LocalOptions,
  settings: RunSettings,
): Promise<LocalReport> {
  const stopwatch = new Stopwatch();
  const site = readSite(options);
  stopwatch.lap('configuration');
  if (!site.ok) return nothingRan(options, site.error, stopwatch);
  const log = openStarterLog(site.value.config, settings, options);
  if (!log.ok) return nothingRan(options, siteFailure(log.error), stopwatch);
  settings.logOpened?.(log.value);
  const daemon = usesDaemon(site.value.config);
  if (!daemon.ok) return nothingRan(options, siteFailure(daemon.error), stopwatch);
  // At once: where none is there, it comes up while the job is prepared. The daemon is one itself.
  const procd = daemon.value ? ok(undefined) : handProcd(site.value.config, site.value.glexec);
  if (!procd.ok) return nothingRan(options, siteFailure(procd.error), stopwatch);
  const tools = { log: log.value, stopwatch, procd: procd.value };
  const report = daemon.value
    ? await runLeased(site.value, options, settings, tools)
    : await runAtSite(site.value, options, settings, tools);
  for (const message of report.messages) log.value.error(message);
  return report;
}

/** What a run carries through its phases. */
interface RunTools {
  readonly log: Logger;
  readonly stopwatch: Stopwatch;
  readonly procd: StarterProcd | undefined;
}

async function runAtSite(
  site: LocalSite,
  options: LocalOptions,
  settings: RunSettings,
  tools: RunTools,
): Promise<LocalReport> {
  const steps = choosePrivilegedSteps(site.host, site.glexec, tools.log);
  if (!steps.ok) return nothingRan(options, siteFailure(steps.error), tools.stopwatch);
  const ready = prepareAtSite(site, options, steps.value);
  tools.stopwatch.lap('plan');
  if (!ready.ok) return nothingRan(options, ready.error, tools.stopwatch);
  return runReady(ready.value, steps.value, settings, tools);
}

/** The same on an account that the process control daemon leases. */
async function runLeased(
  site: LocalSite,
  options: LocalOptions,
  settings: RunSettings,
  tools: RunTools,
): Promise<LocalReport> {
  const input = readAds(site, options);
  if (!input.ok) return nothingRan(options, input.error, tools.stopwatch);
  // No other job by hand needs it.
  const { leaseFor } = await import('./leased/lease');
  const steps = await leaseFor(input.value.jobAd, site.config, tools.log);
  tools.stopwatch.lap('lease');
  if (!steps.ok) return nothingRan(options, siteFailure(steps.error), tools.stopwatch);
  try {
    const { account, executeDirectory, isGuest, sandboxName: name } = steps.value.place;
    const there = { ...input.value, executeDirectory };
    const prepared = prepare(there, { leased: { account, isGuest, sandboxName: name } });
    tools.stopwatch.lap('plan');
    if (!prepared.ok) {
      await steps.value.removeSandbox({
        executeDirectory,
        name,
        path: `${executeDirectory}/${name}`,
      });
      return nothingRan(options, prepared.error, tools.stopwatch);
    }
    return await runReady({ input: there, prepared: prepared.value }, steps.value, settings, tools);
  } finally {
    await steps.value.close();
  }
}

/** A job that is prepared, and what it was prepared from. */
interface ReadyJob {
  readonly input: LocalInput;
  readonly prepared: PreparedJob;
}

async function runReady(
  { input, prepared }: ReadyJob,
  steps: PrivilegedSteps,
  settings: RunSettings,
  tools: RunTools,
): Promise<LocalReport> {
  for (const note of prepared.notes) tools.log.always(`Note: ${note}`);
  // From here on there is something to clean away. Before, a signal ends the starter as it ends any
  // program: one that waits for an ad on a pipe would never come to hear of it.
  const signals = new LocalSignals();
  const result = await runPrepared(input, prepared, steps, settings, { ...tools, signals });
  signals.close();
  return { result, prepared, messages: whyHeld(result), stopwatch: tools.stopwatch };
}

/** Reads the ads and prepares the job, with the EXECUTE that the plan is made for. */
function prepareAtSite(
  site: LocalSite,
  options: LocalOptions,
  steps: PrivilegedSteps,
): Result<ReadyJob, LocalFailure> {
  const input = readAds(site, options);
  if (!input.ok) return input;
  const execute = steps.prepareExecuteDirectory(site.executeDirectory);
  if (!execute.ok) return err(siteFailure(execute.error.message));
  const prepared = prepare(input.value);
  return prepared.ok ? ok({ input: input.value, prepared: prepared.value }) : prepared;
}

/** For `eyrie plan`: nobody is asked, so that account and sandbox are only known by what they will be. */
function planLeasedJob(input: LocalInput): Result<PreparedJob, LocalFailure> {
  const { gid, uid } = input.host;
  const account = { name: 'a leased account', uid, gid, groups: [gid], home: '' };
  const planned = prepare(input, {
    leased: { account, isGuest: true, sandboxName: sandboxName() },
  });
  if (!planned.ok) return planned;
  const socket = valueOf(input.config.path('PROCD_CONTROL')) ?? '';
  const note =
    `PRIVSEP = daemon: the daemon at ${socket} chooses the account (no job has the ids above) and the ` +
    'place of the sandbox, and isolates the job by its own configuration';
  return ok({ ...planned.value, notes: [...planned.value.notes, note] });
}

/** What somebody else knows of a job before it is prepared. */
interface KnownBefore {
  /** Whom gLExec maps the job's proxy to, once it has told. */
  readonly mapped?: MappedIds | undefined;
  /** What the process control daemon has leased. */
  readonly leased?: {
    readonly account: Account;
    readonly isGuest: boolean;
    readonly sandboxName: string;
  };
}

function prepare(
  input: LocalInput,
  { leased, mapped }: KnownBefore = {},
): Result<PreparedJob, LocalFailure> {
  const { options } = input;
  const images = storedImages(input.config);
  if (!images.ok) return err(siteFailure(images.error));
  const prepared = prepareJob({
    ...input,
    images: images.value,
    sandboxName: leased?.sandboxName ?? sandboxName(),
    leased,
    mode: leased === undefined ? modeOf(input) : 'daemon',
    glexec: leased === undefined ? input.glexec && { mapped } : undefined,
    // A job by hand comes from this host: its user names are this host's.
    submitter: { kind: 'hand' },
    spec: { from: 'hand', ...options, cwd: process.cwd() },
    starter: {
      pid: process.pid,
      started: performance.timeOrigin / 1000,
      random: Math.floor(Math.random() * 2 ** 32),
      environment: process.env,
    },
    outputAd: options.outputAd,
  });
  return prepared.ok ? prepared : err(preparationFailure(prepared.error));
}

/** Whoever gLExec maps a proxy to needs no namespaces to be another account than the starter. */
function modeOf({ glexec, host }: LocalInput): PlanMode {
  if (host.privileged) return 'root';
  return glexec !== undefined && !host.userNamespaces ? 'unprivileged' : 'rootless';
}

async function runPrepared(
  input: LocalInput,
  prepared: PreparedJob,
  steps: PrivilegedSteps,
  settings: RunSettings,
  { log, procd, signals, stopwatch }: RunTools & { readonly signals: LocalSignals },
): Promise<JobResult> {
  const { config, jobAd, machineAd } = input;
  const proxy = glexecProxyFile(prepared);
  if (!proxy.ok) return notRun(prepared.spec, proxy.error);
  return runLocal({
    prepared,
    prepareFor(ids) {
      const again = prepare(input, { mapped: ids });
      return again.ok ? again : err(again.error.fault);
    },
    steps,
    executeDirectory: input.executeDirectory,
    sandboxName: lastComponent(prepared.sandbox),
    sandboxMode: SANDBOX_MODES[valueOf(config.choice('JOB_EXECDIR_PERMISSIONS'))],
    files: [jobAdFile(jobAd), machineAdFile(machineAd), updateAdFile(machineAd), ...proxy.value],
    killTimeout: prepared.spec.killTimeout ?? valueOf(config.integer('MachineMaxVacateTime')),
    keep: settings.keep,
    log,
    procd,
    stopwatch,
    connect: (post) => signals.connect(post),
  });
}

/** A knob without an expression was checked when the configuration was read. */
function valueOf<T>(knob: Result<T, { readonly message: string }>): T {
  if (knob.ok) return knob.value;
  throw new Error(knob.error.message);
}

/** The report of a run that never began. */
function nothingRan(
  { cluster, proc }: LocalOptions,
  { fault, messages }: LocalFailure,
  stopwatch: Stopwatch,
): LocalReport {
  const result = notRun({ cluster: cluster ?? 1, proc: proc ?? 0 }, fault);
  return { result, prepared: undefined, messages, stopwatch };
}

/** What a person must be told of a job that was held or lost. */
function whyHeld({ outcome }: JobResult): readonly string[] {
  if (outcome.kind === 'held') return [outcome.fault.reason];
  return outcome.kind === 'lost' ? [outcome.reason] : [];
}
