/**
 * The file of named chroots that `eyrie image` keeps (knob NAMED_CHROOT_FILE): `NAME=/directory`, one a
 * line, as an entry of NAMED_CHROOT. Empty lines and lines that begin with `#` are skipped.
 */
import { err, ok, type Result } from '../../result';

/** A named chroot. */
export interface NamedImage {
  /** What jobs ask for: RequestedChroot. */
  readonly name: string;
  /** Its root on the host: absolute. */
  readonly directory: string;
}

/** A word in a list and in a path: NAMED_CHROOT separates by commas and blanks. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/** Paths that a line can hold, and that the safety check can follow component by component. */
const DIRECTORY = /^(\/(?!\.{1,2}(\/|$))[^/\n\0]+)+$/;

/** Why a text is no name for an image; undefined: it is one. */
export function nameTrouble(name: string): string | undefined {
  return NAME.test(name)
    ? undefined
    : `"${name}" is no name for an image: use letters, digits and . _ + -, a letter or digit first`;
}

/**
 * Reads the file's text.
 *
 * @param file its path, for the error: a sentence with the line that is wrong
 */
export function parseImageFile(text: string, file: string): Result<readonly NamedImage[], string> {
  const images: NamedImage[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name = '', directory = ''] = /^([^=]*)=(.*)$/.exec(line.trim()) ?? [];
    const place = `${file}:${index + 1}`;
    if (!NAME.test(name) || !DIRECTORY.test(directory)) {
      return err(`${place}: "${line}" is not NAME=/directory`);
    }
    if (images.some((image) => image.name === name)) {
      return err(`${place}: the name "${name}" is there twice`);
    }
    images.push({ name, directory });
  }
  return ok(images);
}

/** The file's text for these images, by name. */
export function printImageFile(images: readonly NamedImage[]): string {
  const lines = images.map(({ name, directory }) => `${name}=${directory}\n`);
  return ['# Kept by "eyrie image"; see NAMED_CHROOT_FILE.\n', ...lines.sort()].join('');
}
