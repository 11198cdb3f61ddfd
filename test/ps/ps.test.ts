/**
 * `eyrie ps` and the jobs that run.
 */
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { describe, test } from 'node:test';
import { holdJob, WAIT } from '../enter/support';
import { makeSite } from '../run/support/site';
import {
  asUser,
  type CommandOptions,
  CLEAN_ENVIRONMENT,
  type RunningCommand,
  startCommand,
} from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ORDINARY_USER, ROOT, type Starter, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';

const skip = skipIf(needsProduct());

function needsScript(): string | undefined {
  try {
    accessSync('/usr/bin/script', constants.X_OK);
    return undefined;
  } catch {
    return '/usr/bin/script (Debian: bsdutils)';
  }
}

function startPs(
  who: Starter,
  args: readonly string[] = [],
  options: CommandOptions = {},
): RunningCommand {
  const command = [program('eyrie'), 'ps', ...args];
  const isOther = who.uid !== process.geteuid?.();
  return startCommand(isOther ? asUser(who.uid, command) : command, options);
}

/** A family as `--json` tells of it, the part that is judged here. */
interface Told {
  readonly pid: number;
  readonly user: string;
  readonly command: string;
  readonly state: string;
  readonly processes: number;
  readonly userCpu: number;
  readonly residentKiB: number;
  readonly imageKiB: number;
  /** null: a family that is no job's. */
  readonly job: null | {
    readonly cluster: number;
    readonly starter: number;
    readonly sandbox: string;
  };
}

async function familyOf(who: Starter, starter: number): Promise<Told | undefined> {
  const { stdout, stderr } = await startPs(who, ['--json']).ended;
  assert.equal(stderr, '');
  const { families } = JSON.parse(stdout) as { families: readonly Told[] };
  return families.find(({ job }) => job?.starter === starter);
}

for (const starter of STARTERS) {
  describe(`eyrie ps and a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('tells who it is, how many processes it has and what they use', async (t) => {
      const script = 'sleep 1000 & sleep 1000 & (while :; do :; done) & echo ready; wait';
      const job = await holdJob(t, makeSite(t, starter), script);
      let told: Told | undefined;
      await waitUntil(
        // A procd tells whole seconds.
        async () => ((told = await familyOf(starter, job.starter))?.userCpu ?? 0) > 0,
        () => `a second of CPU time: ${JSON.stringify(told)}`,
        60,
      );
      assert.ok(told);
      assert.equal(told.user, 'nobody');
      assert.equal(told.command, '/bin/sh');
      assert.equal(told.state, 'running');
      assert.ok(told.processes >= 4, `${told.processes} processes`);
      assert.ok(told.residentKiB > 500 && told.imageKiB > told.residentKiB);
      assert.match(told.job?.sandbox ?? '', new RegExp(`/dir_${job.starter}$`));
    });

    test('shows it in a table, and no more when it has ended', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const { stdout, status } = await startPs(starter).ended;
      assert.equal(status, 0);
      assert.match(stdout, /^ *PID JOB +USER +PROCS +CPU +%CPU +RSS +PSS +IMAGE STATE +FAMILY\n/);
      const name = job.name.replace('.', '\\.');
      assert.match(stdout, new RegExp(`^ *\\d+ ${name} +nobody +\\d+ .* running +.*/bin/sh$`, 'm'));
      await job.end();
      assert.doesNotMatch((await startPs(starter).ended).stdout, new RegExp(` ${name} `));
    });

    test('goes on with --watch, a line of JSON each time, until a signal', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const running = startPs(starter, ['--watch', '--json']);
      await waitUntil(() => running.stdout().split('\n').length > 2, 'two lines');
      running.process.kill('SIGINT');
      const { status, stdout } = await running.ended;
      assert.equal(status, 0);
      for (const line of stdout.trim().split('\n')) {
        const { families } = JSON.parse(line) as { families: readonly Told[] };
        assert.ok(families.some((each) => each.job?.starter === job.starter));
      }
    });

    test('prints the table again and again where there is no terminal', async () => {
      const running = startPs(starter, ['--watch']);
      await waitUntil(() => running.stdout().split(/^\d\d:\d\d:\d\d$/m).length > 2, 'two tables');
      running.process.kill('SIGTERM');
      assert.doesNotMatch((await running.ended).stdout, /\u001b/);
    });

    test('ends with its reader', async () => {
      const command = `${program('eyrie')} ps --watch --json | head -n 1 >/dev/null`;
      const { status } = await startCommand(['timeout', '20', 'sh', '-c', command]).ended;
      assert.equal(status, 0);
    });

    test('says that a procd is not there', async () => {
      const { status, stderr } = await startPs(starter, ['--address', '/nowhere/procd']).ended;
      assert.match(stderr, /^eyrie ps: There is no procd at \/nowhere\/procd\n$/);
      assert.equal(status, 1);
      const env = { ...CLEAN_ENVIRONMENT, CONDOR_PROCD_ADDRESS: '/nowhere/procd' };
      assert.match((await startPs(starter, [], { env }).ended).stderr, /There is no procd/);
    });
  });
}

describe('eyrie ps', { skip: skip || skipIf(needsRoot()) }, () => {
  test('shows root everybody’s jobs, and an ordinary user his own', async (t) => {
    const [roots, users] = [
      await holdJob(t, makeSite(t, ROOT), WAIT),
      await holdJob(t, makeSite(t, ORDINARY_USER), WAIT),
    ];
    assert.ok(await familyOf(ROOT, roots.starter));
    assert.ok(await familyOf(ROOT, users.starter));
    assert.ok(await familyOf(ORDINARY_USER, users.starter));
    assert.equal(await familyOf(ORDINARY_USER, roots.starter), undefined);
  });
});

describe('eyrie ps --watch at a terminal', { skip: skip || skipIf(needsScript()) }, () => {
  for (const [what, key] of [
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ] as const) {
    test(`draws in place, ends with ${what}, and leaves the terminal as it was`, async () => {
      const lines = `S=$(stty -g); ${program('eyrie')} ps --watch; echo "status $?"; test "$S" = "$(stty -g)" && echo same`;
      const running = startCommand(
        ['script', '--quiet', '--return', '--command', lines, '/dev/null'],
        {
          keepInputOpen: true,
        },
      );
      await waitUntil(() => running.stdout().split('\u001b[H').length > 2, 'two pictures');
      running.process.stdin?.write(key);
      const { stdout } = await running.ended;
      assert.match(stdout, /^\u001b\[\?1049h\u001b\[\?25l\u001b\[H\d\d:\d\d:\d\d {2}\(q ends it\)/);
      assert.match(stdout, /\u001b\[\?25h\u001b\[\?1049lstatus 0\r\nsame\r\n$/);
      assert.doesNotMatch(stdout, /\u001b\[2J/, 'the screen is never emptied');
    });
  }
});
