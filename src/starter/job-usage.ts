/**
 * What a job used, by two witnesses: eyrie-init knows exactly what it reaped; procd looks now and
 * then, and also at processes that are none of init's.
 */
import type { ProcessSize } from '../family/usage';
import type { ProcdUsage } from '../family/wire';
import type { JobUsage } from '../job/result';

/**
 * procd's figures, with what is known otherwise: the greater of both.
 *
 * @param init what procd's figures have of eyrie-init, which is no process of the job
 */
export function withProcd(
  known: JobUsage,
  seen: ProcdUsage | undefined,
  init: ProcessSize | undefined,
): JobUsage {
  if (seen === undefined) return known;
  const { imageSize = 0, resident = 0 } = init ?? {};
  const image = seen.maxImageSize - imageSize;
  return greaterUsage(known, {
    ...seen,
    maxResident: (seen.resident ?? 0) - resident,
    // A look before the job's first instruction saw nothing.
    imageSize: image > 0 ? image : undefined,
  });
}

/** The greater of both figures each: neither CPU time nor a peak goes down. */
export function greaterUsage(one: JobUsage, other: JobUsage): JobUsage {
  return {
    userCpu: Math.max(one.userCpu, other.userCpu),
    systemCpu: Math.max(one.systemCpu, other.systemCpu),
    maxResident: Math.max(one.maxResident, other.maxResident),
    imageSize: greater(one.imageSize, other.imageSize),
    proportional: greater(one.proportional, other.proportional),
    blockReads: greater(one.blockReads, other.blockReads),
    blockWrites: greater(one.blockWrites, other.blockWrites),
    blockReadBytes: greater(one.blockReadBytes, other.blockReadBytes),
    blockWriteBytes: greater(one.blockWriteBytes, other.blockWriteBytes),
    pressure: other.pressure ?? one.pressure,
  };
}

/** undefined: nobody measured it. */
function greater(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.max(one, other);
}
