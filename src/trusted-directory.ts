/**
 * Directories below which nobody but root and oneself can put something else in one's way.
 */
import { lstatSync, realpathSync, type Stats } from 'node:fs';
import path from 'node:path';
import { makeDirectories } from './make-directories';
import { err, ok, type Result } from './result';

const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/**
 * Makes a directory and those above it where they are missing, and makes sure that the whole path
 * can be trusted. In /tmp or /var/tmp anybody could have made `eyrie-1000` before its user came.
 *
 * @param mode permission bits of directories that are made
 * @returns an error that names the part of the path that is wrong, and what to do
 */
export function makeTrustedDirectory(directory: string, mode: number): Result<void, string> {
  try {
    // Before as well: nothing is made where somebody else's link leads.
    const before = whyUntrusted(directory);
    if (before !== undefined) return err(before);
    makeDirectories(directory, mode);
    const after = whyUntrusted(directory);
    return after === undefined ? ok(undefined) : err(after);
  } catch (error) {
    return err(`cannot make the directory ${directory}: ${(error as Error).message}`);
  }
}

/**
 * What of a path somebody other than root and this process's user could replace.
 *
 * Directories that a group may write to pass: who is in a group is the administrator's choice, and
 * distributions have such directories (/var/log).
 *
 * @returns a sentence; undefined: nothing. Parts that do not exist are not looked at.
 */
export function whyUntrusted(place: string): string | undefined {
  const chain = chainOf(place);
  for (let depth = 1; depth < chain.length; depth++) {
    const trouble = whyReplaceable(chain[depth], chain[depth - 1]);
    if (trouble !== undefined) return trouble;
  }
  const real = realPathOf(chain.at(-1)?.name ?? place);
  return real === chain.at(-1)?.name ? undefined : whyUntrusted(real);
}

interface Part {
  readonly name: string;
  readonly stats: Stats;
}

/** The existing parts of a path from / on. A link is a part like any other. */
function chainOf(place: string): readonly Part[] {
  const chain: Part[] = [];
  let name: string = path.sep;
  for (const word of ['', ...place.split(path.sep).filter(Boolean)]) {
    name = path.join(name, word);
    const stats = lstatSync(name, { throwIfNoEntry: false });
    if (stats === undefined) break;
    chain.push({ name, stats });
  }
  return chain;
}

function realPathOf(place: string): string {
  try {
    return realpathSync(place);
  } catch {
    return place; // a link to nowhere: mkdir(2) will say so
  }
}

function whyReplaceable(part: Part | undefined, parent: Part | undefined): string | undefined {
  if (part === undefined || parent === undefined) return undefined;
  if ((parent.stats.mode & WRITABLE_BY_ALL) === 0 || parent.stats.isSymbolicLink()) {
    return undefined;
  }
  if ((parent.stats.mode & STICKY) === 0) {
    return `everybody can write to ${parent.name}, and replace what is in it (chmod o-w)`;
  }
  const own = process.geteuid?.();
  if (part.stats.uid === 0 || part.stats.uid === own) return undefined;
  return (
    `${part.name} belongs to user ${part.stats.uid} and stands where everybody can put something; ` +
    `remove it or use another directory`
  );
}
