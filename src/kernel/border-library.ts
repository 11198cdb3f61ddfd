/**
 * libeyrie as JavaScript has it: loaded at first use, its functions by name, its structs as types of ref-napi.
 * `border.ts` and `border-sockets.ts` say what the functions are; nobody else calls this.
 *
 * ffi-napi and ref-napi take 19 ms to load, each function some more. No function is ever called `.async`: that
 * runs on another thread, and what these calls do belongs to the thread that makes them.
 */
import type * as Ffi from 'ffi-napi';
import type * as Ref from 'ref-napi';
import { nativePath } from './native-files';
import { type StructType, structType } from './struct-type';
import {
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
  PLAN_HEADER,
  RECEIVE_RESULT,
  SCRIPT_REQUEST,
  SCRIPT_RESULT,
  WAIT_RESULT,
  type StructFields,
  type StructValues,
} from './structs';

/** What a call gave: its number, and what it wrote into its result. */
export interface Answer<Fields extends StructFields> {
  readonly returned: number;
  readonly result: StructValues<Fields>;
}

/** The loaded libraries, and the structs as ref-napi types. */
export interface Border {
  readonly ffi: typeof Ffi;
  readonly ref: typeof Ref;
  readonly library: Ffi.DynamicLibrary;
  readonly functions: Map<string, NativeFunction>;
  readonly types: {
    readonly planHeader: StructType<typeof PLAN_HEADER>;
    readonly launchRequest: StructType<typeof LAUNCH_REQUEST>;
    readonly launchResult: StructType<typeof LAUNCH_RESULT>;
    readonly scriptRequest: StructType<typeof SCRIPT_REQUEST>;
    readonly scriptResult: StructType<typeof SCRIPT_RESULT>;
    readonly helperRequest: StructType<typeof HELPER_REQUEST>;
    readonly helperResult: StructType<typeof HELPER_RESULT>;
    readonly agentRequest: StructType<typeof AGENT_REQUEST>;
    readonly agentResult: StructType<typeof AGENT_RESULT>;
    readonly enterRequest: StructType<typeof ENTER_REQUEST>;
    readonly enterResult: StructType<typeof ENTER_RESULT>;
    readonly daemonRequest: StructType<typeof DAEMON_REQUEST>;
    readonly daemonResult: StructType<typeof DAEMON_RESULT>;
    readonly waitResult: StructType<typeof WAIT_RESULT>;
    readonly receiveResult: StructType<typeof RECEIVE_RESULT>;
  };
}

type Value = number | Buffer | string;
type NativeFunction = (...values: readonly Value[]) => number;

let loaded: Border | undefined;

/** Whether anything was asked of the library yet. */
export const isLoaded = (): boolean => loaded !== undefined;

export function border(): Border {
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
      scriptRequest: structType(ref, 'script_request', SCRIPT_REQUEST),
      scriptResult: structType(ref, 'script_result', SCRIPT_RESULT),
      helperRequest: structType(ref, 'helper_request', HELPER_REQUEST),
      helperResult: structType(ref, 'helper_result', HELPER_RESULT),
      agentRequest: structType(ref, 'agent_request', AGENT_REQUEST),
      agentResult: structType(ref, 'agent_result', AGENT_RESULT),
      enterRequest: structType(ref, 'enter_request', ENTER_REQUEST),
      enterResult: structType(ref, 'enter_result', ENTER_RESULT),
      daemonRequest: structType(ref, 'daemon_request', DAEMON_REQUEST),
      daemonResult: structType(ref, 'daemon_result', DAEMON_RESULT),
      waitResult: structType(ref, 'wait_result', WAIT_RESULT),
      receiveResult: structType(ref, 'receive_result', RECEIVE_RESULT),
    },
  };
}

/** Calls a function of the library by name, with each argument's type and value. */
export function call(
  name: string,
  parameters: readonly [type: Ref.TypeLike, value: Value][],
): number {
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
