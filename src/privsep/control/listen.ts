/** The sockets that the control endpoint listens on: its own, or those that systemd hands down. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect, isListening, listen } from '../../kernel/border-sockets';
import { errnoText } from '../../kernel/errno';
import type { FrontSockets } from '../../kernel/front-channel';
import { err, ok, type Result } from '../../result';
import { whyNotRootOnly } from '../../root-only-path';
import { makeTrustedDirectory } from '../../trusted-directory';
import type { ActivatedSockets } from './activation';
import { type ControlSettings, handoverSocket } from './settings';

/** Everybody may connect: who may speak is decided by who he is. */
const MODE = 0o666;
const HANDOVER_MODE = 0o600;

const { EAGAIN } = os.constants.errno;
const { O_DIRECTORY } = fs.constants;

/** Search for all: a directory of Eyrie's own may have been made for root alone. */
const SEARCH = 0o011;

/**
 * Makes the directory of a socket where it is missing, and lets everybody pass through it.
 *
 * @returns a sentence where somebody other than root could put another socket there
 */
export function prepareDirectory(socket: string): Result<void, string> {
  const directory = path.dirname(socket);
  const made = makeTrustedDirectory(directory, 0o755);
  if (!made.ok) return made;
  const distrust = whyNotRootOnly(directory);
  if (distrust !== undefined) return err(`cannot listen on ${socket}: ${distrust}`);
  const { mode } = fs.statSync(directory);
  if ((mode & SEARCH) !== SEARCH) fs.chmodSync(directory, (mode & 0o7777) | SEARCH);
  return ok(undefined);
}

/** Sockets that are listened on, and how to cease. */
export interface OpenSockets extends FrontSockets {
  /** Removes the names of those that are our own. */
  readonly remove: () => void;
}

/**
 * Begins to listen.
 *
 * @param activated what systemd handed down; undefined: nothing
 * @returns a sentence where that cannot be done
 */
export function openSockets(
  { socket, tcp }: ControlSettings,
  activated: ActivatedSockets | undefined,
): Result<OpenSockets, string> {
  if (activated !== undefined) return takeActivated(activated);
  const listener = listenAt(socket, MODE);
  if (!listener.ok) return listener;
  const names = [socket];
  const remove = (): void => names.forEach((name) => fs.rmSync(name, { force: true }));
  if (!tcp) return ok({ listener: listener.value, handovers: undefined, remove });
  const handovers = listenAt(handoverSocket(socket), HANDOVER_MODE);
  if (!handovers.ok) {
    remove();
    return handovers;
  }
  names.push(handoverSocket(socket));
  return ok({ listener: listener.value, handovers: handovers.value, remove });
}

function takeActivated({ control, handovers }: ActivatedSockets): Result<OpenSockets, string> {
  for (const fd of handovers === undefined ? [control] : [control, handovers]) {
    if (isListening(fd) !== 1) {
      return err(
        `descriptor ${fd}, which systemd handed down, is no Unix stream socket that is listened on ` +
          '(expected ListenStream= with a path, and Accept=no)',
      );
    }
  }
  return ok({ listener: control, handovers, remove: () => undefined });
}

/** Listens at a path in a prepared directory, in place of a socket that a dead daemon has left. */
function listenAt(socket: string, mode: number): Result<number, string> {
  const failed = (why: string): Result<never, string> => err(`cannot listen on ${socket}: ${why}`);
  const there = fs.lstatSync(socket, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSocket()) return failed('it is there and is no socket');
  const directory = fs.openSync(path.dirname(socket), O_DIRECTORY);
  try {
    const name = path.basename(socket);
    const other = connect(directory, name);
    if (other >= 0) fs.closeSync(other);
    if (other >= 0 || -other === EAGAIN) return failed('another daemon serves it');
    const listening = listen(directory, name, mode);
    return listening < 0 ? failed(errnoText(-listening)) : ok(listening);
  } finally {
    fs.closeSync(directory);
  }
}
