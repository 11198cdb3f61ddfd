/**
 * Test pools: HTCondor's own daemons of one release, with HTCondor's own starter or ours.
 *
 * A pool is a directory with its configuration, logs, spool and sandboxes, which is /pool inside the
 * pool's namespaces. Several can run side by side.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { CommandResult } from '../../support/command';
import { waitUntil } from '../../support/wait';
import { configText } from './config';
import { type JobEvent, type JobState, readEvents, stateAfter } from './events';
import { type Namespace, startNamespace } from './namespace';
import { INSIDE, ourStarterBinds } from './our-starter';
import { freePort } from './port';
import { POOLS, type Release, rootOf } from './releases';
import { type FileContent, LOG, makeSubmitDirectory, UIDS, type User } from './submit';

/** Whose starter a pool has. */
export type StarterKind = 'htcondor' | 'eyrie';

/** A pool to start. */
export interface PoolOptions {
  readonly release: Release;
  /** HTCondor's where undefined. */
  readonly starter?: StarterKind;
  /** Whose procd; HTCondor's where undefined. */
  readonly procd?: StarterKind;
  /** How many jobs with one processor can run at a time; 2 where undefined. */
  readonly slots?: number;
  /** Knobs, which win over those of test/pool/support/config.ts. */
  readonly knobs?: Readonly<Record<string, string>>;
  /** Who runs the daemons: root where undefined, or alice, an ordinary user. */
  readonly as?: 'root' | 'alice';
  /** The tree with our starter; undefined: dist/. */
  readonly tree?: string;
}

/** A value of an ad as `-json` prints it; an expression is a string `/Expr(…)/`. */
export type AdValue =
  string | number | boolean | null | readonly AdValue[] | { readonly [name: string]: AdValue };

/** An ad as HTCondor's tools print it. */
export type Ad = Readonly<Record<string, AdValue>>;

/** A job that was submitted. */
export interface Job {
  /** `CLUSTER.PROC`. */
  readonly id: string;
  /** The directory it was submitted from, outside and inside. */
  readonly directory: string;
  readonly inside: string;
  readonly owner: User;
}

/** How to submit. */
export interface SubmitOptions {
  /** Files of the submit directory. */
  readonly files?: Readonly<Record<string, FileContent>>;
  /** alice where undefined. */
  readonly owner?: User;
  /** With `condor_submit -spool`. */
  readonly spool?: boolean;
}

/** How to run a tool. */
export interface ToolOptions {
  /** Who runs the daemons where undefined. */
  readonly as?: User;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeout?: number;
}

/** A running pool. */
export interface Pool {
  readonly release: Release;
  readonly starter: StarterKind;
  /** The pool's directory outside; inside it is /pool. */
  readonly directory: string;
  readonly namespace: Namespace;
  /** Submits one job (the first of its cluster is returned) from a directory of its own. */
  submit(text: string, options?: SubmitOptions): Promise<Job>;
  /** Waits until the job's log says this state, or its queue ad satisfies the condition. */
  wait(job: Job, until: JobState | ((ad: Ad) => boolean), seconds?: number): Promise<void>;
  /** The ad of a job in the queue; undefined: it is not there. */
  queueAd(job: Job): Promise<Ad | undefined>;
  /** The ad of a job that left the queue; waits for it. */
  historyAd(job: Job): Promise<Ad>;
  /** The events of the job's log so far. */
  events(job: Job): readonly JobEvent[];
  /** Runs one of HTCondor's tools, or any other program inside, to its end. */
  tool(name: string, args?: readonly string[], options?: ToolOptions): Promise<CommandResult>;
  /** The same, and its output; fails the test where the tool fails. */
  ask(name: string, args?: readonly string[], options?: ToolOptions): Promise<string>;
  /** A file of the job's submit directory, by its path outside. */
  file(job: Job, name: string): string;
  /** The content of such a file. */
  read(job: Job, name: string): string;
  /** The same; empty where there is no such file yet. */
  readIfThere(job: Job, name: string): string;
  /** A log of a daemon: `SchedLog`; none: empty. */
  log(name: string): string;
  /** What all starters of the slots have logged. */
  starterLog(): string;
  /** What is in EXECUTE. */
  executeEntries(): readonly string[];
  /** Kills all that runs in the pool, and removes its directory. */
  stop(): Promise<void>;
}

/** A test, or whatever else ends sometime. */
export interface Ending {
  after(ending: () => Promise<void>): void;
}

/** Seconds until the pool has all its daemons. */
const START_SECONDS = 30;

/**
 * Starts a pool, and waits until a job that is submitted would be matched. It is stopped when the
 * test ends, and dies with this process.
 *
 * @param test the test; for a pool of several tests, `{ after }` of node:test in a `before` hook
 */
export async function startPool(test: Ending, options: PoolOptions): Promise<Pool> {
  const root = rootOf(options.release);
  const isOurs = options.starter === 'eyrie';
  const directory = makePoolDirectory();
  const config = configText({
    port: await freePort(),
    slots: options.slots ?? 2,
    starter: isOurs ? `${INSIDE}/bin/condor_starter` : undefined,
    knobs: {
      ...(options.procd === 'eyrie' ? { PROCD: `${INSIDE}/bin/condor_procd` } : {}),
      ...options.knobs,
    },
  });
  writeFileSync(path.join(directory, 'condor_config'), config);
  const needsTree = isOurs || options.procd === 'eyrie';
  const binds = needsTree ? ourStarterBinds(root, options.tree) : [];
  const namespace = await startNamespace(root, directory, options.as ?? 'root', binds);
  test.after(() => namespace.stop());
  const pool = makePool(options, directory, namespace);
  await waitUntil(
    () => isReady(pool),
    () => `the pool's daemons:\n${endOfLogs(pool)}`,
    START_SECONDS,
  );
  return pool;
}

/** What the daemons last said. */
function endOfLogs(pool: Pool): string {
  return ['MasterLog', 'SharedPortLog', 'CollectorLog', 'StartLog']
    .map((name) => `${name}:\n${pool.log(name).split('\n').slice(-8).join('\n')}`)
    .join('\n');
}

function makePoolDirectory(): string {
  mkdirSync(path.join(POOLS, 'run'), { recursive: true });
  const directory = mkdtempSync(path.join(POOLS, 'run/pool-'));
  chmodSync(directory, 0o755);
  for (const name of ['log', 'spool', 'execute', 'lock', 'run', 'submit']) {
    mkdirSync(path.join(directory, name));
    chmodSync(path.join(directory, name), name === 'submit' ? 0o1777 : 0o755);
  }
  return directory;
}

async function isReady(pool: Pool): Promise<boolean> {
  const { stdout } = await pool.tool('condor_status', ['-any', '-af', 'MyType']);
  return ['Machine', 'Scheduler', 'Negotiator'].every((type) => stdout.split('\n').includes(type));
}

function makePool(options: PoolOptions, directory: string, namespace: Namespace): Pool {
  let submitted = 0;
  const daemonUser = options.as ?? 'root';
  const tool: Pool['tool'] = (name, args = [], { as = daemonUser, ...more } = {}) =>
    namespace.run([name, ...args], { uid: UIDS[as], ...more });
  const ask: Pool['ask'] = async (name, args = [], more) => {
    const { status, stdout, stderr } = await tool(name, args, more);
    assert.equal(status, 0, `${name} ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  const ads = async (name: string, args: readonly string[]): Promise<readonly Ad[]> => {
    const text = await ask(name, [...args, '-json']);
    return text.trim() === '' ? [] : (JSON.parse(text) as readonly Ad[]);
  };
  const queueAd: Pool['queueAd'] = async ({ id }) => (await ads('condor_q', [id]))[0];
  const readFile = (name: string): string => readIfThere(path.join(directory, name));
  const starterLog = (): string =>
    readdirSync(path.join(directory, 'log'))
      .filter((name) => name.startsWith('StarterLog.slot'))
      .map((name) => readFile(`log/${name}`))
      .join('');
  const events: Pool['events'] = (job) => readEvents(readIfThere(path.join(job.directory, LOG)));

  return {
    release: options.release,
    starter: options.starter ?? 'htcondor',
    directory,
    namespace,
    tool,
    ask,
    queueAd,
    events,
    async submit(text, { files = {}, owner = 'alice', spool = false } = {}) {
      submitted += 1;
      const name = `submit/job-${submitted}`;
      const inside = `/pool/${name}`;
      makeSubmitDirectory(path.join(directory, name), inside, text, files, owner);
      const said = await ask('condor_submit', ['-terse', ...(spool ? ['-spool'] : []), 'job.sub'], {
        as: owner,
        cwd: inside,
      });
      const id = /^(\d+\.\d+)/.exec(said)?.[1];
      assert.ok(id, `condor_submit said: ${said}`);
      return { id, directory: path.join(directory, name), inside, owner };
    },
    async wait(job, until, seconds = 30) {
      const isSo =
        typeof until === 'string'
          ? () => stateAfter(events(job)) === until
          : async () => {
              const ad = await queueAd(job);
              return ad !== undefined && until(ad);
            };
      const told = (): string =>
        [
          ...events(job).map((event) => `${event.number} ${event.time} ${event.text}`),
          `the shadow's log ends:\n${lastLines(readFile('log/ShadowLog'), `(${job.id})`)}`,
          `the schedd's:\n${lastLines(readFile('log/SchedLog'), job.id)}`,
          `the starters':\n${lastLines(starterLog())}`,
        ].join('\n');
      const what = typeof until === 'string' ? until : String(until);
      await waitUntil(isSo, () => `job ${job.id}: ${what}; its log says:\n${told()}`, seconds);
    },
    async historyAd(job) {
      let found: Ad | undefined;
      await waitUntil(
        async () => (found = (await ads('condor_history', [job.id]))[0]) !== undefined,
        `job ${job.id} in the history`,
      );
      assert.ok(found);
      return found;
    },
    file: (job, name) => path.join(job.directory, name),
    read: (job, name) => readFileSync(path.join(job.directory, name), 'utf8'),
    readIfThere: (job, name) => readIfThere(path.join(job.directory, name)),
    log: (name) => readFile(`log/${name}`),
    starterLog,
    executeEntries: () => readdirSync(path.join(directory, 'execute')),
    stop: () => namespace.stop(),
  };
}

/** Empty where there is no such file. */
function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The last forty lines of a log, or of those of its lines that have a text. */
function lastLines(log: string, text = ''): string {
  return log
    .trimEnd()
    .split('\n')
    .filter((line) => line.includes(text))
    .slice(-40)
    .join('\n');
}
