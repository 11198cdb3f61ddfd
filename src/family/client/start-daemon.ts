/** Starting a procd that outlives whoever needed it first. */
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import * as border from '../../kernel/border';
import { errnoText } from '../../kernel/errno';
import { DAEMON_REQUEST } from '../../kernel/structs';
import { makeTrustedDirectory } from '../../trusted-directory';
import { err, ok, type Result } from '../../result';

/** A procd to be started. */
export interface ProcdProgram {
  /** Absolute path of condor_procd. */
  readonly program: string;
  /** Absolute; its directory is made, for this user alone. */
  readonly address: string;
  /** Everything after `-A ADDRESS`. */
  readonly options: readonly string[];
  /** Its environment: `NAME=VALUE`. */
  readonly environment: readonly string[];
}

/** Milliseconds that a start may take. */
const PATIENCE = 20_000;

/** As HTCondor's daemons read of a procd's complaint, and more. */
const COMPLAINT_MAX = 400;

const WORDS_SIZE = DAEMON_REQUEST.words[1];
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Starts it and waits until it serves its address, or has found that another one does.
 *
 * @returns what it says that is wrong
 */
export async function startProcd(procd: ProcdProgram): Promise<Result<void, string>> {
  const place = prepareDirectory(path.dirname(procd.address));
  if (!place.ok) return place;
  const argv = [procd.program, '-A', procd.address, ...procd.options];
  const words = Buffer.from([...argv, ...procd.environment].map((word) => `${word}\0`).join(''));
  if (words.length > WORDS_SIZE) return err('the command line of condor_procd is too long');
  const { result, returned } = border.startDaemon({
    argument_count: argv.length,
    environment_count: procd.environment.length,
    word_bytes: words.length,
    words,
  });
  if (returned < 0) return err(`cannot start ${procd.program}: ${errnoText(-returned)}`);
  const complaint = await readComplaint(result.errors);
  started.push(result.pidfd);
  reapProcds();
  return complaint === '' ? ok(undefined) : err(`${procd.program}: ${complaint}`);
}

/** Whoever could put something else at the pipes' names could speak for procd. */
function prepareDirectory(directory: string): Result<void, string> {
  const made = makeTrustedDirectory(directory, 0o700);
  if (!made.ok) return made;
  const facts = fs.statSync(directory);
  if (facts.uid !== process.geteuid?.()) {
    return err(`${directory} belongs to user ${facts.uid}; name another place in PROCD_ADDRESS`);
  }
  if ((facts.mode & WRITABLE_BY_OTHERS) === 0) return ok(undefined);
  return err(`others may write to ${directory}; take that right away (chmod go-w ${directory})`);
}

/**
 * What it says on standard error until it closes that, which is when its pipes are there. HTCondor's
 * daemons start a procd in the same way.
 */
async function readComplaint(fd: number): Promise<string> {
  const pieces: Buffer[] = [];
  const errors = new net.Socket({ fd, readable: true, writable: false });
  const timer = setTimeout(() => {
    pieces.push(Buffer.from(`it is not ready after ${PATIENCE / 1000} s`));
    errors.destroy();
  }, PATIENCE);
  errors.on('data', (bytes: Buffer) => pieces.push(bytes));
  await new Promise<void>((resolve) => {
    errors.on('error', () => undefined);
    errors.on('close', () => resolve());
  });
  clearTimeout(timer);
  return Buffer.concat(pieces).toString('utf8', 0, COMPLAINT_MAX).trim();
}

/** pidfds of those that were started and not reaped. */
const started: number[] = [];

/** Reaps the procds of this process's making that have ended: they would stay as zombies. */
export function reapProcds(): void {
  for (const pidfd of started.splice(0)) {
    if (border.wait(pidfd, 0).returned === 0) started.push(pidfd);
    else fs.closeSync(pidfd);
  }
}
