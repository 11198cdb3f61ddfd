/** `condor_procd`, in place of HTCondor's own: see condor_procd(8). */
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '../result';
import { printableLine } from '../printable';
import { VERSION } from '../version';
import { parseProcdArguments, type ProcdInvocation } from './options/parse-procd';
import type { CommandIo } from './options/types';
import { logBugsWith, runProgram } from './program';

/** HTCondor's procd knows no other failure. */
const FAILURE = 1;

/** Milliseconds of -D: time to attach a debugger. */
const DEBUGGER_TIME = 30_000;

/** Runs the program; src/start/ calls it. */
export function main(): void {
  runProgram({ name: 'condor_procd', bugStatus: FAILURE, outputStatus: FAILURE }, async (io) => {
    const read = parseProcdArguments(process.argv.slice(2), {
      environment: process.env,
      uid: process.getuid?.() ?? 0,
      euid: process.geteuid?.() ?? 0,
    });
    if (read.ok) return perform(read.value, io);
    const { procdUsage } = await import('./options/procd-help');
    io.stderr.write(`condor_procd: ${printableLine(read.error.message)}\n${procdUsage()}`);
    return FAILURE;
  });
}

/** Loads what serving needs: for the start-up snapshot. */
export async function preload(): Promise<void> {
  await import('../family/server/prepare');
}

async function perform(invocation: ProcdInvocation, io: CommandIo): Promise<number> {
  switch (invocation.action) {
    case 'help':
      io.stdout.write((await import('./options/procd-help')).procdHelp());
      return 0;
    case 'version':
      io.stdout.write(`Eyrie ${VERSION}\n`);
      return 0;
    case 'serve':
      return serve(invocation, io);
    case 'inetd':
      return (await import('../privsep/control/inetd')).serveInetd(invocation.settings);
    default:
      return assertNever(invocation);
  }
}

async function serve(
  { control, settings, waitsForDebugger }: Extract<ProcdInvocation, { action: 'serve' }>,
  io: CommandIo,
): Promise<number> {
  if (waitsForDebugger) await delay(DEBUGGER_TIME);
  const { prepareProcd } = await import('../family/server/prepare');
  const procd = await prepareProcd(settings);
  if (!procd.ok) {
    io.stderr.write(`condor_procd: ${printableLine(procd.error)}\n`);
    return FAILURE;
  }
  if (procd.value === undefined) return 0;
  if (control !== undefined) {
    const { beginControl } = await import('./begin-control');
    const begun = await beginControl(control, procd.value);
    if (!begun.ok) {
      io.stderr.write(`condor_procd: ${printableLine(begun.error)}\n`);
      await procd.value.giveUp(begun.error);
      return FAILURE;
    }
  }
  endStandardError();
  logBugsWith((text) => procd.value?.log.line(text));
  return procd.value.run();
}

/** Whoever started us reads our standard error to its end, and knows then that we serve. */
function endStandardError(): void {
  closeSync(2);
  openSync('/dev/null', 'w');
}
