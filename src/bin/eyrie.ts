/** `eyrie`, the human's command: see eyrie(1). */
import { EXIT_NOT_RUN } from '../job/exit-status';
import { PROBE_ARGUMENT } from '../kernel/probe/probe-argument';
import { preloadLog } from '../log';
import { readCommandLine } from './options/command-line';
import type { CommandLineError } from './options/command-line';
import { usageLine } from './options/usage';
import { perform } from './perform';
import { runProgram } from './program';

/** Runs the program; src/start/ calls it. */
export function main(): void {
  runProgram({ name: 'eyrie', bugStatus: EXIT_NOT_RUN, outputStatus: 1 }, async (io) => {
    const argv = process.argv.slice(2);
    if (argv[0] === PROBE_ARGUMENT) {
      return (await import('./commands/probe')).runProbeChild(argv[1] ?? '', io);
    }
    const read = readCommandLine(argv);
    if (read.ok) return perform(read.value, io);
    io.stderr.write(describe(read.error));
    return read.error.status;
  });
}

/** Loads what running a job needs: for the start-up snapshot. */
export async function preload(): Promise<void> {
  await import('./commands/run');
  preloadLog();
}

function describe({ message, words }: CommandLineError): string {
  const name = ['eyrie', ...words].join(' ');
  return `${name}: ${message}\n${usageLine(words)}\nTry '${name} --help'.\n`;
}

// `eyrie doctor` runs the bundle as it is, without src/start/.
if (require.main === module) main();
