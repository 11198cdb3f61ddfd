/**
 * Who is responsible for which sandbox, on disk: so that the next starter can remove what one that
 * was killed with SIGKILL had to leave behind. In a pool the startd does that; by hand nobody else.
 *
 * Beside `EXECUTE/dir_123` stands `EXECUTE/.dir_123`, which tells the process that made it. The record is
 * written before the sandbox is made and removed after it: a sandbox without a record, such as one
 * that was kept, is nobody's leftover.
 */
import fs from 'node:fs';
import path from 'node:path';
import { hasEnded, ownIdentity, type ProcessIdentity } from '../kernel/proc/process-identity';
import { thrownText } from '../kernel/errno';
import { err, ok, type Result } from '../result';

const RECORD = /^\.(dir_\d+)$/;

/** Only the starter's own account may read a record: nobody else can make use of one. */
const MODE = 0o600;

/** Says that this process is responsible for a sandbox, which is not made yet. */
export function writeSandboxRecord(executeDirectory: string, name: string): Result<void, string> {
  const own = ownIdentity();
  if (!own.ok) return own;
  const file = recordPath(executeDirectory, name);
  try {
    // One that stands there is of a starter that had our pid.
    fs.rmSync(file, { force: true });
    fs.writeFileSync(file, JSON.stringify(own.value), { flag: 'wx', mode: MODE });
    return ok(undefined);
  } catch (thrown) {
    // On a full disk the file is there and empty.
    removeSandboxRecord(executeDirectory, name);
    return err(`Cannot write ${file}: ${thrownText(thrown)}`);
  }
}

/** Says that nobody is any more. */
export function removeSandboxRecord(executeDirectory: string, name: string): void {
  fs.rmSync(recordPath(executeDirectory, name), { force: true });
}

/** Likewise where the sandbox is gone; one that could not be removed is left to the next starter. */
export function settleSandboxRecord(executeDirectory: string, name: string): void {
  // What stands beside it where gLExec gives it to another account: privsep/glexec-sandbox.ts.
  const places = [name, `${name}.condor`].map((entry) => path.join(executeDirectory, entry));
  const isThere = (place: string): boolean =>
    fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  if (!places.some(isThere)) removeSandboxRecord(executeDirectory, name);
}

/** The names of sandboxes whose starters, of this account, have certainly ended. */
export function abandonedSandboxes(executeDirectory: string): readonly string[] {
  const own = ownIdentity();
  if (!own.ok) return [];
  return fs.readdirSync(executeDirectory).flatMap((entry) => {
    const [, name] = RECORD.exec(entry) ?? [];
    if (name === undefined) return [];
    const record = readRecord(path.join(executeDirectory, entry));
    return record.ok && hasEnded(record.value, own.value) ? [name] : [];
  });
}

function recordPath(executeDirectory: string, name: string): string {
  return path.join(executeDirectory, `.${name}`);
}

/** Where EXECUTE is shared (mode 1777), others can put something there: it is not ours then. */
function readRecord(file: string): Result<ProcessIdentity, string> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const facts = fs.fstatSync(fd);
    // A second link could be another sandbox's record under a name that somebody else chose.
    if (!facts.isFile() || facts.nlink !== 1 || facts.uid !== process.geteuid?.()) {
      return err('not ours');
    }
    const record = JSON.parse(fs.readFileSync(fd, 'utf8')) as Partial<ProcessIdentity>;
    return isIdentity(record) ? ok(record) : err('no record');
  } catch (thrown) {
    return err((thrown as Error).message);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function isIdentity(record: Partial<ProcessIdentity>): record is ProcessIdentity {
  const { bootId, pid, pidNamespace, startTime } = record;
  return (
    typeof pid === 'number' &&
    [bootId, pidNamespace, startTime].every((each) => typeof each === 'string')
  );
}
