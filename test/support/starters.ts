/**
 * Who starts Eyrie in a test: root, whose jobs run as another account, and an ordinary user, whose
 * jobs run as himself in a user namespace.
 */
import { chownSync } from 'node:fs';

/** An account without rights and without a home, on every Linux machine: nobody. */
export const ORDINARY_UID = 65534;

/** Who starts Eyrie. */
export interface Starter {
  /** For test names: `a job of ${name}`. */
  readonly name: 'root' | 'an ordinary user';
  readonly uid: number;
}

const ownUid = process.geteuid?.() ?? ORDINARY_UID;

export const ROOT: Starter = { name: 'root', uid: 0 };

/** Where the tests do not run as root: who runs them. */
export const ORDINARY_USER: Starter = {
  name: 'an ordinary user',
  uid: ownUid === 0 ? ORDINARY_UID : ownUid,
};

/** The starters that this run of the tests can be: root can be both. */
export const STARTERS: readonly Starter[] = ownUid === 0 ? [ROOT, ORDINARY_USER] : [ORDINARY_USER];

/** The uid and gid that jobs run as, whoever starts them: root's jobs run as nobody. */
export const JOB_UID = ORDINARY_USER.uid;

/** Gives a file to an account, with the group of the same number; only root can. */
export function giveTo(uid: number, file: string): void {
  if (ownUid === 0) chownSync(file, uid, uid);
}
