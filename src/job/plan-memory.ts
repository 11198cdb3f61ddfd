/**
 * The memory limits of a job's cgroup: CGROUP_MEMORY_LIMIT_POLICY and what goes with it.
 *
 * Source: the manual's CGROUP_MEMORY_LIMIT_POLICY, CGROUP_LOW_MEMORY_LIMIT and DISABLE_SWAP_FOR_JOB;
 * for `soft` and the soft limit beside a hard one, which HTCondor of today has no more,
 * VanillaProc of HTCondor 8's condor_starter.
 */
import type { KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import type { MemoryLimits } from './cgroup-plan';
import { type AmountSource, readAmount } from './read-amount';

const MIB = 2 ** 20;

/** Of the hard limit: where memory is scarce, a job gives back what it has above. */
const SOFT_SHARE = 0.9;

/** Reads the limits, in bytes; empty where there is none. */
export function readMemoryLimits(source: AmountSource): Result<MemoryLimits, KnobError> {
  const main = readPolicy(source);
  if (!main.ok) return main;
  const low = readAmount(source, 'CGROUP_LOW_MEMORY_LIMIT');
  if (!low.ok) return low;
  const high = readAmount(source, 'CGROUP_HIGH_MEMORY_LIMIT');
  if (!high.ok) return high;
  const swap = main.value.hard === undefined ? ok(undefined) : readSwap(source);
  if (!swap.ok) return swap;
  const mebibytes: MemoryLimits = {
    ...main.value,
    low: low.value ?? main.value.low,
    high: high.value,
    swap: swap.value,
  };
  return ok(inBytes(mebibytes));
}

function readPolicy(source: AmountSource): Result<MemoryLimits, KnobError> {
  const policy = source.config.choice('CGROUP_MEMORY_LIMIT_POLICY');
  if (!policy.ok) return policy;
  const { machineAd } = source;
  const slot = machineAd.real('Memory');
  switch (policy.value) {
    case 'none':
      return ok({});
    case 'hard':
      return ok({ hard: slot, soft: slot === undefined ? undefined : slot * SOFT_SHARE });
    case 'soft':
      return ok({ hard: machineAd.real('TotalMemory'), soft: slot, low: slot });
    case 'custom':
      return readCustom(source);
  }
}

function readCustom(source: AmountSource): Result<MemoryLimits, KnobError> {
  const hard = readAmount(source, 'CGROUP_HARD_MEMORY_LIMIT_EXPR');
  if (!hard.ok) return hard;
  const soft = readAmount(source, 'CGROUP_SOFT_MEMORY_LIMIT_EXPR');
  if (!soft.ok) return soft;
  return ok({ hard: hard.value, soft: soft.value, low: soft.value });
}

function readSwap(source: AmountSource): Result<number | undefined, KnobError> {
  const given = readAmount(source, 'CGROUP_SWAP_LIMIT', 0);
  if (!given.ok || given.value !== undefined) return given;
  const { config, jobAd: my, machineAd: target } = source;
  const none = config.boolean('DISABLE_SWAP_FOR_JOB', { my, target });
  return none.ok ? ok(none.value ? 0 : undefined) : none;
}

function inBytes(mebibytes: MemoryLimits): MemoryLimits {
  const limits = Object.entries(mebibytes) as [keyof MemoryLimits, number | undefined][];
  return Object.fromEntries(
    limits
      .filter(([, value]) => value !== undefined)
      .map(([name, value = 0]) => [name, Math.floor(value * MIB)]),
  );
}
