/**
 * /proc/PID/limits: proc(5), section "/proc/pid/limits"; the kernel's fs/proc/base.c has the
 * names of the lines.
 */
import type { RlimitName, RlimitValue } from '../../job/plan';
import { err, ok, type Result } from '../../result';
import { readKernelFile } from './read';

/** A resource's two limits, in the unit of setrlimit(2). */
export interface Rlimit {
  readonly soft: RlimitValue;
  readonly hard: RlimitValue;
}

/** Every resource that setrlimit(2) knows, but for the file locks that Linux ignores. */
export type Rlimits = { readonly [name in RlimitName]: Rlimit };

const LINES: { readonly [name in RlimitName]: string } = {
  as: 'Max address space',
  core: 'Max core file size',
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  memlock: 'Max locked memory',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  nofile: 'Max open files',
  nproc: 'Max processes',
  rss: 'Max resident set',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
  sigpending: 'Max pending signals',
  stack: 'Max stack size',
};

/**
 * Parses a limits file.
 *
 * @returns all limits, or a sentence that names a resource without a line
 */
export function parseLimits(text: string): Result<Rlimits, string> {
  const byLine = new Map<string, Rlimit>();
  for (const line of text.split('\n')) {
    const match = /^(Max .*?) {2,}(\d+|unlimited) +(\d+|unlimited)\b/.exec(line);
    if (match?.[1] && match[2] && match[3]) {
      byLine.set(match[1], { soft: limitValue(match[2]), hard: limitValue(match[3]) });
    }
  }
  const limits: Partial<Record<RlimitName, Rlimit>> = {};
  for (const [name, line] of Object.entries(LINES)) {
    const limit = byLine.get(line);
    if (limit === undefined) {
      return err(`/proc/PID/limits has no line "${line}"`);
    }
    limits[name as RlimitName] = limit;
  }
  return ok(limits as Rlimits);
}

/** This process's own limits. */
export function readLimits(): Result<Rlimits, string> {
  const text = readKernelFile('/proc/self/limits');
  return text.ok ? parseLimits(text.value) : text;
}

/**
 * A limit above 2^53 - 1 cannot be held exactly; it becomes that number, never a larger one, since
 * asking for more than the hard limit is refused.
 */
function limitValue(text: string): RlimitValue {
  return text === 'unlimited' ? text : Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}
