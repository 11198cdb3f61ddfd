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

/**
 * Plans the job's limits. A soft limit stays below the host's hard one; a hard limit is raised only
 * with CAP_SYS_RESOURCE. A note says where the job gets less than was asked for.
 */
export function planLimits(
  spec: Pick<JobSpec, 'coreSize' | 'stackSize'>,
  policy: Pick<IsolationPolicy, 'addressSpace'>,
  host: Pick<HostView, 'limit' | 'canRaiseLimits'>,
): LimitSteps {
  const wishes = new Map<RlimitName, Wish>([
    ['core', { kind: 'both', value: spec.coreSize, by: 'CoreSize' }],
  ]);
  for (const resource of LIFTED) {
    wishes.set(resource, { kind: 'soft', value: host.limit(resource).hard, by: resource });
  }
  if (spec.stackSize !== undefined) {
    wishes.set('stack', { kind: 'soft', value: spec.stackSize, by: 'StackSize' });
  }
  if (policy.addressSpace !== undefined) {
    wishes.set('as', { kind: 'both', value: policy.addressSpace, by: 'STARTER_RLIMIT_AS' });
  }
  // As the starter was started with: Node has raised its own soft limit since.
  wishes.set('nofile', { kind: 'soft', value: host.limit('nofile').soft, by: 'nofile' });

  const grants = [...wishes].map(([resource, wish]) => grant(resource, wish, host));
  return {
    steps: grants.map(({ step }) => step).filter((step) => changesAnything(step, host)),
    notes: grants.flatMap(({ note }) => (note === undefined ? [] : [note])),
  };
}

/** A limit that is asked for: the soft one, or both. */
interface Wish {
  readonly kind: 'soft' | 'both';
  readonly value: RlimitValue;
  /** The attribute or knob that it comes from. */
  readonly by: string;
}

type LimitStep = Step & { op: 'rlimit' };

function grant(
  resource: RlimitName,
  { kind, value, by }: Wish,
  host: Pick<HostView, 'limit' | 'canRaiseLimits'>,
): { step: LimitStep; note?: string } {
  const { hard } = host.limit(resource);
  const isTooMuch = isMore(value, hard) && !(kind === 'both' && host.canRaiseLimits);
  const soft = isTooMuch ? hard : value;
  const step: LimitStep = { op: 'rlimit', resource, soft, hard: kind === 'both' ? soft : hard };
  const note = `${by} asks for ${value}, but the hard limit of ${resource} is ${hard} here: the job gets that`;
  return isTooMuch ? { step, note } : { step };
}

/** False for what the job has by inheritance; `nofile` is not inherited as it was (see above). */
function changesAnything(
  { resource, soft, hard }: LimitStep,
  host: Pick<HostView, 'limit'>,
): boolean {
  const own = host.limit(resource);
  return resource === 'nofile' || own.soft !== soft || own.hard !== hard;
}

function isMore(a: RlimitValue, b: RlimitValue): boolean {
  return b !== 'unlimited' && (a === 'unlimited' || a > b);
}
