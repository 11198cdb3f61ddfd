/**
 * Whether this process may make a user namespace, as far as files tell without trying.
 *
 * The files can say a sure "no". Their "yes" is not a proof: a seccomp filter, a chroot or a
 * security module may still refuse; `eyrie doctor` tries it for real.
 */
import { existsSync } from 'node:fs';
import { hasCapability } from '../proc/capabilities';
import { readKernelFile, readKernelNumber } from '../proc/read';
import { readStatus } from '../proc/status';
import type { Obstacle } from './obstacle';

/** The facts that decide; undefined numbers: this kernel has no such file. */
export interface UserNamespaceFacts {
  /** CONFIG_USER_NS. */
  readonly supported: boolean;
  /** /proc/sys/user/max_user_namespaces of this user namespace: namespaces(7). */
  readonly maximum: number | undefined;
  /** kernel.unprivileged_userns_clone, a patch of Debian's, Ubuntu's and hardened kernels. */
  readonly unprivilegedClone: number | undefined;
  /** kernel.apparmor_restrict_unprivileged_userns, AppArmor from Ubuntu 23.10 on. */
  readonly apparmorRestricts: number | undefined;
  /** The AppArmor profile of this process: `unconfined`, `NAME (mode)`, or undefined. */
  readonly apparmorProfile: string | undefined;
  /** CAP_SYS_ADMIN: the last three do not bind then. */
  readonly administrator: boolean;
}

/** Reads the facts of this process. */
export function readUserNamespaceFacts(): UserNamespaceFacts {
  const status = readStatus();
  const profile = readKernelFile('/proc/self/attr/current');
  return {
    supported: existsSync('/proc/self/ns/user'),
    maximum: readKernelNumber('/proc/sys/user/max_user_namespaces'),
    unprivilegedClone: readKernelNumber('/proc/sys/kernel/unprivileged_userns_clone'),
    apparmorRestricts: readKernelNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
    apparmorProfile: profile.ok ? profile.value.replaceAll('\0', '').trim() : undefined,
    administrator: status.ok && hasCapability(status.value.capabilities.effective, 'CAP_SYS_ADMIN'),
  };
}

/** What surely keeps this process from making a user namespace; undefined: nothing known. */
export function userNamespaceObstacle(facts: UserNamespaceFacts): Obstacle | undefined {
  if (!facts.supported) {
    return {
      reason: 'this kernel has no user namespaces',
      remedy: 'run a kernel built with CONFIG_USER_NS, or run it as root',
    };
  }
  if (facts.maximum === 0) {
    return {
      reason: 'user.max_user_namespaces is 0',
      remedy: 'as root: sysctl -w user.max_user_namespaces=10000',
    };
  }
  if (facts.administrator) {
    return undefined;
  }
  if (facts.unprivilegedClone === 0) {
    return {
      reason: 'kernel.unprivileged_userns_clone is 0',
      remedy: 'as root: sysctl -w kernel.unprivileged_userns_clone=1',
    };
  }
  // The namespace can be made all the same, but without a capability in it: no mount succeeds.
  if (facts.apparmorRestricts === 1 && facts.apparmorProfile === 'unconfined') {
    return {
      reason: 'AppArmor takes the capabilities from user namespaces of unconfined programs',
      remedy:
        'as root: an AppArmor profile for eyrie with the rule "userns,", or ' +
        'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    };
  }
  return undefined;
}
