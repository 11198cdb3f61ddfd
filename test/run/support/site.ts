/**
 * A place to run jobs at with `eyrie run`: a configuration, an EXECUTE, a log and an Iwd of its
 * own, so that neither what is installed here nor another test has a say.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  asUser,
  type CommandOptions,
  type CommandResult,
  type RunningCommand,
  startCommand,
} from '../../support/command';
import { program } from '../../support/eyrie';
import { giveTo, JOB_UID, type Starter } from '../../support/starters';
import { temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';
import { type Ad, newSyntax, readResultAd, type ResultValue } from './ads';

// What is made here must be readable by the account of the jobs, whatever the developer's mask.
process.umask(0o022);

/** How a run ended. */
export interface Report extends CommandResult {
  /** The result ad; empty where none was written. */
  readonly result: Readonly<Record<string, ResultValue>>;
}

/** A run that goes on. */
export interface RunningJob extends Omit<RunningCommand, 'ended'> {
  readonly ended: Promise<Report>;
  /** Waits until the text is on the run's standard output, or the run has ended without it. */
  said(text: string): Promise<void>;
}

/** What a run gets beside its ad. */
export interface RunOptions extends Pick<
  CommandOptions,
  'cwd' | 'encoding' | 'env' | 'input' | 'timeout'
> {
  /** `--set NAME=VALUE` for each. */
  readonly knobs?: Readonly<Record<string, string>>;
  /** More options. */
  readonly options?: readonly string[];
  /** The operand, in place of a file with the ad in it: `-`. */
  readonly jobFile?: string;
  /** A command that runs `eyrie` as its arguments, in place of this process. */
  readonly through?: readonly string[];
  /** Likewise, run by the tests' own account, before another one is taken. */
  readonly before?: readonly string[];
  /** The ad's text as it stands, in place of the ad. */
  readonly text?: string | Buffer;
  /** The argument of `--result`, in place of one that the site chooses. */
  readonly resultFile?: string;
}

/** A place to run jobs at. */
export interface Site {
  readonly starter: Starter;
  /** All of the site; everyone may enter it, nobody but the tests' own account write. */
  readonly directory: string;
  /** Iwd of jobs whose ad names none; belongs to the account that jobs run as. */
  readonly iwd: string;
  readonly execute: string;
  /** The site's log. */
  readonly log: string;
  /** The site's configuration file; `configure` adds to it. */
  readonly configFile: string;
  configure(lines: string): void;
  /** Starts a job. */
  start(ad: Ad, more?: RunOptions): RunningJob;
  /** Runs the site's only job to its end, and checks that nothing is left in EXECUTE. */
  run(ad: Ad, more?: RunOptions): Promise<Report>;
  /** The sandboxes that are there now, by name. */
  sandboxes(): readonly string[];
}

/** What `temporaryDirectory` needs of a test. */
export type TestEnd = Parameters<typeof temporaryDirectory>[0];

/** Makes a site for a starter; it is removed when the test ends. */
export function makeSite(test: TestEnd, starter: Starter): Site {
  const directory = temporaryDirectory(test);
  const iwd = makeDirectory(directory, 'iwd', JOB_UID);
  const state = makeDirectory(directory, 'state', starter.uid);
  const execute = path.join(state, 'execute');
  const log = path.join(state, 'log/StarterLog');
  const configFile = path.join(directory, 'starter.ini');
  writeFileSync(configFile, configuration(state));
  let runs = 0;

  const sandboxes = (): readonly string[] =>
    entries(execute).filter((name) => name.startsWith('dir_'));
  function start(ad: Ad, more: RunOptions = {}): RunningJob {
    runs += 1;
    const result = more.resultFile ?? path.join(state, `result-${runs}`);
    const file = more.jobFile ?? path.join(directory, `job-${runs}.ad`);
    if (more.jobFile === undefined) {
      writeFileSync(file, more.text ?? newSyntax({ Iwd: iwd, ...ad }), { mode: 0o644 });
    }
    const command = [
      ...[...(more.through ?? []), program('eyrie'), 'run', '-c', configFile, ...settings(more)],
      ...['--result', result, ...(more.options ?? []), file],
    ];
    const isOther = starter.uid !== process.geteuid?.();
    const asStarter = isOther ? asUser(starter.uid, command) : command;
    const running = startCommand([...(more.before ?? []), ...asStarter], more);
    return {
      ...running,
      ended: running.ended.then((end) => report(end, result)),
      said: (text) => waitForText(running, text),
    };
  }

  return {
    starter,
    directory,
    iwd,
    execute,
    log,
    configFile,
    configure: (lines) => writeFileSync(configFile, `${lines}\n`, { flag: 'a' }),
    start,
    sandboxes,
    async run(ad, more) {
      const ended = await start(ad, more).ended;
      assert.deepEqual(entries(execute), [], 'a sandbox is left, or the record of one');
      return ended;
    },
  };
}

/** NAMED_CHROOT_FILE too: else an image that somebody keeps on this host could be seen. */
function configuration(state: string): string {
  return [
    `LOCAL_DIR = ${state}`,
    `EXECUTE = ${state}/execute`,
    `LOG = ${state}/log`,
    `NAMED_CHROOT_FILE = ${state}/images`,
    '',
  ].join('\n');
}

function settings({ knobs = {} }: RunOptions): readonly string[] {
  return Object.entries(knobs).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
}

function makeDirectory(parent: string, name: string, uid: number): string {
  const directory = path.join(parent, name);
  mkdirSync(directory, { mode: 0o755 });
  giveTo(uid, directory);
  return directory;
}

function report(end: CommandResult, result: string): Report {
  const text = readIfThere(result);
  return { ...end, result: text === undefined ? {} : readResultAd(text) };
}

async function waitForText(running: RunningCommand, text: string): Promise<void> {
  const isOver = (): boolean => running.process.exitCode !== null;
  await waitUntil(
    () => running.stdout().includes(text) || isOver(),
    () => `'${text}' on the job's output, which is: ${running.stdout()}${running.stderr()}`,
    30,
  );
  if (running.stdout().includes(text)) return;
  const { stdout, stderr } = await running.ended;
  // The pipe may have had more in it than was read when the process ended.
  assert.ok(stdout.includes(text), `the run ended without saying '${text}': ${stdout}${stderr}`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Names in a directory; none where there is no such directory. */
function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
