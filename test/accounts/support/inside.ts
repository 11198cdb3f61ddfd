/**
 * Tests of accounts, each in namespaces of its own: other accounts, empty /tmp, /var/tmp, /dev/shm and
 * spools, no process and no IPC object of anybody else. What is cleaned there is nobody's.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { test } from 'node:test';
import { needsRoot, skipIf } from '../../support/need';
import { program, startProgram, suite } from '../../kernel/support/program';
import { TREE } from '../../support/root';
import { type Ending, temporaryDirectory } from '../../support/temporary';
import { Host, UIDS } from './host';

/** What is done in there; it fails as a test does. */
export type Scenario = (host: Host) => Promise<void>;

/** Scenarios by what their tests are called, below what they are about. */
export type Groups = Readonly<Record<string, Readonly<Record<string, Scenario>>>>;

/**
 * A test for each scenario; `missing` is what they need besides root. Programs of the same file can be started besides; once a file, since it is read
 * by all of them.
 */
export function scenarios(
  groups: Groups,
  programs: Readonly<Record<string, (input: unknown) => Promise<unknown>>> = {},
  missing?: string,
): void {
  program((input) => run(groups, programs, input as Input));
  for (const [title, all] of Object.entries(groups)) {
    suite(title, { skip: skipIf(needsRoot() ?? missing) }, () => {
      for (const name of Object.keys(all)) {
        test(name, (t) => judge(t, { title, name }));
      }
    });
  }
}

async function run(
  groups: Groups,
  programs: Readonly<Record<string, (input: unknown) => Promise<unknown>>>,
  { name = '', program: other, title = '', value }: Input,
): Promise<unknown> {
  if (other !== undefined) return await programs[other]?.(value);
  try {
    const scenario = groups[title]?.[name];
    assert.ok(scenario);
    await scenario(new Host());
    return { passed: true };
  } catch (error) {
    return { passed: false, trouble: (error as Error).stack };
  } finally {
    // What it has opened need not be closed.
    setTimeout(() => process.exit(0), 100).unref();
  }
}

async function judge(t: Ending, input: Input): Promise<void> {
  const site = temporaryDirectory(t, { mode: 0o700 });
  const by = ['unshare', ...NAMESPACES, 'sh', '-euc', SETUP, 'sh', site, TREE];
  const ran = await startProgram(input, { by, timeout: 240 }).ended;
  assert.equal(ran.status, 0, `${ran.stdout}\n${ran.stderr}`);
  const { passed, trouble } = JSON.parse(ran.stdout.split('\n').at(-1) ?? '') as Outcome;
  assert.ok(passed, `${trouble ?? ''}\n${ran.stderr}`);
}

interface Input {
  readonly title?: string;
  readonly name?: string;
  readonly program?: string;
  readonly value?: unknown;
}

interface Outcome {
  readonly passed: boolean;
  readonly trouble?: string;
}

const NAMESPACES = ['--mount', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc'];

const PASSWD = [
  'root:x:0:0::/root:/bin/sh',
  'daemon:x:5:5::/:/usr/sbin/nologin',
  ...Object.entries(UIDS).map(([name, uid]) => `${name}:x:${uid}:${uid}::/home/${name}:/bin/sh`),
  `wheel:x:61999:0::/nonexistent:/bin/sh`,
  'nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin',
];

const GROUP = ['root:x:0:', 'nogroup:x:65534:', `science:x:61900:john,guest1`].concat(
  Object.entries(UIDS).map(([name, uid]) => `${name}:x:${uid}:`),
);

/**
 * $1 is a directory of the test's, $2 the tree, which is seen where it was though it may be in /var/tmp. The
 * rest is what runs then.
 */
const SETUP = `
  site=$1 tree=$2
  shift 2
  printf '%s\\n' '${PASSWD.join("' '")}' > $site/passwd
  printf '%s\\n' '${GROUP.join("' '")}' > $site/group
  mount --bind $site/passwd /etc/passwd
  mount --bind $site/group /etc/group
  mkdir $site/var-tmp
  mount -t tmpfs -o mode=1777 none $site/var-tmp
  for kept in $tree $site; do
    case $kept in /var/tmp/*)
      mkdir -p $site/var-tmp/\${kept#/var/tmp/}
      mount --bind $kept $site/var-tmp/\${kept#/var/tmp/};;
    esac
  done
  mount --move $site/var-tmp /var/tmp
  for place in /tmp /dev/shm; do mount -t tmpfs -o mode=1777 none $place; done
  for place in /run /home /var/spool; do mount -t tmpfs -o mode=755 none $place; done
  mkdir -p -m 1777 /run/lock
  mkdir -p /var/spool/cron/crontabs /var/spool/cron/atjobs /run/site
  chmod 1730 /var/spool/cron/crontabs
  chmod 1770 /var/spool/cron/atjobs
  "$@"
`;

/** Starts another program of the test's file, for a scenario to kill. */
export function startOther(name: string, value: unknown, by: readonly string[] = []): ChildProcess {
  const argv = [...by, process.execPath, __filename];
  const child = spawn(argv[0]!, argv.slice(1), { env: process.env });
  child.stdin.end(JSON.stringify({ program: name, value }));
  return child;
}
