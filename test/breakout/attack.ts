/**
 * Running the hostile job (`test/payload/payload.c`) under `eyrie run`, as root and as an
 * ordinary user.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { CommandResult, RunningCommand } from '../support/command';
import { startEyrie } from '../support/eyrie';
import { needsProduct, needsRoot } from '../support/need';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';

/** An account without privileges that every Linux machine has room for. */
export const ORDINARY_UID = 65534;

/** Who starts Eyrie: root, or an ordinary user, whose jobs run in a user namespace. */
export interface Starter {
  readonly name: 'root' | 'an ordinary user';
  readonly uid: number;
}

/** The starters that this run of the tests can try: root can be both. */
export const STARTERS: readonly Starter[] =
  process.geteuid?.() === 0
    ? [
        { name: 'root', uid: 0 },
        { name: 'an ordinary user', uid: ORDINARY_UID },
      ]
    : [{ name: 'an ordinary user', uid: process.geteuid?.() ?? ORDINARY_UID }];

/** For `skipIf`: what the attacks need. */
export function needsAttackers(): string | undefined {
  return needsProduct() ?? needsRoot();
}

/** One scene of an attack: a directory of its own with a copy of the payload. */
export interface Scene {
  /** Iwd of the jobs; belongs to the job's account. */
  readonly directory: string;
  /** EXECUTE of the scene. */
  readonly execute: string;
  /** The payload; no other process on the machine runs this file. */
  readonly payload: string;
  /** Starts a job; its output is the caller's. */
  start(args: readonly string[], more?: AttackOptions): RunningCommand;
  /** Runs a job to its end and checks that the attack ran and that nothing of it is left. */
  run(args: readonly string[], more?: AttackOptions): Promise<CommandResult>;
  /** Pids of processes that run the payload's file, by /proc/PID/exe. */
  left(): readonly number[];
  /** Waits until no process runs the payload. */
  nothingLeft(): Promise<void>;
}

/** What a job gets beside the payload's arguments. */
export interface AttackOptions {
  /** More lines of the job ad. */
  readonly ad?: readonly string[];
  /** More options of `eyrie run`, before the ad. */
  readonly options?: readonly string[];
  /** The command, where it is not the payload itself. */
  readonly command?: string;
}

/** Sets a scene for a starter; it is removed when the test ends. */
export function setScene(test: TestContext, starter: Starter): Scene {
  // As root the job's account is nobody.
  const directory = temporaryDirectory(test, { uid: ORDINARY_UID });
  const execute = path.join(temporaryDirectory(test, { uid: starter.uid }), 'execute');
  const payload = buildPayload(directory);
  let jobs = 0;

  function start(args: readonly string[], more: AttackOptions = {}): RunningCommand {
    jobs += 1;
    const ad = path.join(directory, `job-${jobs}.ad`);
    writeFileSync(ad, jobAd(more.command ?? payload, args, directory, more.ad ?? []));
    return startEyrie(['run', '--execute', execute, ...(more.options ?? []), ad], {
      ...(starter.uid === 0 ? {} : { uid: starter.uid }),
      timeout: 120,
    });
  }
  const left = () => processesOf(payload);
  const nothingLeft = () =>
    waitUntil(
      () => left().length === 0,
      () => `processes ${left().join(' ')} of the payload to be gone`,
    );

  return {
    directory,
    execute,
    payload,
    start,
    left,
    nothingLeft,
    async run(args, more = {}) {
      const result = await start(args, more).ended;
      if (more.command === undefined && !result.stdout.startsWith(`ran ${args[0]}\n`)) {
        throw new Error(`the attack did not run: ${JSON.stringify(result)}`);
      }
      await nothingLeft();
      const sandboxes = readdirSync(execute);
      if (sandboxes.length > 0) throw new Error(`left in EXECUTE: ${sandboxes.join(' ')}`);
      return result;
    },
  };
}

/** How an attempt of the payload ended: `ok`, or the system's words; undefined: not tried. */
export function attempt(result: CommandResult, name: string): string | undefined {
  const line = result.stdout.split('\n').find((each) => each.startsWith(`${name}: `));
  return line?.slice(name.length + 2);
}

function buildPayload(directory: string): string {
  const payload = path.join(directory, 'payload');
  const source = path.join(TREE, 'test/payload/payload.c');
  execFileSync('cc', ['-O1', '-static', '-Wall', '-Wextra', '-Werror', '-o', payload, source]);
  chmodSync(payload, 0o755);
  chownSync(payload, ORDINARY_UID, ORDINARY_UID);
  return payload;
}

function jobAd(
  command: string,
  args: readonly string[],
  iwd: string,
  more: readonly string[],
): string {
  const quoted = args.map((each) => `'${each.replaceAll("'", "''")}'`).join(' ');
  return [`Cmd = "${command}"`, `Arguments = "${quoted}"`, `Iwd = "${iwd}"`, ...more, ''].join(
    '\n',
  );
}

function processesOf(file: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/exe`).startsWith(file);
      } catch {
        return false;
      }
    })
    .map(Number);
}
