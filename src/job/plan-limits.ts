/**
 * Resource limits of a job, setrlimit(2).
 *
 * What HTCondor's starter does, and jobs rely on: core files are off unless CoreSize asks for them;
 * the soft limits of CPU time, file size, data and stack are lifted to the hard ones, or the stack's
 * set to StackSize; STARTER_RLIMIT_AS limits the address space.
 */
import type { HostView } from './host';
import type { IsolationPolicy } from './isolation-policy';
import type { RlimitName, RlimitValue, Step } from './plan';
import type { JobSpec } from './spec';

/** Steps for the job's process, and what could not be granted. */
export interface LimitSteps {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** Limits whose soft value HTCondor's starter lifts to the hard one. */
const LIFTED: readonly RlimitName[] = ['cpu', 'fsize', 'data', 'stack'];

/** Plans the job's limits; without CAP_SYS_RESOURCE no hard limit is raised, and a note says so. */
export function planLimits(
  spec: Pick<JobSpec, 'coreSize' | 'stackSize'>,
  policy: Pick<IsolationPolicy, 'addressSpace'>,
  host: Pick<HostView, 'limit' | 'canRaiseLimits'>,
): LimitSteps {
  const wanted = new Map<RlimitName, Wish>([['core', { both: spec.coreSize, by: 'CoreSize' }]]);
  for (const resource of LIFTED) {
    wanted.set(resource, { soft: host.limit(resource).hard });
  }
  if (spec.stackSize !== undefined) {
    wanted.set('stack', { soft: spec.stackSize, by: 'StackSize' });
  }
  if (policy.addressSpace !== undefined) {
    wanted.set('as', { both: policy.addressSpace, by: 'STARTER_RLIMIT_AS' });
  }
  // As the starter was started with: Node has raised its own soft limit since.
  wanted.set('nofile', { soft: host.limit('nofile').soft });

  const grants = [...wanted].map(([resource, wish]) => grant(resource, wish, host));
  return {
    steps: grants.map(({ step }) => step),
    notes: grants.flatMap(({ note }) => (note === undefined ? [] : [note])),
  };
}

/** A wish for the soft limit alone, or for both. */
interface Wish {
  readonly soft?: RlimitValue;
  readonly both?: RlimitValue;
  /** The attribute or knob that it comes from. */
  readonly by?: string;
}

function grant(
  resource: RlimitName,
  wish: Wish,
  host: Pick<HostView, 'limit' | 'canRaiseLimits'>,
): { step: Step; note?: string } {
  const own = host.limit(resource).hard;
  const wanted = wish.both ?? wish.soft ?? own;
  const raises = isMore(wanted, own);
  const soft = raises && !host.canRaiseLimits ? own : wanted;
  const hard = wish.both === undefined && !isMore(soft, own) ? own : soft;
  const step: Step = { op: 'rlimit', resource, soft, hard };
  if (!raises || host.canRaiseLimits) {
    return { step };
  }
  const note = `${wish.by ?? resource} asks for ${wanted}, the hard limit of ${resource} here is ${own}: the job gets ${own}`;
  return { step, note };
}

function isMore(a: RlimitValue, b: RlimitValue): boolean {
  return b !== 'unlimited' && (a === 'unlimited' || a > b);
}
