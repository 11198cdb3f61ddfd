/**
 * `eyrie image remove`: forgets a named chroot, and deletes what `eyrie image add` unpacked for it. A
 * directory that was there before is left alone.
 */
import path from 'node:path';
import { removeTree } from '../../kernel/tree';
import { err, ok, type Result } from '../../result';
import { type ImagePlaces, unpackedPlace } from './image-places';
import { readImages, withImagesLocked, writeImages } from './image-store';

/** An image that was removed. */
export interface RemovedImage {
  readonly directory: string;
  readonly isDeleted: boolean;
}

/** Removes an image by its name; the error is a sentence. */
export async function removeImage(
  places: ImagePlaces,
  name: string,
): Promise<Result<RemovedImage, string>> {
  return await withImagesLocked<RemovedImage>(places.file, async () => {
    const images = readImages(places.file);
    if (!images.ok) return images;
    const image = images.value.find((other) => other.name === name);
    if (image === undefined) return err(`There is no image "${name}" in ${places.file}`);
    // First forgotten, then deleted: no job shall begin in half an image.
    const written = writeImages(
      places.file,
      images.value.filter((other) => other !== image),
    );
    if (!written.ok) return written;
    const { directory } = image;
    if (directory !== unpackedPlace(places, name)) return ok({ directory, isDeleted: false });
    const deleted = await removeTree(path.dirname(directory), path.basename(directory));
    return deleted.ok ? ok({ directory, isDeleted: true }) : err(deleted.error.message);
  });
}
