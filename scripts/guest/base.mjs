/**
 * What is the same in every run of the guest, and most of its files: busybox, the kernel's modules, node,
 * some programs of this machine and their libraries. It is packed once and kept beside the kernel, until
 * one of them changes.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { archive, filesBelow } from './archive.mjs';

/**
 * Programs of this machine that tests and the product call, where busybox's own cannot do it: busybox's
 * shell runs busybox's setpriv whatever PATH says.
 */
const PROGRAMS = ['sh', 'setpriv', 'mkfs.ext4'];

/**
 * The archive with these files, which is made where there is none.
 *
 * @param guest where scripts/guest/install.sh put the guest
 * @returns its path
 */
export function baseArchive(guest) {
  const programs = programFiles();
  const file = path.join(guest, `base-${keyOf(guest, programs)}.cpio`);
  if (existsSync(file)) return file;
  for (const name of readdirSync(guest).filter((each) => /^base-.*\.cpio$/.test(each))) {
    rmSync(path.join(guest, name), { force: true });
  }
  // Whoever looks meanwhile sees none, or a whole one.
  const fresh = path.join(guest, `new-base-${process.pid}`);
  const output = openSync(fresh, 'w');
  try {
    const root = path.join(guest, 'root');
    archive(output, root, filesBelow(root));
    archive(output, '/', programs, 'follow');
  } finally {
    closeSync(output);
  }
  renameSync(fresh, file);
  return file;
}

/** Of this machine's files size and time of the last change stand for the content. */
function keyOf(guest, programs) {
  const hash = createHash('sha256');
  hash.update(readFileSync(path.join(guest, 'installed')));
  hash.update(readFileSync(import.meta.filename));
  for (const name of programs) {
    const { size, mtimeMs } = statSync(`/${name}`);
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Node, the programs, and their libraries; absolute paths without the first slash. */
function programFiles() {
  const search = (process.env.PATH ?? '').split(':').concat('/usr/sbin', '/sbin');
  const programs = PROGRAMS.map((name) => findOnPath(name, search));
  const binaries = [process.execPath, ...programs];
  const text = execFileSync('ldd', binaries, { encoding: 'utf8' });
  const libraries = [...text.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, file]) => file);
  return [...new Set([...binaries, ...libraries])].map(inRealDirectory);
}

function findOnPath(name, directories) {
  const found = directories.map((each) => path.join(each, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`there is no ${name} on this machine`);
  return found;
}

/** The file under its own name without the first slash, but no directory on the way to it is a link. */
export function inRealDirectory(file) {
  return path.join(realpathSync(path.dirname(file)), path.basename(file)).slice(1);
}
