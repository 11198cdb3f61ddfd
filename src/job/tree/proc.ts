/**
 * /proc in the job's tree. Mounted last: the launch reaches its mount points through the host's
 * /proc/self/fd, and in a user namespace the kernel allows a new /proc only while the host's is
 * wholly in sight (mount_namespaces(7)), so nothing of it may be covered before.
 */
import type { PlanInput } from '../plan-input';
import type { Step } from '../plan';

/** True where the job has a PID namespace; rootless always, since the host's /proc shows too much. */
export function hasPidNamespace({ mode, policy }: Pick<PlanInput, 'mode' | 'policy'>): boolean {
  return mode === 'rootless' || (mode === 'root' && policy.pidNamespace);
}

/** What a job without a PID namespace can do, which isolation by files cannot prevent. */
export function processNotes(input: Pick<PlanInput, 'mode' | 'policy'>): readonly string[] {
  // /proc/PID/root and /proc/PID/cwd lead into another process's tree, for its own account.
  const note =
    'USE_PID_NAMESPACES is off: through /proc the job can reach what other processes of its ' +
    'account see, sandboxes of other jobs too';
  return hasPidNamespace(input) ? [] : [note];
}

/** A /proc that shows the job's PID namespace and nothing else. */
export function mountOwnProc(target: string): Step {
  return { op: 'proc', target, flags: ['nosuid', 'nodev', 'noexec'], options: '' };
}

/**
 * A /proc that shows processes of the job's account only: for a chroot without a PID namespace.
 *
 * The option is spelled as kernels from 5.8 on know it, on purpose: there it belongs to this mount
 * alone. An older kernel would change the host's own /proc with it, and refuses the word instead.
 */
export function mountShyProc(target: string): Step {
  return {
    op: 'proc',
    target,
    flags: ['nosuid', 'nodev', 'noexec'],
    options: 'hidepid=invisible',
  };
}
