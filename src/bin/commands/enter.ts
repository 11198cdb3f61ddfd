/**
 * `eyrie enter`: a shell, or a command, inside a running job.
 */
import { isatty } from 'node:tty';
import { EXIT_NOT_RUN } from '../../job/exit-status';
import { hide } from '../../kernel/border';
import type { EntryEnd, RunningEntry } from '../../kernel/enter';
import { printable } from '../../printable';
import { enterJob, type EntryFailure } from '../../starter/enter-job';
import type { CommandIo, EnterOptions } from '../options/types';

/** Signals that end the command inside, and then this program. */
const ENDING = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/** Gives the command's exit status; 128+N after signal N; 125 to 127 where it did not run. */
export async function runEnter(options: EnterOptions, io: CommandIo): Promise<number> {
  // An ordinary user's job is the same user: it must not get at his terminal through this process.
  hide();
  const say = (text: string): void => void io.stderr.write(`eyrie enter: ${printable(text)}\n`);
  let entry: RunningEntry | undefined;
  const stop = (): void => entry?.stop();
  for (const signal of ENDING) process.on(signal, stop);
  const ended = await enterJob({
    ...options,
    terminal: isatty(0) && isatty(1),
    term: process.env['TERM'],
    note: say,
    entering(started) {
      entry = started;
    },
  });
  for (const signal of ENDING) process.off(signal, stop);
  if (!ended.ok) {
    say(ended.error.message);
    return statusOfFailure(ended.error);
  }
  if (ended.value.withJob) say('the job has ended, and the command with it');
  return statusOf(ended.value);
}

function statusOf({ code, signal }: EntryEnd): number {
  return signal === undefined ? (code ?? EXIT_NOT_RUN) : 128 + signal;
}

/** As a shell has it: POSIX, Shell Command Language 2.8.2. */
function statusOfFailure({ cause }: EntryFailure): number {
  return { 'not found': 127, 'not executable': 126, other: EXIT_NOT_RUN }[cause];
}
