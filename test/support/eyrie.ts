/**
 * Running the built product, as a user would.
 */
import path from 'node:path';
import {
  type CommandOptions,
  type CommandResult,
  type RunningCommand,
  runCommand,
  startCommand,
} from './command';
import { TREE } from './root';

/** A program in dist/bin, by absolute path. `make` builds it. */
export function program(name: 'eyrie' | 'condor_starter' | 'condor_procd'): string {
  return path.join(TREE, 'dist/bin', name);
}

/**
 * Runs `eyrie ARGS` to its end.
 *
 * @param options see {@link CommandOptions}: `uid` runs it as another user
 */
export function runEyrie(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return runCommand([program('eyrie'), ...args], options);
}

/** Starts `eyrie ARGS` and leaves it running, for tests that send it signals. */
export function startEyrie(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  return startCommand([program('eyrie'), ...args], options);
}

/** Runs `condor_starter ARGS` to its end. */
export function runStarter(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return runCommand([program('condor_starter'), ...args], options);
}
