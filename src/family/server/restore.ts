/**
 * Finding families again that an earlier procd has kept: everything is looked up anew, and counts only
 * where it still is the process that was written down.
 */
import type { ProcessIdentity } from '../../kernel/process-table-types';
import type { Family } from '../tree/family';
import { cgroupMembers } from './cgroup-members';
import { type Keeper, nameOf } from './keeper';
import type { Registry } from './registry';
import type { StoredFamily, StoredProcess, StoredState } from './state';

/** Takes the families over. Their processes are in the tree after the next snapshot. */
export async function restoreFamilies(
  keeper: Keeper,
  registry: Registry,
  state: StoredState,
): Promise<void> {
  const restored: Family[] = [];
  for (const stored of state.families) {
    const parent = restored[stored.parent] ?? keeper.tree.top;
    const family = keeper.tree.restore(
      {
        root: identity(stored.root),
        watcher: stored.watcher?.[0],
        interval: stored.interval,
      },
      parent,
    );
    restored.push(family);
    await restoreFamily(keeper, registry, family, stored);
    keeper.log.line(`${nameOf(family)} is found again`);
  }
}

async function restoreFamily(
  keeper: Keeper,
  registry: Registry,
  family: Family,
  stored: StoredFamily,
): Promise<void> {
  const { environments, cgroups, gids, uids } = stored.tags;
  family.tags.environments.push(...environments);
  family.tags.uids.push(...uids);
  family.tags.gids.push(...gids);
  family.exited = stored.exited;
  family.peakImage = stored.peakImage;
  family.proxy = stored.proxy ?? undefined;
  const root = identity(stored.root);
  await takeBack(keeper, family, stored);
  for (const name of cgroups) {
    const tracked = await keeper.table.adoptCgroup(family.number, name);
    if (tracked.ok) family.tags.cgroups.push(name);
  }
  await registry.adopt(family, root);
  if (stored.watcher !== null) registry.watch(family, root, await find(keeper, stored.watcher));
}

/** Members that their parents do not lead to, and what is in the family's own control group. */
async function takeBack(keeper: Keeper, family: Family, stored: StoredFamily): Promise<void> {
  const { table } = keeper;
  await Promise.all(stored.members.map((one) => table.assign(identity(one), family.number)));
  if (stored.cgroup === null) return;
  for (const pid of cgroupMembers(stored.cgroup)) {
    const found = await table.locate(pid);
    if (found.ok && found.value !== undefined) await table.assign(found.value, family.number);
  }
}

/** The process, if it still is there. */
async function find(keeper: Keeper, stored: StoredProcess): Promise<ProcessIdentity | undefined> {
  const { birthday, pid } = identity(stored);
  const found = await keeper.table.locate(pid);
  return found.ok && found.value?.birthday === birthday ? found.value : undefined;
}

function identity([pid, birthday]: StoredProcess): ProcessIdentity {
  return { pid, birthday };
}
