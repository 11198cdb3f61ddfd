/**
 * `eyrie image add`: a directory, or an archive that is unpacked to one, becomes a named chroot once
 * it was found safe.
 */
import fs from 'node:fs';
import path from 'node:path';
import { removeTree } from '../../kernel/tree';
import { makeDirectories } from '../../make-directories';
import { err, ok, type Result } from '../../result';
import { checkImage, looksLikeRoot } from './check-image';
import { nameTrouble } from './image-file';
import { type ImagePlaces, unpackedPlace } from './image-places';
import { readImages, withImagesLocked, writeImages } from './image-store';
import { unpackArchive, type UnpackReport } from './unpack';

/** An image that was added. */
export interface AddedImage {
  readonly directory: string;
  /** Sentences about what is not as one might expect. */
  readonly notes: readonly string[];
}

/**
 * Adds an image.
 *
 * @param source a directory, which stays where it is; or a tar archive
 * @returns the error is a sentence; nothing is left behind then
 */
export async function addImage(
  places: ImagePlaces,
  name: string,
  source: string,
): Promise<Result<AddedImage, string>> {
  const trouble = nameTrouble(name);
  if (trouble !== undefined) return err(trouble);
  return await withImagesLocked(places.file, async () => {
    const images = readImages(places.file);
    if (!images.ok) return images;
    const same = images.value.find((image) => image.name === name);
    if (same !== undefined) {
      return err(
        `There is an image "${name}" already, ${same.directory}: eyrie image remove ${name}`,
      );
    }
    const added = await bringIn(places, name, path.resolve(source));
    if (!added.ok) return added;
    const written = writeImages(places.file, [
      ...images.value,
      { name, directory: added.value.directory },
    ]);
    return written.ok ? added : written;
  });
}

async function bringIn(
  places: ImagePlaces,
  name: string,
  source: string,
): Promise<Result<AddedImage, string>> {
  const stats = fs.statSync(source, { throwIfNoEntry: false });
  if (stats === undefined) return err(`There is no ${source}`);
  if (stats.isDirectory()) {
    const checked = check(source, places.execute);
    return checked.ok ? ok({ directory: source, notes: notesAbout(source) }) : checked;
  }
  return stats.isFile()
    ? await unpackIntoPlace(places, name, source)
    : err(`${source} is neither a directory nor a tar archive`);
}

function check(directory: string, execute: string | undefined): Result<void, string> {
  const problems = checkImage(directory, execute);
  return problems.length === 0
    ? ok(undefined)
    : err(`${directory} is not safe as a root: ${problems.join('; ')}`);
}

function notesAbout(directory: string, report?: UnpackReport): readonly string[] {
  const notes: string[] = [];
  if (!looksLikeRoot(directory)) notes.push(`${directory} has neither bin nor usr, lib or etc`);
  if (report !== undefined && report.leftOut > 0) {
    notes.push(
      `${report.leftOut} device nodes and FIFOs were left out: jobs have a /dev of their own`,
    );
  }
  if (report !== undefined && report.setIdDropped > 0) {
    notes.push(`${report.setIdDropped} programs are no longer set-user-id or set-group-id`);
  }
  return notes;
}

/** Unpacks beside the image's place and moves it there when it is whole and safe. */
async function unpackIntoPlace(
  places: ImagePlaces,
  name: string,
  archive: string,
): Promise<Result<AddedImage, string>> {
  const place = unpackedPlace(places, name);
  if (fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined) {
    return err(`Cannot unpack ${archive}: ${place} exists and is no image; remove it`);
  }
  // A leading dot is no image's name; what an interrupted run left there goes first.
  const temporary = `.${name}.unpacking`;
  const cleared = await prepareDirectory(places.directory, temporary);
  if (!cleared.ok) return cleared;
  const directory = `${places.directory}/${temporary}`;
  const unpacked = await unpackArchive(archive, directory);
  const added = unpacked.ok ? moveIntoPlace(directory, place, places, unpacked.value) : unpacked;
  if (!added.ok) await removeTree(places.directory, temporary);
  return added;
}

async function prepareDirectory(parent: string, name: string): Promise<Result<void, string>> {
  try {
    makeDirectories(parent, 0o755);
    const removed = await removeTree(parent, name);
    if (!removed.ok) return err(removed.error.message);
    fs.mkdirSync(`${parent}/${name}`, { mode: 0o700 });
    return ok(undefined);
  } catch (thrown) {
    return err(`Cannot make a directory for the image: ${(thrown as Error).message}`);
  }
}

function moveIntoPlace(
  directory: string,
  place: string,
  { execute }: ImagePlaces,
  report: UnpackReport,
): Result<AddedImage, string> {
  try {
    fs.chmodSync(directory, 0o755);
    const checked = check(directory, execute);
    if (!checked.ok) return checked;
    fs.renameSync(directory, place);
    return ok({ directory: place, notes: notesAbout(place, report) });
  } catch (thrown) {
    return err(`Cannot put the image into ${place}: ${(thrown as Error).message}`);
  }
}
