/** The jobs that run, or whose end nobody has heard of yet: who may reach which. */
import { err, ok, type Result } from '../../result';
import type { Lease } from '../accounts/types';
import type { Caller, ControlError } from '../control/types';
import type { RunningJob } from './running-job';

export class JobTable {
  readonly #jobs = new Map<string, RunningJob>();
  /** Connections that have ended; their numbers are never used again. */
  readonly #closed = new Set<number>();

  /** Takes a job that was cloned. One whose client has hung up meanwhile is killed. */
  add(job: RunningJob): void {
    const { asked, id, keep } = job.owner;
    this.#jobs.set(id, job);
    if (!keep && this.#closed.has(asked.caller.connection)) job.kill();
  }

  /** Nothing is left of a job: it is forgotten, unless its end is kept for a client that is away. */
  gone(job: RunningJob, hasRun: boolean): void {
    if (!job.owner.keep || !hasRun) this.remove(job);
  }

  remove(job: RunningJob): void {
    this.#jobs.delete(job.owner.id);
  }

  /** A job of the caller's; root's are all. */
  find(id: string, caller: Caller): Result<RunningJob, ControlError> {
    const job = this.#jobs.get(id);
    if (job === undefined) {
      const text = `There is no job ${id}: it has ended, or was never started here`;
      return err({ code: 'not-found', text });
    }
    if (caller.uid !== 0 && caller.uid !== job.owner.asked.caller.uid) {
      const text = `The job ${id} was started by somebody else, not by uid ${caller.uid}`;
      return err({ code: 'denied', text });
    }
    return ok(job);
  }

  /** A connection has ended, and with it all its jobs that are not kept. */
  hungUp({ connection }: Caller): void {
    this.#closed.add(connection);
    for (const job of this.#jobsOf(({ asked }) => asked.caller.connection === connection)) {
      if (!job.owner.keep) job.kill();
    }
  }

  /** The jobs on a lease, those that have ended included. */
  ofLease({ id }: Lease): readonly RunningJob[] {
    return this.#jobsOf(({ lease }) => lease.id === id);
  }

  get all(): readonly RunningJob[] {
    return [...this.#jobs.values()];
  }

  #jobsOf(isOne: (owner: RunningJob['owner']) => boolean): readonly RunningJob[] {
    return this.all.filter(({ owner }) => isOne(owner));
  }
}
