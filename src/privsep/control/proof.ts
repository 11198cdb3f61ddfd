/**
 * How somebody proves over TCP which user he is: the daemon names a directory, he makes it, and whose
 * it is then, he is. Only he and root can make a directory that is his.
 *
 * Source: HTCondor's authentication method FS.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { whyNotRootOnly } from '../../root-only-path';
import { err, ok, type Result } from '../../result';

/** What the directory's mode must be: nobody but its owner can have moved it there. */
export const PROOF_MODE = 0o700;

/** Permission bits of a directory in which everybody may make his own entries. */
const PLACE_MODE = 0o1777;

const NAME = /^eyrie_[0-9a-f]{32}$/;

/** Whether a path is one that a daemon would name: nothing else is made by a client. */
export function isProofPath(proof: string): boolean {
  return path.resolve(proof) === proof && NAME.test(path.basename(proof));
}

/** A path that nobody can have guessed. A sentence where the directory is none for this. */
export function nameProof(place: string): Result<string, string> {
  const distrust = whyNotRootOnly(place) ?? whyNotPlace(place);
  if (distrust !== undefined) return err(`cannot use ${place}: ${distrust}`);
  return ok(path.join(place, `eyrie_${randomBytes(16).toString('hex')}`));
}

function whyNotPlace(place: string): string | undefined {
  const stats = fs.statSync(place);
  if (!stats.isDirectory()) return 'it is no directory';
  const mode = stats.mode & 0o7777;
  return mode === PLACE_MODE ? undefined : `its mode is 0${mode.toString(8)}, expected 1777`;
}

/**
 * Whose the directory is that was named; it is removed. lstat(2) and rmdir(2) follow no link in the
 * last place, and the rest of the path is root's.
 *
 * @returns an error that says what is there instead
 */
export function checkProof(proof: string): Result<number, string> {
  try {
    const stats = fs.lstatSync(proof, { throwIfNoEntry: false });
    if (stats === undefined) return err(`there is no ${proof}`);
    if (!stats.isDirectory()) return err(`${proof} is no directory`);
    // One of another user's that everybody may write to can have been moved there by anybody.
    const mode = stats.mode & 0o7777;
    if (mode !== PROOF_MODE)
      return err(`the mode of ${proof} is 0${mode.toString(8)}, expected 0700`);
    fs.rmdirSync(proof);
    return ok(stats.uid);
  } catch (error) {
    return err((error as Error).message);
  }
}
