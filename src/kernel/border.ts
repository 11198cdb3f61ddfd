/**
 * The FFI border: everything that JavaScript asks of libeyrie, native/border/border.h. Numbers
 * and Buffers go in, a number comes out: 0 or more, or -errno.
 *
 * ffi-napi and ref-napi take 19 ms to load, each function some more, so both happen at first use.
 * No function is ever called `.async`: that runs on another thread, and what these calls do belongs
 * to the thread that makes them.
 */
import type * as Ffi from 'ffi-napi';
import type * as Ref from 'ref-napi';
import { nativePath } from './native-files';
import { type StructType, structType } from './struct-type';
import {
  AGENT_REQUEST,
  AGENT_RESULT,
  HELPER_REQUEST,
  HELPER_RESULT,
  LAUNCH_REQUEST,
  LAUNCH_RESULT,
  PLAN_HEADER,
  RECEIVE_RESULT,
  type StructFields,
  type StructValues,
  WAIT_RESULT,
} from './structs';

/** What a call gave: its number, and what it wrote into its result. */
export interface Answer<Fields extends StructFields> {
  readonly returned: number;
  readonly result: StructValues<Fields>;
}

/** Starts eyrie-init on a plan. Must be called on the main thread, as all of these. */
export function launch(
  plan: Buffer,
  request: StructValues<typeof LAUNCH_REQUEST>,
): Answer<typeof LAUNCH_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.launchResult);
  const given = ref.alloc(types.launchRequest, request);
  const returned = call('eyrie_launch', [
    [ref.refType(types.planHeader), plan],
    ['uint32', plan.length],
    [ref.refType(types.launchRequest), given],
    [ref.refType(types.launchResult), result],
  ]);
  return { returned, result: types.launchResult.get(result, 0) };
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

/** Starts eyrie-files. */
export function spawnAgent(
  request: StructValues<typeof AGENT_REQUEST>,
): Answer<typeof AGENT_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.agentResult);
  const given = ref.alloc(types.agentRequest, request);
  const returned = call('eyrie_spawn_agent', [
    [ref.refType(types.agentRequest), given],
    [ref.refType(types.agentResult), result],
  ]);
  return { returned, result: types.agentResult.get(result, 0) };
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
 * recvmsg(2) on a Unix socket without waiting: fills the buffer, and gives the descriptor that came
 * with the bytes, close-on-exec and the caller's to close; -1: none. `returned` is the number of
 * bytes, 0 at the end, -EAGAIN where nothing is there yet, or another -errno.
 */
export function receive(socket: number, buffer: Buffer): Answer<typeof RECEIVE_RESULT> {
  const { ref, types } = border();
  const result = ref.alloc(types.receiveResult);
  const returned = call('eyrie_receive', [
    ['int', socket],
    [ref.refType('char'), buffer],
    ['uint32', buffer.length],
    [ref.refType(types.receiveResult), result],
  ]);
  return { returned, result: types.receiveResult.get(result, 0) };
}

/**
 * Shuts this process to others of the same user: they can neither trace it nor read its memory,
 * environment, descriptors and maps (PR_SET_DUMPABLE(2const)), and it leaves no core. What it
 * executes is open again. 0 or -errno.
 */
export function hide(): number {
  return call('eyrie_hide', []);
}

/** The port that a socket of IP is bound to, getsockname(2); or -errno. */
export function localPort(socket: number): number {
  return call('eyrie_local_port', [['int', socket]]);
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
  if (loaded !== undefined) call('eyrie_end', [['int', status]]);
}

/**
 * unshare(2), mount(2), chroot(2): for `eyrie doctor`, in a probe child that is thrown away. Node's
 * own process never calls them: after unshare(CLONE_NEWNS) its synchronous file calls see the new
 * mounts and its asynchronous ones, which run on other threads, the old. 0 or -errno.
 */
export function unshare(flags: number): number {
  return call('eyrie_unshare', [['uint32', flags]]);
}

/** See {@link unshare}. */
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

/** The loaded libraries, and the structs as ref-napi types. */
interface Border {
  readonly ffi: typeof Ffi;
  readonly ref: typeof Ref;
  readonly library: Ffi.DynamicLibrary;
  readonly functions: Map<string, NativeFunction>;
  readonly types: {
    readonly planHeader: StructType<typeof PLAN_HEADER>;
    readonly launchRequest: StructType<typeof LAUNCH_REQUEST>;
    readonly launchResult: StructType<typeof LAUNCH_RESULT>;
    readonly helperRequest: StructType<typeof HELPER_REQUEST>;
    readonly helperResult: StructType<typeof HELPER_RESULT>;
    readonly agentRequest: StructType<typeof AGENT_REQUEST>;
    readonly agentResult: StructType<typeof AGENT_RESULT>;
    readonly waitResult: StructType<typeof WAIT_RESULT>;
    readonly receiveResult: StructType<typeof RECEIVE_RESULT>;
  };
}

type Value = number | Buffer | string;
type NativeFunction = (...values: readonly Value[]) => number;

let loaded: Border | undefined;

function border(): Border {
  loaded ??= load();
  return loaded;
}

function load(): Border {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- see the head of this file
  const ffi = require('ffi-napi') as typeof Ffi;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- likewise
  const ref = require('ref-napi') as typeof Ref;
  return {
    ffi,
    ref,
    library: new ffi.DynamicLibrary(nativePath('libeyrie.so'), ffi.DynamicLibrary.FLAGS.RTLD_NOW),
    functions: new Map(),
    types: {
      planHeader: structType(ref, 'plan_header', PLAN_HEADER),
      launchRequest: structType(ref, 'launch_request', LAUNCH_REQUEST),
      launchResult: structType(ref, 'launch_result', LAUNCH_RESULT),
      helperRequest: structType(ref, 'helper_request', HELPER_REQUEST),
      helperResult: structType(ref, 'helper_result', HELPER_RESULT),
      agentRequest: structType(ref, 'agent_request', AGENT_REQUEST),
      agentResult: structType(ref, 'agent_result', AGENT_RESULT),
      waitResult: structType(ref, 'wait_result', WAIT_RESULT),
      receiveResult: structType(ref, 'receive_result', RECEIVE_RESULT),
    },
  };
}

/** Calls a function of the library by name, with each argument's type and value. */
function call(name: string, parameters: readonly [type: Ref.TypeLike, value: Value][]): number {
  const { ffi, library, functions } = border();
  let bound = functions.get(name);
  if (bound === undefined) {
    const types = parameters.map(([type]) => type);
    // The package's types tell nothing of parameters that are known at run time only.
    bound = ffi.ForeignFunction(library.get(name), 'int', types) as unknown as NativeFunction;
    functions.set(name, bound);
  }
  return bound(...parameters.map(([, value]) => value));
}
