/**
 * Images: named chroots that `eyrie image` keeps beside the knob NAMED_CHROOT.
 */
import type { Config } from '../../condor/config';
import { ok, type Result } from '../../result';
import { readImages } from './image-store';

/**
 * The stored images by name.
 *
 * @returns the directories; or a sentence: the file cannot be read, or somebody else could have
 *   written it
 */
export function storedImages(config: Config): Result<ReadonlyMap<string, string>, string> {
  const file = config.path('NAMED_CHROOT_FILE');
  if (!file.ok) return { ok: false, error: file.error.message };
  if (file.value === undefined) return ok(new Map());
  const images = readImages(file.value);
  return images.ok
    ? ok(new Map(images.value.map(({ name, directory }) => [name, directory])))
    : images;
}
