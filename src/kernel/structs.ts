/**
 * The C structs that cross the border, field by field: those of native/border/border.h, which the
 * library takes and gives, those of native/launch.h, which travel through eyrie-init's pipes,
 * eyrie-tree's report, what eyrie-files, eyrie-families and eyrie-control are asked and answer, and
 * the plan's header. A test compares each with its header file.
 */

/** C's name of an integer type: `int32` is int32_t. */
export type IntegerType = 'int32' | 'uint32' | 'uint64';

/** An integer, or an array of integers or bytes. */
export type FieldType = IntegerType | readonly [type: 'int32' | 'char', length: number];

/** Fields in the order of the struct. */
export type StructFields = Readonly<Record<string, FieldType>>;

/** The values of a struct's fields. */
export type StructValues<Fields extends StructFields> = {
  [Name in keyof Fields]: Fields[Name] extends IntegerType
    ? number
    : Fields[Name] extends readonly ['char', number]
      ? Buffer
      : readonly number[];
};

export const PLAN_HEADER = {
  magic: 'uint32',
  version: 'uint32',
  length: 'uint32',
  namespaces: 'uint32',
  uid: 'uint32',
  gid: 'uint32',
  group_count: 'uint32',
  descriptor_count: 'uint32',
  setup_count: 'uint32',
  job_count: 'uint32',
} as const satisfies StructFields;

export const LAUNCH_REQUEST = {
  program: 'int32',
  cgroup: 'int32',
  job_cgroup: 'int32',
  descriptor_count: 'uint32',
  descriptors: ['int32', 64],
  joined_count: 'uint32',
  joined: ['int32', 9],
} as const satisfies StructFields;

export const LAUNCH_RESULT = {
  pid: 'int32',
  pidfd: 'int32',
  go: 'int32',
  launch: 'int32',
  status: 'int32',
  control: 'int32',
  parcel: 'int32',
  call: 'uint32',
  offset: 'uint32',
} as const satisfies StructFields;

export const SCRIPT_REQUEST = {
  argument_count: 'uint32',
  argument_bytes: 'uint32',
  arguments: ['char', 16384],
} as const satisfies StructFields;

export const SCRIPT_RESULT = {
  pid: 'int32',
  pidfd: 'int32',
  socket: 'int32',
  output: 'int32',
  call: 'uint32',
} as const satisfies StructFields;

export const HELPER_REQUEST = {
  program: 'int32',
  input: 'int32',
  argument_count: 'uint32',
  argument_bytes: 'uint32',
  arguments: ['char', 1024],
} as const satisfies StructFields;

export const HELPER_RESULT = {
  pid: 'int32',
  pidfd: 'int32',
  output: 'int32',
  call: 'uint32',
} as const satisfies StructFields;

export const AGENT_REQUEST = {
  program: 'int32',
  directory: 'int32',
  name: ['char', 32],
} as const satisfies StructFields;

export const AGENT_RESULT = {
  pid: 'int32',
  pidfd: 'int32',
  requests: 'int32',
  descriptors: 'int32',
  call: 'uint32',
} as const satisfies StructFields;

export const ENTER_REQUEST = {
  program: 'int32',
  target: 'int32',
  streams: ['int32', 3],
  cgroup_count: 'uint32',
  cgroups: ['int32', 32],
  argument_count: 'uint32',
  argument_bytes: 'uint32',
  arguments: ['char', 4096],
} as const satisfies StructFields;

export const ENTER_RESULT = {
  pid: 'int32',
  pidfd: 'int32',
  report: 'int32',
  call: 'uint32',
  offset: 'uint32',
} as const satisfies StructFields;

export const DAEMON_REQUEST = {
  argument_count: 'uint32',
  environment_count: 'uint32',
  word_bytes: 'uint32',
  words: ['char', 8192],
} as const satisfies StructFields;

export const DAEMON_RESULT = {
  pid: 'int32',
  pidfd: 'int32',
  errors: 'int32',
} as const satisfies StructFields;

export const WAIT_RESULT = {
  code: 'int32',
  status: 'int32',
  user_us: 'uint64',
  system_us: 'uint64',
  max_resident_kb: 'uint64',
} as const satisfies StructFields;

export const RECEIVE_RESULT = {
  descriptor: 'int32',
} as const satisfies StructFields;

export const GO_RECORD = {
  group: 'uint32',
} as const satisfies StructFields;

export const LAUNCH_RECORD = {
  kind: 'uint32',
  phase: 'uint32',
  index: 'uint32',
  number: 'int32',
} as const satisfies StructFields;

export const CONTROL_RECORD = {
  kind: 'uint32',
  signal: 'uint32',
} as const satisfies StructFields;

export const EXIT_RECORD = {
  status: 'int32',
  reserved: 'uint32',
  user_us: 'uint64',
  system_us: 'uint64',
  max_resident_kb: 'uint64',
  blocks_in: 'uint64',
  blocks_out: 'uint64',
} as const satisfies StructFields;

export const TREE_REPORT = {
  files: 'uint64',
  directories: 'uint64',
  apparent: 'uint64',
  allocated: 'uint64',
  failures: 'uint64',
  error: 'int32',
  refusal: 'uint32',
  path: ['char', 1024],
} as const satisfies StructFields;

/** Why eyrie-tree refuses to give an entry away: enum tree_refusal of native/tree/report.h. */
export const TREE_REFUSALS = ['', 'owner', 'link', 'device'] as const;

export const ACCOUNT_PROCESS = {
  pid: 'int32',
  real: 'uint32',
  saved: 'uint32',
  reserved: 'uint32',
} as const satisfies StructFields;

export const ACCOUNT_REPORT = {
  done: 'uint32',
  left: 'uint32',
  first: 'int32',
  error: 'int32',
  what: ['char', 32],
} as const satisfies StructFields;

export const FILES_REQUEST = {
  length: 'uint32',
  id: 'uint32',
  operation: 'uint32',
  mode: 'uint32',
} as const satisfies StructFields;

export const FILES_BEGIN = {
  uid: 'uint32',
  gid: 'uint32',
  group_count: 'uint32',
  name_count: 'uint32',
} as const satisfies StructFields;

export const FILES_REPLY = {
  length: 'uint32',
  id: 'uint32',
  error: 'uint32',
  call: 'uint32',
  more: 'uint32',
  descriptor: 'uint32',
} as const satisfies StructFields;

export const FILES_ENTRY = {
  size: 'uint64',
  modified: 'uint64',
  mode: 'uint32',
  kind: 'uint32',
  is_link: 'uint32',
  name_length: 'uint32',
} as const satisfies StructFields;

/** What eyrie-files does: FILES_OPERATIONS of native/files/request.h. */
export const FILES_OPERATIONS = {
  begin: 1,
  mkdir: 2,
  create: 3,
  open: 4,
  stat: 5,
  list: 6,
  chmod: 7,
  write: 8,
  read: 9,
  rename: 10,
} as const;

/** What it can fail at: FILES_CALLS of native/files/request.h. */
export const FILES_CALLS = [
  '',
  'check the request',
  "take the job's ids",
  'open',
  'mkdir',
  'unlink',
  'rmdir',
  'stat',
  'chmod',
  'getdents64',
  'sendmsg',
  'write',
  'read',
  'rename',
] as const;

export const FAMILIES_REQUEST = {
  length: 'uint32',
  id: 'uint32',
  operation: 'uint32',
  flags: 'uint32',
  pid: 'int32',
  family: 'uint32',
  birthday: 'uint64',
  number: 'uint32',
  signal: 'uint32',
  family_count: 'uint32',
  reserved: 'uint32',
} as const satisfies StructFields;

export const FAMILIES_REPLY = {
  length: 'uint32',
  id: 'uint32',
  error: 'uint32',
  call: 'uint32',
  number: 'uint32',
  reserved: 'uint32',
} as const satisfies StructFields;

export const FAMILIES_MEANS = {
  events: 'uint32',
  events_call: 'uint32',
  events_error: 'uint32',
  accounting: 'uint32',
  forkers: 'uint32',
  cgroups: 'uint32',
  ticks: 'uint32',
  reserved: 'uint32',
} as const satisfies StructFields;

export const FAMILIES_SNAPSHOT = {
  complete: 'uint32',
  overflow: 'uint32',
  process_count: 'uint32',
  reserved: 'uint32',
} as const satisfies StructFields;

export const FAMILIES_PROCESS = {
  pid: 'int32',
  ppid: 'int32',
  family: 'uint32',
  flags: 'uint32',
  uid: 'uint32',
  extra: 'uint32',
  birthday: 'uint64',
  user: 'uint64',
  system: 'uint64',
  child_user: 'uint64',
  child_system: 'uint64',
  image: 'uint64',
  resident: 'uint64',
} as const satisfies StructFields;

export const FAMILIES_DETAILS = {
  group_count: 'uint32',
  ancestor_count: 'uint32',
  cgroup_count: 'uint32',
  text_bytes: 'uint32',
} as const satisfies StructFields;

export const FAMILIES_OUTCOME = {
  signalled: 'uint32',
  left: 'uint32',
} as const satisfies StructFields;

export const FAMILIES_USAGE = {
  user: 'uint64',
  system: 'uint64',
  block_reads: 'uint64',
  block_writes: 'uint64',
  block_read_bytes: 'uint64',
  block_write_bytes: 'uint64',
  memory: 'uint64',
} as const satisfies StructFields;

/** What eyrie-families does: FAMILIES_OPERATIONS of native/families/request.h. */
export const FAMILIES_OPERATIONS = {
  begin: 1,
  snapshot: 2,
  locate: 3,
  assign: 4,
  merge: 5,
  watch: 6,
  unwatch: 7,
  'signal-families': 8,
  'signal-process': 9,
  proportional: 10,
  'own-cgroup': 11,
  'track-cgroup': 12,
  usage: 13,
} as const;

/** What it can fail at: FAMILIES_CALLS of native/families/request.h. */
export const FAMILIES_CALLS = [
  '',
  'check the request',
  'find the process',
  'allocate memory',
  'socket',
  'bind',
  'listen to process events',
  'pidfd_open',
  'kill',
  'read smaps_rollup',
  'find a cgroup hierarchy',
  'make the cgroup',
  'write cgroup.procs',
  'freeze the cgroup',
  'find the family',
] as const;

export const FRONT_RECORD = {
  length: 'uint32',
  kind: 'uint32',
  connection: 'uint32',
  detail: 'uint32',
  uid: 'uint32',
  pid: 'int32',
} as const satisfies StructFields;

export const FRONT_LIMITS = {
  frame_bytes: 'uint32',
  connections: 'uint32',
  per_user: 'uint32',
  frame_ms: 'uint32',
  linger_ms: 'uint32',
  output_bytes: 'uint32',
} as const satisfies StructFields;

export const FRONT_HANDOVER = {
  uid: 'uint32',
  reserved: 'uint32',
} as const satisfies StructFields;

/** What eyrie-control and condor_procd say to each other: FRONT_KINDS of native/control/front.h. */
export const FRONT_KINDS = {
  begin: 1,
  opened: 2,
  frame: 3,
  fault: 4,
  closed: 5,
  admit: 6,
  send: 7,
  ready: 8,
  close: 9,
} as const;

/** What is wrong with what a client sent: FRONT_FAULTS of native/control/front.h. */
export const FRONT_FAULTS = {
  none: 0,
  'too-large': 1,
  empty: 2,
  slow: 3,
  descriptors: 4,
} as const;

/** What eyrie_launch and its kin can fail at: LAUNCH_CALLS of native/border/border.h. */
export const LAUNCH_CALLS = [
  '',
  'check the plan',
  'memfd_create',
  'pipe2',
  'clone3',
  'pidfd_open',
  'dup3',
  'open /dev/null',
  'prctl PR_CAP_AMBIENT',
  'prctl PR_SET_PDEATHSIG',
  'execveat',
  'socketpair',
] as const;

/** What eyrie-init can fail at beside the plan's steps: INIT_STAGES of native/launch.h. */
export const INIT_STAGES = [
  'read the plan',
  'open /proc',
  'set up signals',
  "fork the job's process",
  'drop capabilities',
  'enter the cgroups',
  'find itself to be the account that the sandbox is of',
  'make the namespaces',
  'map its ids',
] as const;

/** What eyrie-enter can fail at beside the plan's steps: ENTER_STAGES of native/enter/enter.h. */
export const ENTER_STAGES = [
  'read the plan',
  "look at the job's eyrie-init",
  "find the job's eyrie-init again",
  'open a pseudo-terminal',
  'open pipes',
  'fork',
  "join the job's cgroup",
  "take the ids of the job's starter",
  "enter the job's user namespace",
  "enter the job's cgroup namespace",
  "enter the job's IPC namespace",
  "enter the job's UTS namespace",
  "enter the job's network namespace",
  "enter the job's PID namespace",
  "enter the job's time namespace",
  "enter the job's mount namespace",
  'set up standard streams',
  'read the arguments',
] as const;
