/**
 * The stored images: read, and changed by one process at a time.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDirectories } from '../../make-directories';
import { err, ok, type Result } from '../../result';
import { writeFileWhole } from '../write-file';
import { type NamedImage, parseImageFile, printImageFile } from './image-file';
import { readTrustedText } from './trusted-text';

/** How long another process may take, milliseconds, and how often it is looked for. */
const PATIENCE = 5000;
const INTERVAL = 50;

/** Signals that end a process from a terminal or a service manager: the lock goes first. */
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Reads the images in a file; none where it does not exist. */
export function readImages(file: string): Result<readonly NamedImage[], string> {
  const text = readTrustedText(file);
  return text.ok ? parseImageFile(text.value ?? '', file) : text;
}

/** Writes the images, the whole file at once. */
export function writeImages(file: string, images: readonly NamedImage[]): Result<void, string> {
  return writeFileWhole(file, printImageFile(images));
}

/**
 * Does a piece of work on the images while no other process does.
 *
 * The lock is a file that must not exist, as git has it: it works on any file system, and a killed
 * process leaves something that a person can see and remove.
 */
export async function withImagesLocked<T>(
  file: string,
  work: () => Promise<Result<T, string>>,
): Promise<Result<T, string>> {
  const lock = `${file}.lock`;
  const locked = await takeLock(lock);
  if (!locked.ok) return locked;
  const unlock = (): void => {
    fs.rmSync(lock, { force: true });
  };
  const die = (signal: NodeJS.Signals): void => {
    unlock();
    process.kill(process.pid, signal);
  };
  for (const signal of ENDING_SIGNALS) process.once(signal, die);
  try {
    return await work();
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, die);
    unlock();
  }
}

async function takeLock(lock: string): Promise<Result<void, string>> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    try {
      makeDirectories(path.dirname(lock), 0o755);
      fs.writeFileSync(lock, `${process.pid}\n`, { flag: 'wx', mode: 0o644 });
      return ok(undefined);
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException;
      if (code !== 'EEXIST') return err(`Cannot lock the images: ${message}`);
    }
    if (performance.now() > deadline) {
      return err(
        `Cannot lock the images: ${lock} exists, so another "eyrie image" is at work or was killed; ` +
          'remove the file if none is running',
      );
    }
    await delay(INTERVAL);
  }
}
