/**
 * What the kernel refused, and what can be done about that error.
 */
import { constants } from 'node:os';
import { errnoText } from '../../kernel/errno';

/** A call or a step that was refused. */
export interface Refusal {
  /** `mount(tmpfs) on /tmp: Operation not permitted`. */
  readonly words: string;
  readonly remedy?: string;
}

const { EACCES, EAGAIN, EINVAL, ENOMEM, ENOSPC, ENOSYS, EPERM } = constants.errno;

const PERMISSION =
  'in a container: let its seccomp filter and security module allow it (--privileged does); not in a chroot';
const KERNEL = 'run a kernel that has it (CONFIG_NAMESPACES, CONFIG_USER_NS, CONFIG_PID_NS)';
const PROCESSES = 'see what limits processes: ulimit -u, pids.max, user.max_*_namespaces, memory';

/** By errno, as clone(2), unshare(2) and mount(2) use them. */
const REMEDIES: Readonly<Record<number, string>> = {
  [EPERM]: PERMISSION,
  [EACCES]: PERMISSION,
  [ENOSYS]: KERNEL,
  [EINVAL]: KERNEL,
  [EAGAIN]: PROCESSES,
  [ENOMEM]: PROCESSES,
  [ENOSPC]:
    'as root: raise user.max_user_namespaces, user.max_mnt_namespaces and user.max_pid_namespaces ' +
    '(sysctl -w)',
};

/**
 * A refused call in words.
 *
 * @param call what was tried
 * @param errno positive
 */
export function refusedCall(call: string, errno: number): Refusal {
  return refused(`${call}: ${errnoText(errno)}`, errno);
}

/** A refusal that has its words already. */
export function refused(words: string, errno: number): Refusal {
  const remedy = REMEDIES[errno];
  return remedy === undefined ? { words } : { words, remedy };
}
