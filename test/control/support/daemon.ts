/**
 * condor_procd with a control endpoint, started as an administrator would.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {
  connectControl,
  type ClientListener,
  type ControlClient,
} from '../../../src/privsep/control/client';
import type { JsonObject } from '../../../src/privsep/control/types';
import {
  type CommandResult,
  runCommand,
  type RunningCommand,
  startCommand,
} from '../../support/command';
import { program } from '../../support/eyrie';
import { type Ending, temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';

/** Of an account that every machine has, and that is no system account by its number. */
export const NOBODY = 65534;

/** A uid that no account has. */
export const STRANGER = 54321;

/** What differs from one daemon to another. */
export interface DaemonOptions {
  /** Lines of the clients file; `nobody` where undefined. */
  readonly clients?: string;
  /** Lines of the users file. */
  readonly users?: string;
  /** Options beside those that are needed. */
  readonly more?: readonly string[];
  /** Where one was before, in place of a directory of its own. */
  readonly in?: DaemonPlace;
  /** In place of {@link startCommand}, for a launcher. */
  readonly start?: (argv: readonly string[]) => RunningCommand;
}

/** The files of a daemon. */
export interface DaemonPlace {
  readonly directory: string;
  readonly socket: string;
  readonly clients: string;
  readonly users: string;
  readonly audit: string;
  readonly log: string;
}

/** A daemon that serves. */
export interface Daemon extends DaemonPlace {
  readonly command: RunningCommand;
}

/** Lays out the files of a daemon in a directory of its own. */
export function layOut(t: Ending, options: DaemonOptions = {}): DaemonPlace {
  const directory = temporaryDirectory(t);
  const file = (name: string): string => path.join(directory, name);
  fs.writeFileSync(file('clients'), options.clients ?? 'nobody\n', { mode: 0o600 });
  fs.writeFileSync(file('users'), options.users ?? '', { mode: 0o600 });
  fs.mkdirSync(file('execute'));
  return {
    directory,
    socket: file('control'),
    clients: file('clients'),
    users: file('users'),
    audit: file('audit'),
    log: file('log'),
  };
}

/** The options of the control endpoint. */
export function controlFlags({
  audit,
  clients,
  directory,
  socket,
  users,
}: DaemonPlace): readonly string[] {
  return [
    ...['--control', socket, '--users', users, '--clients', clients, '--audit', audit],
    ...['--accounts', path.join(directory, 'accounts')],
    ...['--execute', path.join(directory, 'execute')],
  ];
}

/** The command line of a daemon. */
export function daemonArguments(
  place: DaemonPlace,
  more: readonly string[] = [],
): readonly string[] {
  return [
    program('condor_procd'),
    ...['-A', path.join(place.directory, 'pipe'), '--on-demand', '-L', place.log],
    ...controlFlags(place),
    ...more,
  ];
}

/** Starts a daemon and waits until it serves; it ends with the test. */
export async function startDaemon(t: Ending, options: DaemonOptions = {}): Promise<Daemon> {
  const place = options.in ?? layOut(t, options);
  const argv = daemonArguments(place, options.more);
  const command = (options.start ?? startCommand)(argv);
  t.after(() => endDaemon(command));
  await waitUntil(
    () => command.process.exitCode !== null || serves(place),
    () => `the daemon to serve: ${command.stderr()}`,
    30,
  );
  assert.equal(command.process.exitCode, null, command.stderr());
  return { ...place, command };
}

/** It logs this when its sockets are there. */
function serves({ log }: Pick<Daemon, 'log'>): boolean {
  return fs.existsSync(log) && fs.readFileSync(log, 'utf8').includes(' : control: ');
}

/** Ends a daemon; gives its exit status. */
export async function endDaemon(command: RunningCommand): Promise<number | undefined> {
  command.process.kill('SIGTERM');
  return (await command.ended).status;
}

/** Runs a daemon that cannot start, to its end. */
export function runDaemon(
  place: DaemonPlace,
  more: readonly string[] = [],
): Promise<CommandResult> {
  const argv = daemonArguments(place, ['-A', path.join(place.directory, 'other-pipe'), ...more]);
  return runCommand(argv, { timeout: 30 });
}

/** The process of a daemon's front. */
export function frontOf({ command }: Daemon): number {
  const pid = command.process.pid ?? 0;
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  const found = children
    .filter((child) => child !== '')
    .find((child) => fs.readFileSync(`/proc/${child}/comm`, 'utf8') === 'eyrie-control\n');
  assert.ok(found, `condor_procd ${pid} has a front`);
  return Number(found);
}

/** Connects as the test's own user, root. */
export async function connectTo(
  t: Ending,
  socket: string,
  listener: ClientListener = {},
): Promise<ControlClient> {
  const client = await connectControl(socket, listener);
  assert.ok(client.ok, client.ok ? '' : client.error);
  t.after(() => client.value.close());
  return client.value;
}

/** The lines of the audit log so far. */
export function auditLines({ audit }: Pick<Daemon, 'audit'>): readonly JsonObject[] {
  const text = fs.readFileSync(audit, 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JsonObject);
}

/** Clients that ask without a pause, until they are told to stop; gives how often they were answered. */
export async function keepBusy(
  t: Ending,
  socket: string,
  clients: number,
): Promise<() => Promise<number>> {
  let isOver = false;
  let answers = 0;
  const connected = await Promise.all(Array.from({ length: clients }, () => connectTo(t, socket)));
  const busy = connected.map(async (client) => {
    while (!isOver && (await client.request('ping')).ok) answers += 1;
  });
  return async () => {
    isOver = true;
    await Promise.all(busy);
    return answers;
  };
}
