/** Our procd as the tests of the daemon want it: a child of theirs, and ways to speak to it byte by byte. */
import assert from 'node:assert/strict';
import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { ProcdClient } from '../../../src/family/client/client';
import {
  CURRENT_DIALECT,
  type Dialect,
  type ProcdRequest,
  type ReplyBody,
} from '../../../src/family/wire';
import { ReplyPipe } from '../../../src/family/client/reply-pipe';
import { CLEAN_ENVIRONMENT, type CommandResult, startCommand } from '../../support/command';
import { program } from '../../support/eyrie';
import { waitUntil } from '../../support/wait';
import { procdDirectory } from './procds';

type Test = { after(ending: () => void): void };

/** A procd of ours that runs. */
export interface OurProcd {
  readonly directory: string;
  readonly address: string;
  readonly pid: number;
  readonly ended: Promise<CommandResult>;
  readonly process: ReturnType<typeof startCommand>['process'];
  log(): string;
}

export interface OurProcdOptions {
  /** Beside -A and -L. */
  readonly flags?: readonly string[];
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly uid?: number;
}

/** Starts it, and waits until it serves. Without -P its families are below the test. */
export async function startOurProcd(t: Test, options: OurProcdOptions = {}): Promise<OurProcd> {
  const { directory = procdDirectory(t), environment = {}, flags = [], uid } = options;
  const address = `${directory}/procd`;
  const argv = [program('condor_procd'), '-A', address, '-L', `${directory}/log`, ...flags];
  const command = startCommand(argv, {
    timeout: 600,
    env: { ...CLEAN_ENVIRONMENT, ...environment },
    ...(uid === undefined ? {} : { uid }),
  });
  command.ended.catch(() => undefined);
  t.after(() => command.process.kill('SIGKILL'));
  const log = (): string =>
    existsSync(`${directory}/log`) ? readFileSync(`${directory}/log`, 'utf8') : '';
  await waitUntil(
    () => isServed(address) || command.process.exitCode !== null,
    () => `${address} to be served: ${command.stderr()} ${log()}`,
    30,
  );
  assert.equal(command.process.exitCode, null, command.stderr());
  const { ended, process } = command;
  return { directory, address, pid: process.pid!, ended, process, log };
}

/** Whether somebody reads the pipe. */
export function isServed(address: string): boolean {
  try {
    closeSync(openSync(address, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

/** Asks, and takes any refusal for a failure of the test. */
export type Ask = (request: ProcdRequest) => Promise<ReplyBody>;

/** Connects a client. */
export function connectTo(t: Test, address: string, dialect: Dialect = CURRENT_DIALECT) {
  const connected = ProcdClient.connect(address, dialect);
  assert.ok(connected.ok, JSON.stringify(connected));
  const client = connected.value;
  t.after(() => client.close());
  const ask: Ask = async (request) => {
    const answer = await client.ask(request);
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer.value;
  };
  /** 'success', or why it was refused. */
  const result = async (request: ProcdRequest): Promise<string> => {
    const answer = await client.ask(request);
    if (answer.ok) return 'success';
    return answer.error.why === 'refused' ? String(answer.error.refusal) : answer.error.message;
  };
  const register = (root: number, watcher = process.pid, interval = -1): Promise<string> =>
    result({ command: 'register-subfamily', root, watcher, interval });
  return { client, ask, result, register };
}

/** A procd with a client. */
export async function serveAndConnect(t: Test, options: OurProcdOptions = {}) {
  const procd = await startOurProcd(t, options);
  return { procd, ...connectTo(t, procd.address) };
}

/** Writes bytes into the pipe of requests, as they are. */
export function writeRaw(address: string, bytes: Buffer): void {
  const fd = openSync(address, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    writeSync(fd, bytes);
  } finally {
    closeSync(fd);
  }
}

/** Pids of a family's members, the newest first. */
export async function membersOf(ask: Ask, root: number): Promise<readonly number[]> {
  const dump = await ask({ command: 'dump', root });
  assert.ok(dump.body === 'dump');
  return dump.families
    .find((family) => family.root === root || root === 0)!
    .processes.map(({ pid }) => pid);
}

/** A reply pipe of this process with a number of its own, for raw requests. */
export function rawReplyPipe(t: Test, address: string, serial: number) {
  const made = ReplyPipe.make(address, { pid: process.pid, serial });
  assert.ok(made.ok);
  const pipe = made.value;
  let bytes = Buffer.alloc(0);
  pipe.onData((more) => (bytes = Buffer.concat([bytes, more])));
  t.after(() => pipe.close());
  return {
    bytes: () => bytes,
    async whole(length: number): Promise<Buffer> {
      await waitUntil(
        () => bytes.length >= length,
        () => `${length} bytes, not ${bytes.length}`,
      );
      return bytes;
    },
  };
}
