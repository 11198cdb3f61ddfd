/** The record of this starter's job, there for as long as the job runs. */
import fs from 'node:fs';
import path from 'node:path';
import { thrownText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';
import { makeTrustedDirectory } from '../../trusted-directory';
import { type JobRecord, printRecord } from './job-record';
import { ownPlace } from './places';

/** Nobody but the starter's own account, and root, may read what a record says of a job. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Writes the record; whoever reads sees a whole one or none.
 *
 * @returns the way to take it away again, or a sentence that says why there is none
 */
export function writeRecord(record: JobRecord): Result<() => void, string> {
  const place = ownPlace();
  const made = makeTrustedDirectory(place, DIRECTORY_MODE);
  if (!made.ok) return made;
  const file = path.join(place, `${record.starter.pid}.json`);
  const fresh = path.join(place, `.${record.starter.pid}.new`);
  try {
    const refusal = whyNotOurs(place);
    if (refusal !== undefined) return err(refusal);
    fs.rmSync(fresh, { force: true });
    fs.writeFileSync(fresh, printRecord(record), { flag: 'wx', mode: FILE_MODE });
    fs.renameSync(fresh, file);
    return ok(() => fs.rmSync(file, { force: true }));
  } catch (thrown) {
    return err(`cannot write ${file}: ${thrownText(thrown)}`);
  }
}

/** One that was there already can have another mode or owner. */
function whyNotOurs(place: string): string | undefined {
  const { mode, uid } = fs.statSync(place);
  if (uid !== process.geteuid?.()) return `${place} belongs to user ${uid}; remove it`;
  return (mode & 0o077) === 0 ? undefined : `others may look into ${place}; give it mode 0700`;
}
