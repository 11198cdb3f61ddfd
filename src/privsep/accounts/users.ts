/**
 * The users file: which accounts the daemon may act as, at most. Ordinary accounts only: root, system
 * accounts and nobody can't be listed.
 */
import fs from 'node:fs';
import { accountById, accountByName, type AccountEntry } from '../../kernel/accounts';
import { err, ok, type Result } from '../../result';
import { type ListedAccount, TrustedList } from '../../trusted-list';
import type { ControlError } from '../control/types';
import type { LeasedAccount } from './types';

/** The kernel's overflow uid, which distributions call nobody: what has no number of its own. */
const NOBODY = 65534;

/** Where nothing says where ordinary accounts begin: useradd(8). */
const UID_MIN = 1000;

/** The smallest uid of ordinary accounts: UID_MIN of login.defs(5). */
export function ordinaryMinimum(file = '/etc/login.defs'): number {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return UID_MIN;
  }
  const system = Number(/^\s*SYS_UID_MAX\s+(\d+)\s*$/m.exec(text)?.[1] ?? 0);
  const minimum = Number(/^\s*UID_MIN\s+(\d+)\s*$/m.exec(text)?.[1] ?? UID_MIN);
  return Math.max(minimum, system + 1, 1);
}

/** Opens the users file. A sentence that names it, and the line, where it cannot be used. */
export function openUsers(path: string, minimum: number): Result<Users, string> {
  const list = TrustedList.open({ path, minimum, accountByName, accountById, whyNot });
  return list.ok ? ok(new Users(list.value)) : list;
}

function whyNot({ name, uid }: ListedAccount): string | undefined {
  if (uid === NOBODY) return `uid ${uid} (${name}) is nobody's, which none may be here`;
  return accountById(uid)?.gid === 0 ? `the group of ${name} is root's (gid 0)` : undefined;
}

export class Users {
  constructor(private readonly list: TrustedList) {}

  /** Reads the file again. @returns sentences */
  reload(): readonly string[] {
    const read = this.list.reload();
    return read.ok ? read.value.warnings : [read.error];
  }

  /** What is wrong with lines of the file, for the log. */
  warnings(): readonly string[] {
    const read = this.list.current();
    return read.ok ? read.value.warnings : [read.error];
  }

  /** Why the file allows nothing at all now; undefined: it can be trusted. */
  whyNone(): ControlError | undefined {
    const listed = this.list.current();
    return listed.ok ? undefined : { code: 'unsafe-config', text: listed.error };
  }

  /**
   * An account that the file allows, as the name service knows it now.
   *
   * @param uid that it is expected to have; undefined: any
   */
  find(name: string, uid?: number): Result<LeasedAccount, ControlError> {
    const listed = this.list.current();
    if (!listed.ok) return err({ code: 'unsafe-config', text: listed.error });
    let entry: AccountEntry | undefined;
    try {
      entry = accountByName(name);
    } catch (error) {
      return err({ code: 'internal', text: (error as Error).message });
    }
    if (entry === undefined)
      return err({ code: 'no-account', text: `there is no account ${name}` });
    if (!listed.value.accounts.has(entry.uid)) {
      const text = `${name} is not in the users file: no account is used that is not there`;
      return err({ code: 'not-allowed', text });
    }
    if (uid !== undefined && uid !== entry.uid) {
      const text = `${name} has uid ${entry.uid}, but ${uid} when it was added: remove it and add it again`;
      return err({ code: 'not-allowed', text });
    }
    if (entry.gid === 0) {
      return err({ code: 'not-allowed', text: `the group of ${name} is root's (gid 0)` });
    }
    // No account runs with root's group.
    const groups = entry.groups.filter((group) => group !== 0);
    return ok({ ...entry, groups });
  }
}
