/** Our own native helper programs: what would take too long on the main thread is their work. */
import net from 'node:net';
import os from 'node:os';
import { err, ok, type Result } from '../result';
import { spawnHelper } from './border';
import type { LaunchError } from './launch-types';
import { nativeDescriptor } from './native-files';
import { type ChildEnd, reapChild } from './reap';
import { HELPER_REQUEST, LAUNCH_CALLS } from './structs';
import { closeSync } from 'node:fs';

/** What a helper wrote to its standard output, and how it ended. */
export interface HelperOutput {
  readonly output: Buffer;
  /** Undefined where somebody else has reaped it. */
  readonly end: ChildEnd | undefined;
}

/** Room for a helper's arguments, each with its NUL: struct helper_request. */
const ARGUMENTS_SIZE = HELPER_REQUEST.arguments[1];

/**
 * Runs a native helper program with the starter's ids, an empty environment and two descriptors. It
 * dies with the starter.
 *
 * @param args argv after the program's own name; no NULs.
 * @param input becomes the helper's descriptor 3; it stays open here.
 * @throws where the native part is not installed.
 */
export async function runHelper(
  program: 'eyrie-tree' | 'eyrie-account',
  args: readonly string[],
  input: number,
): Promise<Result<HelperOutput, LaunchError>> {
  const words = [program, ...args];
  const text = Buffer.from(words.map((word) => `${word}\0`).join(''));
  if (text.length > ARGUMENTS_SIZE || args.some((word) => word.includes('\0'))) {
    return err({ call: `start ${program}`, errno: os.constants.errno.E2BIG });
  }
  const { returned, result } = spawnHelper({
    program: nativeDescriptor(program),
    input,
    argument_count: words.length,
    argument_bytes: text.length,
    arguments: text,
  });
  if (returned < 0) {
    return err({ call: `start ${program}: ${LAUNCH_CALLS[result.call] ?? ''}`, errno: -returned });
  }
  const output = await readAll(result.output);
  const end = await reapChild(result.pidfd);
  closeSync(result.pidfd);
  return ok({ output, end });
}

/** Reads a pipe to its end; the descriptor is closed then. */
async function readAll(fd: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const pipe = new net.Socket({ fd, readable: true, writable: false });
  pipe.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    pipe.on('error', () => undefined);
    pipe.on('close', () => resolve());
  });
  return Buffer.concat(chunks);
}
