/**
 * The peak of a job's memory, from looks at its cgroup now and then and from the peak that the kernel
 * keeps. The kernel's has files in it that are only kept in memory because there is room; what is seen by
 * looking has not, but misses what comes and goes between two looks.
 */

/** The highest values seen, in bytes. */
export interface MemoryMarks {
  readonly held: number;
  readonly cache: number;
  readonly peak: number | undefined;
}

export const NO_MARKS: MemoryMarks = { held: 0, cache: 0, peak: undefined };

/** The marks after one more look. */
export function raiseMarks(marks: MemoryMarks, seen: MemoryMarks): MemoryMarks {
  const { peak = seen.peak } = marks;
  return {
    held: Math.max(marks.held, seen.held),
    cache: Math.max(marks.cache, seen.cache),
    peak: peak === undefined ? undefined : Math.max(peak, seen.peak ?? 0),
  };
}

/**
 * The peak in bytes.
 *
 * @param ignoreCache files in memory do not count
 */
export function peakOf({ cache, held, peak }: MemoryMarks, ignoreCache: boolean): number {
  if (!ignoreCache) return peak ?? held + cache;
  // At the peak there were at most as many files as there ever were: it is no less than this.
  return Math.max(held, (peak ?? 0) - cache);
}
