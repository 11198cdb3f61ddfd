/**
 * Making a directory with those above it.
 */
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a directory, and those above it, where they are missing.
 *
 * Node's own `recursive: true` never comes back where the kernel says ENOENT although the directory
 * above is there, as it does below /proc.
 *
 * @param mode permission bits of directories that are made, less the umask
 * @throws the error of mkdir(2) for the first directory that cannot be made
 */
export function makeDirectories(directory: string, mode: number): void {
  if (isDirectory(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectories(parent, mode);
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    // Another process may have been faster.
    if (!isDirectory(directory)) throw error;
  }
}

function isDirectory(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}
