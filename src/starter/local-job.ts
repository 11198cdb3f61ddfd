/**
 * A job by hand, from what the command line says to its result. `eyrie run`, `eyrie plan` and
 * `condor_starter -job-input-ad` are three faces of this.
 */
import type { JobResult } from '../job/result';
import { jobAdFile, machineAdFile, updateAdFile } from '../job/sandbox-ads';
import type { Logger } from '../log';
import { ownHands } from '../privsep/own-hands';
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

/** Permission bits of a sandbox, by JOB_EXECDIR_PERMISSIONS. */
const SANDBOX_MODES = { user: 0o700, group: 0o750, world: 0o755 } as const;

/** Prepares a job without running it and without leaving a trace: for `eyrie plan`. */
export function planLocalJob(options: LocalOptions): Result<PreparedJob, LocalFailure> {
  const site = readSite(options);
  if (!site.ok) return site;
  const input = readAds(site.value, options);
  if (!input.ok) return input;
  const { executeDirectory, host } = input.value;
  return prepare({ ...input.value, host: assumeDirectory(host, executeDirectory) });
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
  const tools = { log: log.value, stopwatch };
  const report = await runAtSite(site.value, options, settings, tools);
  for (const message of report.messages) log.value.error(message);
  return report;
}

/** What a run carries through its phases. */
interface RunTools {
  readonly log: Logger;
  readonly stopwatch: Stopwatch;
}

async function runAtSite(
  site: LocalSite,
  options: LocalOptions,
  settings: RunSettings,
  tools: RunTools,
): Promise<LocalReport> {
  const steps = ownHands(site.host.privileged ? 'root' : 'rootless');
  const ready = prepareAtSite(site, options, steps);
  tools.stopwatch.lap('plan');
  if (!ready.ok) return nothingRan(options, ready.error, tools.stopwatch);
  const { input, prepared } = ready.value;
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
): Result<{ input: LocalInput; prepared: PreparedJob }, LocalFailure> {
  const input = readAds(site, options);
  if (!input.ok) return input;
  const execute = steps.prepareExecuteDirectory(site.executeDirectory);
  if (!execute.ok) return err(siteFailure(execute.error.message));
  const prepared = prepare(input.value);
  return prepared.ok ? ok({ input: input.value, prepared: prepared.value }) : prepared;
}

function prepare(input: LocalInput): Result<PreparedJob, LocalFailure> {
  const { options } = input;
  const images = storedImages(input.config);
  if (!images.ok) return err(siteFailure(images.error));
  const prepared = prepareJob({
    ...input,
    images: images.value,
    sandboxName: sandboxName(),
    mode: input.host.privileged ? 'root' : 'rootless',
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

function runPrepared(
  input: LocalInput,
  prepared: PreparedJob,
  steps: PrivilegedSteps,
  settings: RunSettings,
  { log, signals, stopwatch }: RunTools & { readonly signals: LocalSignals },
): Promise<JobResult> {
  const { config, jobAd, machineAd } = input;
  return runLocal({
    prepared,
    steps,
    executeDirectory: input.executeDirectory,
    sandboxName: sandboxName(),
    sandboxMode: SANDBOX_MODES[valueOf(config.choice('JOB_EXECDIR_PERMISSIONS'))],
    files: [jobAdFile(jobAd), machineAdFile(machineAd), updateAdFile(machineAd)],
    killTimeout: prepared.spec.killTimeout ?? valueOf(config.integer('MachineMaxVacateTime')),
    keep: settings.keep,
    log,
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
