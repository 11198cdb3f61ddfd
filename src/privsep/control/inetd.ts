/**
 * `condor_procd --inetd`: the client on standard input proves who he is, and is handed to the daemon.
 *
 *   here   → {event: 'prove', directory}
 *   client → {id, op: 'proven'}, when he has made it
 *   here   → {id, ok: true, uid}; from then on the daemon answers
 *
 * Standard input is read byte by byte as far as that goes: what a client sends afterwards is the
 * daemon's to read.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeSyslog } from '../../kernel/border';
import { connect, isLocalPeer, peerUid, receive, send } from '../../kernel/border-sockets';
import { errnoText } from '../../kernel/errno';
import { encodeHandover } from '../../kernel/front-records';
import { printableLine } from '../../printable';
import { err, ok, type Result } from '../../result';
import { encodeFrame, FRAME_HEAD } from './frames';
import { checkProof, nameProof } from './proof';
import {
  decodeRequest,
  failureReply,
  PROTOCOL_VERSION,
  type RequestId,
  successReply,
} from './protocol';
import { handoverSocket, type InetdSettings } from './settings';
import type { JsonObject } from './types';

/** Milliseconds: to prove who one is, and for the daemon to take a connection. */
const PROOF_TIME = 10_000;
const HANDOVER_TIME = 5000;
const LINGER_TIME = 500;
const LOOK_AGAIN = 5;

/** Bytes of a message of a client who has not proven anything. */
const MESSAGE_MAX = 1024;

/** The connection, as inetd gives it. */
const CONNECTION = 0;

const { EAGAIN } = os.constants.errno;

/** Serves the one connection; gives the exit status. */
export async function serveInetd(settings: InetdSettings): Promise<number> {
  const local = isLocalPeer(CONNECTION);
  if (local !== 1) {
    writeSyslog(
      'condor_procd',
      '--inetd: refused: standard input is no connection from this machine',
    );
    return 1;
  }
  const done = await proveAndHandOver(settings);
  if (done.ok) return 0;
  writeSyslog('condor_procd', `--inetd: refused: ${printableLine(done.error)}`);
  tell(failureReply(null, { code: 'denied', text: done.error }));
  await lingerFor(LINGER_TIME);
  return 1;
}

async function proveAndHandOver({ proofs, socket }: InetdSettings): Promise<Result<void, string>> {
  const proof = nameProof(proofs);
  if (!proof.ok) return proof;
  tell({ event: 'prove', directory: proof.value, protocol: PROTOCOL_VERSION });
  const id = await readProven();
  if (!id.ok) {
    // Made, and not told of in time.
    checkProof(proof.value);
    return id;
  }
  const uid = checkProof(proof.value);
  if (!uid.ok) return uid;
  const daemon = openDaemon(handoverSocket(socket));
  if (!daemon.ok) return daemon;
  tell(successReply(id.value, { uid: uid.value }));
  return handOver(daemon.value, uid.value);
}

/** Reads the one message that is expected; a sentence where something else comes, or nothing in time. */
async function readProven(): Promise<Result<RequestId, string>> {
  const deadline = performance.now() + PROOF_TIME;
  const head = await readBytes(FRAME_HEAD, deadline);
  if (!head.ok) return head;
  const length = head.value.readUInt32LE(0);
  if (length === 0 || length > MESSAGE_MAX) return err(`a message of ${length} bytes came`);
  const bytes = await readBytes(length, deadline);
  if (!bytes.ok) return bytes;
  const request = decodeRequest(bytes.value);
  if (!request.ok) return request;
  const { fields, id, op } = request.value;
  if (op === 'proven' && Object.keys(fields).length === 0) return ok(id);
  return err("expected {id, op: 'proven'} first");
}

async function readBytes(count: number, deadline: number): Promise<Result<Buffer, string>> {
  const bytes = Buffer.alloc(count);
  for (let held = 0; held < count;) {
    const { returned, result } = receive(CONNECTION, bytes.subarray(held));
    if (result.descriptor >= 0) fs.closeSync(result.descriptor);
    if (returned > 0) held += returned;
    else if (returned === 0) return err('the client has hung up');
    else if (-returned !== EAGAIN) return err(`the connection is broken: ${errnoText(-returned)}`);
    else if (performance.now() > deadline) return err('no proof came in time');
    else await delay(LOOK_AGAIN);
  }
  return ok(bytes);
}

/**
 * Reads what still comes, until the client hangs up or some milliseconds are over: a connection that is
 * closed with bytes unread breaks, and the last message with it.
 */
async function lingerFor(time: number): Promise<void> {
  const deadline = performance.now() + time;
  const rubbish = Buffer.alloc(4096);
  while (performance.now() < deadline) {
    const { returned, result } = receive(CONNECTION, rubbish);
    if (result.descriptor >= 0) fs.closeSync(result.descriptor);
    if (returned === 0 || (returned < 0 && -returned !== EAGAIN)) return;
    if (returned < 0) await delay(LOOK_AGAIN);
  }
}

/** Sends a message. The connection is new, so it takes a short one at once, or not at all. */
function tell(message: JsonObject): void {
  const frame = encodeFrame(message);
  if (frame !== undefined) send(CONNECTION, frame, []);
}

function openDaemon(socket: string): Result<number, string> {
  try {
    const directory = fs.openSync(path.dirname(socket), fs.constants.O_DIRECTORY);
    const fd = connect(directory, path.basename(socket));
    fs.closeSync(directory);
    if (fd < 0) return err(`the daemon takes no connections: ${errnoText(-fd)}`);
    if (peerUid(fd) === 0) return ok(fd);
    fs.closeSync(fd);
    return err(`${socket} is not served by root`);
  } catch (error) {
    return err(`the daemon takes no connections: ${(error as Error).message}`);
  }
}

async function handOver(daemon: number, uid: number): Promise<Result<void, string>> {
  const sent = send(daemon, encodeHandover(uid), [CONNECTION]);
  if (sent < 0) return err(`cannot hand the connection over: ${errnoText(-sent)}`);
  const answer = Buffer.alloc(1);
  const deadline = performance.now() + HANDOVER_TIME;
  for (;;) {
    const { returned } = receive(daemon, answer);
    if (returned === 1) return ok(undefined);
    if (returned === 0) return err('the daemon did not take the connection');
    if (-returned !== EAGAIN) return err(`the daemon is gone: ${errnoText(-returned)}`);
    if (performance.now() > deadline) return err('the daemon did not take the connection in time');
    await delay(LOOK_AGAIN);
  }
}
