/** The families as a dump shows them. */
import type { DumpedFamily } from '../wire';
import { TICKS_PER_SECOND } from './cpu';
import { type Family, subtree } from './family';

/** A family and those below it, each before its children; members that came last come first. */
export function dumpOf(family: Family): readonly DumpedFamily[] {
  return subtree(family).map(({ parent, root, watcher, members }) => ({
    parentRoot: parent?.root?.pid ?? 0,
    root: root?.pid ?? 0,
    watcher: watcher ?? 0,
    processes: [...members.values()].reverse().map(({ facts }) => ({
      pid: facts.pid,
      ppid: facts.ppid,
      birthday: facts.birthday,
      userCpu: facts.userTicks / TICKS_PER_SECOND,
      systemCpu: facts.systemTicks / TICKS_PER_SECOND,
    })),
  }));
}
