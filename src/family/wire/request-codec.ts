/** A request as bytes, and its arguments back from bytes. */
import { fromBytes, toBytes } from '../../byte-text';
import { assertNever, err, ok, type Result } from '../../result';
import { ANCESTOR_RECORD_SIZE, decodeAncestors, encodeAncestors } from './ancestor-record';
import { commandNumber, type Dialect } from './dialects';
import {
  ARGUMENT_SHAPES,
  type ClientId,
  HEADER_SIZE,
  type ProcdCommand,
  type ProcdRequest,
  REQUEST_SIZE_MAX,
} from './requests';
import type { ProcdRefusal } from './results';

/**
 * A request as it is written to procd's pipe, in one piece.
 *
 * @returns why it cannot be said in this dialect
 */
export function encodeRequest(
  dialect: Dialect,
  client: ClientId,
  request: ProcdRequest,
): Result<Buffer, string> {
  const number = commandNumber(dialect, request.command);
  if (number === undefined) return err(`procd of ${dialect.since} has no ${request.command}`);
  const rest = restOf(request);
  if (rest === undefined) return err(`${request.command}: more or longer ancestors than fit`);
  const { fixed, length } = ARGUMENT_SHAPES[request.command];
  const bytes = Buffer.alloc(HEADER_SIZE + fixed + rest.length);
  if (bytes.length > REQUEST_SIZE_MAX) {
    return err(`${request.command}: ${bytes.length} bytes, at most ${REQUEST_SIZE_MAX} are taken`);
  }
  bytes.writeInt32LE(client.pid | 0, 0);
  bytes.writeInt32LE(client.serial | 0, 4);
  bytes.writeInt32LE(number, 8);
  let at = HEADER_SIZE;
  for (const word of wordsOf(request)) at = bytes.writeInt32LE(word | 0, at);
  // Of eight bytes of length the upper four stay 0.
  if (length !== undefined) bytes.writeUInt32LE(rest.length, HEADER_SIZE + fixed - length);
  bytes.set(rest, HEADER_SIZE + fixed);
  return ok(bytes);
}

/** The arguments of four bytes, a length left out. */
function wordsOf(request: ProcdRequest): readonly number[] {
  switch (request.command) {
    case 'take-snapshot':
    case 'quit':
      return [];
    case 'register-subfamily':
      return [request.root, request.watcher, request.interval];
    case 'track-associated-group':
      return [request.root, request.gid];
    case 'signal-process':
      return [request.root, request.signal];
    default:
      return [request.root];
  }
}

/** What follows a length; undefined where it cannot be said. */
function restOf(request: ProcdRequest): Uint8Array | undefined {
  switch (request.command) {
    case 'track-environment':
      return encodeAncestors(request.ancestors);
    case 'track-login':
      return toBytes(`${request.login}\0`);
    case 'use-glexec':
      return toBytes(`${request.proxy}\0`);
    case 'track-cgroup':
      return toBytes(request.cgroup);
    default:
      return new Uint8Array();
  }
}

/**
 * Reads the arguments of a command.
 *
 * @param words the arguments of fixed size, as they lie behind the header
 * @param rest what follows a length; empty where nothing does
 * @returns the code that a procd answers with where what has a length has a wrong one
 */
export function decodeArguments(
  command: ProcdCommand,
  words: Buffer,
  rest: Buffer,
): Result<ProcdRequest, ProcdRefusal> {
  const word = (index: number): number => words.readInt32LE(index * 4);
  switch (command) {
    case 'take-snapshot':
    case 'quit':
      return ok({ command });
    case 'register-subfamily':
      return ok({ command, root: word(0), watcher: word(1), interval: word(2) });
    case 'track-associated-group':
      return ok({ command, root: word(0), gid: words.readUInt32LE(4) });
    case 'signal-process':
      return ok({ command, root: word(0), signal: word(1) });
    case 'track-environment':
      if (rest.length !== ANCESTOR_RECORD_SIZE) return err('bad-environment-info');
      return ok({ command, root: word(0), ancestors: decodeAncestors(rest) });
    case 'track-login':
      if (rest.length === 0) return err('bad-login-info');
      return ok({ command, root: word(0), login: textOf(rest) });
    case 'use-glexec':
      if (rest.length === 0) return err('bad-glexec-info');
      return ok({ command, root: word(0), proxy: textOf(rest) });
    case 'track-cgroup':
      if (rest.length === 0 || rest.includes(0)) return err('no-cgroup');
      return ok({ command, root: word(0), cgroup: fromBytes(rest) });
    case 'track-allocated-group':
    case 'suspend-family':
    case 'continue-family':
    case 'kill-family':
    case 'get-usage':
    case 'unregister-family':
    case 'dump':
      return ok({ command, root: word(0) });
    default:
      return assertNever(command);
  }
}

/** Up to the NUL that ends it, or all. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return fromBytes(end < 0 ? bytes : bytes.subarray(0, end));
}
