/**
 * `eyrie plan`, which is `eyrie run --dry-run`: what would be done for a job, step by step. Needs no
 * root and leaves no trace.
 */
import { EXIT_NOT_RUN } from '../../job/exit-status';
import { describePlan } from '../../job/describe-plan';
import { printableLine } from '../../printable';
import { planLocalJob } from '../../starter/local-job';
import type { CommandIo, RunOptions } from '../options/types';
import { localOptions } from './local-options';

/** Gives 0, or 125 where the job could not be run; the reason is on standard error. */
export function showPlan(options: RunOptions, io: CommandIo): number {
  const prepared = planLocalJob(localOptions(options));
  if (!prepared.ok) {
    for (const message of prepared.error.messages) {
      io.stderr.write(`eyrie plan: ${printableLine(message)}\n`);
    }
    return EXIT_NOT_RUN;
  }
  const { cgroup, disk, notes, plan } = prepared.value;
  io.stdout.write(
    options.json
      ? `${JSON.stringify({ plan, cgroup, disk, notes }, undefined, 2)}\n`
      : describePlan(plan, notes, { cgroup, disk }),
  );
  return 0;
}
