/**
 * A test file that is also a program: run again by node, as another user or as a starter that the
 * test can kill. The bundle of the test holds all that it needs.
 */
import { readFileSync } from 'node:fs';
import { describe } from 'node:test';
import { CLEAN_ENVIRONMENT, type RunningCommand, startCommand } from '../../support/command';

const NAME = 'EYRIE_TEST_PROGRAM';

/** describe() of node:test; in the program's process it defines nothing. */
export function suite(
  name: string,
  options: { readonly skip: string | false },
  define: () => void,
): void {
  if (process.env[NAME] === undefined) void describe(name, options, define);
}

/**
 * The program itself. Does nothing in the test's process.
 *
 * @param main gets the input that the test gave; what it returns is printed as JSON.
 */
export function program(main: (input: unknown) => Promise<unknown>): void {
  if (process.env[NAME] === undefined) return;
  void main(JSON.parse(readFileSync(0, 'utf8'))).then((output) => {
    process.stdout.write(JSON.stringify(output));
  });
}

/** How the program is run. */
export interface ProgramOptions {
  /** As another user. */
  readonly uid?: number;
  /** By another command, which gets the program as its arguments. */
  readonly by?: readonly string[];
  /** Seconds until it is killed; 60 where undefined. */
  readonly timeout?: number;
}

/** Starts the program with an input. */
export function startProgram(
  input: unknown,
  { uid, by = [], timeout }: ProgramOptions = {},
): RunningCommand {
  return startCommand([...by, process.execPath, '--enable-source-maps', __filename], {
    env: { ...CLEAN_ENVIRONMENT, [NAME]: 'yes' },
    input: JSON.stringify(input),
    ...(uid === undefined ? {} : { uid }),
    ...(timeout === undefined ? {} : { timeout }),
  });
}

/** Runs the program to its end and gives its output. */
export async function runProgram(input: unknown, options: ProgramOptions = {}): Promise<unknown> {
  const { status, stdout, stderr } = await startProgram(input, options).ended;
  if (status !== 0 || stdout === '') throw new Error(`status ${status}: ${stderr}`);
  return JSON.parse(stdout);
}
