/**
 * MOUNT_UNDER_SCRATCH: directories of the host of which the job gets one of its own, backed by a
 * directory of the same name in its sandbox, as HTCondor's starter does it.
 */
import type { HostView } from '../host';
import type { Step } from '../plan';
import { type PlanError, knobFault } from '../plan-input';
import { components, isAtOrBelow, joinPath } from '../paths';
import type { Placement } from './placements';
import { SLOTS } from '../slots';
import { type Result, err, ok } from '../../result';

/** One private directory. */
export interface ScratchDirectory {
  /** As listed: names the backing directory in the sandbox. */
  readonly listed: string;
  /** Where the job finds it: canonical. */
  readonly at: string;
}

const KNOB = 'MOUNT_UNDER_SCRATCH';

/** As /tmp is: everyone writes, each removes his own. */
const SHARED_MODE = 0o1777;
const PARENT_MODE = 0o755;

/**
 * Finds the listed directories on the host. One that does not exist is skipped with a note, as by
 * HTCondor; one below EXECUTE is not there for the job anyway.
 *
 * @param execute EXECUTE, canonical
 */
export function findScratchDirectories(
  listed: readonly string[],
  host: Pick<HostView, 'stat'>,
  execute: string,
): Result<{ directories: readonly ScratchDirectory[]; notes: readonly string[] }, PlanError> {
  const directories: ScratchDirectory[] = [];
  const notes: string[] = [];
  for (const name of listed) {
    const fact = host.stat(name);
    if (fact?.kind !== 'directory') {
      notes.push(`${KNOB}: there is no directory ${name} here: skipped`);
    } else if (!isPlaceable(fact.realPath)) {
      return err(unplaceable(name));
    } else if (isAtOrBelow(fact.realPath, execute)) {
      notes.push(
        `${KNOB}: ${name} is inside EXECUTE, where the job sees its sandbox only: skipped`,
      );
    } else if (!directories.some(({ at }) => at === fact.realPath)) {
      directories.push({ listed: name, at: fact.realPath });
    }
  }
  return ok({ directories, notes });
}

/** The root cannot be mounted over, and /proc is what mounts are made through. */
export function isPlaceable(path: string): boolean {
  return path !== '/' && !isAtOrBelow(path, '/proc');
}

/** The error for a listed directory that is, or leads to, the root or /proc. */
export function unplaceable(name: string): PlanError {
  return knobFault(KNOB, `${name} cannot be private to a job; take it off the list`);
}

/** Makes the backing directories, owned by the job's user, in the sandbox. */
export function makeBackingDirectories(
  directories: readonly ScratchDirectory[],
  sandbox: string,
  owner: { readonly uid: number; readonly gid: number },
): readonly Step[] {
  const modes = new Map<string, number>();
  for (const { listed } of directories) {
    const names = components(listed);
    names.forEach((_, index) => {
      const path = joinPath(sandbox, names.slice(0, index + 1).join('/'));
      const isLast = index === names.length - 1;
      modes.set(path, isLast ? SHARED_MODE : (modes.get(path) ?? PARENT_MODE));
    });
  }
  return [...modes].map(([path, mode]) => ({ op: 'mkdir', path, mode, parents: false, owner }));
}

/** Binds a backing directory; needs the sandbox pinned. */
export function placeScratchDirectory({ listed, at }: ScratchDirectory): Placement {
  const backing = components(listed).join('/');
  return {
    at,
    startsEmpty: true,
    steps: [
      { op: 'pin', slot: SLOTS.source, path: backing, base: SLOTS.sandbox },
      { op: 'bind', source: SLOTS.source, target: at },
    ],
  };
}
