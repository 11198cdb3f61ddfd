/**
 * Where in an image the job's own places are: EXECUTE, /dev, /proc, and the private directories.
 */
import { type Result, err, ok } from '../../result';
import type { ChosenImage } from './choose-image';
import { type ImagePath, resolveInImage } from './image-path';
import { isAtOrBelow, parentOf } from '../paths';
import { type PlanError, type PlanInput, knobFault } from '../plan-input';
import { isPlaceable, unplaceable } from './scratch-directories';

/** A MOUNT_UNDER_SCRATCH entry inside the image. */
export interface ImageScratch extends ImagePath {
  /** As listed: names the backing directory in the sandbox. */
  readonly listed: string;
}

/** All paths as seen from inside. */
export interface ImageTree {
  readonly execute: ImagePath;
  readonly dev: ImagePath;
  readonly proc: ImagePath;
  readonly scratch: readonly ImageScratch[];
  readonly notes: readonly string[];
}

/** Resolves the places inside the image. */
export function readImageTree(input: PlanInput, image: ChosenImage): Result<ImageTree, PlanError> {
  const resolve = (path: string): Result<ImagePath, PlanError> => {
    const found = resolveInImage(input.host, image.root, path);
    return found.ok ? found : err(imageFault(image, found.error));
  };
  const execute = resolve(parentOf(input.sandbox.directory));
  if (!execute.ok) {
    return execute;
  }
  const dev = resolve('/dev');
  if (!dev.ok) {
    return dev;
  }
  const proc = resolve('/proc');
  if (!proc.ok) {
    return proc;
  }
  const scratch = findImageScratch(input, execute.value.path, resolve);
  if (!scratch.ok) {
    return scratch;
  }
  return ok({ execute: execute.value, dev: dev.value, proc: proc.value, ...scratch.value });
}

/** The error for an image that no job can be put into. */
export function imageFault({ name, root }: ChosenImage, reason: string): PlanError {
  return knobFault('NAMED_CHROOT', `the chroot "${name}" (${root}) cannot be used: ${reason}`);
}

/** A listed directory that neither the image nor the host has is skipped, as it is without a chroot. */
function findImageScratch(
  { policy, host }: PlanInput,
  execute: string,
  resolve: (path: string) => Result<ImagePath, PlanError>,
): Result<Pick<ImageTree, 'scratch' | 'notes'>, PlanError> {
  const scratch: ImageScratch[] = [];
  const notes: string[] = [];
  for (const listed of policy.mountUnderScratch) {
    const place = resolve(listed);
    if (!place.ok) {
      return place;
    }
    const { path, existing } = place.value;
    const isMissing = path !== existing && host.stat(listed)?.kind !== 'directory';
    if (isMissing) {
      notes.push(`MOUNT_UNDER_SCRATCH: neither the chroot nor the host has ${listed}: skipped`);
    } else if (!isPlaceable(path)) {
      return err(unplaceable(listed));
    } else if (!isAtOrBelow(path, execute) && !scratch.some((other) => other.path === path)) {
      scratch.push({ listed, path, existing });
    }
  }
  return ok({ scratch, notes });
}
