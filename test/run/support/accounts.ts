/**
 * Accounts for tests, which nobody but the command under test can see: files of the test's own are
 * bound over /etc/passwd and /etc/group in a mount namespace of its own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Lines of passwd(5) that are added to the host's. */
const PASSWD = [
  'alice:x:20001:20002::/home/alice:/bin/sh',
  'slotuser:x:20005:20006::/:/bin/sh',
  'toor:x:0:20002::/:/bin/sh',
  'wheeled:x:20007:0::/:/bin/sh',
];

/** Lines of group(5) likewise. */
const GROUP = ['alices:x:20002:', 'team:x:20003:alice,bob', 'lab:x:20004:alice', 'slots:x:20006:'];

/** An account with a group of its own and two more. */
export const ALICE = { name: 'alice', uid: 20001, gid: 20002, groups: [20002, 20003, 20004] };

/** An account for slots. */
export const SLOT_USER = { name: 'slotuser', uid: 20005, gid: 20006 };

/** The uid 0 under another name, and an account whose group is root's. */
export const ROOTS = ['root', 'toor', 'wheeled'];

const SCRIPT =
  'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/group && shift 2 && exec "$@"';

/**
 * The command that runs its arguments where these accounts exist. Root only.
 *
 * @param directory a directory for the two files
 */
export function withAccounts(directory: string): readonly string[] {
  const files = [
    ['passwd', PASSWD],
    ['group', GROUP],
  ] as const;
  const places = files.map(([name, lines]) => {
    const place = path.join(directory, name);
    writeFileSync(place, `${readFileSync(`/etc/${name}`, 'utf8')}${lines.join('\n')}\n`);
    return place;
  });
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', ...places];
}
