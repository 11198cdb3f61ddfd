/**
 * HIDE_PATHS: what the job shall not see. A directory is covered by an empty one that nobody may
 * enter, a file by /dev/null.
 */
import type { HostView } from '../host';
import type { Step } from '../plan';
import { type PlanError, knobFault } from '../plan-input';
import { isAtOrBelow } from '../paths';
import { BARE, type Placement } from './placements';
import { SLOTS } from '../slots';
import { type Result, err, ok } from '../../result';

const KNOB = 'HIDE_PATHS';

/** Something to hide: canonical path, and whether it is a directory. */
export interface HiddenPath {
  readonly at: string;
  readonly isDirectory: boolean;
}

/**
 * Finds the listed paths. One that does not exist needs no hiding; one that would take the sandbox
 * or the launch itself with it is an error.
 *
 * @param execute EXECUTE, canonical
 */
export function findHiddenPaths(
  listed: readonly string[],
  host: Pick<HostView, 'stat'>,
  execute: string,
): Result<readonly HiddenPath[], PlanError> {
  const found = new Map<string, HiddenPath>();
  for (const name of listed) {
    const fact = host.stat(name);
    if (fact === undefined) {
      continue;
    }
    const at = fact.realPath;
    if (at === '/' || at === '/proc') {
      return err(knobFault(KNOB, `${name} is needed to start a job; take it off the list`));
    }
    if (isAtOrBelow(execute, at)) {
      const reason = `${name} would hide EXECUTE (${execute}) and with it the job's own sandbox`;
      return err(knobFault(KNOB, reason));
    }
    found.set(at, { at, isDirectory: fact.kind === 'directory' });
  }
  return ok([...found.values()]);
}

/** Pins what files are covered by, where there are any, before /dev may be covered itself. */
export function pinForHidden(hidden: readonly HiddenPath[]): readonly Step[] {
  return hidden.some(({ isDirectory }) => !isDirectory)
    ? [{ op: 'pin', slot: SLOTS.nothing, path: '/dev/null' }]
    : [];
}

/** Covers one path, after {@link pinForHidden}. */
export function placeHidden({ at, isDirectory }: HiddenPath): Placement {
  return {
    at,
    startsEmpty: false,
    steps: isDirectory
      ? // Read-only: rootless, the job owns the directory and could give itself permission.
        [{ op: 'tmpfs', target: at, flags: ['ro', ...BARE], options: 'mode=0,size=4k' }]
      : [{ op: 'bind', source: SLOTS.nothing, target: at }],
  };
}
