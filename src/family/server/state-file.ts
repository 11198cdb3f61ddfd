/** The state file: written whole or not at all, and read only where nobody else can have written it. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { readKernelFile } from '../../kernel/proc/read';
import { err, ok, type Result } from '../../result';
import { parseState, type StoredState } from './state';

const SIZE_MAX = 64 * 2 ** 20;
const WRITABLE_BY_OTHERS = 0o022;

/** Which start of the machine this is; empty where it cannot be told. */
export function bootId(): string {
  const text = readKernelFile('/proc/sys/kernel/random/boot_id');
  return text.ok ? text.value.trim() : '';
}

/** Writes the state. @throws what the file system says */
export function writeState(path: string, state: StoredState): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, JSON.stringify(state), { mode: 0o600, flag: 'wx' });
  renameSync(temporary, path);
}

/**
 * Reads the state that a procd of this start of the machine has left.
 *
 * @returns undefined: there is none; a sentence where there is something else
 */
export function readState(path: string): Result<StoredState | undefined, string> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? ok(undefined) : err(`cannot read the state ${path}: ${message}`);
  }
  try {
    const wrong = whyUntrusted(fstatSync(fd));
    if (wrong !== undefined) return err(`cannot use the state ${path}: ${wrong}`);
    const state = parseState(readFileSync(fd, 'utf8'));
    if (!state.ok) return err(`cannot use the state ${path}: ${state.error}`);
    const own = bootId();
    return ok(own !== '' && state.value.boot === own ? state.value : undefined);
  } finally {
    closeSync(fd);
  }
}

function whyUntrusted(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'it is not a file';
  if (stats.uid !== process.geteuid?.()) return `it belongs to user ${stats.uid}`;
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) return 'others can write to it';
  return stats.size > SIZE_MAX ? `it has ${stats.size} bytes` : undefined;
}
