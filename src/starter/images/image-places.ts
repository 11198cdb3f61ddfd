/**
 * Where images are kept on this host: the knobs, read.
 */
import type { Config } from '../../condor/config';
import { err, ok, type Result } from '../../result';

/** The knobs that images are about. */
export interface ImagePlaces {
  /** NAMED_CHROOT_FILE */
  readonly file: string;
  /** IMAGE_DIRECTORY */
  readonly directory: string;
  /** EXECUTE */
  readonly execute: string | undefined;
}

/** Reads the knobs; an error names the one that is wrong or empty. */
export function readImagePlaces(config: Config): Result<ImagePlaces, string> {
  const file = readPath(config, 'NAMED_CHROOT_FILE');
  if (!file.ok) return file;
  const directory = readPath(config, 'IMAGE_DIRECTORY');
  if (!directory.ok) return directory;
  const execute = config.path('EXECUTE');
  if (!execute.ok) return err(execute.error.message);
  return ok({ file: file.value, directory: directory.value, execute: execute.value });
}

function readPath(
  config: Config,
  knob: 'NAMED_CHROOT_FILE' | 'IMAGE_DIRECTORY',
): Result<string, string> {
  const path = config.path(knob);
  if (!path.ok) return err(path.error.message);
  return path.value === undefined ? err(`The knob ${knob} is empty; name a path`) : ok(path.value);
}

/** Where `eyrie image add` unpacks the archive of an image. */
export function unpackedPlace({ directory }: ImagePlaces, name: string): string {
  return `${directory}/${name}`;
}
