/**
 * Accounts through the name service switch, nsswitch.conf(5): /etc/passwd, LDAP, SSSD, whatever
 * the site has set up.
 */
import os from 'node:os';
import { fromBytes } from '../byte-text';
import { accountFields } from './border';
import { errnoName, errnoText } from './errno';

/** What getpwnam(3) and getgrouplist(3) tell of an account. */
export interface AccountEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Every group, the first one (`gid`) included, in the order of the name service. */
  readonly groups: readonly number[];
  readonly home: string;
  readonly shell: string;
}

/**
 * Finds an account by name.
 *
 * @returns undefined: there is no such account
 * @throws where the name service fails; whether the account exists is then unknown, and neither a
 *   job may be held for it nor another account be taken
 */
export function accountByName(name: string): AccountEntry | undefined {
  // A C string would end at a NUL and name another account.
  return name.includes('\0') ? undefined : find(name);
}

/** Finds an account by uid; see {@link accountByName}. */
export function accountById(uid: number): AccountEntry | undefined {
  return find(uid);
}

/** Bytes: enough for an account in some hundred groups. */
const FIRST_SIZE = 4096;
/** An account in NGROUPS_MAX (65,536) groups has 700 KB of them. */
const LARGEST_SIZE = 2 ** 20;

function find(account: string | number): AccountEntry | undefined {
  for (let size = FIRST_SIZE; ; size *= 16) {
    const buffer = Buffer.alloc(size);
    const length = accountFields(account, buffer);
    if (length >= 0) {
      return length === 0 ? undefined : parseAccount(fromBytes(buffer.subarray(0, length)));
    }
    if (-length !== os.constants.errno.ERANGE || size >= LARGEST_SIZE) {
      throw new Error(
        `cannot look up the account ${account}: the name service (nsswitch.conf) failed: ` +
          `${errnoText(-length)} (${errnoName(-length)})`,
      );
    }
  }
}

/**
 * Reads the fields that native/border/accounts.c writes: name, uid, gid, home, shell and group ids,
 * each ended by NUL.
 */
export function parseAccount(text: string): AccountEntry {
  const [name = '', uid, gid, home = '', shell = '', ...rest] = text.split('\0');
  // After the last NUL nothing follows: split() gives an empty string for it.
  const groups = rest.slice(0, -1).map(Number);
  return { name, uid: Number(uid), gid: Number(gid), groups, home, shell };
}
