/**
 * Takes a descriptor from a Unix socket. Node has no way to receive one; so node does not read this
 * socket, and it is asked again and again until the descriptor has come, which is at once as a rule.
 */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { err, ok, type Result } from '../../result';

/**
 * recvmsg(2) without waiting: fills the buffer. Gives the number of bytes, 0 at the end, or -errno;
 * and the descriptor that came with them, the caller's to close, -1 where none did.
 */
export type DescriptorReceiver = (
  socket: number,
  buffer: Buffer,
) => { readonly bytes: number; readonly descriptor: number };

/** Milliseconds until a descriptor must have come. */
const PATIENCE = 10_000;

/** Milliseconds between two looks, at the most. */
const LONGEST_PAUSE = 50;

/**
 * What comes before the byte that carries the descriptor: a packet with the command
 * SHARED_PORT_PASS_SOCK, 76 in condor_commands.h.
 */
const ANNOUNCEMENT = Buffer.from('0100000008000000000000004c', 'hex');

/**
 * Waits for the announcement and the descriptor.
 *
 * @param passer a Unix socket that node has paused and never read
 * @returns the descriptor, the caller's to close; or a sentence about what came in its place
 */
export async function receivePassed(
  passer: net.Socket,
  receive: DescriptorReceiver,
): Promise<Result<number, string>> {
  const wanted = ANNOUNCEMENT.length + 1;
  const buffer = Buffer.alloc(wanted);
  const end = Date.now() + PATIENCE;
  let length = 0;
  let descriptor = -1;
  const fail = (reason: string): Result<number, string> => {
    if (descriptor >= 0) fs.closeSync(descriptor);
    return err(reason);
  };
  for (let pause = 1; length < wanted;) {
    const socket = descriptorOf(passer);
    if (socket === undefined) return fail('the connection was closed by this side');
    const came = receive(socket, buffer.subarray(length));
    if (came.descriptor >= 0) {
      if (descriptor >= 0) fs.closeSync(descriptor);
      descriptor = came.descriptor;
    }
    if (came.bytes > 0) length += came.bytes;
    else if (came.bytes === 0) return fail(`the connection ended after ${length} bytes`);
    else if (came.bytes !== -os.constants.errno.EAGAIN) return fail(`errno ${-came.bytes}`);
    else if (Date.now() > end)
      return fail(`only ${length} bytes came in ${PATIENCE / 1000} seconds`);
    else {
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }
  if (!buffer.subarray(0, ANNOUNCEMENT.length).equals(ANNOUNCEMENT)) {
    return fail('it did not say that it passes a connection');
  }
  return descriptor < 0 ? err('no descriptor came with the byte for it') : ok(descriptor);
}

/**
 * The socket of a descriptor that came from outside; it is closed if it is not one that is connected
 * over TCP. Any process of the machine may have sent it.
 */
export function socketOf(descriptor: number): Result<net.Socket, string> {
  let socket: net.Socket;
  try {
    socket = new net.Socket({ fd: descriptor, readable: true, writable: true });
  } catch {
    fs.closeSync(descriptor);
    return err('the descriptor that came is no socket');
  }
  if (socket.remoteAddress !== undefined) return ok(socket);
  socket.on('error', () => undefined).destroy();
  return err('the socket that came is not connected over TCP');
}

/** Node does not tell it in a documented way; it has been there in all versions. */
function descriptorOf(socket: net.Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle: { fd: number } | null };
  return handle === null || handle.fd < 0 ? undefined : handle.fd;
}
