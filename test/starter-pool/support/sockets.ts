/** Connections of which one end is handed down to a process. */
import { once } from 'node:events';
import net from 'node:net';

/** Both ends; `near` was never read and goes to the starter. */
export interface HandedDown {
  readonly near: net.Socket;
  readonly far: net.Socket;
}

/** A TCP connection over loopback. */
export async function connection(): Promise<HandedDown> {
  const server = net.createServer({ pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = net.connect(portOf(server), '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [net.Socket];
  if (far.connecting) await once(far, 'connect');
  server.close();
  return { near, far };
}

/** A socket that listens on a port of loopback. */
export async function listening(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return portOf(server);
}

function portOf(server: net.Server): number {
  return (server.address() as net.AddressInfo).port;
}

/** The number of a socket's descriptor, which node tells in no documented way. */
export function descriptorOf(socket: net.Socket | net.Server): number {
  const { _handle: handle } = socket as unknown as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}
