/**
 * Finds and reads the files of a configuration by hand, and refuses those that somebody else
 * could have written.
 */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '../../result';

const FILE_NAME = 'eyrie/starter.ini';

/** What the search goes by. */
export interface SearchInput {
  /** `-c FILE`: this file and no other. */
  readonly file: string | undefined;
  /** Where Eyrie is installed: `PREFIX/etc/eyrie/starter.ini` is the last to be tried. */
  readonly prefix: string;
  /** `~/.config`, or what XDG_CONFIG_HOME says, passed over where we may not enter it; undefined for root, whose HOME may be a user's. */
  readonly userConfigHome: string | undefined;
  /** `/etc` but for tests. */
  readonly siteDirectory: string;
}

/** A file's name and text. */
export interface ConfigFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads the files of a configuration: the one that was named; else the site's or, where there is
 * none, the installation's, and then the user's own, which wins. None at all is fine.
 *
 * @returns the files, weakest first; or why one cannot be read or trusted
 */
export function readConfigFiles(input: SearchInput): Result<readonly ConfigFile[], string> {
  if (input.file !== undefined) {
    const named = readTrusted(input.file);
    if (!named.ok) return named;
    return named.value === undefined
      ? err(`${input.file}: there is no such file`)
      : ok([named.value]);
  }
  const site = readFirst([
    path.join(input.siteDirectory, FILE_NAME),
    path.join(input.prefix, 'etc', FILE_NAME),
  ]);
  if (!site.ok || !isReachable(input.userConfigHome)) return site;
  const own = readFirst([path.join(input.userConfigHome, FILE_NAME)]);
  return own.ok ? ok([...site.value, ...own.value]) : own;
}

/**
 * False of a directory behind one that we may not enter: `su` and `sudo` can leave HOME at another
 * user's home, whose configuration is not ours.
 */
function isReachable(directory: string | undefined): directory is string {
  if (directory === undefined) return false;
  try {
    accessSync(directory, constants.X_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EACCES';
  }
}

function readFirst(candidates: readonly string[]): Result<readonly ConfigFile[], string> {
  for (const candidate of candidates) {
    const file = readTrusted(candidate);
    if (!file.ok) return file;
    if (file.value !== undefined) return ok([file.value]);
  }
  return ok([]);
}

/** Reads a file; undefined: there is none. */
function readTrusted(file: string): Result<ConfigFile | undefined, string> {
  let descriptor: number;
  try {
    // Without O_NONBLOCK a FIFO without a writer would stop us here.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return ok(undefined);
    return err(`${file}: cannot be read: ${message}`);
  }
  try {
    const stats = fstatSync(descriptor);
    if (isNullDevice(stats)) return ok({ file, text: '' });
    const distrust = whyNotTrusted(stats);
    if (distrust !== undefined) return err(`${file}: ${distrust}`);
    return ok({ file, text: readFileSync(descriptor, 'utf8') });
  } catch (error) {
    return err(`${file}: cannot be read: ${(error as Error).message}`);
  } finally {
    closeSync(descriptor);
  }
}

/** /dev/null: Linux's character device 1:3. `-c /dev/null` asks for the defaults. */
function isNullDevice(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0x103;
}

/** Root does as the file says: whoever can write it is root. */
function whyNotTrusted(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'not a regular file';
  if (process.geteuid?.() !== 0) return undefined;
  if (stats.uid !== 0) {
    return `belongs to user ${stats.uid}, and root obeys files of root only (chown root)`;
  }
  if ((stats.mode & 0o022) !== 0) {
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
    return `can be written by others than root (mode ${mode}; chmod go-w)`;
  }
  return undefined;
}
