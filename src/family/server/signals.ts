/**
 * Signals to families: all members, those of the families below included, as of a snapshot that is
 * taken first. The table of processes repeats SIGKILL and SIGSTOP until nobody is left that runs.
 *
 * Where HTCondor's procd goes through its list once, a process that forks meanwhile survives.
 */
import os from 'node:os';
import type { ProcessIdentity } from '../../kernel/process-table-types';
import { type Family, subtree } from '../tree/family';
import { signalByHelper } from './glexec';
import { type Keeper, nameOf, ownProcesses, type Sweep, tableTrouble } from './keeper';

const { SIGKILL, SIGCONT, SIGSTOP } = os.constants.signals;
const { ESRCH } = os.constants.errno;

/** What procd's commands are by signal. */
export const FAMILY_SIGNALS = {
  'suspend-family': SIGSTOP,
  'continue-family': SIGCONT,
  'kill-family': SIGKILL,
} as const;

/** Seconds that a signal may take to reach everybody. */
const PATIENCE = 30;

/** Signals a family and those below it; never rejects. What could not be done stands in the log. */
export async function signalFamily(keeper: Keeper, family: Family, signal: number): Promise<void> {
  const families = subtree(family);
  const sweep: Sweep = { families, done: reach(keeper, families, signal) };
  keeper.sweeps.add(sweep);
  try {
    await sweep.done;
  } finally {
    keeper.sweeps.delete(sweep);
  }
}

/** Signals the root of a family, if it still is the process that was registered. */
export async function signalRoot(keeper: Keeper, family: Family, signal: number): Promise<void> {
  const { log, settings, table } = keeper;
  const { proxy, root } = family;
  if (root === undefined) return;
  if (proxy !== undefined && settings.glexec !== undefined) {
    await signalThroughGlexec(keeper, { processes: [root], proxy, signal });
    return;
  }
  const done = await table.signalProcess(root, signal);
  if (!done.ok) log.line(`signal ${signal} to process ${root.pid}: ${tableTrouble(done.error)}`);
}

/** Waits until no signal is on its way to a family any more. */
export async function noSweepOf({ sweeps }: Keeper, family: Family): Promise<void> {
  for (const { families, done } of sweeps) if (families.includes(family)) await done;
}

async function reach(keeper: Keeper, families: readonly Family[], signal: number): Promise<void> {
  const { log, settings, table } = keeper;
  const { glexec } = settings;
  const [others, glexecs] = [
    families.filter((one) => !one.proxy),
    families.filter((one) => one.proxy),
  ];
  if (others.length > 0) {
    const sent = await table.signalFamilies({
      families: others.map(({ number }) => number),
      signal,
      seconds: PATIENCE,
      except: ownProcesses(),
    });
    const [first] = families;
    const whom = first === undefined ? 'nobody' : nameOf(first);
    if (!sent.ok) log.line(`signal ${signal} to ${whom}: ${tableTrouble(sent.error)}`);
    else if (sent.value.left > 0) {
      log.line(`signal ${signal} to ${whom}: ${sent.value.left} processes ${stillAre(signal)}`);
    }
  }
  for (const { members, proxy } of glexecs) {
    if (glexec === undefined || proxy === undefined) continue;
    const processes = [...members.values()].map(({ facts }) => facts).reverse();
    await signalThroughGlexec(keeper, { processes, proxy, signal });
  }
}

/** What is not yet as the signal wants it: killed processes may wait for a processor to end on. */
function stillAre(signal: number): string {
  return `${signal === SIGKILL ? 'have not ended' : 'still run'} after ${PATIENCE} s`;
}

/** The newest first. */
interface SignalThroughGlexec {
  readonly processes: readonly ProcessIdentity[];
  readonly proxy: string;
  readonly signal: number;
}

/**
 * Signals processes by the helper, and then those that it could not reach by kill(2). A gLExec that lingers is
 * one: it belongs to root as the helper sees it, but may be signalled by who has started it, and hands soft
 * signals on to what it runs. It comes last, since without it nobody waits for the job's end.
 */
async function signalThroughGlexec(
  { log, settings, table }: Keeper,
  { processes, proxy, signal }: SignalThroughGlexec,
): Promise<void> {
  if (settings.glexec === undefined) return;
  const pids = processes.map(({ pid }) => pid);
  const failures = await signalByHelper(settings.glexec, { pids, proxy, signal });
  for (const { pid, end } of failures) {
    const identity = processes.find((process) => process.pid === pid);
    const done = identity && (await table.signalProcess(identity, signal));
    // Who has ended meanwhile needs no signal.
    if (done === undefined || done.ok || done.error.errno === ESRCH) continue;
    const ours = tableTrouble(done.error);
    const { killHelper } = settings.glexec;
    log.line(`signal ${signal} to process ${pid}: ${killHelper} gave ${end}, and we: ${ours}`);
  }
}
