/**
 * The FFI border: everything that JavaScript asks of libeyrie, native/border/border.h, but for sockets
 * (`border-sockets.ts`). Numbers and Buffers go in, a number comes out: 0 or more, or -errno.
 */
import { type Answer, border, call, isLoaded } from './border-library';
import type {
  AGENT_REQUEST,
  AGENT_RESULT,
  ENTER_REQUEST,
  ENTER_RESULT,
  DAEMON_REQUEST,
  DAEMON_RESULT,
  HELPER_REQUEST,
  HELPER_RESULT,
  LAUNCH_REQUEST,
  LAUNCH_RESULT,
  SCRIPT_REQUEST,
  SCRIPT_RESULT,
  StructValues,
  WAIT_RESULT,
} from './structs';

/** Starts eyrie-init on a plan. Must be called on the main thread, as all of these. */
export function launch(
  plan: Buffer,
  request: StructValues<typeof LAUNCH_REQUEST>,
): Answer<typeof LAUNCH_RESULT> {
  return callLaunch('eyrie_launch', plan, request);
}

/** Prepares the same for an eyrie-init that somebody else starts. */
export function packLaunch(
  plan: Buffer,
  request: StructValues<typeof LAUNCH_REQUEST>,
): Answer<typeof LAUNCH_RESULT> {
  return callLaunch('eyrie_pack_launch', plan, request);
}

function callLaunch(
  name: string,
  plan: Buffer,
  request: StructValues<typeof LAUNCH_REQUEST>,
): Answer<typeof LAUNCH_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.launchResult);
  const given = ref.alloc(types.launchRequest, request);
  const returned = call(name, [
    [ref.refType(types.planHeader), plan],
    ['uint32', plan.length],
    [ref.refType(types.launchRequest), given],
    [ref.refType(types.launchResult), result],
  ]);
  return { returned, result: types.launchResult.get(result, 0) };
}

/** Starts a program with this process's ids and environment, see border.h. */
export function spawnScript(
  request: StructValues<typeof SCRIPT_REQUEST>,
): Answer<typeof SCRIPT_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.scriptResult);
  const given = ref.alloc(types.scriptRequest, request);
  const returned = call('eyrie_spawn_script', [
    [ref.refType(types.scriptRequest), given],
    [ref.refType(types.scriptResult), result],
  ]);
  return { returned, result: types.scriptResult.get(result, 0) };
}

/** Starts a native helper program. */
export function spawnHelper(
  request: StructValues<typeof HELPER_REQUEST>,
): Answer<typeof HELPER_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.helperResult);
  const given = ref.alloc(types.helperRequest, request);
  const returned = call('eyrie_spawn_helper', [
    [ref.refType(types.helperRequest), given],
    [ref.refType(types.helperResult), result],
  ]);
  return { returned, result: types.helperResult.get(result, 0) };
}

/** Starts eyrie-files, eyrie-families or eyrie-control, by the name of the program. */
export function spawnAgent(
  name: string,
  { program, directory }: Omit<StructValues<typeof AGENT_REQUEST>, 'name'>,
): Answer<typeof AGENT_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.agentResult);
  const request = { program, directory, name: Buffer.from(`${name}\0`, 'latin1') };
  const given = ref.alloc(types.agentRequest, request);
  const returned = call('eyrie_spawn_agent', [
    [ref.refType(types.agentRequest), given],
    [ref.refType(types.agentResult), result],
  ]);
  return { returned, result: types.agentResult.get(result, 0) };
}

/** Starts eyrie-enter. */
export function enter(
  plan: Buffer,
  request: StructValues<typeof ENTER_REQUEST>,
): Answer<typeof ENTER_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.enterResult);
  const given = ref.alloc(types.enterRequest, request);
  const returned = call('eyrie_enter', [
    [ref.refType(types.planHeader), plan],
    ['uint32', plan.length],
    [ref.refType(types.enterRequest), given],
    [ref.refType(types.enterResult), result],
  ]);
  return { returned, result: types.enterResult.get(result, 0) };
}

/** Bytes of a terminal's state. */
const TERMINAL_STATE = 128;

/** A terminal's state, tcgetattr(3), for {@link restoreTerminal}; undefined: it is no terminal. */
export function saveTerminal(terminal: number): Buffer | undefined {
  const state = Buffer.alloc(TERMINAL_STATE);
  const returned = call('eyrie_terminal_save', [
    ['int', terminal],
    [border().ref.refType('char'), state],
  ]);
  return returned < 0 ? undefined : state;
}

/** Gives a terminal the state that it had. 0 or -errno. */
export function restoreTerminal(terminal: number, state: Buffer): number {
  return call('eyrie_terminal_restore', [
    ['int', terminal],
    [border().ref.refType('char'), state],
  ]);
}

/** Starts a program that outlives this process. */
export function startDaemon(
  request: StructValues<typeof DAEMON_REQUEST>,
): Answer<typeof DAEMON_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.daemonResult);
  const given = ref.alloc(types.daemonRequest, request);
  const returned = call('eyrie_start_daemon', [
    [ref.refType(types.daemonRequest), given],
    [ref.refType(types.daemonResult), result],
  ]);
  return { returned, result: types.daemonResult.get(result, 0) };
}

/** mkfifo(3): 0 or -errno. */
export function makeFifo(path: string, mode: number): number {
  return call('eyrie_make_fifo', [
    ['string', path],
    ['uint32', mode],
  ]);
}

/**
 * Reaps the child of a pidfd if it has ended, or does within `patience` milliseconds; everything
 * stands still meanwhile. `returned` is 1, 0 if it still runs, or -errno.
 */
export function wait(pidfd: number, patience: number): Answer<typeof WAIT_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.waitResult);
  const returned = call('eyrie_wait', [
    ['int', pidfd],
    ['int', patience],
    [ref.refType(types.waitResult), result],
  ]);
  return { returned, result: types.waitResult.get(result, 0) };
}

/** pidfd_send_signal(2): 0 or -errno. */
export function pidfdSignal(pidfd: number, signal: number): number {
  return call('eyrie_pidfd_signal', [
    ['int', pidfd],
    ['int', signal],
  ]);
}

/**
 * Shuts this process to others of the same user: they can neither trace it nor read its memory,
 * environment, descriptors and maps (PR_SET_DUMPABLE(2const)), and it leaves no core. What it
 * executes is open again. 0 or -errno.
 */
export function hide(): number {
  return call('eyrie_hide', []);
}

/**
 * Locks an open file for as long as it is open, flock(2): 0, -EWOULDBLOCK where somebody else has
 * locked it, or another -errno. Does not wait.
 */
export function lockFile(descriptor: number): number {
  return call('eyrie_lock_file', [['int', descriptor]]);
}

/** An eventfd(2), the caller's to close; a read of it waits. Or -errno. */
export function eventDescriptor(): number {
  return call('eyrie_event_descriptor', []);
}

/**
 * Refuses processes in a cgroup of version 2 some character devices, see border.h.
 *
 * @param cgroup a descriptor of its directory
 * @returns 0 or -errno
 */
export function denyDevices(
  cgroup: number,
  devices: readonly { readonly major: number; readonly minor: number }[],
): number {
  const { ref } = border();
  // At least one: a pointer to nothing is none.
  const numbers = Buffer.alloc(8 * Math.max(devices.length, 1));
  for (const [index, { major, minor }] of devices.entries()) {
    numbers.writeUInt32LE(major, 8 * index);
    numbers.writeUInt32LE(minor, 8 * index + 4);
  }
  return call('eyrie_deny_devices', [
    ['int', cgroup],
    [ref.refType('uint32'), numbers],
    ['uint32', devices.length],
  ]);
}

/** mount(2) on a directory that no job can exchange. 0 or -errno. */
export function mount(
  source: string,
  target: string,
  type: string,
  flags: number,
  data: string,
): number {
  return call('eyrie_mount', [
    ['string', source],
    ['string', target],
    ['string', type],
    ['uint32', flags],
    ['string', data],
  ]);
}

/** Takes away what is mounted on a path, even if it is in use. 0 or -errno. */
export function unmount(path: string): number {
  return call('eyrie_unmount', [['string', path]]);
}

/** Sets space aside for a file: fallocate(2). 0 or -errno. */
export function allocate(descriptor: number, mebibytes: number): number {
  return call('eyrie_allocate', [
    ['int', descriptor],
    ['uint32', mebibytes],
  ]);
}

/**
 * Sets space aside behind the end of a file, whose size stays as it is: fallocate(2). 0 or -errno.
 */
export function reserve(descriptor: number, bytes: number): number {
  return call('eyrie_reserve', [
    ['int', descriptor],
    ['uint32', bytes],
  ]);
}

/** Makes a block device of a file: its descriptor, the caller's to close; or -errno. */
export function attachLoop(backing: number): number {
  return call('eyrie_attach_loop', [['int', backing]]);
}

/** Sends a line to the system's log, syslog(3), as a notice of a daemon. */
export function writeSyslog(program: string, text: string): void {
  call('eyrie_syslog', [
    ['string', program],
    ['string', text],
  ]);
}

/**
 * Fills a buffer with an account's fields, NUL after each; the account is named, or given by uid.
 * Gives their length, 0 where there is no such account, -ERANGE where the buffer is too small, or
 * another -errno.
 */
export function accountFields(account: string | number, buffer: Buffer): number {
  const [name, type] =
    typeof account === 'string'
      ? (['eyrie_account_by_name', 'string'] as const)
      : (['eyrie_account_by_id', 'uint32'] as const);
  return call(name, [
    [type, account],
    [border().ref.refType('char'), buffer],
    ['uint32', buffer.length],
  ]);
}

/** Gives back memory, see border.h: the number of bytes of the start-up snapshot, or -errno. */
export function giveBackMemory(heapFile: string): number {
  return call('eyrie_give_back_memory', [['string', heapFile]]);
}

/** Ends the process with a status, without node's leave-taking; only if the library is loaded. */
export function endNow(status: number): void {
  if (isLoaded()) call('eyrie_end', [['int', status]]);
}

/**
 * unshare(2), chroot(2): for `eyrie doctor`, in a probe child that is thrown away. Node's
 * own process never calls them: after unshare(CLONE_NEWNS) its synchronous file calls see the new
 * mounts and its asynchronous ones, which run on other threads, the old. 0 or -errno.
 */
export function unshare(flags: number): number {
  return call('eyrie_unshare', [['uint32', flags]]);
}

/** See {@link unshare}. */
export function chroot(path: string): number {
  return call('eyrie_chroot', [['string', path]]);
}

/** Whether a child with these namespaces can be made: it exits at once. 0 or -errno. */
export function clone(flags: number): number {
  return call('eyrie_clone', [['uint32', flags]]);
}

/** Asks the kernel whether it has a call, by the number in native/border/probe.c. */
export function probe(number: number): number {
  return call('eyrie_probe', [['uint32', number]]);
}
