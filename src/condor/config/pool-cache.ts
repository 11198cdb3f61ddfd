/**
 * Values of knobs kept from one starter of a startd to the next.
 *
 * They hold for the startd that they were asked under, for the same environment, and for as long as
 * no file or directory that they came from has changed. The directory is root's alone; anything odd
 * about it, the file in it or its text means that there is no cache, never an error.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { VERSION } from '../../version';
import { knobPattern } from './config-val-output';
import type { KnobValue, KnobValues } from './resolve';

/** Memory of the host that is empty after a boot; /run itself is root's. */
export const CACHE_DIRECTORY = '/run/eyrie';

const SIZE_LIMIT = 256 * 1024;

/** A file that changed this short a time ago can change again without showing it: milliseconds. */
const SETTLED = 2000;

/** What values depend on beside files. */
export interface CacheKey {
  readonly directory: string;
  /** CONDOR_PARENT_ID: host, process id and time of birth of the startd. */
  readonly parentId: string;
  readonly localName: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What was seen of a file or directory; `absent`: nothing was there. */
type Stamp = string;

interface CacheText {
  readonly key: string;
  readonly stamps: readonly (readonly [place: string, stamp: Stamp])[];
  readonly values: readonly (readonly [name: string, value: KnobValue])[];
}

/** Reads values that still hold; undefined: there are none. */
export function readCache(key: CacheKey): KnobValues | undefined {
  try {
    if (!isPrivate(lstatSync(key.directory), 'directory')) return undefined;
    const cached = JSON.parse(readPrivate(cacheFile(key))) as CacheText;
    if (cached.key !== digestOf(key)) return undefined;
    if (cached.stamps.some(([place, stamp]) => stampOf(place) !== stamp)) return undefined;
    return new Map(cached.values);
  } catch {
    return undefined;
  }
}

/**
 * Keeps values, if they can be kept.
 *
 * @param places every file and directory that they came from, whether it exists or not
 * @param asked when the asking began, milliseconds since the epoch: what changed since, or shortly
 * before, could be newer than the values
 */
export function writeCache(
  key: CacheKey,
  values: KnobValues,
  places: readonly string[],
  asked: number,
): void {
  const file = cacheFile(key);
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(key.directory, { mode: 0o700, recursive: true });
    if (!isPrivate(lstatSync(key.directory), 'directory')) return;
    if (places.some((place) => changedSince(place, asked - SETTLED))) return;
    const stamps = places.map((place) => [place, stampOf(place)] as const);
    const text: CacheText = { key: digestOf(key), stamps, values: [...values] };
    writeFileSync(draft, JSON.stringify(text), { flag: 'wx', mode: 0o600 });
    renameSync(draft, file);
  } catch {
    removeDraft(draft);
  }
}

function removeDraft(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // There is none, or no one can remove it: both are no matter for a job.
  }
}

/** One file for each kind of slot, so that starts of different ones do not undo each other's. */
function cacheFile({ directory, localName, environment }: CacheKey): string {
  const kind = [localName, environment.CONDOR_CONFIG, environment._CONDOR_EXECUTE];
  return path.join(directory, `configuration-${hash(kind).slice(0, 16)}.json`);
}

/** The environment may hold secrets: of it and the rest only a digest is kept. */
function digestOf({ parentId, localName, environment }: CacheKey): string {
  const variables = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash([VERSION, knobPattern(localName), parentId, localName, variables]);
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function stampOf(place: string): Stamp {
  const stats = statSync(place, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return 'absent';
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function changedSince(place: string, time: number): boolean {
  const stats = statSync(place, { throwIfNoEntry: false });
  return stats !== undefined && Math.max(stats.mtimeMs, stats.ctimeMs) > time;
}

function readPrivate(file: string): string {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const stats = fstatSync(descriptor);
    if (!isPrivate(stats, 'file') || stats.size > SIZE_LIMIT) return '';
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Others may pass through the directory, to the socket of condor_procd's control endpoint. */
const OTHERS = { directory: 0o066, file: 0o077 } as const;

/** Root's, and closed to everybody else. */
function isPrivate(stats: Stats, kind: 'directory' | 'file'): boolean {
  const isKind = kind === 'directory' ? stats.isDirectory() : stats.isFile();
  return isKind && stats.uid === 0 && (stats.mode & OTHERS[kind]) === 0;
}
