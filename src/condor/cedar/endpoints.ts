/** Where others reach us: listening sockets that were inherited. */
import net from 'node:net';
import { type DescriptorReceiver, receivePassed, socketOf } from './passed-descriptor';

export type { DescriptorReceiver };

export interface ListenOptions {
  /** The listening socket; belongs to the listener from now on. */
  readonly descriptor: number;
  /** Takes a connection of which nothing was read yet. */
  readonly accept: (socket: net.Socket) => void;
  /** Told, in a sentence, of what went wrong with the listener or with one connection. */
  readonly onTrouble: (reason: string) => void;
}

export interface Listener {
  /** Listens no more. */
  close(): void;
}

/** Listens on a TCP socket. */
export function listenTcp({ descriptor, accept, onTrouble }: ListenOptions): Listener {
  const server = net.createServer(accept);
  return listen(server, descriptor, onTrouble);
}

/**
 * Listens on the Unix socket through which the shared port daemon passes connections on, one each:
 * a packet that says so, then a byte with the descriptor. SharedPortServer::PassSocket() of
 * shared_port_server.cpp, SharedPortEndpoint::ReceiveSocket() of shared_port_endpoint.cpp.
 */
export function listenShared(
  options: ListenOptions & { readonly receiveDescriptor: DescriptorReceiver },
): Listener {
  const { accept, onTrouble, receiveDescriptor } = options;
  // Not the newest is closed: whoever opens many must not keep the daemon out.
  const passers = new Set<net.Socket>();
  const server = net.createServer({ pauseOnConnect: true }, (passer) => {
    const [oldest] = passers;
    if (passers.size >= PASSERS_LIMIT) oldest?.destroy();
    passers.add(passer);
    passer.on('error', () => undefined);
    void receivePassed(passer, receiveDescriptor).then((descriptor) => {
      passers.delete(passer);
      passer.destroy();
      const socket = descriptor.ok ? socketOf(descriptor.value) : descriptor;
      if (socket.ok) accept(socket.value);
      else onTrouble(`No connection came from the shared port daemon: ${socket.error}`);
    });
  });
  const listener = listen(server, options.descriptor, onTrouble);
  return {
    close() {
      listener.close();
      for (const passer of passers) passer.destroy();
    },
  };
}

/** Connections that may wait for their descriptor at once. */
const PASSERS_LIMIT = 64;

function listen(
  server: net.Server,
  descriptor: number,
  onTrouble: (reason: string) => void,
): Listener {
  server.on('error', (error) => onTrouble(`Cannot listen for commands: ${error.message}`));
  server.listen({ fd: descriptor });
  return { close: () => void server.close() };
}
