/** `eyrie suspend` and `eyrie continue`. */
import { printableLine } from '../../printable';
import { tellStarter } from '../../starter/suspend-job';
import type { CommandIo, JobOptions } from '../options/types';

/** Gives 0 when the job stands still, or goes on; else 1, with the reason on standard error. */
export async function runSuspend(
  wish: 'suspend' | 'continue',
  { job }: JobOptions,
  io: CommandIo,
): Promise<number> {
  const told = await tellStarter(job, wish);
  if (told.ok) return 0;
  io.stderr.write(`eyrie ${wish}: ${printableLine(told.error)}\n`);
  return 1;
}
