/**
 * EXECUTE inside the job's tree: an empty directory with the job's own sandbox in it and no other,
 * neither one that is there nor one made later. The account alone would not keep jobs apart: those
 * of one user, or of an account that is shared, could read each other's sandboxes.
 */
import { BARE, BARE_OPTIONS, type Placement } from './placements';
import { joinPath } from '../paths';
import { SLOTS } from '../slots';

/**
 * @param at EXECUTE, canonical
 * @param name the sandbox's name in it
 */
export function placeSandbox(at: string, name: string): Placement {
  const sandbox = joinPath(at, name);
  return {
    at,
    startsEmpty: true,
    steps: [
      { op: 'tmpfs', target: at, flags: BARE, options: BARE_OPTIONS },
      { op: 'mkdir', path: sandbox, mode: 0o755, parents: false },
      { op: 'bind', source: SLOTS.sandbox, target: sandbox },
    ],
    seal: [{ op: 'remount', target: at, flags: ['ro', ...BARE] }],
  };
}
