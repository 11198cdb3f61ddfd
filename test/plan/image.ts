/**
 * A small image for chroot tests: a shell and a few tools, with the libraries that they need.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const TOOLS = ['sh', 'cat', 'ls', 'stat', 'id', 'touch', 'sleep'] as const;

/** Mount points of a job that an image may have or lack. */
export const MOUNT_POINTS = ['dev', 'proc', 'tmp', 'var/tmp'] as const;

/**
 * Makes an image.
 *
 * @param root where: does not exist, its parent does
 * @param directories what it has beside the tools, e.g. mount points
 */
export function makeImage(root: string, directories: readonly string[] = MOUNT_POINTS): void {
  fs.mkdirSync(`${root}/usr/bin`, { recursive: true });
  fs.symlinkSync('usr/bin', `${root}/bin`);
  for (const tool of TOOLS) {
    const source = fs.realpathSync(`/bin/${tool}`);
    fs.copyFileSync(source, `${root}/usr/bin/${tool}`);
    for (const library of librariesOf(source)) {
      fs.mkdirSync(root + path.dirname(library), { recursive: true });
      fs.copyFileSync(library, root + library);
    }
  }
  for (const directory of directories) fs.mkdirSync(`${root}/${directory}`, { recursive: true });
  fs.mkdirSync(`${root}/etc`);
  fs.writeFileSync(`${root}/etc/image`, 'the image\n');
}

/** The shared libraries of a program, by the paths that ldd(1) prints. */
function librariesOf(program: string): readonly string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** Every path of a tree with its type, mode and owner, to see whether anything changed. */
export function inventory(root: string): readonly string[] {
  return fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { mode, uid, size, mtimeMs } = fs.lstatSync(`${root}/${name}`);
      return `${name} ${mode.toString(8)} ${uid} ${size} ${mtimeMs}`;
    });
}
