/**
 * `eyrie doctor` on this machine, and in situations made for real in which no job can run. Its exit
 * status is compared with what it claims: whether `eyrie run` runs a job.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandResult } from '../support/command';
import { runCommand } from '../support/command';
import { program, runEyrie } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';

const NOBODY = 65_534;
const skip = skipIf(needsProduct() ?? needsRoot());

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

/** Runs `eyrie doctor --json`, and a job, behind the same wrapper. */
async function examine(wrapper: readonly string[]) {
  const doctor = await runCommand([...wrapper, program('eyrie'), 'doctor', '--json']);
  const job = await runCommand([...wrapper, program('eyrie'), 'run', '-'], {
    input: 'JobUniverse = 5\nCmd = "/bin/true"\nIwd = "/"\n',
  });
  return { doctor, job, rows: rows(doctor) };
}

describe('eyrie doctor where a job can run', { skip }, () => {
  for (const [who, uid, states] of [
    ['root', 0, { privilege: 'ok', groups: 'ok' }],
    ['an ordinary user', NOBODY, { privilege: 'limited', groups: 'limited' }],
  ] as const) {
    test(`${who}: exit status 0, and nothing in the way`, async () => {
      const result = await runEyrie(['doctor', '--json'], uid === 0 ? {} : { uid });
      const found = rows(result);
      assert.deepEqual([result.status, result.stderr], [0, '']);
      assert.deepEqual(
        [...found.values()].filter((row) => row.preventsJobs),
        [],
      );
      for (const id of ['user-namespace', 'mount-namespace', 'pid-namespace', 'mounts', 'proc']) {
        assert.equal(found.get(id)?.state, 'ok', `${id}: ${found.get(id)?.found}`);
      }
      for (const [id, state] of Object.entries(states)) {
        assert.equal(found.get(id)?.state, state, `${id}: ${found.get(id)?.found}`);
      }
      assert.match(found.get('job')?.found ?? '', /it ran and exited with 0/);
    });
  }

  test('the table says the same as the JSON', async () => {
    const table = await runEyrie(['doctor']);
    const json = rows(await runEyrie(['doctor', '--json']));
    assert.equal(table.status, 0);
    for (const row of json.values()) {
      assert.ok(table.stdout.includes(`${row.state.padEnd(7)}  ${row.title} `), row.title);
    }
    assert.match(table.stdout, /\nA job can run here\.\n$/);
  });

  test('every row that is not ok says what it is for, and what is missing how to get it', async () => {
    for (const row of rows(await runEyrie(['doctor', '--json'], { uid: NOBODY })).values()) {
      assert.notEqual(row.neededFor, '', row.id);
      assert.notEqual(row.found, '', row.id);
      assert.ok(row.state !== 'missing' || row.remedy !== null, row.id);
    }
  });
});

const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];

/** A shell that does something to its surroundings and becomes what follows on its command line. */
function after(script: string): readonly string[] {
  return ['sh', '-c', `set -e\n${script}\nexec "$@"`, 'sh'];
}

/**
 * The ordinary user in a user namespace of theirs, whose own limit of user namespaces they lower to
 * 0 (namespaces(7): the limit is one per user namespace) before they give up what they may do there.
 */
const NO_USER_NAMESPACES = [
  ...AS_NOBODY,
  'unshare',
  '--user',
  '--map-current-user',
  '--keep-caps',
  ...after('echo 0 > /proc/sys/user/max_user_namespaces'),
  ...['setpriv', '--inh-caps=-all', '--ambient-caps=-all', '--'],
];

describe('eyrie doctor where no job can run', { skip }, () => {
  for (const [situation, wrapper, row, reason] of [
    [
      'an ordinary user where the limit of user namespaces is 0',
      NO_USER_NAMESPACES,
      'user-namespace',
      /user\.max_user_namespaces is 0/,
    ],
    [
      'an ordinary user where /proc/sys is mounted over',
      ['unshare', '--mount', ...after('mount -t tmpfs none /proc/sys'), ...AS_NOBODY],
      'proc',
      /parts of \/proc are mounted over \(\/proc\/sys\)/,
    ],
    [
      'root without CAP_SYS_ADMIN',
      ['setpriv', '--bounding-set=-sys_admin'],
      'privilege',
      /root lacks CAP_SYS_ADMIN/,
    ],
    [
      'root without CAP_CHOWN and CAP_SETUID',
      ['setpriv', '--bounding-set=-chown,-setuid'],
      'privilege',
      /root lacks CAP_SETUID .*root lacks CAP_CHOWN/,
    ],
    [
      'an ordinary user whose EXECUTE is not to be written',
      ['env', '_CONDOR_EXECUTE=/usr/lib/eyrie-test', ...AS_NOBODY],
      'execute',
      /\/usr\/lib\/eyrie-test cannot be made in \/usr\/lib/,
    ],
    [
      'a knob that is set wrongly',
      ['env', '_CONDOR_USE_PID_NAMESPACES=perhaps('],
      'configuration',
      /USE_PID_NAMESPACES/,
    ],
  ] as const) {
    test(`${situation}: exit status 1, the reason in one line, and no job runs`, async () => {
      const found = await examine(wrapper);
      assert.equal(found.doctor.status, 1, found.doctor.stdout);
      assert.notEqual(found.job.status, 0, 'a job ran all the same');
      assert.equal(found.rows.get(row)?.preventsJobs, true, JSON.stringify(found.rows.get(row)));
      assert.match(found.rows.get(row)?.found ?? '', reason);
      assert.match(found.doctor.stderr, /^eyrie doctor: no job can run here: .*\n$/);
      assert.match(found.doctor.stderr, reason);
    });
  }
});
