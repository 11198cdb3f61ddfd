/**
 * The jobs that run on this machine: those of this user's starters; for root everybody's.
 */
import fs from 'node:fs';
import path from 'node:path';
import { hasEnded, ownIdentity, type ProcessIdentity } from '../../kernel/proc/process-identity';
import { type JobRecord, parseRecord } from './job-record';
import { readablePlaces } from './places';

/** A job that runs, and who says so. */
export interface RunningJob extends JobRecord {
  /** The account of its starter: who wrote the record. */
  readonly owner: number;
}

/** Bytes: with all 65,536 groups that an account can have a record stays below. */
const LARGEST = 1_048_576;

/**
 * Reads all records. One whose starter has certainly ended is removed; one of another PID namespace (a
 * container that shares the directory) is left alone and not told.
 */
export function runningJobs(): readonly RunningJob[] {
  const own = ownIdentity();
  if (!own.ok) return [];
  return readablePlaces()
    .flatMap((place) => recordsIn(place, own.value))
    .sort((a, b) => a.since - b.since);
}

function recordsIn(place: string, own: ProcessIdentity): readonly RunningJob[] {
  return names(place).flatMap((name) => {
    const file = path.join(place, name);
    const job = readOne(file);
    if (job === undefined || `${job.starter.pid}.json` !== name) return [];
    if (hasEnded(job.starter, own)) {
      forget(file, job);
      return [];
    }
    const { bootId, pidNamespace } = job.starter;
    return bootId === own.bootId && pidNamespace === own.pidNamespace ? [job] : [];
  });
}

/** Root leaves an ordinary user's directory to him: there the name may be another file's by now. */
function forget(file: string, { owner }: RunningJob): void {
  if (owner !== process.geteuid?.()) return;
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // Somebody else's turn.
  }
}

/** What is there may be anything, where the place is an ordinary user's. */
function readOne(file: string): RunningJob | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const facts = fs.fstatSync(fd);
    if (!facts.isFile() || facts.size > LARGEST || (facts.mode & 0o022) !== 0) return undefined;
    const own = process.geteuid?.();
    if (own !== 0 && facts.uid !== own) return undefined;
    const record = parseRecord(readAtMost(fd, facts.size));
    return record === undefined ? undefined : { ...record, owner: facts.uid };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function readAtMost(fd: number, size: number): string {
  const bytes = Buffer.alloc(size);
  let length = 0;
  for (let read = -1; read !== 0 && length < size; length += read) {
    read = fs.readSync(fd, bytes, length, size - length, null);
  }
  return bytes.subarray(0, length).toString();
}

function names(place: string): readonly string[] {
  try {
    return fs.readdirSync(place).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    return [];
  }
}
