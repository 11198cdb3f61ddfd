/**
 * Taking snapshots: one at a time, and each caller gets one that begins after the call. Several who ask
 * while one is under way share the next.
 */
import type { ProcessFacts, Snapshot } from '../../kernel/process-table-types';
import { hasTags } from '../tree/classify';
import { type Family, subtree } from '../tree/family';
import type { Assignment } from '../tree/intake';
import { setGroupUsage } from '../tree/usage';
import { type Keeper, tableTrouble, ticksNow } from './keeper';

export class Snapshots {
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #toldOfGap = false;

  /**
   * @param after done once what was seen is in the tree
   */
  constructor(
    private readonly keeper: Keeper,
    private readonly after: () => Promise<void>,
  ) {}

  /** Takes a snapshot. Never rejects: where there is trouble, the log has it. */
  take(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  /** Takes one where it can tell more than forks do: where a family has tags, or forks are not told. */
  async takeIfNeeded(): Promise<void> {
    const { table, tree } = this.keeper;
    if (!table.means.events || !tree.families.every(isKnownByForks)) await this.take();
  }

  async #start(): Promise<void> {
    this.#running = this.#look();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  async #look(): Promise<void> {
    const { log, table, tree } = this.keeper;
    const taken = await table.snapshot(tree.wants);
    if (!taken.ok) {
      log.line(`no snapshot: ${tableTrouble(taken.error)}`);
      return;
    }
    this.#tellOfGaps(taken.value);
    const isExact = table.means.accounting && !taken.value.overflow;
    const seen = withoutHelpers(taken.value, (pid) => tree.find(pid) !== undefined);
    const assigned = tree.apply(seen, ticksNow(), isExact);
    await Promise.all(assigned.map((one) => this.#assign(one)));
    await refreshGroups(this.keeper);
    await this.after();
  }

  /** What has ended meanwhile needs no family. procd's own process gets none: its helpers would. */
  async #assign({ birthday, family, pid }: Assignment): Promise<void> {
    if (pid !== process.pid) await this.keeper.table.assign({ pid, birthday }, family.number);
  }

  #tellOfGaps({ complete, overflow }: Snapshot): void {
    const { log } = this.keeper;
    if (overflow) {
      log.line('the kernel had more news of processes than could be taken: all of /proc was read');
    }
    if (!complete && !this.#toldOfGap)
      log.line('/proc could not be read whole: the list of before stands');
    this.#toldOfGap = !complete;
  }
}

/** Asks anew what the control groups of families have counted. */
export async function refreshGroups(
  keeper: Keeper,
  families = subtree(keeper.tree.top),
): Promise<void> {
  const { table } = keeper;
  const grouped = families.filter((family) => hasGroup(keeper, family));
  await Promise.all(
    grouped.map(async (family) => {
      const usage = await table.usage(family.number);
      if (usage.ok && usage.value !== undefined) setGroupUsage(family, usage.value);
    }),
  );
}

/** Whether a control group counts what a family uses. */
export function hasGroup({ ownCgroups }: Keeper, family: Family): boolean {
  return ownCgroups.has(family) || family.tags.cgroups.length > 0;
}

function isKnownByForks(family: Family): boolean {
  return family.proxy === undefined && !hasTags(family);
}

/** procd's helpers are nobody's processes; but what it has started as the first process of a family is. */
function withoutHelpers(snapshot: Snapshot, isRoot: (pid: number) => boolean): Snapshot {
  const isOthers = ({ pid, ppid }: ProcessFacts): boolean => ppid !== process.pid || isRoot(pid);
  return {
    ...snapshot,
    members: snapshot.members.filter(isOthers),
    fresh: snapshot.fresh.filter(isOthers),
    ended: snapshot.ended.filter(isOthers),
  };
}
