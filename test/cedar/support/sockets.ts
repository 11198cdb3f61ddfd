/** Pairs of sockets, and a peer that says just what a test wants. */
import assert from 'node:assert/strict';
import net from 'node:net';
import type { TestContext } from 'node:test';
import type { Result } from '../../../src/result';

/** Two ends of a TCP connection over loopback; both are destroyed when the test ends. */
export async function socketPair(t: Pick<TestContext, 'after'>): Promise<[net.Socket, net.Socket]> {
  const server = net.createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const accepted = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const near = net.connect(port, '127.0.0.1');
  await new Promise<void>((resolve) => near.once('connect', resolve));
  const far = await accepted;
  server.close();
  for (const socket of [near, far]) socket.on('error', () => undefined);
  t.after(() => [near, far].forEach((socket) => socket.destroy()));
  far.resume();
  return [near, far];
}

/** A listening socket, and its port; closed when the test ends. */
export async function listening(
  t: Pick<TestContext, 'after'>,
  onConnection: (socket: net.Socket) => void,
): Promise<number> {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    sockets.forEach((socket) => socket.destroy());
  });
  return (server.address() as net.AddressInfo).port;
}

/** All that a socket says until there are as many bytes. */
export async function readBytes(socket: net.Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let have = 0;
  return await new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      have += chunk.length;
      if (have < length) return;
      socket.off('data', onData);
      resolve(Buffer.concat(chunks));
    };
    socket.on('data', onData);
    socket.once('end', () => reject(new Error(`the end came after ${have} bytes`)));
  });
}

/** The value of a result that must be one. */
export function valueOf<T>(result: Result<T, unknown>): T {
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result));
  return result.value;
}

/** The error of a result that must be one. */
export function errorOf<E>(result: Result<unknown, E>): E {
  assert.ok(!result.ok, 'no error');
  return result.error;
}
