/**
 * The core that a job leaves where the host's kernel.core_pattern has it: in the job's directory under a
 * plain name. It gets one of its own, so that it covers no other job's core on the submit side.
 *
 * Source: OsProc::checkCoreFile of HTCondor's condor_starter; core(5).
 */
import type { JobSpec } from './spec';

/** `core.<cluster>.<proc>`: what a job's core is called when it goes back. */
export function coreName({ cluster, proc }: Pick<JobSpec, 'cluster' | 'proc'>): string {
  return `core.${cluster}.${proc}`;
}

/** A regular file that the job has made or changed. */
export interface CoreCandidate {
  readonly path: string;
  readonly isLink: boolean;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
}

/**
 * Finds the core of a job whose main process dumped one: `core.<pid>`, else `core`, else the newest
 * `core.<number>`, which is its name where the job has process ids of its own.
 *
 * @param pid as the host sees it
 * @returns its name; undefined: it is elsewhere, or a program of the host took it
 */
export function findCore(
  files: readonly CoreCandidate[],
  pid: number | undefined,
): string | undefined {
  const cores = files.filter(({ isLink, path }) => !isLink && /^core(\.\d+)?$/.test(path));
  const named = [`core.${pid}`, 'core'].find((name) => cores.some(({ path }) => path === name));
  if (named !== undefined) return named;
  return [...cores].sort((a, b) => (a.modified > b.modified ? -1 : 1))[0]?.path;
}
