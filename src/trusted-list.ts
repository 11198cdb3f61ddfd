/**
 * Files of root's that list accounts, one a line: those that condor_procd may act as, and those that may
 * speak to it. What such a file says is believed only while nobody but root can have written it.
 *
 * Source: Legion's /etc/LegionUsers and /etc/LegionClients, owned by root with mode 0600.
 */
import fs from 'node:fs';
import { whyNotRootOnly } from './root-only-path';
import { printableLine } from './printable';
import { err, ok, type Result } from './result';

/** An account as far as a list needs it. */
export interface ListedAccount {
  readonly name: string;
  readonly uid: number;
}

/** What a list was found to say. */
export interface ListContents {
  /** By uid. */
  readonly accounts: ReadonlyMap<number, ListedAccount>;
  /** Sentences: lines that were skipped. */
  readonly warnings: readonly string[];
}

/** How a list is read. */
export interface ListRules {
  /** Absolute. */
  readonly path: string;
  /** The smallest uid that may be listed; never 0. */
  readonly minimum: number;
  /** Of the name service; undefined: there is none. It may throw, and the list is then not read. */
  readonly accountByName: (name: string) => ListedAccount | undefined;
  readonly accountById: (uid: number) => ListedAccount | undefined;
  /** Why an account may not be listed, beside its uid; undefined: it may. */
  readonly whyNot?: (account: ListedAccount) => string | undefined;
}

const MODE = 0o600;
/** Bytes. */
const SIZE_MAX = 1 << 20;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** A list that is read again whenever its file has changed. */
export class TrustedList {
  #contents: Result<ListContents, string>;
  #state: string;

  private constructor(
    private readonly rules: ListRules,
    read: Reading,
  ) {
    this.#contents = read.contents;
    this.#state = read.state;
  }

  /**
   * Reads a list for the first time.
   *
   * @returns a sentence that names the file where it cannot be trusted or read
   */
  static open(rules: ListRules): Result<TrustedList, string> {
    const read = readList(rules);
    return read.contents.ok ? ok(new TrustedList(rules, read)) : read.contents;
  }

  /**
   * What the file says now: it is read again if its inode, its mode or its times have changed. An error
   * is a sentence that names the file; what it said before is then no longer true, and nobody is listed.
   */
  current(): Result<ListContents, string> {
    if (stateOf(this.rules.path) !== this.#state) this.reload();
    return this.#contents;
  }

  /** Reads the file again, and looks its accounts up again. */
  reload(): Result<ListContents, string> {
    const read = readList(this.rules);
    this.#contents = read.contents;
    this.#state = read.state;
    return this.#contents;
  }
}

interface Reading {
  readonly contents: Result<ListContents, string>;
  /** Of the file, when it was read. */
  readonly state: string;
}

/** What tells a changed file. */
function stateOf(path: string): string {
  try {
    return describeState(fs.lstatSync(path, { bigint: true }));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  }
}

function describeState(stats: fs.BigIntStats): string {
  return [stats.dev, stats.ino, stats.mtimeNs, stats.ctimeNs].join(' ');
}

function readList(rules: ListRules): Reading {
  // Before it is opened: if it changes meanwhile it is read again the next time.
  const state = stateOf(rules.path);
  const text = readRootsText(rules.path);
  if (!text.ok) return { contents: text, state };
  try {
    return { contents: parseList(text.value, rules), state };
  } catch (error) {
    return { contents: err(`cannot read ${rules.path}: ${(error as Error).message}`), state };
  }
}

/**
 * Reads a file that nobody but root can read, write or replace: regular, no link and without another
 * name, of mode 0600, in directories that are root's. Checked on the opened descriptor.
 *
 * @param limit bytes
 * @returns an error that names the file, what is wrong and what to do
 */
export function readRootsText(path: string, limit = SIZE_MAX): Result<string, string> {
  const replaceable = whyNotRootOnly(path);
  if (replaceable !== undefined) return err(`cannot trust ${path}: ${replaceable}`);
  let fd: number;
  try {
    // Without O_NONBLOCK a FIFO without a writer would stop us here.
    fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    return err(`cannot trust ${path}: ${code === 'ELOOP' ? 'it is a symbolic link' : message}`);
  }
  try {
    const distrust = whyNotRoots(fs.fstatSync(fd), limit);
    if (distrust !== undefined) return err(`cannot trust ${path}: ${distrust}`);
    return ok(fs.readFileSync(fd, 'utf8'));
  } catch (error) {
    return err(`cannot read ${path}: ${(error as Error).message}`);
  } finally {
    fs.closeSync(fd);
  }
}

function whyNotRoots(stats: fs.Stats, limit: number): string | undefined {
  const mode = stats.mode & 0o7777;
  if (!stats.isFile()) return 'it is not a regular file';
  if (stats.uid !== 0) return `uid ${stats.uid} owns it, expected root (chown root)`;
  if (mode !== MODE) {
    return `its mode is 0${mode.toString(8)}, expected 0600 (chmod 600)`;
  }
  if (stats.nlink !== 1) return `it has ${stats.nlink} names, expected one (a hard link elsewhere)`;
  return stats.size > limit ? `it has more than ${limit} bytes` : undefined;
}

/**
 * Reads the lines of a list: a name or a uid each; blank lines, and what follows a `#`, do not count.
 *
 * @returns an error where a line names an account that must never be listed
 * @throws where the name service fails
 */
export function parseList(text: string, rules: ListRules): Result<ListContents, string> {
  const accounts = new Map<number, ListedAccount>();
  const warnings: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const word = line.replace(/#.*/s, '').trim();
    if (word === '') continue;
    const place = `${rules.path}, line ${index + 1}`;
    const account = find(word, rules);
    const uid = account?.uid ?? (/^\d+$/.test(word) ? Number(word) : undefined);
    if (uid !== undefined && uid < Math.max(rules.minimum, 1)) {
      return err(`${place}: uid ${uid} is below ${rules.minimum}, which none may be here`);
    }
    if (account === undefined) {
      warnings.push(`${place}: there is no account '${printableLine(word)}'; the line is skipped`);
    } else {
      const refused = rules.whyNot?.(account);
      if (refused !== undefined) return err(`${place}: ${refused}`);
      accounts.set(account.uid, { name: account.name, uid: account.uid });
    }
  }
  return ok({ accounts, warnings });
}

/** The largest uid; the one above it means none to the kernel. */
const UID_MAX = 0xffff_fffe;

function find(word: string, rules: ListRules): ListedAccount | undefined {
  if (!/^\d+$/.test(word)) return rules.accountByName(word);
  const uid = Number(word);
  return uid > UID_MAX ? undefined : rules.accountById(uid);
}
