/** Registering families, and giving them up: by a client's word, or when their watcher ends. */
import type { NewProcess, ProcessIdentity } from '../../kernel/process-table-types';
import { err, type Result } from '../../result';
import { type Family, subtree, type Tags } from '../tree/family';
import { isWatcherGone } from '../tree/watchers';
import type { ProcdRequest, ProcdResult } from '../wire';
import { arrangedCgroup } from './arranged-cgroup';
import { hasChildren, type Keeper, nameOf, numbersOf, tableTrouble } from './keeper';
import { mayRegister } from './permission';
import { noSweepOf, signalFamily, FAMILY_SIGNALS } from './signals';
import { hasGroup, refreshGroups, type Snapshots } from './snapshots';
import { setGroupUsage } from '../tree/usage';

type RegisterRequest = Extract<ProcdRequest, { command: 'register-subfamily' }>;

const NOTHING_YET = { userMicros: 0, systemMicros: 0 };

export class Registry {
  constructor(
    private readonly keeper: Keeper,
    private readonly snapshots: Snapshots,
  ) {}

  async register({ interval, root, watcher }: RegisterRequest): Promise<ProcdResult> {
    if (root <= 0) return 'bad-root-pid';
    if (watcher < 0) return 'bad-watcher-pid';
    if (interval < -1) return 'bad-snapshot-interval';
    const { table, tree } = this.keeper;
    if (tree.find(root) !== undefined) return 'already-registered';
    // Children that it has already are not the family's: who they are, a snapshot tells.
    await (hasChildren(root) ? this.snapshots.take() : this.snapshots.takeIfNeeded());
    const found = await table.locate(root);
    if (!found.ok || found.value === undefined) return 'process-not-in-tree';
    if (!mayRegister(this.keeper.settings, found.value)) return 'process-not-in-tree';
    const watching = await this.#find(watcher);
    const { birthday, pid } = found.value;
    const facts = { root: { pid, birthday }, watcher: watcher || undefined, interval };
    const made = tree.register(facts, found.value);
    if (!made.ok) return made.error;
    await this.adopt(made.value, facts.root, watching);
    // Its control group counts from now on: what comes until the next look is not there twice.
    if (hasGroup(this.keeper, made.value)) setGroupUsage(made.value, NOTHING_YET);
    if (watcher !== 0) this.watch(made.value, facts.root, watching);
    this.keeper.changed();
    return 'success';
  }

  /**
   * Makes a family of a process that procd itself has just started: below the family of all, whoever else
   * may register what. Nobody watches it but procd.
   *
   * @param tags what tells its members, beside their parents
   * @param hasCgroup whether it was born in a control group that is taken care of
   */
  async registerOwn(
    root: number,
    tags: Partial<Tags>,
    hasCgroup: boolean,
  ): Promise<Result<Family, string>> {
    const { table, tree } = this.keeper;
    const found = await table.locate(root);
    if (!found.ok) return err(tableTrouble(found.error));
    if (found.value === undefined) return err('it has ended');
    const { birthday, pid } = found.value;
    const facts = { root: { pid, birthday }, watcher: undefined, interval: -1 };
    const made = tree.register(facts, found.value, tree.top);
    if (!made.ok) return err(made.error);
    Object.assign(made.value.tags, tags);
    if (hasCgroup) await table.assign(facts.root, made.value.number);
    else await this.adopt(made.value, facts.root);
    this.keeper.changed();
    return made;
  }

  /**
   * Tells the table of a family's root, and gives it a control group where it is to have one.
   *
   * @param watching who registers the family, where that is known
   */
  async adopt(family: Family, root: ProcessIdentity, watching?: ProcessIdentity): Promise<void> {
    const { log, ownCgroups, table } = this.keeper;
    const assigned = await table.assign(root, family.number);
    if (!assigned.ok) {
      log.line(`${nameOf(family)}: ${tableTrouble(assigned.error)}`);
      return;
    }
    if (!this.#wantsCgroup() || family.tags.cgroups.length > 0) return;
    const arranged = watching && arrangedCgroup(root.pid, watching.pid);
    if (arranged === undefined) {
      const made = await table.ownCgroup(family.number, root);
      if (made.ok) ownCgroups.set(family, made.value);
      else log.line(`${nameOf(family)} has no control group: ${tableTrouble(made.error)}`);
    } else {
      const tracked = await table.adoptCgroup(family.number, arranged);
      if (tracked.ok) family.tags.cgroups.push(arranged);
      else log.line(`control group ${arranged}: ${tableTrouble(tracked.error)}`);
    }
  }

  /**
   * Gives a family up with its watcher.
   *
   * @param watching the process that has the watcher's pid now
   */
  watch(family: Family, root: ProcessIdentity, watching: ProcessIdentity | undefined): void {
    const { table, watchers, watchedByNobody } = this.keeper;
    if (watching === undefined || isWatcherGone(watching, root)) {
      watchedByNobody.add(family);
      return;
    }
    const { birthday, pid } = watching;
    const watcher = { birthday, pid };
    watchers.set(family, { watcher, stop: table.watch(watcher, () => void this.orphaned(family)) });
  }

  /** Gives up the families whose watchers were gone when they were registered. */
  async giveUpUnwatched(): Promise<void> {
    for (const family of [...this.keeper.watchedByNobody]) await this.orphaned(family);
  }

  /** A family has lost its watcher: its members die, or fall to the family above. */
  async orphaned(family: Family): Promise<void> {
    const { log, settings, tree } = this.keeper;
    this.keeper.watchedByNobody.delete(family);
    if (!subtree(tree.top).includes(family)) return;
    const fate = settings.killOrphaned ? 'killed' : 'given up';
    log.line(`${nameOf(family)} is ${fate}: its watcher ${family.watcher} has ended`);
    if (settings.killOrphaned)
      await signalFamily(this.keeper, family, FAMILY_SIGNALS['kill-family']);
    await this.giveUp(family);
  }

  /** Gives a family up: the one above takes its members, and what they used. */
  async giveUp(family: Family): Promise<ProcdResult> {
    const { table, tree, watchers, watchedByNobody } = this.keeper;
    await noSweepOf(this.keeper, family);
    await refreshGroups(this.keeper, [family]);
    // Somebody else may have been faster.
    if (!subtree(tree.top).includes(family)) return 'family-not-found';
    const given = tree.unregister(family);
    if (!given.ok) return given.error;
    watchers.get(family)?.stop();
    watchers.delete(family);
    watchedByNobody.delete(family);
    this.keeper.ownCgroups.delete(family);
    await table.merge(family.number, this.#heirNumber(given.value));
    this.keeper.changed();
    return 'success';
  }

  /** A top without processes takes none: they are nobody's. */
  #heirNumber(heir: Family): number {
    const [number = 0] = numbersOf(heir);
    return heir.parent === undefined && heir.root === undefined ? 0 : number;
  }

  async #find(pid: number): Promise<NewProcess | undefined> {
    if (pid === 0) return undefined;
    const found = await this.keeper.table.locate(pid);
    return found.ok ? found.value : undefined;
  }

  #wantsCgroup(): boolean {
    const { settings, table } = this.keeper;
    const { cgroups, events } = table.means;
    if (cgroups === undefined || settings.cgroups === 'never') return false;
    if (settings.cgroups === 'always') return true;
    // It takes the kernel 10 ms to move a process, and a daemon's own arrangement of cgroups is not
    // disturbed without need. Where procd itself may be killed any time, nothing else remembers all.
    return process.geteuid?.() === 0 && (!events || settings.top.kind === 'none');
  }
}
