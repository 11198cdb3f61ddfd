/**
 * The steps of the job's own process, between the fork from eyrie-init and the job's exec.
 *
 * Their order follows from what each one needs. Limits, chroot, and chdir with borrowed ids need
 * capabilities, so they come before the ids; the bounding set needs CAP_SETPCAP, likewise. The
 * session keyring is made while the process is still root: its quota is then root's, not that of an
 * account which many jobs share. The parent-death signal is cleared by a change of ids
 * (PR_SET_PDEATHSIG(2const)), so it comes after the last one.
 *
 * The launch's own descriptors go before the first path that the job's ad names: some are of
 * directories outside the job's root or below its mounts, and an Iwd of /proc/self/fd/N leads there.
 */
import type { Step } from './plan';
import { planCgroupView } from './plan-cgroup-view';
import type { PlanInput } from './plan-input';

/** What the other parts of the planner hand to the job's process. */
export interface ProcessParts {
  readonly limits: readonly Step[];
  /** dup steps for 0, 1 and 2. */
  readonly streams: readonly Step[];
  /** The root directory to change to; undefined: the host's. */
  readonly root: string | undefined;
}

/** HTCondor's daemons run with this mask and their jobs inherit it. */
const UMASK = 0o022;

/** Plans the job's process, exec last. */
export function planProcess(input: PlanInput, parts: ProcessParts): readonly Step[] {
  const { policy, mode } = input;
  const { niceIncrement, cpus, noNewPrivs } = policy;
  // In a user namespace the job shares our id: a capability regained there could undo our mounts.
  const dropBoundingSet = mode === 'rootless' || (mode === 'root' && noNewPrivs);
  return [
    { op: 'setsid' },
    { op: 'session-keyring' },
    { op: 'default-signals' },
    ...planCgroupView(input, parts.root),
    ...some(niceIncrement > 0 && { op: 'nice', increment: niceIncrement }),
    ...some(cpus !== undefined && { op: 'affinity', cpus }),
    ...parts.limits,
    { op: 'umask', mask: UMASK },
    ...some(parts.root !== undefined && { op: 'chroot', path: parts.root }),
    ...parts.streams,
    { op: 'close-from', fd: 3 },
    workingDirectory(input, parts.root),
    ...some(dropBoundingSet && { op: 'drop-bounding-set' }),
    { op: 'ids' },
    { op: 'drop-capabilities' },
    ...some(noNewPrivs && { op: 'no-new-privs' }),
    { op: 'parent-death-signal' },
    exec(input),
  ];
}

/** The step, or none where its condition did not hold. */
function some(step: Step | false): readonly Step[] {
  return step === false ? [] : [step];
}

/**
 * In a chroot the host's directory may be missing: the sandbox stands in for it. Without one a link
 * on its path may be missing, which a private directory covers: then its real path leads there.
 */
function workingDirectory({ host, spec, sandbox }: PlanInput, root: string | undefined): Step {
  const path = spec.iwd;
  const fallback = root === undefined ? host.stat(path)?.realPath : sandbox.directory;
  return fallback === undefined || fallback === path
    ? { op: 'chdir', path }
    : { op: 'chdir', path, fallback };
}

/** argv[0] is the command's whole path, as HTCondor's starter passes it; a wrapper comes before it. */
function exec({ policy, spec, environment }: PlanInput): Step {
  const command = [spec.command, ...spec.arguments];
  return {
    op: 'exec',
    path: policy.wrapper ?? spec.command,
    argv: policy.wrapper === undefined ? command : [policy.wrapper, ...command],
    envp: [...environment].map(([name, value]) => `${name}=${value}`),
  };
}
