/**
 * Whether a directory of this host can be a job's root, for whoever runs this.
 */
import { isAtOrBelow } from '../../job/paths';
import { imageProblems } from '../../job/tree/image-safety';
import { listDirectory, statEntry } from '../host-paths';
import { trustedOwners } from './trusted-text';

/**
 * Checks a directory.
 *
 * @param directory absolute, without `..`
 * @param execute EXECUTE, where it is known
 * @returns what is wrong and how to mend it, a sentence each; nothing where a job can have it
 */
export function checkImage(directory: string, execute: string | undefined): readonly string[] {
  if (directory === '/') return ["/ is the host's own root, which every job has without a chroot"];
  if (execute !== undefined && isAtOrBelow(execute, directory)) {
    return [`EXECUTE (${execute}) is in ${directory}, and with it the sandboxes of other jobs`];
  }
  const host = { entry: statEntry, list: listDirectory };
  return imageProblems(directory, host, trustedOwners());
}

/** A directory that lacks all of these is hardly a root; said, not forbidden. */
const PARTS_OF_A_ROOT = ['bin', 'usr', 'lib', 'etc'];

/** Whether it looks like what a program can run in. */
export function looksLikeRoot(directory: string): boolean {
  const names = (listDirectory(directory) ?? []).map(({ name }) => name);
  return PARTS_OF_A_ROOT.some((part) => names.includes(part));
}
