/** The place of pipes, sockets and records. */
import { statSync } from 'node:fs';

/**
 * Where what runs is found: pipes and the like, which are worth nothing after a boot. A user without a
 * directory of the XDG specification has one in /tmp; whoever uses it makes sure whose it is.
 */
export function runtimeDirectory(
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) return '/run/eyrie';
  const set = environment.XDG_RUNTIME_DIR;
  return set?.startsWith('/') === true && isOwn(set, uid) ? `${set}/eyrie` : `/tmp/eyrie-${uid}`;
}

/** After su(1) the variable names another user's. */
function isOwn(directory: string, uid: number): boolean {
  const facts = statSync(directory, { throwIfNoEntry: false });
  return facts?.isDirectory() === true && facts.uid === uid;
}
