/**
 * The part of the process control daemon that runs jobs, in this process: with a procd, a configuration and
 * an EXECUTE of its own, and leases that the test makes. What it starts is real.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { prepareProcd } from '../../../src/family/server/prepare';
import { CURRENT_DIALECT } from '../../../src/family/wire';
import type { Lease, LeaseBook, LeaseFamily } from '../../../src/privsep/accounts/types';
import type {
  AuditEntry,
  AuditFacts,
  Caller,
  ControlError,
  Json,
  JsonObject,
} from '../../../src/privsep/control/types';
import { type JobsPart, openJobsPart } from '../../../src/privsep/jobs/part';
import { textOf } from '../../../src/privsep/control/fields';
import { err, ok, type Result } from '../../../src/result';
import { openLeasedPlanner } from '../../../src/starter/leased/planner';
import { temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';

/** What a test or a suite has. */
interface Ending {
  after(ending: () => unknown): void;
}

/**
 * Ids that no other test has meanwhile: a process family of a guest has all that is the guest's. Below those of
 * site.ts, and a thousand for each of ten thousand processes.
 */
const FIRST = 100_000 + (process.pid % 9_000) * 1000;

/** The uid of the client of these tests. */
export const CLIENT = FIRST;

/** An account that jobs run as; it need not be in the password file. */
export const GUEST = {
  name: 'guest1',
  uid: FIRST + 1,
  gid: FIRST + 2,
  home: '/nonexistent',
  shell: '/bin/sh',
  groups: [FIRST + 2, FIRST + 3],
};

/** How an operation was answered. */
export type Answer = Result<JsonObject, ControlError> & { readonly facts: AuditFacts };

/** One client. */
export interface Client {
  readonly caller: Caller;
  /** What it was told, in order. */
  readonly events: JsonObject[];
  ask(op: string, request: JsonObject, descriptors?: readonly number[]): Promise<Answer>;
  hangUp(): void;
}

export interface TestDaemon {
  readonly part: JobsPart;
  readonly execute: string;
  /** Everyone may read it. */
  readonly directory: string;
  /** Families that are written down in leases now. */
  readonly families: LeaseFamily[];
  readonly log: string[];
  /** Lines for what nobody asked for. */
  readonly records: AuditEntry[];
  readonly book: LeaseBook & { refuses: string | undefined };
  client(uid?: number): Client;
  /** A lease of a guest, and a sandbox that was given to it. */
  lease(more?: Partial<Lease>): LeaseHere;
}

export interface LeaseHere {
  readonly lease: Lease;
  /** The name of its sandbox, and its path. */
  readonly sandbox: string;
  readonly path: string;
  side: 'client' | 'account';
}

let connections = 0;

/** Opens one; all of it vanishes with the test. */
export async function openDaemon(
  t: Ending,
  knobs: Readonly<Record<string, string>> = {},
): Promise<TestDaemon> {
  const directory = temporaryDirectory(t);
  const execute = path.join(directory, 'execute');
  fs.mkdirSync(execute, { mode: 0o755 });
  fs.mkdirSync(path.join(directory, 'etc/eyrie'), { recursive: true });
  const configFile = path.join(directory, 'starter.ini');
  const lines = Object.entries({ NAMED_CHROOT_FILE: `${directory}/images`, ...knobs });
  fs.writeFileSync(configFile, lines.map(([name, value]) => `${name} = ${value}\n`).join(''));
  const planner = openLeasedPlanner({ configFile, executeDirectory: execute });
  assert.ok(planner.ok, JSON.stringify(planner));
  const office = await openProcd(t, directory);
  const here = new Map<string, LeaseHere>();
  const families: LeaseFamily[] = [];
  const [log, records]: [string[], AuditEntry[]] = [[], []];
  const book = bookOf(here, families);
  const part = await openJobsPart({
    book,
    planner: planner.value,
    families: office,
    log: (line) => log.push(line),
    audit: { record: (entry) => records.push(entry) },
  });
  t.after(() => part.close?.());
  return {
    ...{ part, execute, directory, families, log, records, book },
    client: (uid = CLIENT) => clientOf(part, uid),
    lease: (more) => leaseOf(here, execute, more),
  };
}

async function openProcd(t: Ending, directory: string) {
  const procd = await prepareProcd({
    address: `${directory}/procd`,
    owner: 0,
    log: { kind: 'file', path: `${directory}/procd.log`, limit: undefined },
    interval: 60,
    top: { kind: 'none' },
    groups: undefined,
    glexec: undefined,
    dialect: CURRENT_DIALECT,
    proportional: false,
    killOrphaned: true,
    cgroups: 'auto',
    state: `${directory}/procd.state`,
    idle: undefined,
  });
  assert.ok(procd.ok && procd.value !== undefined, JSON.stringify(procd));
  const { value } = procd;
  t.after(() => {
    value.stop('the test is over');
    value.office.keeper.table.close();
  });
  return value.office;
}

function bookOf(here: ReadonlyMap<string, LeaseHere>, families: LeaseFamily[]) {
  const book: LeaseBook & { refuses: string | undefined } = {
    refuses: undefined,
    find(id, caller) {
      const found = here.get(id);
      const isTheirs = caller.uid === 0 || found?.lease.client === caller.uid;
      return found !== undefined && isTheirs
        ? ok(found.lease)
        : err({ code: 'no-lease', text: `There is no lease ${id}` });
    },
    openSandbox(lease, id) {
      const found = here.get(lease.id);
      if (found?.sandbox !== id) return err({ code: 'not-found', text: `no sandbox ${id}` });
      const { path: place, side } = found;
      return ok({ id, path: place, side, directory: fs.openSync(place, 'r') });
    },
    addFamily(_, family) {
      if (book.refuses !== undefined) return err({ code: 'internal', text: book.refuses });
      families.push(family);
      return ok(undefined);
    },
    removeFamily(_, pid) {
      const at = families.findIndex((family) => family.pid === pid);
      if (at >= 0) families.splice(at, 1);
    },
  };
  return book;
}

function leaseOf(
  here: Map<string, LeaseHere>,
  execute: string,
  more: Partial<Lease> = {},
): LeaseHere {
  const leases = here.size + 1;
  const lease: Lease = {
    id: randomBytes(16).toString('hex'),
    owner: '/DC=org/CN=Alice',
    kind: 'guest',
    // Guests have one job at a time: each lease has a guest of its own.
    account: leases === 1 ? GUEST : { ...GUEST, uid: FIRST + 10 + leases },
    client: CLIENT,
    start: 0,
    expiry: 2 ** 40,
    ...more,
  };
  const sandbox = `dir_${process.pid}_${leases}`;
  const place = path.join(execute, sandbox);
  fs.mkdirSync(place, { mode: 0o700 });
  fs.chownSync(place, lease.account.uid, lease.account.gid);
  const made: LeaseHere = { lease, sandbox, path: place, side: 'account' };
  here.set(lease.id, made);
  return made;
}

function clientOf(part: JobsPart, uid: number): Client {
  connections += 1;
  const caller: Caller = { connection: connections, uid, pid: process.pid, via: 'unix' };
  const events: JsonObject[] = [];
  return {
    caller,
    events,
    hangUp: () => part.hungUp?.(caller),
    async ask(op, request, descriptors = []) {
      const facts: AuditFacts = {};
      const operation = part.operations.find(({ name }) => name === op);
      assert.ok(operation !== undefined, op);
      const read = operation.read(request) as Result<unknown, string>;
      if (!read.ok) return { ...err({ code: 'syntax', text: read.error } as const), facts };
      const answer = await operation.perform(read.value, {
        caller,
        descriptors,
        take: () => undefined,
        note: (more) => Object.assign(facts, more),
        tell: (event) => events.push(event),
      });
      return { ...answer, facts };
    },
  };
}

/** How a job that was run ended, and what it wrote. */
export interface Ran {
  readonly output: string;
  readonly end: JsonObject;
}

/** The request for a shell script in the lease's sandbox. */
export function scriptRequest(
  { lease, sandbox }: LeaseHere,
  script: string,
  more: JsonObject = {},
): JsonObject {
  return {
    lease: lease.id,
    sandbox,
    command: '/bin/sh',
    arguments: ['-c', script],
    environment: { PATH: '/usr/bin:/bin' },
    streams: { output: { path: 'out' }, error: { path: 'out', append: true } },
    ...more,
  };
}

/** Starts a script; gives the job's id. */
export async function startScript(
  client: Client,
  here: LeaseHere,
  script: string,
  more: JsonObject = {},
): Promise<string> {
  const started = await client.ask('job.start', scriptRequest(here, script, more));
  assert.ok(started.ok, JSON.stringify(started));
  return textOf(started.value, 'job');
}

/** Waits until a client was told of something about a job. */
export async function told(client: Client, event: string, job: Json): Promise<JsonObject> {
  const find = (): JsonObject | undefined =>
    client.events.find((one) => one['event'] === event && one['job'] === job);
  await waitUntil(
    () => find() !== undefined,
    () => `${event} of job ${JSON.stringify(job)} among ${JSON.stringify(client.events)}`,
    30,
  );
  return find() ?? {};
}

/** Runs a script to its end. */
export async function runScript(
  client: Client,
  here: LeaseHere,
  script: string,
  more: JsonObject = {},
): Promise<Ran> {
  const job = await startScript(client, here, script, more);
  const end = await told(client, 'ended', job);
  await told(client, 'gone', job);
  return { output: readOutput(here), end };
}

/** What the job wrote to `out`. */
export function readOutput({ path: place }: LeaseHere, name = 'out'): string {
  return fs.readFileSync(path.join(place, name), 'utf8');
}
