/** `eyrie`, the human's command: see eyrie(1). */
import { EXIT_NOT_RUN } from '../job/exit-status';
import { PROBE_ARGUMENT } from '../kernel/probe/probe-argument';
import { readCommandLine } from './options/command-line';
import type { CommandLineError } from './options/command-line';
import { usageLine } from './options/usage';
import { perform } from './perform';
import { runProgram } from './program';

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

function describe({ message, words }: CommandLineError): string {
  const name = ['eyrie', ...words].join(' ');
  return `${name}: ${message}\n${usageLine(words)}\nTry '${name} --help'.\n`;
}
