/** `condor_starter`, in place of HTCondor's own: see condor_starter(8). */
import { preloadLog } from '../log';
import { assertNever } from '../result';
import { VERSION } from '../version';
import { parseStarterArguments } from './options/parse-starter';
import type { CommandIo, StarterInvocation } from './options/types';
import { runProgram } from './program';

/** Exit statuses that a startd knows from HTCondor's starter (exit.h): of failures and of EXCEPT. */
const STATUS = { failure: 1, bug: 4 };

/** Runs the program; src/start/ calls it. */
export function main(): void {
  runProgram(
    { name: 'condor_starter', bugStatus: STATUS.bug, outputStatus: STATUS.failure },
    async (io) => {
      const read = parseStarterArguments(process.argv.slice(2));
      if (read.ok) return perform(read.value, io);
      io.stderr.write(`condor_starter: ${read.error.message}\nTry 'condor_starter -help'.\n`);
      return STATUS.failure;
    },
  );
}

/** Loads what running a job needs: for the start-up snapshot. */
export async function preload(): Promise<void> {
  await import('./starter-main');
  await import('../starter/pool/run-pool');
  preloadLog();
}

async function perform(invocation: StarterInvocation, io: CommandIo): Promise<number> {
  switch (invocation.action) {
    case 'abilities':
      io.stdout.write((await import('../starter/abilities')).abilitiesAd(VERSION));
      return 0;
    case 'version':
      io.stdout.write(`Eyrie ${VERSION}\n`);
      return 0;
    case 'help':
      io.stdout.write((await import('./options/starter-help')).starterHelp());
      return 0;
    case 'run':
      return (await import('./starter-main')).runStarter(invocation.arguments, io);
    default:
      return assertNever(invocation);
  }
}
