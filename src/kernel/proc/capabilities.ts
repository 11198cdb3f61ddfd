/**
 * Capability sets as /proc/PID/status shows them, and their names.
 */

/** Names by number: capabilities(7), linux/capability.h. */
export const CAPABILITIES = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

/** A capability's name, as capabilities(7) spells it. */
export type Capability = (typeof CAPABILITIES)[number];

/** A set of capabilities: bit N stands for capability N. */
export type CapabilitySet = bigint;

/** True where the set holds the capability. */
export function hasCapability(set: CapabilitySet, capability: Capability): boolean {
  return (set & bit(capability)) !== 0n;
}

/** Those of `wanted` that the set lacks, in the order of `wanted`. */
export function lackingCapabilities(
  set: CapabilitySet,
  wanted: readonly Capability[],
): readonly Capability[] {
  return wanted.filter((capability) => !hasCapability(set, capability));
}

function bit(capability: Capability): bigint {
  return 1n << BigInt(CAPABILITIES.indexOf(capability));
}
