/**
 * A command of a person's in a running job: looks the job up, opens what leads into it, and goes in.
 */
import fs from 'node:fs';
import os from 'node:os';
import { planEntry } from '../job/entry-plan';
import type { LaunchPlan, StepFailure } from '../job/plan';
import { type AccountEntry, accountById } from '../kernel/accounts';
import { type Entry, type EntryEnd, type RunningEntry, startEntry } from '../kernel/enter';
import { errnoText } from '../kernel/errno';
import type { LaunchError } from '../kernel/launch-types';
import { err, type Result } from '../result';
import { entryEnvironment, shellsOf } from './running/entry-environment';
import { findJob, jobName } from './running/find-job';
import { openCgroups } from './running/open-cgroups';
import { entryUser, openTarget, type Target } from './running/open-target';
import { type RunningJob, runningJobs } from './running/read-records';

/** What a person asks for. */
export interface EntryRequest {
  /** JOB: `cluster.proc`, or the starter's pid. */
  readonly job: string;
  /** Empty: a shell. */
  readonly command: readonly string[];
  /** Whether standard input and output are a terminal. */
  readonly terminal: boolean;
  /** TERM. */
  readonly term: string | undefined;
  /** Told what a person should know. */
  readonly note: (sentence: string) => void;
  /** Told of each command that is on its way in; of several shells the next one where one is missing. */
  readonly entering: (entry: RunningEntry) => void;
}

/** Why nothing was run inside. */
export interface EntryFailure {
  readonly message: string;
  /** The command was not there, or could not be executed; else something else failed. */
  readonly cause: 'not found' | 'not executable' | 'other';
}

/** Goes in, and waits for the command's end. */
export async function enterJob(request: EntryRequest): Promise<Result<EntryEnd, EntryFailure>> {
  const job = findJob(request.job, runningJobs(), process.geteuid?.() === 0);
  if (!job.ok) return other(job.error);
  const target = openTarget(job.value);
  if (!target.ok) return other(target.error);
  try {
    return await enterTarget(request, job.value, target.value);
  } finally {
    target.value.close();
  }
}

async function enterTarget(
  request: EntryRequest,
  job: RunningJob,
  target: Target,
): Promise<Result<EntryEnd, EntryFailure>> {
  const user = entryUser(job, target);
  if (!user.ok) return other(user.error);
  const cgroups = openCgroups(target, process.geteuid?.() === 0);
  if (!cgroups.ok) return other(cgroups.error);
  for (const note of cgroups.value.notes) request.note(note);
  const way = { target, cgroups: cgroups.value.files, user: user.value };
  try {
    return await enterWith(request, job, { ...way, terminal: request.terminal });
  } finally {
    for (const fd of cgroups.value.files) fs.closeSync(fd);
  }
}

const { ENOENT, ENOTDIR } = os.constants.errno;

/** Tries the command, or one shell after the other. */
async function enterWith(
  request: EntryRequest,
  job: RunningJob,
  way: Omit<Entry, 'plan'>,
): Promise<Result<EntryEnd, EntryFailure>> {
  const account = accountById(job.entry.identity.uid);
  const shells = shellsOf(account);
  const [likely = '/bin/sh'] = shells;
  const isShell = request.command.length === 0;
  const commands = isShell ? shells.map((shell) => [shell]) : [request.command];
  for (const argv of commands) {
    const shell = isShell ? (argv[0] ?? likely) : likely;
    const plan = planFor(request, job, { account, shell, argv });
    const ended = await enterOnce(request, plan, way);
    if (ended.ok) return ended;
    const failure = explain(ended.error, plan, job);
    if (!isShell || failure.cause !== 'not found') return err(failure);
  }
  return err({
    cause: 'not found',
    message:
      `there is no shell in the root directory of job ${jobName(job)}: none of ` +
      `${shells.join(', ')}; name a command after --`,
  });
}

/** Who it is for inside, and what runs. */
interface Inside {
  readonly account: AccountEntry | undefined;
  readonly shell: string;
  readonly argv: readonly string[];
}

function planFor(
  { term, terminal }: EntryRequest,
  job: RunningJob,
  { account, argv, shell }: Inside,
): LaunchPlan {
  const [name = shell, ...rest] = argv;
  const { sandbox } = job;
  const kind = terminal ? (term ?? 'dumb') : undefined;
  const environment = entryEnvironment({ account, sandbox, shell, term: kind });
  return planEntry(job.entry, { argv: [name, ...rest], environment, directory: sandbox });
}

async function enterOnce(
  { entering }: EntryRequest,
  plan: LaunchPlan,
  way: Omit<Entry, 'plan'>,
): Promise<Result<EntryEnd, StepFailure | LaunchError>> {
  const entry = startEntry({ ...way, plan });
  if (!entry.ok) return entry;
  entering(entry.value);
  return entry.value.ended;
}

function other(message: string): Result<never, EntryFailure> {
  return err({ message, cause: 'other' });
}

function explain(
  failure: StepFailure | LaunchError,
  plan: LaunchPlan,
  job: RunningJob,
): EntryFailure {
  const words = errnoText(failure.errno);
  const step = 'phase' in failure ? plan.job[failure.index] : undefined;
  if (step?.op === 'exec') {
    const message = `cannot run ${step.argv[0] ?? ''} in job ${jobName(job)}: ${words}`;
    const isMissing = failure.errno === ENOENT || failure.errno === ENOTDIR;
    return { message, cause: isMissing ? 'not found' : 'not executable' };
  }
  const what = 'call' in failure ? failure.call : `do what the job's plan says (${step?.op ?? ''})`;
  return { message: `cannot enter job ${jobName(job)}: cannot ${what}: ${words}`, cause: 'other' };
}
