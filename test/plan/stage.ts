/**
 * Running shell scripts as jobs, as root and as an ordinary user, to see from the inside what the
 * planner planned.
 */
import fs from 'node:fs';
import type { TestContext } from 'node:test';
import { asUser, type CommandResult, type RunningCommand, startCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

/** The account of every job of these tests: `nobody`, whoever starts Eyrie. */
export const JOB_UID = 65534;

/** Who starts Eyrie. */
export interface Starter {
  readonly name: string;
  readonly uid: number;
}

export const ROOT: Starter = { name: 'root', uid: 0 };
export const ORDINARY: Starter = { name: 'an ordinary user', uid: JOB_UID };
export const STARTERS: readonly Starter[] = [ROOT, ORDINARY];

/** For `skipIf`: what these tests need. */
export function needsStage(): string | undefined {
  return needsProduct() ?? needsRoot();
}

/** What a job gets beside its script. */
export interface JobChanges {
  readonly knobs?: Readonly<Record<string, string>>;
  /** More lines of the job ad; they win. */
  readonly ad?: Readonly<Record<string, string>>;
  /** A command to run `eyrie` under. */
  readonly wrapper?: readonly string[];
}

/** Directories of one test, and the jobs in them. */
export interface Stage {
  /** Owned by the job's account. */
  readonly iwd: string;
  /** Owned by the starter, not there before the first job. */
  readonly execute: string;
  /** Owned by the starter: for images and whatever else the site has. */
  readonly site: string;
  start(script: string, changes?: JobChanges): RunningCommand;
  run(script: string, changes?: JobChanges): Promise<CommandResult>;
  /** Runs another command of `eyrie`, as the starter's user. */
  eyrie(
    command: 'image',
    knobs: Readonly<Record<string, string>>,
    words: readonly string[],
  ): Promise<CommandResult>;
  /** Runs a job that must end with status 0, and gives its output's lines. */
  lines(script: string, changes?: JobChanges): Promise<readonly string[]>;
}

/** Sets a stage up; it is removed when the test ends. */
export function setStage(t: TestContext, starter: Starter): Stage {
  const iwd = temporaryDirectory(t, { uid: JOB_UID });
  const site = temporaryDirectory(t, { uid: starter.uid });
  const execute = `${site}/execute`;

  const start = (script: string, changes: JobChanges = {}): RunningCommand => {
    fs.writeFileSync(`${iwd}/script`, script);
    const ad = {
      Cmd: '"/bin/sh"',
      In: `"${iwd}/script"`,
      Iwd: `"${iwd}"`,
      ...changes.ad,
    };
    // Not /var/tmp, where the directories of these tests are.
    const knobs = { EXECUTE: execute, MOUNT_UNDER_SCRATCH: '/tmp', ...changes.knobs };
    const argv = asStarter(starter, ['run', ...settings(knobs), '-t', '-']);
    const input = Object.entries(ad).map(([name, value]) => `${name} = ${value}\n`);
    return startCommand([...(changes.wrapper ?? []), ...argv], { input: input.join('') });
  };
  const run = async (script: string, changes?: JobChanges): Promise<CommandResult> =>
    await start(script, changes).ended;
  return {
    iwd,
    execute,
    site,
    start,
    run,
    eyrie: (command, knobs, [subcommand = '', ...words]) =>
      startCommand(asStarter(starter, [command, subcommand, ...settings(knobs), ...words])).ended,
    async lines(script, changes) {
      const result = await run(script, changes);
      if (result.status !== 0) {
        throw new Error(`the job ended with status ${result.status}: ${result.stderr}`);
      }
      return result.stdout.split('\n').slice(0, -1);
    },
  };
}

function settings(knobs: Readonly<Record<string, string>>): readonly string[] {
  const set = Object.entries(knobs).map(([name, value]) => `--set=${name}=${value}`);
  return ['-c', '/dev/null', ...set];
}

function asStarter({ uid }: Starter, args: readonly string[]): readonly string[] {
  const argv = [program('eyrie'), ...args];
  return uid === 0 ? argv : asUser(uid, argv);
}
