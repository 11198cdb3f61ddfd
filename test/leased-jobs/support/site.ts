/**
 * A process control daemon as an administrator would start it, with accounts that only it can see: two guests
 * and one with an owner.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ControlClient } from '../../../src/privsep/control/client';
import type { JsonObject } from '../../../src/privsep/control/types';
import {
  connectTo,
  type Daemon,
  daemonArguments,
  endDaemon,
  layOut,
} from '../../control/support/daemon';
import { type RunningCommand, startCommand } from '../../support/command';
import { temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';

interface Ending {
  after(ending: () => unknown): void;
}

/** Uids and gids that no other test has meanwhile: a daemon ends all that belongs to a guest of its own. */
const FIRST = 10_000_000 + process.pid * 10;

/** The user that the daemon's clients run as. */
export const CLIENT = FIRST;

/** The owner of the account john. */
export const JOHN = 'john@example.org';

export const ACCOUNTS = {
  guest1: { uid: FIRST + 1, gid: FIRST + 4 },
  guest2: { uid: FIRST + 2, gid: FIRST + 5 },
  john: { uid: FIRST + 3, gid: FIRST + 6 },
} as const;

/** A supplementary group of all of them. */
export const GROUP = FIRST + 7;

const SCRIPT =
  'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/group && mkdir -p /run/eyrie && ' +
  'mount --bind "$3" /run/eyrie && shift 3 && exec "$@"';

export interface LeasingDaemon extends Omit<Daemon, 'command'> {
  readonly execute: string;
  /** The daemon's own configuration file. */
  readonly config: string;
  /** Of the daemon that runs. */
  pid(): number;
  /** Starts another one, after this one was killed. */
  restart(): Promise<void>;
}

export interface LeasingOptions {
  /** Of the daemon's configuration. */
  readonly knobs?: Readonly<Record<string, string>>;
  /** Which accounts are added; all where undefined. */
  readonly accounts?: readonly (keyof typeof ACCOUNTS)[];
}

/** Starts one, and adds its accounts; it ends with the test. */
export async function startLeasingDaemon(
  t: Ending,
  { accounts = ['guest1', 'guest2', 'john'], knobs = {} }: LeasingOptions = {},
): Promise<LeasingDaemon> {
  const place = layOut(t, {
    clients: `${CLIENT}\n`,
    users: `${Object.keys(ACCOUNTS).join('\n')}\n`,
  });
  const config = path.join(place.directory, 'daemon.ini');
  const lines = Object.entries({
    NAMED_CHROOT_FILE: `${place.directory}/images`,
    // The tests' own directories are below /var/tmp.
    MOUNT_UNDER_SCRATCH: '"/tmp"',
    ...knobs,
  });
  writeFileSync(config, lines.map(([name, value]) => `${name} = ${value}\n`).join(''));
  const files = accountFiles(temporaryDirectory(t));
  const launcher = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh'];
  // What a daemon has written down there is what the one after it goes by.
  const runtime = temporaryDirectory(t);
  const argv = [...launcher, ...files, runtime, ...daemonArguments(place, ['--config', config])];
  let command: RunningCommand | undefined;
  const start = async (): Promise<void> => {
    const before = servedTimes(place.log);
    const started = startCommand(argv, { timeout: 600 });
    command = started;
    t.after(() => endDaemon(started));
    await waitUntil(
      () => started.process.exitCode !== null || servedTimes(place.log) > before,
      () => `the daemon to serve: ${started.stderr()}`,
      30,
    );
    assert.equal(started.process.exitCode, null, started.stderr());
  };
  await start();
  const root = await connectTo(t, place.socket);
  for (const account of accounts) {
    const owner = account === 'john' ? { owner: JOHN } : {};
    await good(root, 'account.add', { account, ...owner });
  }
  root.close();
  return {
    ...place,
    config,
    execute: path.join(place.directory, 'execute'),
    pid: () => command?.process.pid ?? 0,
    restart: start,
  };
}

function servedTimes(log: string): number {
  try {
    return readFileSync(log, 'utf8').split(' : control: ').length;
  } catch {
    return 1;
  }
}

function accountFiles(directory: string): readonly string[] {
  const passwd = Object.entries(ACCOUNTS).map(
    ([name, { gid, uid }]) => `${name}:x:${uid}:${gid}::/nonexistent/${name}:/bin/sh`,
  );
  passwd.push(`client:x:${CLIENT}:${CLIENT}::/nonexistent:/bin/sh`);
  const groups = Object.entries(ACCOUNTS).map(([name, { gid }]) => `${name}s:x:${gid}:`);
  const shared = `leased:x:${GROUP}:${Object.keys(ACCOUNTS).join(',')}`;
  const texts = { passwd, group: [...groups, shared] };
  return Object.entries(texts).map(([name, lines]) => {
    const place = path.join(directory, name);
    writeFileSync(place, `${readFileSync(`/etc/${name}`, 'utf8')}${lines.join('\n')}\n`);
    return place;
  });
}

/** Asks for what must be done; gives the fields of the reply. */
export async function good(
  client: ControlClient,
  op: string,
  fields: JsonObject = {},
  descriptors: readonly number[] = [],
): Promise<JsonObject> {
  const answer = await client.request(op, fields, descriptors);
  assert.ok(answer.ok, answer.ok ? '' : `${op}: ${answer.error.code}: ${answer.error.text}`);
  return answer.value;
}
