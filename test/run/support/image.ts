/**
 * A root directory for NAMED_CHROOT, made of programs of this host and the libraries they need.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PROGRAMS = ['cat', 'chmod', 'id', 'ls', 'mkdir', 'sh', 'sleep', 'stat', 'touch'];

/** Directories that are links in images of today: usr-merge. */
const MERGED = ['bin', 'lib', 'lib64'];

/** Mount points that a job needs in an image; with EXECUTE they are all. */
export const MOUNT_POINTS = ['dev', 'proc', 'tmp', 'var/tmp'];

/**
 * Makes an image that belongs to root and has `/etc/image` with the word `image` in it, but no mount
 * points.
 *
 * @param directory where; it must not exist
 */
export function makeImage(directory: string): void {
  mkdirSync(path.join(directory, 'etc'), { recursive: true });
  writeFileSync(path.join(directory, 'etc/image'), 'image\n');
  for (const name of MERGED) {
    mkdirSync(path.join(directory, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, path.join(directory, name));
  }
  for (const name of PROGRAMS) copyProgram(name, directory);
}

function copyProgram(name: string, directory: string): void {
  const program = `/usr/bin/${name}`;
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  const libraries = listed.match(/\/\S+/g) ?? [];
  for (const file of [program, ...libraries]) {
    const place = path.join(directory, file.startsWith('/usr/') ? file : `usr${file}`);
    mkdirSync(path.dirname(place), { recursive: true });
    copyFileSync(file, place);
  }
}
