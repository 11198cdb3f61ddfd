/** CPU time in clock ticks, as /proc counts it. */
import type { ProcessFacts } from '../../kernel/process-table-types';

/** USER_HZ: what /proc counts in on every architecture that Linux runs on. */
export const TICKS_PER_SECOND = 100;

/** CPU time, ticks. */
export interface Ticks {
  readonly user: number;
  readonly system: number;
}

export const NO_TICKS: Ticks = { user: 0, system: 0 };

/** What a process itself has used. */
export function ownTicks({ userTicks, systemTicks }: ProcessFacts): Ticks {
  return { user: userTicks, system: systemTicks };
}

/** What the children used that a process has waited for, and theirs: cutime and cstime. */
export function childTicks({ childUserTicks, childSystemTicks }: ProcessFacts): Ticks {
  return { user: childUserTicks, system: childSystemTicks };
}

export function plus(one: Ticks, other: Ticks): Ticks {
  return { user: one.user + other.user, system: one.system + other.system };
}

/** The difference, and 0 where it would be less: time that was used is never given back. */
export function minusAtMost(one: Ticks, other: Ticks): Ticks {
  return {
    user: Math.max(0, one.user - other.user),
    system: Math.max(0, one.system - other.system),
  };
}

/** The lesser of each. */
export function least(one: Ticks, other: Ticks): Ticks {
  return { user: Math.min(one.user, other.user), system: Math.min(one.system, other.system) };
}

export function isNone({ user, system }: Ticks): boolean {
  return user === 0 && system === 0;
}
