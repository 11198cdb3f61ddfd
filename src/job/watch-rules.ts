/** How a job's use of memory is watched, and judged where the kernel had to kill for want of it. */
import type { ClassAd } from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';

/** The rules. */
export interface WatchRules {
  /** CGROUP_POLLING_INTERVAL, seconds. */
  readonly interval: number;
  /** CGROUP_IGNORE_CACHE_MEMORY: files in memory are not the job's. */
  readonly ignoreCache: boolean;
  /** STARTER_ALWAYS_HOLD_ON_OOM: the job is held even where it was the machine that had no memory. */
  readonly alwaysHold: boolean;
}

/** Reads the rules. */
export function readWatchRules(
  config: Config,
  my: ClassAd,
  target: ClassAd,
): Result<WatchRules, KnobError> {
  const scope = { my, target };
  const interval = config.integer('CGROUP_POLLING_INTERVAL', scope);
  if (!interval.ok) return interval;
  const ignoreCache = config.boolean('CGROUP_IGNORE_CACHE_MEMORY', scope);
  if (!ignoreCache.ok) return ignoreCache;
  const alwaysHold = config.boolean('STARTER_ALWAYS_HOLD_ON_OOM', scope);
  if (!alwaysHold.ok) return alwaysHold;
  return ok({
    interval: interval.value,
    ignoreCache: ignoreCache.value,
    alwaysHold: alwaysHold.value,
  });
}
