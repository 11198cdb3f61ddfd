/**
 * The environment of a command inside a job: our own, and nothing of the caller's or of the job's but
 * the name of the terminal's kind.
 */
import type { AccountEntry } from '../../kernel/accounts';

/** What it is made of. */
export interface EnvironmentFacts {
  /** The account that the job runs as, as it is now; undefined: it has none. */
  readonly account: Pick<AccountEntry, 'name' | 'home'> | undefined;
  /** The sandbox's path. */
  readonly sandbox: string;
  readonly shell: string;
  /** TERM of the caller; undefined where the command has no terminal. */
  readonly term: string | undefined;
}

/** No directory of the job's: a person's command shall be what it is called, as far as the image goes. */
const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin';

/** terminfo(5) names; a longer or stranger one is somebody's mistake, or worse. */
const TERM = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;

/** `NAME=value` strings. */
export function entryEnvironment(facts: EnvironmentFacts): readonly string[] {
  const { account, sandbox, shell, term } = facts;
  const variables: readonly (readonly [string, string | undefined])[] = [
    ['PATH', PATH],
    ['HOME', account?.home || sandbox],
    ['USER', account?.name],
    ['LOGNAME', account?.name],
    ['SHELL', shell],
    ['TERM', term === undefined ? undefined : kindOf(term)],
    ['_CONDOR_SCRATCH_DIR', sandbox],
  ];
  return variables.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}

function kindOf(term: string): string {
  return TERM.test(term) ? term : 'dumb';
}

/** Programs that are in the place of a shell so that nobody logs in. */
const NO_SHELLS = ['nologin', 'false', 'true', 'sync', 'halt', 'shutdown', ''];

/** The shells to try, in this order: that of the account where it has one, then the one that POSIX wants. */
export function shellsOf(account: Pick<AccountEntry, 'shell'> | undefined): readonly string[] {
  const own = account?.shell ?? '';
  const isShell = own.startsWith('/') && !NO_SHELLS.includes(own.split('/').at(-1) ?? '');
  return [...new Set([...(isShell ? [own] : []), '/bin/bash', '/bin/sh'])];
}
