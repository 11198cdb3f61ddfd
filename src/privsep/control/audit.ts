/**
 * The audit log: a line of JSON for each operation that was accepted or refused, and for what happens
 * by itself, as the end of a lease. Who used an account when can be told from it alone.
 *
 * The file is root's with mode 0600 and only grows. It may be renamed; SIGHUP begins a new one.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { reserve, writeSyslog } from '../../kernel/border';
import { errnoText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';
import { whyNotRootOnly } from '../../root-only-path';
import type { Audit, AuditEntry, Caller } from './types';

/** Bytes that a line may have: a path of PATH_MAX, and all else. */
const LINE_MAX = 16_384;

/** Lines that wait in memory while the disk is full. */
const LATE_MAX = 10_000;

/** Bytes that are set aside at a time. */
const RESERVE = 16 * LINE_MAX;

const MODE = 0o600;
/** A group may read it, as logs are read; nobody else. */
const OTHERS = 0o037;

const { ENOSPC, EOPNOTSUPP } = os.constants.errno;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = fs.constants;

/** Where lines go beside the file. */
export type AuditEcho = (line: string) => void;

export class AuditLog implements Audit {
  #fd: number | undefined;
  /** What could not be written yet, oldest first; of the first one, the rest. */
  readonly #late: Buffer[] = [];
  /** Lines that had no place there either. */
  #lost = 0;
  /** Operations that have begun, whose lines are still to come. */
  #pending = 0;

  private constructor(
    private readonly file: string,
    private readonly echo: AuditEcho,
  ) {}

  /**
   * Opens the log, making it where it is missing.
   *
   * @param echo undefined: the system's log
   * @returns a sentence where it cannot be used
   */
  static open(
    file: string,
    echo: AuditEcho = (line) => writeSyslog('condor_procd', line),
  ): Result<AuditLog, string> {
    const log = new AuditLog(file, echo);
    const opened = log.reopen();
    return opened.ok ? ok(log) : opened;
  }

  /** Begins with the file that has the name now: after it was renamed. A sentence where that fails. */
  reopen(): Result<void, string> {
    this.#close();
    const opened = openLog(this.file);
    if (!opened.ok) return opened;
    this.#fd = opened.value;
    this.#writeLate();
    return ok(undefined);
  }

  /**
   * Makes sure that one more line can be written, whatever becomes of the disk meanwhile; it is for an
   * operation that changes something, before it begins. When its line is written, {@link release}.
   *
   * @returns a sentence where it cannot
   */
  reserve(): Result<void, string> {
    if (this.#fd === undefined) {
      const opened = this.reopen();
      if (!opened.ok) return opened;
    }
    if (!this.#writeLate()) return err(`cannot write ${this.file}`);
    const trouble = this.#setAside((this.#pending + 1) * LINE_MAX);
    if (trouble !== undefined) return err(`cannot write ${this.file}: ${trouble}`);
    this.#pending += 1;
    return ok(undefined);
  }

  /** What was reserved is no longer needed. */
  release(): void {
    this.#pending = Math.max(0, this.#pending - 1);
  }

  record(entry: AuditEntry): void {
    const line = auditLine(entry, new Date());
    this.echo(line);
    this.#add(line);
    this.#writeLate();
  }

  close(): void {
    this.#close();
  }

  #close(): void {
    if (this.#fd === undefined) return;
    try {
      // What was set aside behind the end is given back.
      fs.ftruncateSync(this.#fd, fs.fstatSync(this.#fd).size);
    } catch {
      // A file with the append-only attribute keeps it.
    }
    fs.closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Why there is no place for so many bytes; undefined: there is. */
  #setAside(bytes: number): string | undefined {
    if (this.#fd === undefined) return 'it is not open';
    const got = reserve(this.#fd, Math.max(bytes, RESERVE));
    if (got >= 0) return undefined;
    const few = reserve(this.#fd, bytes);
    if (few >= 0) return undefined;
    if (-few !== EOPNOTSUPP) return errnoText(-few);
    // A file system that cannot set anything aside: there must be room now, at least.
    const { bavail, bsize } = fs.statfsSync(this.file);
    return bavail * bsize >= bytes + RESERVE ? undefined : errnoText(ENOSPC);
  }

  #add(line: string): void {
    if (this.#late.length < LATE_MAX) this.#late.push(Buffer.from(`${line}\n`));
    else this.#lost += 1;
  }

  /** Whether all lines are written. */
  #writeLate(): boolean {
    for (let first = this.#late[0]; first !== undefined; first = this.#late[0]) {
      const written = this.#fd === undefined ? 0 : writeSome(this.#fd, first);
      if (written < first.length) {
        this.#late[0] = first.subarray(written);
        return false;
      }
      this.#late.shift();
    }
    if (this.#lost === 0) return true;
    const text = `${this.#lost} lines could not be written, and are lost`;
    this.#lost = 0;
    this.#add(auditLine({ operation: 'audit', result: 'lost', text }, new Date()));
    return this.#writeLate();
  }
}

/** How many bytes went; those that did not have no place. */
function writeSome(fd: number, bytes: Buffer): number {
  let written = 0;
  try {
    while (written < bytes.length) written += fs.writeSync(fd, bytes, written);
  } catch {
    // The disk is full, or broken: it is tried again with the next line.
  }
  return written;
}

function openLog(file: string): Result<number, string> {
  let fd: number | undefined;
  try {
    const distrust = whyNotRootOnly(path.dirname(file));
    if (distrust !== undefined) return err(`cannot trust ${file}: ${distrust}`);
    fd = fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, MODE);
    const why = whyUnfit(fs.fstatSync(fd));
    if (why !== undefined) {
      fs.closeSync(fd);
      return err(`cannot trust ${file}: ${why}`);
    }
    endLastLine(file, fd);
    return ok(fd);
  } catch (error) {
    if (fd !== undefined) fs.closeSync(fd);
    return err(`cannot open ${file}: ${(error as Error).message}`);
  }
}

function whyUnfit(stats: fs.Stats): string | undefined {
  if (!stats.isFile()) return 'it is not a regular file';
  if (stats.uid !== 0) return `uid ${stats.uid} owns it, expected root (chown root)`;
  if ((stats.mode & OTHERS) !== 0) return 'others than root may use it (chmod 600)';
  return stats.nlink === 1 ? undefined : `it has ${stats.nlink} names, expected one`;
}

/** A daemon that was killed, or a full disk, may have left half a line. */
function endLastLine(file: string, fd: number): void {
  const { size } = fs.fstatSync(fd);
  if (size === 0) return;
  const last = Buffer.alloc(1);
  const reader = fs.openSync(file, O_NOFOLLOW | O_NONBLOCK);
  try {
    fs.readSync(reader, last, 0, 1, size - 1);
  } finally {
    fs.closeSync(reader);
  }
  if (last[0] !== 0x0a) writeSome(fd, Buffer.from('\n'));
}

/** What JSON leaves as it is, and a terminal or a reader of lines does not. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The line of an entry, without its end. The fields are in the order of the manual. */
export function auditLine(entry: AuditEntry, time: Date): string {
  const { account, caller, lease, operation, owner, path: place, pid, result, text } = entry;
  const line = JSON.stringify({
    time: time.toISOString(),
    operation,
    result,
    ...(caller === undefined ? { by: 'daemon' } : callerFields(caller)),
    ...{ owner, account, lease, process: pid, path: place, text },
  });
  return line.replace(UNSAFE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function callerFields({ connection, pid, uid, via }: Caller) {
  return { uid, pid, via, connection };
}
