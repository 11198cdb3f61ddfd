/** The FFI border's sockets: see `border.ts`. */
import { type Answer, border, call } from './border-library';
import type { RECEIVE_RESULT } from './structs';

/** Sends a byte 0 and a descriptor on a Unix stream, without waiting. 0, -EAGAIN or another -errno. */
export function sendDescriptor(socket: number, descriptor: number): number {
  return call('eyrie_send_descriptor', [
    ['int', socket],
    ['int', descriptor],
  ]);
}

/** Sends one end of a new pair of sockets so; gives the other, the caller's to close, or -errno. */
export function sendNewSocket(socket: number): number {
  return call('eyrie_send_new_socket', [['int', socket]]);
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
 * Listens on a Unix stream socket of that name in an open directory, in place of what has the name.
 *
 * @returns its descriptor, close-on-exec; or -errno
 */
export function listen(directory: number, name: string, mode: number): number {
  return call('eyrie_listen', [
    ['int', directory],
    ['string', name],
    ['uint32', mode],
  ]);
}

/** Whether a descriptor is a Unix stream socket that is listened on: 1, 0 or -errno. */
export function isListening(descriptor: number): number {
  return call('eyrie_is_listening', [['int', descriptor]]);
}

/**
 * Connects to the Unix stream socket of that name in an open directory, without waiting.
 *
 * @returns a descriptor, close-on-exec; -EAGAIN: too many wait already; or another -errno
 */
export function connect(directory: number, name: string): number {
  return call('eyrie_connect', [
    ['int', directory],
    ['string', name],
  ]);
}

/** The uid at the other end of a Unix socket, SO_PEERCRED; undefined: it is no such socket. */
export function peerUid(socket: number): number | undefined {
  const uid = Buffer.alloc(4);
  const returned = call('eyrie_peer_uid', [
    ['int', socket],
    [border().ref.refType('uint32'), uid],
  ]);
  return returned < 0 ? undefined : uid.readUInt32LE(0);
}

/**
 * sendmsg(2) on a Unix socket without waiting: bytes, at least one, and up to 8 descriptors with the
 * first of them, which stay open here.
 *
 * @returns how many bytes were taken, or -errno
 */
export function send(socket: number, bytes: Buffer, descriptors: readonly number[]): number {
  const { ref } = border();
  // At least one: a pointer to nothing is none.
  const numbers = Buffer.alloc(4 * Math.max(descriptors.length, 1));
  descriptors.forEach((descriptor, index) => numbers.writeInt32LE(descriptor, 4 * index));
  return call('eyrie_send', [
    ['int', socket],
    [ref.refType('char'), bytes],
    ['uint32', bytes.length],
    [ref.refType('int32'), numbers],
    ['uint32', descriptors.length],
  ]);
}

/** The port that a socket of IP is bound to, getsockname(2); or -errno. */
export function localPort(socket: number): number {
  return call('eyrie_local_port', [['int', socket]]);
}

/** Whether the other end of a connection of TCP is a loopback address: 1 or 0; -errno: it is none. */
export function isLocalPeer(socket: number): number {
  return call('eyrie_is_local_peer', [['int', socket]]);
}
