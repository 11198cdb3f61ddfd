/**
 * Who is responsible for which cgroups, on disk: so that the next starter can empty and remove what one
 * that was killed with SIGKILL left behind, and nothing else.
 *
 * A starter writes down its cgroups before it makes them, and keeps the file locked while it lives. A
 * file that nobody has locked, of a process that is not there, is what is left of a starter.
 */
import fs from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '../../result';
import { runtimeDirectory } from '../../runtime-directory';
import { makeTrustedDirectory } from '../../trusted-directory';
import { lockFile } from '../border';
import { errnoText, thrownText } from '../errno';
import { hasEnded, ownIdentity, type ProcessIdentity } from '../proc/process-identity';

/** Where the records are. */
function recordsDirectory(): string {
  return path.join(runtimeDirectory(process.env), 'cgroups');
}

/** What is written down. */
interface CgroupRecord {
  readonly starter: ProcessIdentity;
  /** Absolute: one for each hierarchy. */
  readonly directories: readonly string[];
}

/** A record that this process holds. */
export interface HeldRecord {
  /** Takes the record away: nobody is responsible any more, or nothing is left. */
  forget(): void;
  /** Leaves the record to the next starter. */
  leave(): void;
}

/** Records that this process has written. */
let written = 0;

/** Writes down that this process is responsible for these cgroups, which are not made yet. */
export function writeCgroupRecord(directories: readonly string[]): Result<HeldRecord, string> {
  const place = recordsDirectory();
  const made = makeTrustedDirectory(place, 0o700);
  if (!made.ok) return made;
  const own = ownIdentity();
  if (!own.ok) return own;
  written += 1;
  const name = `${own.value.pid}-${own.value.startTime}-${written}`;
  const file = path.join(place, name);
  const record: CgroupRecord = { starter: own.value, directories };
  // Nobody looks at a name that begins with a dot: what is seen is whole, and locked.
  const fresh = path.join(place, `.${name}`);
  let fd: number | undefined;
  try {
    fd = fs.openSync(fresh, 'w', 0o600);
    const locked = lockFile(fd);
    if (locked !== 0) throw new Error(errnoText(-locked));
    fs.writeSync(fd, `${JSON.stringify(record)}\n`);
    fs.renameSync(fresh, file);
    return ok(held(file, fd));
  } catch (thrown) {
    if (fd !== undefined) held(fresh, fd).forget();
    return err(`Cannot write ${file}: ${thrownText(thrown)}`);
  }
}

/** Another starter's record, and the cgroups in it. */
export interface Leftover extends HeldRecord {
  readonly directories: readonly string[];
}

/** What starters left that are gone. Each is this process's now, until it is forgotten or left. */
export function takeLeftovers(): readonly Leftover[] {
  const place = recordsDirectory();
  const own = ownIdentity();
  if (!own.ok) return [];
  return entriesOf(place).flatMap((name) => {
    const leftover = takeLeftover(path.join(place, name), own.value);
    return leftover === undefined ? [] : [leftover];
  });
}

function takeLeftover(file: string, own: ProcessIdentity): Leftover | undefined {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    // Who had it first may have removed the cgroups, and another one made some of their names.
    if (lockFile(fd) === 0 && fs.fstatSync(fd).nlink === 1 && isOurs(fd)) {
      const record = parse(fs.readFileSync(fd, 'latin1'));
      if (record !== undefined && isGone(record.starter, own)) {
        return { directories: record.directories, ...held(file, fd) };
      }
    }
  } catch {
    // Gone, or not a record.
  }
  if (fd !== undefined) fs.closeSync(fd);
  return undefined;
}

function isOurs(fd: number): boolean {
  const facts = fs.fstatSync(fd);
  return facts.isFile() && facts.uid === process.geteuid?.();
}

/** Of a process in another PID namespace the lock alone tells. */
function isGone(starter: ProcessIdentity, own: ProcessIdentity): boolean {
  const isFromHere = starter.bootId === own.bootId && starter.pidNamespace === own.pidNamespace;
  return !isFromHere || own.bootId === '' || hasEnded(starter, own);
}

function parse(text: string): CgroupRecord | undefined {
  const record = JSON.parse(text) as Partial<CgroupRecord>;
  const { directories, starter } = record;
  const isList =
    Array.isArray(directories) && directories.every((one) => typeof one === 'string' && one !== '');
  return isList && typeof starter?.pid === 'number' ? { directories, starter } : undefined;
}

function held(file: string, fd: number): HeldRecord {
  let isHeld = true;
  const leave = (): void => {
    if (isHeld) fs.closeSync(fd);
    isHeld = false;
  };
  return {
    forget() {
      if (isHeld) fs.rmSync(file, { force: true });
      leave();
    },
    leave,
  };
}

function entriesOf(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}
