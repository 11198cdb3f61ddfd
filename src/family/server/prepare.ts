/**
 * What a procd does before it serves. Whoever starts it reads its standard error until that ends: what
 * stands there is why it could not start.
 */
import { startProcessTable } from '../../kernel/process-table';
import type { ProcessIdentity, ProcessTable } from '../../kernel/process-table-types';
import { errnoText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';
import { VERSION } from '../../version';
import { FamilyTree } from '../tree/family-tree';
import { type Keeper, tableTrouble } from './keeper';
import { takeLock } from './lock-file';
import { makePipes } from './pipes';
import { Procd } from './procd';
import { openProcdLog, type ProcdLog } from './procd-log';
import { Registry } from './registry';
import { restoreFamilies } from './restore';
import type { ProcdSettings } from './settings';
import { Snapshots } from './snapshots';
import { stateOf } from './state';
import { bootId, readState, writeState } from './state-file';

/** Milliseconds that one may take to end whose place this procd takes. */
const PATIENCE = 3000;

/**
 * Makes a procd ready to serve: its pipes are there, and its first snapshot is taken.
 *
 * @returns undefined: another one serves this address, and nobody needs this; a sentence where it
 *   cannot start
 */
export async function prepareProcd(
  settings: ProcdSettings,
): Promise<Result<Procd | undefined, string>> {
  const log = openProcdLog(settings.log);
  if (!log.ok) return log;
  const isOnDemand = settings.top.kind === 'none';
  const lock = await takeLock(settings.address, isOnDemand ? 0 : PATIENCE);
  if (!lock.ok) return lock;
  if (lock.value === 'held') {
    if (isOnDemand) return ok(undefined);
    return err(`another condor_procd serves ${settings.address}`);
  }
  const table = await startProcessTable();
  if (!table.ok) return err(`cannot start ${table.error.call}: ${errnoText(table.error.errno)}`);
  const top = await findTop(settings, table.value);
  if (!top.ok) return top;
  log.value.line(`condor_procd of Eyrie ${VERSION}, process ${process.pid}: ${settings.address}`);
  tellMeans(settings, table.value, log.value);
  return begin(settings, table.value, top.value, log.value);
}

async function findTop(
  { top }: ProcdSettings,
  table: ProcessTable,
): Promise<Result<ProcessIdentity | undefined, string>> {
  if (top.kind === 'none') return ok(undefined);
  const pid = top.kind === 'parent' ? process.ppid : top.pid;
  if (pid === 1) return err('started by process 1, whose family is everybody: use -P');
  const found = await table.locate(pid);
  if (!found.ok) return err(`cannot look at process ${pid}: ${tableTrouble(found.error)}`);
  if (found.value === undefined) return err(`there is no process ${pid}`);
  return ok({ pid, birthday: found.value.birthday });
}

async function begin(
  settings: ProcdSettings,
  table: ProcessTable,
  root: ProcessIdentity | undefined,
  log: ProcdLog,
): Promise<Result<Procd, string>> {
  const { interval, top } = settings;
  const watcher = top.kind === 'parent' ? root?.pid : undefined;
  const tree = new FamilyTree({ root, watcher, interval, takesAny: top.kind === 'none' });
  const saver = new Saver();
  const keeper: Keeper = {
    ...{ settings, tree, table, log },
    watchers: new Map(),
    watchedByNobody: new Set(),
    ownCgroups: new Map(),
    sweeps: new Set(),
    changed: () => {
      saver.save(keeper);
      saver.procd?.adjustClock();
    },
  };
  const snapshots: Snapshots = new Snapshots(keeper, async () => {
    await registry.giveUpUnwatched();
    saver.noteHardToFind(keeper);
  });
  const registry: Registry = new Registry(keeper, snapshots);
  if (root !== undefined) await table.assign(root, tree.top.number);
  const state = readState(settings.state);
  if (!state.ok) log.line(state.error);
  else if (state.value !== undefined) await restoreFamilies(keeper, registry, state.value);
  await snapshots.take();
  const pipes = makePipes(settings.address, settings.owner);
  if (!pipes.ok) return pipes;
  saver.procd = new Procd({ keeper, snapshots, registry, pipes: pipes.value });
  return ok(saver.procd);
}

/** Keeps the state file as new as the tree. */
class Saver {
  procd: Procd | undefined;
  readonly #boot = bootId();
  #toldOfTrouble = false;
  #hardToFind = '';

  /** After a snapshot: parents may have ended that led to their children. */
  noteHardToFind(keeper: Keeper): void {
    const pids = keeper.tree.members.hardToFind.map(({ facts }) => facts.pid).join(' ');
    if (pids === this.#hardToFind) return;
    this.#hardToFind = pids;
    this.save(keeper);
  }

  save({ log, ownCgroups, settings, tree, watchedByNobody, watchers }: Keeper): void {
    const state = stateOf(tree, this.#boot, (family) => {
      const watching = watchers.get(family)?.watcher;
      const birthday = watching?.birthday ?? (watchedByNobody.has(family) ? -1 : undefined);
      return {
        watcher: birthday === undefined ? null : [family.watcher ?? 0, birthday],
        cgroup: ownCgroups.get(family) ?? null,
      };
    });
    try {
      writeState(settings.state, state);
      this.#toldOfTrouble = false;
    } catch (error) {
      if (!this.#toldOfTrouble) log.line(`the state cannot be kept: ${(error as Error).message}`);
      this.#toldOfTrouble = true;
    }
  }
}

function tellMeans({ cgroups }: ProcdSettings, { means }: ProcessTable, log: ProcdLog): void {
  if (means.events) {
    log.line('processes are followed by what the kernel tells of each fork and exit');
    return;
  }
  log.line(`/proc is read at each snapshot, since the kernel tells nothing: ${means.why ?? ''}`);
  if (means.cgroups === undefined || cgroups === 'never') {
    log.line('children whose parents end between two snapshots can be lost');
  }
}
