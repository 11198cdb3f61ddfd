/**
 * The files of a cgroup. The kernel makes them and reads and writes each in one call; a job cannot put
 * anything else there: cgroup file systems hold neither links nor files of anybody's making.
 */
import fs from 'node:fs';
import path from 'node:path';

/** Writes to a file of a cgroup: 0 or errno, positive. A file that is not there is not made. */
export function writeText(directory: string, file: string, text: string): number {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path.join(directory, file), fs.constants.O_WRONLY);
    fs.writeSync(fd, text);
    return 0;
  } catch (thrown) {
    return errnoOf(thrown);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/**
 * Has the kernel move a process into a cgroup: 0 or errno. It may wait 10 ms for all processors to have
 * taken notice, and the caller does something else meanwhile.
 */
export async function moveInto(directory: string, pid: number): Promise<number> {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path.join(directory, 'cgroup.procs'), fs.constants.O_WRONLY);
    await write(fd, `${pid}`);
    return 0;
  } catch (thrown) {
    return errnoOf(thrown);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function write(fd: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.write(fd, text, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** A file's text; undefined where this kernel, or this cgroup, has no such file. */
export function readText(directory: string, file: string): string | undefined {
  try {
    return fs.readFileSync(path.join(directory, file), 'latin1');
  } catch {
    return undefined;
  }
}

/** A file that holds one number; undefined where it is not there, or says `max`. */
export function readNumber(directory: string, file: string): number | undefined {
  const text = readText(directory, file);
  return text === undefined || !/^\d+\s*$/.test(text) ? undefined : Number(text);
}

/** A file of lines `NAME NUMBER`; empty where it is not there. */
export function readFields(directory: string, file: string): ReadonlyMap<string, number> {
  const lines = readText(directory, file)?.split('\n') ?? [];
  const fields = new Map<string, number>();
  for (const line of lines) {
    const [name = '', value = ''] = line.split(' ');
    if (/^\d+$/.test(value)) fields.set(name, Number(value));
  }
  return fields;
}

/** mkdir(2): 0 or errno. */
export function makeDirectory(directory: string): number {
  return errnoOfCall(() => fs.mkdirSync(directory, { mode: 0o755 }));
}

/** rmdir(2): 0 or errno. */
export function removeDirectory(directory: string): number {
  return errnoOfCall(() => fs.rmdirSync(directory));
}

/** chown(2): 0 or errno; a file that is not there is nobody's. */
export function giveAway(place: string, { uid, gid }: { uid: number; gid: number }): number {
  const errno = errnoOfCall(() => fs.chownSync(place, uid, gid));
  return errno === ENOENT ? 0 : errno;
}

/** The cgroups directly below one, by name. */
export function childrenOf(directory: string): readonly string[] {
  try {
    const entries = fs.readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** No such file or directory, errno(3). */
export const ENOENT = 2;
/** File exists. */
export const EEXIST = 17;

function errnoOfCall(call: () => void): number {
  try {
    call();
    return 0;
  } catch (thrown) {
    return errnoOf(thrown);
  }
}

function errnoOf(thrown: unknown): number {
  const { errno } = thrown as NodeJS.ErrnoException;
  if (errno === undefined) throw thrown;
  return -errno;
}
