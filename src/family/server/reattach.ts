/** Telling another eyrie-families what the one before it knew. */
import { subtree } from '../tree/family';
import type { Keeper } from './keeper';
import type { Registry } from './registry';

/** Puts every member into its family again, and watches every watcher. */
export async function reattach(keeper: Keeper, registry: Registry): Promise<void> {
  const { ownCgroups, table, tree, watchers } = keeper;
  const assigned = [...tree.members.all.values()]
    .filter(({ facts }) => facts.pid !== process.pid)
    .map(({ facts, family }) => table.assign(facts, family.number));
  await Promise.all(assigned);
  for (const family of subtree(tree.top)) {
    const { root } = family;
    if (root === undefined || family === tree.top) continue;
    if (ownCgroups.has(family)) await registry.adopt(family, root);
    for (const name of family.tags.cgroups) await table.adoptCgroup(family.number, name);
    const watching = watchers.get(family);
    if (watching !== undefined) registry.watch(family, root, watching.watcher);
  }
}
