/**
 * What the programs have in common: the standard streams, the exit status, and what happens when
 * Eyrie itself is wrong.
 */
import { endProcess } from '../kernel/end-process';
import { VERSION } from '../version';
import type { CommandIo } from './options/types';
import { replaceProcessStreams, standardOutput } from './output';

/** A program: how it is called and what its exit statuses mean. */
export interface Program {
  readonly name: string;
  /** Exit status of a bug: an error that nobody expected. */
  readonly bugStatus: number;
  /** Exit status where all went well but standard output could not be written. */
  readonly outputStatus: number;
}

let writeToLog: ((text: string) => void) | undefined;

/** From now on the stack of a bug goes to the log, through `write`, and not to standard error. */
export function logBugsWith(write: (text: string) => void): void {
  writeToLog = write;
}

/**
 * Runs a program and ends the process with the exit status that `main` gives.
 *
 * The process is ended, not left to run out of things to do: the job's end is the program's end,
 * whatever descriptor somebody forgot. Nothing is lost, for streams and logs are written
 * synchronously.
 */
export function runProgram(program: Program, main: (io: CommandIo) => Promise<number>): void {
  const stdout = standardOutput(1);
  const stderr = standardOutput(2);
  replaceProcessStreams(stdout, stderr);
  const io: CommandIo = {
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
  };
  const onBug = (error: unknown): void => {
    stderr.write(describeLostDirectory(program, error) ?? describeBug(program, error));
    process.exit(program.bugStatus);
  };
  process.on('uncaughtException', onBug);
  main(io).then((status) => {
    const failure = stdout.failure();
    if (failure)
      stderr.write(`${program.name}: cannot write standard output: ${failure.message}\n`);
    endProcess(failure && status === 0 ? program.outputStatus : status);
  }, onBug);
}

/**
 * Whoever is first to ask for the current directory finds that it was removed, or that it cannot be
 * told: no bug of ours, and nothing to go on with. Undefined: something else happened.
 */
function describeLostDirectory({ name }: Program, error: unknown): string | undefined {
  if (!(error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd'))
    return undefined;
  const words = 'there is no telling the current directory, which may have been removed';
  return `${name}: ${words} (${error.message}); change to another one\n`;
}

/** The sentence about a bug; the stack goes to the log where one is open. */
function describeBug(program: Program, error: unknown): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const headline = `${program.name}: this is a bug in Eyrie ${VERSION}: ${message}\n`;
  const details = stack ?? message;
  if (writeToLog === undefined) return `${headline}${details}\n`;
  try {
    writeToLog(`This is a bug in Eyrie ${VERSION}: ${details}`);
  } catch (logError) {
    return `${headline}${details}\n(the log cannot be written: ${String(logError)})\n`;
  }
  return `${headline}The log has the details.\n`;
}
