/** What a client asks for, as the planner's JobSpec and the ads that the site's expressions are read in. */
import { ClassAd, integerValue, stringValue } from '../../condor/classad';
import type { HostView } from '../../job/host';
import type { LaunchPlan, RlimitName, RlimitValue, Step } from '../../job/plan';
import { joinPath } from '../../job/paths';
import type { JobSpec, StreamSpec } from '../../job/spec';
import type { JobRequest, JobStream, LeasedJob } from '../../privsep/jobs/types';

/** signal(7); who signals a job names the signal. */
const SIGTERM = 15;

/** The job ad of a job that has none here. */
export function adOf({ lease, request }: LeasedJob): ClassAd {
  const ad = new ClassAd()
    .set('Cmd', stringValue(request.command))
    .set('Owner', stringValue(lease.owner))
    .set('OsUser', stringValue(lease.account.name));
  if (request.cpus !== undefined) ad.set('RequestCpus', integerValue(request.cpus));
  if (request.memory !== undefined) ad.set('RequestMemory', integerValue(request.memory));
  if (request.chroot !== undefined) ad.set('RequestedChroot', stringValue(request.chroot));
  return ad;
}

/** The spec. The job begins in the sandbox as the plan has it; {@link adjustPlan} leads it further. */
export function specOf({ lease, request, sandbox }: LeasedJob): JobSpec {
  const { core = 0, stack } = Object.fromEntries(request.limits) as {
    readonly [Name in RlimitName]?: RlimitValue;
  };
  return {
    cluster: 1,
    proc: 0,
    owner: lease.account.name,
    uidDomain: undefined,
    runAsOwner: undefined,
    command: request.command,
    arguments: request.arguments,
    environment: request.environment,
    iwd: sandbox,
    stdin: streamOf(request.streams.input),
    stdout: streamOf(request.streams.output),
    stderr: streamOf(request.streams.error),
    x509UserProxy: undefined,
    requestedChroot: request.chroot,
    signals: { soft: SIGTERM, remove: SIGTERM, hold: SIGTERM },
    killTimeout: undefined,
    coreSize: core,
    stackSize: stack === 'unlimited' ? undefined : stack,
    request: { cpus: request.cpus ?? 1, memory: request.memory, disk: undefined },
  };
}

function streamOf(stream: JobStream): StreamSpec {
  if (stream === 'null') return { kind: 'null' };
  if ('path' in stream) return { kind: 'sandbox', name: stream.path, append: stream.append };
  return { kind: 'inherit', descriptor: stream.descriptor };
}

/**
 * The environment exactly as given, with the mark of the job's family first: procds look at the first ones
 * only.
 */
export function environmentOf({ mark, request }: LeasedJob): ReadonlyMap<string, string> {
  return new Map([mark, ...[...request.environment].filter(([name]) => name !== mark[0])]);
}

/**
 * Does to a plan what a request has beyond a spec: where the job begins, its umask and its soft limits. And
 * nothing of root's is left in the sandbox, or it could not be given back: mount points in a private directory
 * are the account's.
 */
export function adjustPlan(
  plan: LaunchPlan,
  { lease, request, sandbox }: LeasedJob,
  host: Pick<HostView, 'limit'>,
): LaunchPlan {
  const others = plan.job.filter(
    (step) =>
      step.op !== 'rlimit' || step.resource === 'core' || !request.limits.has(step.resource),
  );
  const limits = softLimits(request, plan, host);
  return {
    ...plan,
    setup: plan.setup.map((step) =>
      step.op === 'mkdir' && step.parents ? { ...step, owner: lease.account } : step,
    ),
    job: others.flatMap((step): readonly Step[] => {
      if (step.op === 'umask')
        return [...limits, { op: 'umask', mask: request.umask ?? step.mask }];
      return step.op === 'chdir' ? [directoryStep(step, request, sandbox)] : [step];
    }),
  };
}

/**
 * Nobody has looked at the directory: it may be the job's own to write, and is walked with the job's ids
 * alone.
 */
function directoryStep(
  step: Step & { op: 'chdir' },
  { directory }: JobRequest,
  sandbox: string,
): Step {
  if (directory === undefined) return step;
  return {
    op: 'chdir',
    path: directory.startsWith('/') ? directory : joinPath(sandbox, directory),
  };
}

/** A client may lower what a job of this site gets, or raise it as far as the hard limit. */
function softLimits(
  { limits }: JobRequest,
  plan: LaunchPlan,
  host: Pick<HostView, 'limit'>,
): readonly Step[] {
  return [...limits]
    .filter(([resource]) => resource !== 'core')
    .map(([resource, value]) => {
      const planned = plan.job.find((step) => step.op === 'rlimit' && step.resource === resource);
      const { hard } = planned?.op === 'rlimit' ? planned : host.limit(resource);
      return { op: 'rlimit', resource, soft: lower(value, hard), hard };
    });
}

function lower(one: RlimitValue, other: RlimitValue): RlimitValue {
  if (one === 'unlimited') return other;
  return other === 'unlimited' ? one : Math.min(one, other);
}
