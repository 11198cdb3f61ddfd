/**
 * `eyrie doctor` on this machine, and in situations made for real in which no job can run. Its
 * exit status is held against the truth: whether `eyrie run` then runs a job.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type CommandResult, runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { ORDINARY_UID } from '../support/starters';
import { temporaryDirectory } from '../support/temporary';

const skip = skipIf(needsProduct() ?? needsRoot());

/** A row of `eyrie doctor --json`. */
interface Row {
  readonly id: string;
  readonly topic: string;
  readonly title: string;
  readonly state: 'ok' | 'limited' | 'missing';
  readonly found: string;
  readonly neededFor: string;
  readonly remedy: string | null;
  readonly preventsJobs: boolean;
}

function rows(result: CommandResult): ReadonlyMap<string, Row> {
  const all = JSON.parse(result.stdout) as readonly Row[];
  return new Map(all.map((row) => [row.id, row]));
}

/** Options that keep sandboxes and logs out of the host's own directories. */
function elsewhere(context: TestContext, uid: number): readonly string[] {
  const directory = temporaryDirectory(context, { uid });
  return ['--set', `EXECUTE=${directory}/execute`, '--set', `LOG=${directory}/log`];
}

const AS_NOBODY = [
  'setpriv',
  `--reuid=${ORDINARY_UID}`,
  `--regid=${ORDINARY_UID}`,
  '--clear-groups',
  '--',
];

describe('eyrie doctor where a job can run', { skip }, () => {
  for (const [who, wrapper, uid, states] of [
    ['root', [], 0, { privilege: 'ok', groups: 'ok', 'family-tracking': 'ok' }],
    [
      'an ordinary user',
      AS_NOBODY,
      ORDINARY_UID,
      { privilege: 'limited', groups: 'limited', 'family-accounting': 'limited' },
    ],
  ] as const) {
    test(`${who}: exit status 0, and nothing in the way`, async (t) => {
      const doctor = [...wrapper, program('eyrie'), 'doctor', ...elsewhere(t, uid)];
      const result = await runCommand([...doctor, '--json']);
      const found = rows(result);
      assert.deepEqual([result.status, result.stderr], [0, '']);
      const obstacles = [...found.values()].filter((row) => row.preventsJobs);
      assert.deepEqual(obstacles, []);
      for (const id of ['user-namespace', 'mount-namespace', 'pid-namespace', 'mounts', 'proc']) {
        assert.equal(found.get(id)?.state, 'ok', `${id}: ${found.get(id)?.found}`);
      }
      for (const [id, state] of Object.entries(states)) {
        assert.equal(found.get(id)?.state, state, `${id}: ${found.get(id)?.found}`);
      }
      assert.match(found.get('job')?.found ?? '', /it ran and exited with 0/);
    });

    test(`${who}: the table says the same as the JSON`, async (t) => {
      const doctor = [...wrapper, program('eyrie'), 'doctor', ...elsewhere(t, uid)];
      const [table, json] = [await runCommand(doctor), await runCommand([...doctor, '--json'])];
      assert.equal(table.status, 0);
      for (const row of rows(json).values()) {
        assert.ok(table.stdout.includes(`${row.state.padEnd(7)}  ${row.title} `), row.title);
      }
      assert.match(table.stdout, /\nA job can run here\.\n$/);
    });
  }

  test('each row says what it is for, and what is missing how to get it', async (t) => {
    const doctor = [program('eyrie'), 'doctor', '--json', ...elsewhere(t, ORDINARY_UID)];
    for (const row of rows(await runCommand([...AS_NOBODY, ...doctor])).values()) {
      assert.notEqual(row.neededFor, '', row.id);
      assert.notEqual(row.found, '', row.id);
      assert.ok(row.state !== 'missing' || row.remedy !== null, row.id);
    }
  });
});

/** A shell that does something to its surroundings and becomes what follows on its command line. */
function after(script: string): readonly string[] {
  return ['sh', '-c', `set -e\n${script}\nexec "$@"`, 'sh'];
}

/**
 * The ordinary user in a user namespace of theirs, whose own limit of user namespaces they lower
 * to 0 (namespaces(7): each has its own) before they give up what they may do there.
 */
const NO_USER_NAMESPACES = [
  ...AS_NOBODY,
  ...['unshare', '--user', '--map-current-user', '--keep-caps'],
  ...after('echo 0 > /proc/sys/user/max_user_namespaces'),
  ...['setpriv', '--inh-caps=-all', '--ambient-caps=-all', '--'],
];

/** The ordinary user on a host, or in a container, that hides a part of its /proc. */
const COVERED_PROC = [
  ...['unshare', '--mount'],
  ...after('mount -t tmpfs none /proc/sys'),
  ...AS_NOBODY,
];

interface Situation {
  readonly what: string;
  readonly uid: number;
  readonly wrapper: readonly string[];
  readonly options?: readonly string[];
  /** The row that names the cause, and how. */
  readonly row: string;
  readonly found: RegExp;
}

const SITUATIONS: readonly Situation[] = [
  {
    what: 'an ordinary user where the limit of user namespaces is 0',
    uid: ORDINARY_UID,
    wrapper: NO_USER_NAMESPACES,
    row: 'user-namespace',
    found: /user\.max_user_namespaces is 0/,
  },
  {
    what: 'an ordinary user where /proc/sys is mounted over',
    uid: ORDINARY_UID,
    wrapper: COVERED_PROC,
    row: 'proc',
    found: /parts of \/proc are mounted over \(\/proc\/sys\)/,
  },
  {
    what: 'root without CAP_SYS_ADMIN',
    uid: 0,
    wrapper: ['setpriv', '--bounding-set=-sys_admin'],
    row: 'privilege',
    found: /root lacks CAP_SYS_ADMIN/,
  },
  {
    what: 'root without CAP_SETUID and CAP_CHOWN',
    uid: 0,
    wrapper: ['setpriv', '--bounding-set=-chown,-setuid'],
    row: 'privilege',
    found: /root lacks CAP_SETUID .*root lacks CAP_CHOWN/,
  },
  {
    what: 'root of a user namespace that maps nobody else',
    uid: 0,
    wrapper: ['unshare', '--user', '--map-root-user'],
    row: 'privilege',
    found: /maps no other account than root/,
  },
  {
    what: 'an ordinary user whose EXECUTE is not to be written',
    uid: ORDINARY_UID,
    wrapper: AS_NOBODY,
    options: ['--set', 'EXECUTE=/usr/lib/eyrie-test'],
    row: 'execute',
    found: /\/usr\/lib\/eyrie-test cannot be made in \/usr\/lib/,
  },
  {
    what: 'an installation without its programs',
    uid: 0,
    wrapper: ['unshare', '--mount', ...after(`mount -t tmpfs none ${TREE}/dist/libexec/eyrie`)],
    row: 'eyrie-init',
    found: /libexec\/eyrie\/eyrie-init: ENOENT/,
  },
  {
    what: 'an installation with a library that is none',
    uid: 0,
    wrapper: [
      ...['unshare', '--mount'],
      ...after(`mount --bind /dev/null ${TREE}/dist/lib/eyrie/libeyrie.so`),
    ],
    row: 'libeyrie.so',
    found: /cannot be loaded: .*libeyrie\.so/,
  },
  {
    what: 'a knob that is set wrongly',
    uid: 0,
    wrapper: [],
    options: ['--set', 'USE_PID_NAMESPACES=perhaps('],
    row: 'configuration',
    found: /USE_PID_NAMESPACES/,
  },
];

describe('eyrie doctor where no job can run', { skip }, () => {
  for (const { what, uid, wrapper, options = [], row, found } of SITUATIONS) {
    test(`${what}: exit status 1 and one line with the reason, and no job runs`, async (t) => {
      const settings = [...elsewhere(t, uid), ...options];
      const doctor = await runCommand([
        ...[...wrapper, program('eyrie'), 'doctor', '--json'],
        ...settings,
      ]);
      const job = await runCommand([...wrapper, program('eyrie'), 'run', ...settings, '-'], {
        input: 'JobUniverse = 5\nCmd = "/bin/true"\nIwd = "/"\n',
      });
      const cause = rows(doctor).get(row);
      assert.notEqual(job.status, 0, 'a job ran all the same');
      assert.equal(doctor.status, 1, doctor.stdout);
      assert.equal(cause?.preventsJobs, true, JSON.stringify(cause));
      assert.match(cause.found, found);
      assert.match(doctor.stderr, /^eyrie doctor: no job can run here: .*\n$/);
      assert.match(doctor.stderr, found);
    });
  }
});
