/**
 * A stage for the condor_glexec_* scripts: an execute directory, a job's sandbox with its proxy, and a
 * set-uid program in gLExec's place that really makes a caller another user.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { TestEnd } from '../../run/support/site';
import {
  CLEAN_ENVIRONMENT,
  type CommandOptions,
  type CommandResult,
  type RunningCommand,
  startCommand,
} from '../../support/command';
import { needsProduct, needsRoot } from '../../support/need';
import { TREE } from '../../support/root';
import { temporaryDirectory } from '../../support/temporary';

/** Who runs the scripts: the starter's user. */
export const CALLER = 41_001;
/** Whom the proxy is mapped to. */
export const TARGET = 41_002;
/** The file name of the proxy, unless a test wants another. */
export const PROXY = 'x509up_u500';

/** One of the scripts, or the wrapper. */
export type Helper = 'setup' | 'run' | 'cleanup' | 'kill' | 'update_proxy' | 'job_wrapper';

/** For `skipIf`: missing unless the scripts can be tried. */
export function needsStage(): string | undefined {
  return needsProduct() ?? needsRoot();
}

/** The path of a helper as it is installed. */
export function helper(name: Helper): string {
  return path.join(TREE, 'dist/libexec/condor', `condor_glexec_${name}`);
}

/** A file's owner and permission bits, as in `41002 755`. */
export function ownership(file: string): string {
  const { mode, uid } = lstatSync(file);
  return `${uid} ${(mode & 0o7777).toString(8)}`;
}

/** What lies in a directory, sorted; with `latin1`, a character for each byte. */
export function namesIn(directory: string): readonly string[] {
  return readdirSync(directory, 'latin1').toSorted();
}

export class Stage {
  readonly execute: string;
  readonly sandbox: string;
  /** What becomes of the sandbox for the starter's user. */
  readonly condor: string;
  readonly glexec: string;
  readonly proxy: string;
  readonly #control: string;

  /** @param options where EXECUTE is, if not in a directory of its own; the names of the sandbox and proxy */
  constructor(
    t: TestEnd,
    options: { readonly execute?: string; readonly name?: string; readonly proxy?: string } = {},
  ) {
    this.#control = temporaryDirectory(t);
    this.execute = options.execute ?? path.join(temporaryDirectory(t), 'execute');
    mkdirSync(this.execute, { recursive: true });
    chmodSync(this.execute, 0o1777);
    chownSync(this.execute, CALLER, CALLER);
    this.sandbox = path.join(this.execute, options.name ?? 'dir_77');
    this.condor = `${this.sandbox}.condor`;
    this.proxy = options.proxy ?? PROXY;
    mkdirSync(this.sandbox, { mode: 0o755 });
    chownSync(this.sandbox, CALLER, CALLER);
    this.put(this.proxy, 'the first proxy\n', 0o600);
    this.glexec = this.#compile();
  }

  /** Writes a file of the starter's user into the sandbox. */
  put(name: string, text: string, mode = 0o644): string {
    const file = path.join(this.sandbox, name);
    writeFileSync(file, text);
    chmodSync(file, mode);
    chownSync(file, CALLER, CALLER);
    return file;
  }

  /** How gLExec's double does at its next calls: see glexec-double.c. */
  queue(...words: readonly string[]): void {
    writeFileSync(path.join(this.#control, 'queue'), words.join(' '));
  }

  /** PATH for what the mapped user runs: the directory comes first. */
  putFirstOnPath(directory: string): void {
    writeFileSync(path.join(this.#control, 'path'), `${directory}:/usr/bin:/bin`);
  }

  /** The first line of the proxy that was shown at each call. */
  proxiesShown(): readonly string[] {
    return this.#calls().map((line) => line.split('\t')[1] ?? '');
  }

  /** The path of the proxy that was shown at each call. */
  pathsShown(): readonly string[] {
    return this.#calls().map((line) => line.split('\t')[0] ?? '');
  }

  #calls(): readonly string[] {
    const file = path.join(this.#control, 'calls');
    return existsSync(file) ? readFileSync(file, 'latin1').trimEnd().split('\n') : [];
  }

  /** Starts a helper as the starter's user, with just these arguments. */
  start(name: Helper, words: readonly string[], options: CommandOptions = {}): RunningCommand {
    const env = { ...CLEAN_ENVIRONMENT, SECRET_OF_THE_DAEMON: 'x', ...options.env };
    return startCommand([helper(name), ...words], { uid: CALLER, ...options, env });
  }

  /** Runs condor_glexec_setup with that many retries, and no time between them. */
  setup(retries = 0, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return this.start('setup', this.words(retries), { env }).ended;
  }

  /** Runs condor_glexec_cleanup likewise. */
  cleanup(retries = 0, env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return this.start('cleanup', this.words(retries), { env }).ended;
  }

  /** The arguments of setup and cleanup. */
  words(retries: number): readonly string[] {
    return [this.glexec, this.proxy, this.sandbox, String(retries), '0'];
  }

  /** Runs lines of sh as the mapped user, in the sandbox. */
  asJob(lines: string): string {
    return execFileSync(
      'setpriv',
      [`--reuid=${TARGET}`, `--regid=${TARGET}`, '--clear-groups', 'sh', '-euc', lines],
      { cwd: this.sandbox, encoding: 'latin1' },
    );
  }

  #compile(): string {
    const program = path.join(this.#control, 'glexec');
    const source = path.join(TREE, 'test/glexec-scripts/support/glexec-double.c');
    const defines = [`-DCALLER=${CALLER}`, `-DTARGET=${TARGET}`, `-DCONTROL="${this.#control}"`];
    execFileSync('cc', ['-Wall', '-D_GNU_SOURCE', ...defines, '-o', program, source]);
    chmodSync(program, 0o4755);
    return program;
  }
}
