/** Requests for transfers over a connection of a test. */
import { ok } from '../../../src/result';
import type { CedarConnection } from '../../../src/condor/cedar/types';
import type {
  InputRequest,
  OutputRequest,
  WantedOutput,
} from '../../../src/condor/transfer/requests';
import { errnoText } from '../../../src/kernel/errno';
import type { Logger } from '../../../src/log';
import type { TestSandbox } from './sandbox';

/** A log that keeps its lines. */
export function memoryLog(lines: string[] = []): Logger {
  const add = (line: string): void => void lines.push(line);
  return {
    always: add,
    status: add,
    error: add,
    debug: (_, message) => add(message()),
    isEnabled: () => true,
    close: () => undefined,
  };
}

function common(sandbox: TestSandbox, near: CedarConnection) {
  return {
    connect: () => Promise.resolve(ok(near)),
    key: 'the#key',
    files: sandbox.files,
    ownAddress: '192.0.2.7',
    sandboxPath: sandbox.path,
    errnoText,
    log: memoryLog(),
  };
}

/** A request for input. */
export function inputRequest(
  sandbox: TestSandbox,
  near: CedarConnection,
  more: Partial<InputRequest> = {},
): InputRequest {
  return { ...common(sandbox, near), remaps: new Map(), executable: undefined, ...more };
}

/** A request for output; `wanted`: a list of paths, or more. */
export function outputRequest(
  sandbox: TestSandbox,
  near: CedarConnection,
  wanted: readonly string[] | Partial<WantedOutput>,
  more: Partial<OutputRequest> = {},
): OutputRequest {
  const base: WantedOutput = {
    files: { kind: 'listed', paths: Array.isArray(wanted) ? (wanted as string[]) : [] },
    preserveRelativePaths: false,
    streams: [],
    neverSent: [],
  };
  const all = Array.isArray(wanted) ? base : { ...base, ...(wanted as Partial<WantedOutput>) };
  return { ...common(sandbox, near), wanted: all, final: true, ...more };
}
