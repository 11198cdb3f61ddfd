/**
 * The part of the process control daemon that runs jobs: the operations `job.*`, and the end of what runs on a
 * lease.
 */
import type { FamilyOffice } from '../../family/server/own-families';
import { removeLeftoverCgroups } from '../../kernel/cgroups/leftovers';
import { err, ok, type Result } from '../../result';
import type { Lease, LeaseBook, LeaseRunner } from '../accounts/types';
import type {
  AnyOperation,
  Asked,
  Audit,
  AuditFacts,
  ControlError,
  ControlPart,
  JsonObject,
  Operation,
} from '../control/types';
import { JobTable } from './job-table';
import { jobNames } from './names';
import {
  type JobReference,
  readReference,
  readSignal,
  readStart,
  type SignalRequest,
} from './request';
import type { RunningJob } from './running-job';
import { type JobOffice, startJob } from './start-job';
import type { JobRequest, LeasedPlanner } from './types';

/** What the part needs of the daemon. */
export interface JobsDaemon {
  readonly book: LeaseBook;
  readonly planner: LeasedPlanner;
  readonly families: FamilyOffice;
  /** A sentence for the daemon's log. */
  log(line: string): void;
  /** For the ends of jobs, which nobody asks for. */
  readonly audit: Audit;
}

/** The part, and the way to end what runs on a lease. */
export interface JobsPart extends ControlPart, LeaseRunner {}

/** Makes the part; what a daemon left that was killed is cleared away first. */
export async function openJobsPart(daemon: JobsDaemon): Promise<JobsPart> {
  // Its jobs have died with it; their cgroups stand.
  for (const told of await removeLeftoverCgroups()) daemon.log(told);
  const jobs = new JobTable();
  const office: JobOffice = {
    ...daemon,
    jobs,
    nextName: jobNames(),
    ending: { gone: (job, hasRun, trouble) => settle(daemon, jobs, { job, hasRun, trouble }) },
  };
  return {
    operations: [start(office), ...controls(jobs), collect(jobs)],
    hungUp: (caller) => jobs.hungUp(caller),
    reload: () => daemon.planner.reload(),
    async close() {
      await Promise.all(jobs.all.map((job) => job.finish(0)));
    },
    async endFamilies(lease, grace) {
      const running = jobs.ofLease(lease);
      await Promise.all(running.map((job) => job.finish(grace)));
      for (const job of running) jobs.remove(job);
    },
  };
}

interface EndedJob {
  readonly job: RunningJob;
  readonly hasRun: boolean;
  readonly trouble: readonly string[];
}

function settle(daemon: JobsDaemon, jobs: JobTable, { hasRun, job, trouble }: EndedJob): void {
  const { lease } = job.owner;
  for (const sentence of trouble) daemon.log(sentence);
  jobs.gone(job, hasRun);
  daemon.book.removeFamily(lease, job.pid);
  if (!hasRun) return;
  const text = describeEnd(job.end ?? {});
  daemon.audit.record({ ...factsOf(lease, job), operation: 'job.end', result: 'ok', text });
}

function describeEnd({ code, lost, signal }: JsonObject): string {
  if (typeof lost === 'string') return lost;
  return code === undefined ? `signal ${JSON.stringify(signal)}` : `status ${JSON.stringify(code)}`;
}

function factsOf({ account, id, owner }: Lease, { pid }: RunningJob): AuditFacts {
  return { owner, account: account.name, lease: id, pid };
}

function start(office: JobOffice): Operation<JobRequest> {
  return {
    name: 'job.start',
    changes: true,
    read: readStart,
    perform: (request, asked) => startJob(office, request, asked),
  };
}

type Work = (job: RunningJob) => Promise<JsonObject> | JsonObject | undefined;

/** What is done to one's own jobs. */
function controls(jobs: JobTable): readonly AnyOperation[] {
  const one = (name: string, changes: boolean, work: Work): Operation<JobReference> => ({
    name,
    changes,
    read: readReference,
    perform: (request, asked) => withJob(jobs, request, asked, work),
  });
  const signal: Operation<SignalRequest> = {
    name: 'job.signal',
    changes: true,
    read: readSignal,
    perform: (request, asked) =>
      withJob(jobs, request, asked, async (job) => {
        await job.signal(request.signal, request.to);
        return {};
      }),
  };
  return [
    signal,
    one('job.suspend', true, (job) => {
      job.suspend();
      return undefined;
    }),
    one('job.continue', true, (job) => {
      job.continue();
      return undefined;
    }),
    one('job.kill', true, (job) => {
      job.kill();
      return undefined;
    }),
    one('job.usage', false, (job) => job.usage()),
  ];
}

/** The end of a job that was kept; it is forgotten by that. */
function collect(jobs: JobTable): Operation<JobReference> {
  return {
    name: 'job.collect',
    changes: true,
    read: readReference,
    perform: (request, asked) =>
      withJob(jobs, request, asked, (job) => {
        if (job.end === undefined) return { running: true };
        jobs.remove(job);
        return { running: false, ...job.end };
      }),
  };
}

async function withJob(
  jobs: JobTable,
  { job: id }: JobReference,
  asked: Asked,
  work: Work,
): Promise<Result<JsonObject, ControlError>> {
  const job = jobs.find(id, asked.caller);
  if (!job.ok) return err(job.error);
  asked.note(factsOf(job.value.owner.lease, job.value));
  return ok((await work(job.value)) ?? {});
}
