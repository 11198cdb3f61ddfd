/** Connections that a startd opened and handed down. */
import { createSecretKey } from 'node:crypto';
import net from 'node:net';
import type { InheritedSocket } from '../startd/types';
import { CedarSocket } from './connection';
import { type DirectionState, PacketCipher } from './packet-cipher';
import type { CedarConnection } from './types';

/**
 * Takes an inherited socket into use, from where its encryption stands.
 *
 * @throws where the descriptor is no socket
 */
export function inheritedConnection(inherited: InheritedSocket): CedarConnection {
  const { descriptor, peer, crypto } = inherited;
  const socket = new net.Socket({ fd: descriptor, readable: true, writable: true });
  if (crypto === undefined) return new CedarSocket(socket, peer);
  const cipher = new PacketCipher(
    createSecretKey(crypto.key),
    direction(crypto.sent, crypto.sendIv),
    direction(crypto.received, crypto.receiveIv),
  );
  return new CedarSocket(socket, peer, cipher);
}

/** A direction of which the first packet, the one with digests, is long gone. */
function direction(count: number, iv: Buffer): DirectionState {
  return { count, iv, digests: Buffer.alloc(0) };
}
