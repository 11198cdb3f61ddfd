/** cpio archives, as the kernel unpacks them: one after another in one file, into the same tree. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/**
 * Appends files to an archive, and the directories that they are in; they belong to root there.
 *
 * @param output the archive's descriptor
 * @param files names from the directory; a directory stands for itself only
 * @param links `follow`: the archive has what a link leads to
 */
export function archive(output, directory, files, links) {
  const names = new Set(files.flatMap((file) => [...directoriesAbove(file), file]));
  const options = ['--create', '--format=newc', '--quiet', '--owner=+0:+0'];
  if (links === 'follow') options.push('--dereference');
  execFileSync('cpio', options, {
    cwd: directory,
    input: [...names].map((name) => `${name}\n`).join(''),
    stdio: ['pipe', output, 'inherit'],
  });
}

function directoriesAbove(file) {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** All files below a directory, relative to it. */
export function filesBelow(directory) {
  return readdirSync(directory, { recursive: true }).sort();
}
