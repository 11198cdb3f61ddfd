/**
 * The job's RequestedChroot: from a friendly name to a directory that is safe to be its root.
 */
import { type Result, err, ok } from '../../result';
import type { JobFault } from '../faults';
import { imageProblems } from './image-safety';
import { type PlanError, type PlanInput, knobFault } from '../plan-input';

/** An image that was checked. */
export interface ChosenImage {
  /** The friendly name, as the job asked for it. */
  readonly name: string;
  /** Its root on the host: canonical. */
  readonly root: string;
}

/**
 * Finds the image that a job asks for.
 *
 * @returns undefined where it asks for none, or for the host's own root, which HTCondor's NAMED_CHROOT
 *   may name too
 */
export function chooseImage({
  spec,
  policy,
  host,
  mode,
}: PlanInput): Result<ChosenImage | undefined, JobFault | PlanError> {
  const name = spec.requestedChroot;
  if (name === undefined) {
    return ok(undefined);
  }
  const root = policy.namedChroots.get(name);
  if (root === undefined) {
    return err(unknownImage(name, [...policy.namedChroots.keys()]));
  }
  if (root === '/') {
    return ok(undefined);
  }
  const owners = new Set(mode === 'rootless' ? [0, host.uid] : [0]);
  const problems = imageProblems(root, host, owners);
  if (problems.length > 0) {
    const reason = `the chroot "${name}" is not safe: ${problems.join('; ')}`;
    return err(knobFault('NAMED_CHROOT', reason));
  }
  return ok({ name, root });
}

function unknownImage(name: string, known: readonly string[]): JobFault {
  const choice =
    known.length === 0 ? 'this host has none' : `this host has ${[...known].sort().join(', ')}`;
  return {
    cause: 'cannotCreateProcess',
    subcode: 0,
    reason: `RequestedChroot names "${name}", which is no chroot here: ${choice}`,
  };
}
