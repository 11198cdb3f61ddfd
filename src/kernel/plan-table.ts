/**
 * The numbers of the plan's bytes, as native/plan.h has them (a test compares the two). Flags,
 * namespaces and resources have the kernel's own numbers: clone(2), mount(2), setrlimit(2).
 */
import type {
  MountFlag,
  Namespace,
  OpenMode,
  Propagation,
  RlimitName,
  Step,
  StepOp,
} from '../job/plan';

export const PLAN_MAGIC = 0x49525945;
export const PLAN_VERSION = 1;
/** Bytes. */
export const PLAN_LIMIT = 8_388_608;
/** Stands for "none" where a number is expected. */
export const PLAN_NONE = 0xffffffff;

export const NAMESPACES = {
  mount: 0x00020000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  user: 0x10000000,
  pid: 0x20000000,
  net: 0x40000000,
} as const satisfies Record<Namespace, number>;

export const MOUNT_FLAGS = {
  ro: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  nosymfollow: 0x100,
  noatime: 0x400,
  nodiratime: 0x800,
  relatime: 0x200000,
  strictatime: 0x1000000,
} as const satisfies Record<MountFlag, number>;

export const RESOURCES = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
} as const satisfies Record<RlimitName, number>;

export const OPEN_MODES = {
  read: 0,
  truncate: 1,
  append: 2,
} as const satisfies Record<OpenMode, number>;

export const STREAMS = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
} as const satisfies Record<Extract<Step, { op: 'open' }>['stream'], number>;

export const PROPAGATIONS = {
  slave: 0,
  private: 1,
} as const satisfies Record<Propagation, number>;

/** What a field may hold; native/plan.h explains each. */
export type FieldKind =
  | 'FILLS'
  | 'SLOT'
  | 'BASE'
  | 'DESCRIPTOR'
  | 'STANDARD_FD'
  | 'FD'
  | 'OPEN_MODE'
  | 'STREAM'
  | 'PROPAGATION'
  | 'FLAG'
  | 'MODE'
  | 'MASK'
  | 'OWNER'
  | 'MOUNT_FLAGS'
  | 'RESOURCE'
  | 'INCREMENT'
  | 'LIMIT'
  | 'PATH'
  | 'FALLBACK'
  | 'TEXT'
  | 'CPUS'
  | 'STRINGS';

interface StepRow {
  readonly number: number;
  readonly phase: 'setup' | 'job';
  readonly fields: readonly FieldKind[];
}

/** One row for each operation of a plan. */
export const STEPS: Readonly<Record<StepOp, StepRow>> = {
  pin: { number: 1, phase: 'setup', fields: ['FILLS', 'BASE', 'FLAG', 'PATH'] },
  inherit: { number: 2, phase: 'setup', fields: ['FILLS', 'DESCRIPTOR'] },
  open: {
    number: 3,
    phase: 'setup',
    fields: ['FILLS', 'BASE', 'OPEN_MODE', 'FLAG', 'MODE', 'STREAM', 'PATH'],
  },
  dup: { number: 4, phase: 'job', fields: ['SLOT', 'STANDARD_FD'] },
  'close-from': { number: 5, phase: 'job', fields: ['FD'] },
  propagation: { number: 6, phase: 'setup', fields: ['PROPAGATION', 'PATH'] },
  tmpfs: { number: 7, phase: 'setup', fields: ['MOUNT_FLAGS', 'PATH', 'TEXT'] },
  proc: { number: 8, phase: 'setup', fields: ['MOUNT_FLAGS', 'PATH', 'TEXT'] },
  bind: { number: 9, phase: 'setup', fields: ['SLOT', 'PATH'] },
  remount: { number: 10, phase: 'setup', fields: ['MOUNT_FLAGS', 'PATH'] },
  mkdir: { number: 11, phase: 'setup', fields: ['MODE', 'FLAG', 'OWNER', 'OWNER', 'PATH'] },
  touch: { number: 12, phase: 'setup', fields: ['MODE', 'PATH'] },
  symlink: { number: 13, phase: 'setup', fields: ['TEXT', 'PATH'] },
  setsid: { number: 14, phase: 'job', fields: [] },
  'session-keyring': { number: 15, phase: 'job', fields: [] },
  chroot: { number: 16, phase: 'job', fields: ['PATH'] },
  chdir: { number: 17, phase: 'job', fields: ['PATH', 'FALLBACK'] },
  rlimit: { number: 18, phase: 'job', fields: ['RESOURCE', 'LIMIT', 'LIMIT'] },
  nice: { number: 19, phase: 'job', fields: ['INCREMENT'] },
  umask: { number: 20, phase: 'job', fields: ['MASK'] },
  affinity: { number: 21, phase: 'job', fields: ['CPUS'] },
  'drop-bounding-set': { number: 22, phase: 'job', fields: [] },
  ids: { number: 23, phase: 'job', fields: [] },
  'drop-capabilities': { number: 24, phase: 'job', fields: [] },
  'no-new-privs': { number: 25, phase: 'job', fields: [] },
  'parent-death-signal': { number: 26, phase: 'job', fields: [] },
  'default-signals': { number: 27, phase: 'job', fields: [] },
  exec: { number: 28, phase: 'job', fields: ['PATH', 'STRINGS', 'STRINGS'] },
  'cgroup-namespace': { number: 29, phase: 'job', fields: [] },
  'cgroup-files': { number: 30, phase: 'job', fields: ['MOUNT_FLAGS', 'PATH', 'TEXT'] },
};

/** The bits of a list of names. */
export function bitsOf<Name extends string>(
  table: Readonly<Record<Name, number>>,
  names: readonly Name[],
): number {
  return names.reduce((bits, name) => bits | table[name], 0);
}
