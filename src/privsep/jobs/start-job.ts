/**
 * Starting a job on a leased account. Nothing of the job runs before it is in its cgroup, its family is
 * registered, and its lease has it written down; where one of these fails, nothing runs at all.
 *
 * All until the lease knows of it happens in one go, so that no other request comes in between: the sandbox
 * is the account's then, and stays it.
 */
import fs from 'node:fs';
import { registerOwnFamily, type FamilyOffice } from '../../family/server/own-families';
import type { LaunchPlan, StepFailure } from '../../job/plan';
import { JobCgroup } from '../../kernel/cgroups/job-cgroup';
import { errnoText } from '../../kernel/errno';
import { startLaunch } from '../../kernel/launch';
import type { LaunchCgroups, LaunchError, LocalLaunch } from '../../kernel/launch-types';
import { startTimeOf } from '../../kernel/proc/process-identity';
import { readKernelFile } from '../../kernel/proc/read';
import { err, ok, type Result } from '../../result';
import type { Lease, LeaseBook, LeasedSandbox } from '../accounts/types';
import type { Asked, ControlError, JsonObject } from '../control/types';
import type { JobTable } from './job-table';
import { type JobEnding, RunningJob } from './running-job';
import type { JobRequest, JobStream, LeasedPlanner, PlannedLeasedJob } from './types';

/** What jobs are started with. */
export interface JobOffice {
  readonly book: LeaseBook;
  readonly planner: LeasedPlanner;
  readonly families: FamilyOffice;
  readonly jobs: JobTable;
  readonly ending: JobEnding;
  /** Makes a name that no other job's cgroup and mark have. */
  nextName(): { readonly suffix: string; readonly mark: readonly [name: string, value: string] };
}

type Refused = Result<never, ControlError>;

/** Starts a job; what it gives are the fields of the reply. */
export async function startJob(
  office: JobOffice,
  request: JobRequest,
  asked: Asked,
): Promise<Result<JsonObject, ControlError>> {
  const cloned = cloneJob(office, request, asked);
  if (!cloned.ok) return cloned;
  const { admit, job, mark, notes, plan, written } = cloned.value;
  if (!written.ok) return giveUp(job, written);
  const { account, kind } = job.owner.lease;
  const [admitted, family] = await Promise.all([
    admit,
    registerOwnFamily(office.families, {
      root: job.pid,
      ancestors: [mark],
      // A person who is logged in may own the processes of an account that has an owner.
      uid: kind === 'guest' ? account.uid : undefined,
      hasCgroup: cloned.value.hasCgroup,
    }),
  ]);
  if (family.ok) job.family = family.value;
  if (!family.ok) return giveUp(job, internal(family.error));
  if (!admitted.ok) return giveUp(job, failedCall(admitted.error));
  const launched = await job.go();
  if (!launched.ok) {
    await job.gone;
    return failed(office.planner, plan, launched.error);
  }
  family.value.begun();
  const { birthday, pid } = family.value.identity;
  const main = launched.value === undefined ? {} : { main: launched.value };
  return ok({ job: job.owner.id, pid, birthday, ...main, notes: [...notes] });
}

/** Nothing of the job has run; resolves when that is sure. */
async function giveUp(job: RunningJob, why: Refused): Promise<Refused> {
  job.cancel();
  await job.gone;
  return why;
}

/** A job that was cloned, and waits. */
interface ClonedJob {
  readonly job: RunningJob;
  /** Whether its lease has it. */
  readonly written: Result<void, ControlError>;
  readonly admit: Promise<Result<void, LaunchError>>;
  readonly plan: LaunchPlan;
  readonly mark: string;
  readonly notes: readonly string[];
  readonly hasCgroup: boolean;
}

/** Checks, plans and clones, without a pause. */
function cloneJob(
  office: JobOffice,
  request: JobRequest,
  asked: Asked,
): Result<ClonedJob, ControlError> {
  const lease = office.book.find(request.lease, asked.caller);
  if (!lease.ok) return lease;
  const { account, id, owner } = lease.value;
  asked.note({ owner, account: account.name, lease: id, path: request.command });
  if (account.uid === 0 || account.gid === 0) {
    const text = `The account ${account.name} has the rights of root: no job runs under it`;
    return err({ code: 'not-allowed', text });
  }
  const shared = refuseSharing(office.jobs, lease.value);
  if (!shared.ok) return shared;
  const streams = checkStreams(request, asked.descriptors);
  if (!streams.ok) return streams;
  const sandbox = findSandbox(office.book, lease.value, request.sandbox);
  if (!sandbox.ok) return sandbox;
  const { mark, suffix } = office.nextName();
  const planned = office.planner.plan({
    ...{ request, mark, suffix },
    lease: lease.value,
    sandbox: sandbox.value,
  });
  if (!planned.ok) return planned;
  return launch(office, { request, asked, lease: lease.value, planned: planned.value, mark });
}

interface Launching {
  readonly request: JobRequest;
  readonly asked: Asked;
  readonly lease: Lease;
  readonly planned: PlannedLeasedJob;
  readonly mark: readonly [string, string];
}

function launch(
  office: JobOffice,
  { asked, lease, mark, planned, request }: Launching,
): Result<ClonedJob, ControlError> {
  const made = planned.cgroup && JobCgroup.make(planned.cgroup);
  const cgroup = made?.ok === true ? made.value : undefined;
  const given = cgroup?.entrance ?? { birth: undefined, joined: [] };
  const started = clone(planned.plan, asked.descriptors, given);
  if (!started.ok) {
    void cgroup?.remove();
    return failedCall(started.error);
  }
  const { cgroups, launch: bare } = started.value;
  const controlled = cgroup?.control(bare) ?? bare;
  const birthday = birthdayOf(bare.pid);
  const id = `${bare.pid}.${birthday}`;
  asked.note({ pid: bare.pid });
  const job = new RunningJob(
    { id, lease, asked, keep: request.keep },
    {
      launch: controlled,
      cgroup,
      memoryLimit: cgroup && planned.cgroup?.limits.memory?.hard,
      interval: planned.interval,
    },
    office.ending,
  );
  office.jobs.add(job);
  const written = office.book.addFamily(lease, { pid: bare.pid, birthday, cgroup: cgroup?.name });
  return ok({
    job,
    written,
    admit: cgroup?.admit(bare.pid, cgroups) ?? Promise.resolve(ok(undefined)),
    plan: planned.plan,
    mark: mark.join('='),
    notes: [...planned.notes, ...cgroupNotes(made)],
    hasCgroup: cgroup !== undefined,
  });
}

/** clone3(2) into a cgroup on kernels before 5.7, and where it cannot be called: errno(3). */
const TOO_OLD = [7, 22, 38];

function clone(
  plan: LaunchPlan,
  descriptors: readonly number[],
  cgroups: LaunchCgroups,
): Result<{ readonly launch: LocalLaunch; readonly cgroups: LaunchCgroups }, LaunchError> {
  const started = startLaunch(plan, { descriptors, cgroups });
  if (started.ok) return ok({ launch: started.value, cgroups });
  if (cgroups.birth === undefined || !TOO_OLD.includes(started.error.errno)) return started;
  return clone(plan, descriptors, { ...cgroups, birth: undefined });
}

function cgroupNotes(made: Result<JobCgroup, string> | undefined): readonly string[] {
  if (made === undefined) return [];
  return made.ok ? made.value.notes : [`the job has no cgroup: ${made.error}`];
}

/** The sandbox' path, if it is the account's. */
function findSandbox(book: LeaseBook, lease: Lease, id: string): Result<string, ControlError> {
  const opened = book.openSandbox(lease, id);
  if (!opened.ok) return opened;
  const { directory, path, side }: LeasedSandbox = opened.value;
  fs.closeSync(directory);
  if (side === 'account') return ok(path);
  const text = `The sandbox ${id} belongs to the client; give it to the account with sandbox.give`;
  return err({ code: 'not-allowed', text });
}

/**
 * Two jobs never share a guest at once: all of its processes are one job's, and what they can do to each other
 * nobody could tell apart.
 */
function refuseSharing(jobs: JobTable, lease: Lease): Result<void, ControlError> {
  if (lease.kind === 'local' || jobs.ofLease(lease).every(({ isGone }) => isGone)) {
    return ok(undefined);
  }
  const text = `A job runs on the guest account ${lease.account.name}, which has one at a time`;
  return err({ code: 'busy', text });
}

/** A directory would lead a job out of its root, and a disk is no stream. */
function checkStreams(
  { streams }: JobRequest,
  descriptors: readonly number[],
): Result<void, ControlError> {
  for (const name of ['input', 'output', 'error'] as const) {
    const stream: JobStream = streams[name];
    if (stream === 'null' || 'path' in stream) continue;
    const fd = descriptors[stream.descriptor];
    if (fd === undefined) {
      const text = `streams: ${name}: descriptor ${stream.descriptor} did not come with the request`;
      return err({ code: 'syntax', text });
    }
    const facts = fs.fstatSync(fd);
    if (facts.isDirectory() || facts.isBlockDevice() || facts.isSymbolicLink()) {
      const text = `streams: ${name}: expected a file, a pipe, a socket or a terminal`;
      return err({ code: 'not-allowed', text });
    }
  }
  return ok(undefined);
}

/** Clock ticks since boot. A process that waits for us is there. */
function birthdayOf(pid: number): number {
  const stat = readKernelFile(`/proc/${pid}/stat`);
  return stat.ok ? Number(startTimeOf(stat.value)) : 0;
}

/** The launch failed at a step of the plan, or at a call that belongs to none. */
function failed(
  planner: LeasedPlanner,
  plan: LaunchPlan,
  failure: StepFailure | LaunchError,
): Refused {
  if (!('phase' in failure)) return failedCall(failure);
  const { cause, text } = planner.explain(plan, failure);
  return err({ code: 'not-started', text, details: { cause, errno: failure.errno } });
}

function failedCall({ call, errno }: LaunchError): Refused {
  const text = `Cannot ${call}: ${errnoText(errno)}`;
  return err({ code: 'not-started', text, details: { cause: 'cannotCreateProcess', errno } });
}

function internal(text: string): Refused {
  return err({ code: 'internal', text });
}
