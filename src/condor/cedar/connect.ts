/** TCP connections to HTCondor's addresses, through the shared port daemon where it stands between. */
import net from 'node:net';
import { err, ok, type Result } from '../../result';
import { MessageBuffer } from './message-writer';
import { HEADER_SIZE, writeHeader } from './packets';
import { type HostAndPort, parseSinful, sinfulParameter, sinfulTargets } from './sinful';
import type { MessageWriter, WireError } from './types';
import { gone, protocolError } from './wire-trouble';

/** Numbers of commands; condor_commands.h. */
const SHARED_PORT_CONNECT = 75;

/** The shared port daemon's log calls us this. */
const OWN_NAME = 'STARTER';

const NO_DEADLINE = -1;

/**
 * Connects to an address: the main one, and where that cannot be reached those of `addrs`, in order.
 * If it has `sock`, the request to be passed on is sent; the target's answer is not waited for.
 *
 * @param address a sinful string
 * @param patience seconds, for each attempt
 */
export async function connectTo(
  address: string,
  patience: number,
): Promise<Result<net.Socket, WireError>> {
  const sinful = parseSinful(address);
  if (!sinful.ok) return err(protocolError(address, `Cannot connect: ${sinful.error}`));
  const failures: string[] = [];
  for (const target of sinfulTargets(sinful.value)) {
    const socket = await connectSocket(target, patience);
    if (socket.ok) {
      const name = sinfulParameter(sinful.value, 'sock');
      if (name !== undefined) socket.value.write(sharedPortRequest(name));
      return socket;
    }
    failures.push(`${target.host} port ${target.port}: ${socket.error}`);
  }
  return err(gone(address, `Cannot connect to ${failures.join('; ')}`));
}

async function connectSocket(
  target: HostAndPort,
  patience: number,
): Promise<Result<net.Socket, string>> {
  return await new Promise((resolve) => {
    const socket = net.connect(target);
    const finish = (result: Result<net.Socket, string>): void => {
      clearTimeout(wait);
      socket.removeAllListeners('connect').removeListener('error', onError);
      if (!result.ok) socket.on('error', () => undefined).destroy();
      resolve(result);
    };
    const onError = (error: Error): void => finish(err(error.message));
    const wait = setTimeout(
      () => finish(err(`no answer within ${patience} seconds`)),
      patience * 1000,
    );
    socket.once('connect', () => finish(ok(socket)));
    socket.on('error', onError);
  });
}

/**
 * Asks the shared port daemon to pass the connection on. Not part of what the connection's digests
 * are about. SharedPortClient::sendSharedPortID() of shared_port_client.cpp.
 */
export function sharedPortRequest(name: string): Buffer {
  return clearMessage((message) =>
    message.int(SHARED_PORT_CONNECT).string(name).string(OWN_NAME).int(NO_DEADLINE).int(0),
  );
}

/** A message in clear, of one packet. */
function clearMessage(write: (message: MessageWriter) => void): Buffer {
  const message = new MessageBuffer(false);
  write(message);
  const body = message.finish();
  const header = Buffer.alloc(HEADER_SIZE);
  writeHeader(header, true, body.length);
  return Buffer.concat([header, body]);
}
