/** Both ends of an encrypted CEDAR connection over loopback. */
import type net from 'node:net';
import { CedarSocket } from '../../../src/condor/cedar/connection';
import { deriveSessionKey } from '../../../src/condor/cedar/packet-cipher';
import { socketPair } from '../../cedar/support/sockets';

/** Whether what comes is cut before the byte at this place of the stream. */
export type Cuts = (position: number) => boolean;

/** The starter's end and the shadow's. */
export interface Ends {
  readonly near: CedarSocket;
  readonly far: CedarSocket;
}

/** Connects; what the near end receives comes in pieces as `cuts` says. */
export async function encryptedPair(
  t: { after(work: () => void): void },
  cuts?: Cuts,
): Promise<Ends> {
  const [near, far] = await socketPair(t);
  if (cuts !== undefined) cutData(near, cuts);
  const key = deriveSessionKey('a key that only this test knows');
  const ends = {
    near: new CedarSocket(near, '<127.0.0.1:9618>'),
    far: new CedarSocket(far, '<127.0.0.1:40000>'),
  };
  ends.near.encrypt(key);
  ends.far.encrypt(key);
  return ends;
}

/** Lets listeners see the stream in pieces. */
function cutData(socket: net.Socket, cuts: Cuts): void {
  const on = socket.on.bind(socket);
  let position = 0;
  const listen = (event: string, listener: (...args: unknown[]) => void): net.Socket => {
    if (event !== 'data') return on(event, listener);
    return on('data', (bytes: Buffer) => {
      let begin = 0;
      for (let at = 1; at < bytes.length; at += 1) {
        if (!cuts(position + at)) continue;
        listener(bytes.subarray(begin, at));
        begin = at;
      }
      position += bytes.length;
      listener(bytes.subarray(begin));
    });
  };
  socket.on = listen as typeof socket.on;
}
