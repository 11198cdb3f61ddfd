/**
 * Carries out an invocation of `eyrie`. Each command's module is loaded when it is asked for and
 * not before: `eyrie classad eval` needs none of what `eyrie run` brings along.
 */
import { WriteStream } from 'node:tty';
import { assertNever } from '../result';
import { VERSION } from '../version';
import type { Invocation } from './options/invocation';
import type { CommandIo } from './options/types';

/** Columns of help where standard output is no terminal, and at most. */
const HELP_WIDTH = { usual: 80, most: 100 };

/** Gives the command's exit status. */
export async function perform(invocation: Invocation, io: CommandIo): Promise<number> {
  switch (invocation.command) {
    case 'run':
      return (await import('./commands/run')).runJob(invocation.options, io);
    case 'plan':
      return (await import('./commands/plan')).showPlan(invocation.options, io);
    case 'doctor':
      return (await import('./commands/doctor')).runDoctor(invocation.options, io);
    case 'enter':
      return (await import('./commands/enter')).runEnter(invocation.options, io);
    case 'suspend':
    case 'continue': {
      const { command, options } = invocation;
      return (await import('./commands/suspend')).runSuspend(command, options, io);
    }
    case 'ps':
      return (await import('./commands/ps')).runPs(invocation.options, io);
    case 'image add':
      return (await import('./commands/image')).runImageAdd(invocation.options, io);
    case 'image list':
      return (await import('./commands/image')).runImageList(invocation.options, io);
    case 'image show':
      return (await import('./commands/image')).runImageShow(invocation.options, io);
    case 'image remove':
      return (await import('./commands/image')).runImageRemove(invocation.options, io);
    case 'account add':
      return (await import('./commands/account')).runAccountAdd(invocation.options, io);
    case 'account remove':
      return (await import('./commands/account')).runAccountRemove(invocation.options, io);
    case 'account list':
      return (await import('./commands/account')).runAccountList(invocation.options, io);
    case 'classad eval':
      return (await import('./commands/classad')).runClassadEval(invocation.options, io);
    case 'version':
      io.stdout.write(`eyrie ${VERSION}\n`);
      return 0;
    case 'help':
      io.stdout.write(await help(invocation.words, io));
      return 0;
    default:
      return assertNever(invocation);
  }
}

async function help(words: readonly string[], io: CommandIo): Promise<string> {
  const { helpText } = await import('./options/yargs');
  const columns = (io.stdout.isTTY && new WriteStream(1).columns) || HELP_WIDTH.usual;
  const text = await helpText(words, Math.min(columns, HELP_WIDTH.most));
  return `${text.trimEnd()}\n`;
}
