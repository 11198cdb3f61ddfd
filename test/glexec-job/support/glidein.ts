/**
 * A glide-in: an ordinary user, `caller`, who has a set-uid glexec, runs jobs with `eyrie run` where
 * GLEXEC_JOB is true. Alice's proxy is mapped to bob.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type Grid, makeSite } from '../../glexec/support/grid';
import { UIDS } from '../../glexec/support/site';
import {
  type Ad,
  newSyntax,
  oldSyntax,
  readResultAd,
  type ResultValue,
} from '../../run/support/ads';
import {
  CLEAN_ENVIRONMENT,
  type CommandResult,
  type RunningCommand,
  startCommand,
} from '../../support/command';
import { program } from '../../support/eyrie';
import { needsProduct, needsRoot } from '../../support/need';
import { type Ending, temporaryDirectory } from '../../support/temporary';
import { waitUntil } from '../../support/wait';

/** For `skipIf`: missing unless a glide-in can be made. */
export function needsGlidein(): string | undefined {
  return needsProduct() ?? needsRoot();
}

/** How a run is to differ from the usual. */
export interface RunOptions {
  readonly knobs?: Readonly<Record<string, string>>;
  readonly options?: readonly string[];
  /** The caller's environment beside a clean one. */
  readonly env?: Readonly<Record<string, string>>;
  /** Shell text that root obeys in the mount namespace before. */
  readonly prepare?: string;
  /** In place of `eyrie run`. */
  readonly command?: readonly string[];
  readonly timeout?: number;
}

/** How it ended. */
export interface GlideinReport extends CommandResult {
  /** The result ad; empty where none was written. */
  readonly result: Readonly<Record<string, ResultValue>>;
}

/** A run that goes on. */
export interface RunningGlidein extends Omit<RunningCommand, 'ended'> {
  readonly ended: Promise<GlideinReport>;
  /** Waits until the text is on the run's standard output. */
  said(text: string): Promise<void>;
  /** The pid of the starter itself: what started it has become it. */
  readonly pid: number;
}

export class Glidein {
  readonly grid: Grid;
  readonly execute: string;
  readonly iwd: string;
  readonly log: string;
  readonly directory: string;
  readonly #config: string;
  #runs = 0;

  constructor(t: Ending) {
    // First of all: it writes in a directory that goes with the test.
    t.after(() => endProcd(`${this.directory}/state/procd.glexec`));
    this.grid = makeSite(t);
    this.directory = temporaryDirectory(t);
    const state = this.#make('state', UIDS.caller);
    this.execute = this.#make('execute', UIDS.caller, 0o1777);
    this.iwd = this.#make('iwd', UIDS.bob);
    this.log = path.join(state, 'log/StarterLog');
    this.#config = path.join(this.directory, 'starter.ini');
    this.configure([
      `LOCAL_DIR = ${state}`,
      `EXECUTE = ${this.execute}`,
      `LOG = ${state}/log`,
      `NAMED_CHROOT_FILE = ${state}/images`,
      `PROCD_ADDRESS = ${state}/procd`,
      'GLEXEC_JOB = true',
      `GLEXEC = ${this.grid.site.glexec}`,
      'GLEXEC_RETRY_DELAY = 0',
    ]);
  }

  #make(name: string, uid: number, mode = 0o755): string {
    const directory = path.join(this.directory, name);
    mkdirSync(directory);
    chmodSync(directory, mode);
    chownSync(directory, uid, uid);
    return directory;
  }

  /** Adds lines to the configuration. */
  configure(lines: readonly string[]): void {
    writeFileSync(this.#config, `${lines.join('\n')}\n`, { flag: 'a' });
  }

  /** What lies in EXECUTE. */
  left(): readonly string[] {
    return readdirSync(this.execute);
  }

  /**
   * A program in glexec's place that does as `lines` of sh say, and then becomes glexec. $COUNT is the number
   * of this call, from 1 on.
   */
  replaceGlexec(lines: string): string {
    const program = path.join(this.directory, 'glexec-of-the-test');
    const calls = path.join(this.directory, 'state/glexec-calls');
    const counted = `echo >>'${calls}'; COUNT=$(wc -l <'${calls}')`;
    writeFileSync(program, `#!/bin/sh\n${counted}\n${lines}\nexec ${this.grid.site.glexec} "$@"\n`);
    chmodSync(program, 0o755);
    return program;
  }

  /** What the starter has logged. */
  logged(): string {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
  }

  start(ad: Ad, more: RunOptions = {}): RunningGlidein {
    this.#runs += 1;
    const result = path.join(this.directory, `state/result-${this.#runs}`);
    const file = path.join(this.directory, `job-${this.#runs}.ad`);
    writeFileSync(file, newSyntax({ Iwd: this.iwd, x509userproxy: this.grid.site.proxy, ...ad }));
    const knobs = Object.entries(more.knobs ?? {}).flatMap(([name, value]) => [
      '--set',
      `${name}=${value}`,
    ]);
    const command = more.command ?? [
      ...[program('eyrie'), 'run', '-c', this.#config, ...knobs],
      ...['--result', result, ...(more.options ?? []), file],
    ];
    const script = `mount --bind "$SITE_ETC" /etc; ${more.prepare ?? ':'}
exec setpriv --reuid=caller --regid=caller --init-groups -- env -u SITE_ETC "$@"`;
    const env = { ...CLEAN_ENVIRONMENT, ...more.env, SITE_ETC: this.grid.site.etc };
    const running = startCommand(
      ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh', ...command],
      { env, ...(more.timeout === undefined ? {} : { timeout: more.timeout }) },
    );
    return {
      ...running,
      ended: running.ended.then((end) => ({ ...end, result: resultIn(result) })),
      said: (text) =>
        waitUntil(
          () => running.stdout().includes(text),
          () => `'${text}': ${running.stdout()}${running.stderr()}`,
          30,
        ),
      pid: running.process.pid ?? 0,
    };
  }

  /** Runs `eyrie plan` for a job. */
  plan(ad: Ad): Promise<CommandResult> {
    const file = path.join(this.directory, 'planned.ad');
    writeFileSync(file, newSyntax({ Iwd: this.iwd, x509userproxy: this.grid.site.proxy, ...ad }));
    return this.start({}, { command: [program('eyrie'), 'plan', '-c', this.#config, file] }).ended;
  }

  /** Runs `eyrie doctor`. */
  doctor(): Promise<CommandResult> {
    const command = [program('eyrie'), 'doctor', '--json', '-c', this.#config];
    return this.start({}, { command }).ended;
  }

  /** Runs a job by HTCondor's starter's own way to run one by hand. */
  async runStarter(ad: Ad, more: RunOptions = {}): Promise<GlideinReport> {
    const file = path.join(this.directory, 'starter-job.ad');
    writeFileSync(file, oldSyntax({ Iwd: this.iwd, x509userproxy: this.grid.site.proxy, ...ad }));
    const command = [program('condor_starter'), '-f', '-t', '-config', this.#config];
    const ended = await this.start({}, { ...more, command: [...command, '-job-input-ad', file] })
      .ended;
    assert.deepEqual(this.left(), [], ended.stderr);
    return ended;
  }

  /** Runs a job to its end, and checks that nothing is left of it. */
  async run(ad: Ad, more: RunOptions = {}): Promise<GlideinReport> {
    const ended = await this.start(ad, more).ended;
    assert.deepEqual(this.left(), [], ended.stderr);
    return ended;
  }
}

function resultIn(file: string): GlideinReport['result'] {
  return existsSync(file) ? readResultAd(readFileSync(file, 'utf8')) : {};
}

/** It would outlive the test by the time for which it waits for more jobs. */
async function endProcd(address: string): Promise<void> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && serves(name, address));
  for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  await waitUntil(() => !pids.some((pid) => serves(pid, address)), 'the end of procd');
}

function serves(pid: string, address: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(address);
  } catch {
    return false;
  }
}
