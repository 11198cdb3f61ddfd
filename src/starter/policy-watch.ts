/** Holds a running job to the site's policies: looks now and then, and does what they say. */
import {
  applyingPolicies,
  type JobMeasures,
  type JobPolicy,
  policyFault,
} from '../job/job-policies';
import type { Logger } from '../log';
import type { LifeEvent } from './lifecycle';
import type { PreparedJob } from './prepare';

/** A job to be watched. */
export interface WatchedJob {
  readonly prepared: PreparedJob;
  readonly log: Logger;
  /** How the job stands; undefined: it has ended, or not begun. */
  measure(): Promise<JobMeasures | undefined>;
  /** Tells the job what is done with it. */
  tell(event: LifeEvent): void;
}

/** A look at a sandbox of many files takes time: at least as many times as long nobody looks after it. */
const REST = 20;

/** Watches; gives the way to stop. Where the site has no policies nothing is looked at. */
export function watchPolicies(job: WatchedJob): () => void {
  const { ads, policies } = job.prepared;
  if (policies.policies.length === 0) return () => undefined;
  let isOver = false;
  let applied: ReadonlySet<string> = new Set();
  let isSuspended = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const measures = await job.measure();
    if (measures === undefined || isOver) return;
    const applying = applyingPolicies(policies, ads, measures);
    for (const policy of applying.filter(({ name }) => !applied.has(name))) say(job, policy);
    applied = new Set(applying.map(({ name }) => name));
    isSuspended = carryOut(job, applying, isSuspended);
  };
  const lookIn = (milliseconds: number): void => {
    timer = setTimeout(() => {
      const before = performance.now();
      void look().then(() => {
        const took = performance.now() - before;
        if (!isOver) lookIn(Math.max(policies.interval * 1000, took * REST));
      });
    }, milliseconds);
  };
  lookIn(policies.interval * 1000);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

function say({ log, prepared: { spec } }: WatchedJob, policy: JobPolicy): void {
  const { reason } = policyFault(policy);
  log.always(`Job ${spec.cluster}.${spec.proc}: ${reason} (${policy.action})`);
}

/** Does what the severest policy says. @returns whether the job stands still for a policy */
function carryOut(job: WatchedJob, applying: readonly JobPolicy[], isSuspended: boolean): boolean {
  const hold = applying.find(({ action }) => action === 'hold');
  if (hold !== undefined) {
    job.tell({ on: 'hard-kill', ending: { why: 'hold', fault: policyFault(hold) } });
    return isSuspended;
  }
  if (applying.some(({ action }) => action === 'kill')) {
    job.tell({ on: 'hard-kill', ending: { why: 'vacate' } });
    return isSuspended;
  }
  const suspends = applying.some(({ action }) => action === 'suspend');
  if (suspends !== isSuspended) job.tell({ on: suspends ? 'suspend' : 'continue' });
  return suspends;
}
