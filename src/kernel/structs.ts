/**
 * The C structs that cross the border, field by field: those of native/border/border.h, which the
 * library takes and gives, those of native/launch.h, which travel through eyrie-init's pipes,
 * eyrie-tree's report, what eyrie-files is asked and answers, and the plan's header. A test compares each with its header file.
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
  descriptor_count: 'uint32',
  descriptors: ['int32', 64],
} as const satisfies StructFields;

export const LAUNCH_RESULT = {
  pid: 'int32',
  pidfd: 'int32',
  go: 'int32',
  launch: 'int32',
  status: 'int32',
  control: 'int32',
  call: 'uint32',
  offset: 'uint32',
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
} as const satisfies StructFields;

export const AGENT_RESULT = {
  pid: 'int32',
  pidfd: 'int32',
  requests: 'int32',
  descriptors: 'int32',
  call: 'uint32',
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
  reserved: 'uint32',
  path: ['char', 1024],
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
] as const;
