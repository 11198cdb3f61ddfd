/** Whole jobs by hand, of a starter that is not root, on accounts that the process control daemon leases. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { auditLines, connectTo } from '../control/support/daemon';
import { shell } from '../run/support/ads';
import { makeImage, MOUNT_POINTS } from '../run/support/image';
import { makeSite, type Site } from '../run/support/site';
import { burn } from '../support/burn';
import { asUser, runCommand } from '../support/command';
import { program, runEyrie } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { noProcessLeft, processesThere } from '../support/processes';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import {
  ACCOUNTS,
  CLIENT,
  good,
  GROUP,
  JOHN,
  type LeasingDaemon,
  type LeasingOptions,
  startLeasingDaemon,
} from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct());

type TestEnd = Parameters<typeof makeSite>[0];

/** A place from which a client runs jobs with the daemon's help. */
function siteAt(t: TestEnd, { socket }: LeasingDaemon): Site {
  const site = makeSite(t, { name: 'an ordinary user', uid: CLIENT });
  // Its jobs have other accounts than it has itself.
  fs.chmodSync(site.iwd, 0o777);
  site.configure(`PRIVSEP = daemon\nPROCD_CONTROL = ${socket}\nPROCD_CONTROL_LEASE = 10`);
  return site;
}

/** A daemon of its own, for a test that ends it. */
async function placeOfOwn(t: TestEnd, options?: LeasingOptions) {
  const daemon = await startLeasingDaemon(t, options);
  return { daemon, site: siteAt(t, daemon) };
}

/** The account of the last lease. */
function lastAccount(daemon: LeasingDaemon) {
  const leases = auditLines(daemon).filter(({ operation }) => operation === 'lease');
  return ACCOUNTS[leases.at(-1)?.['account'] as keyof typeof ACCOUNTS];
}

/** How the accounts stand, by name. */
async function statesOf(t: TestEnd, { socket }: LeasingDaemon): Promise<Record<string, unknown>> {
  const root = await connectTo(t, socket);
  const { accounts } = await good(root, 'account.list');
  root.close();
  const listed = accounts as readonly { readonly account: string; readonly state: string }[];
  return Object.fromEntries(listed.map(({ account, state }) => [account, state]));
}

describe('a job by hand with PRIVSEP = daemon', { skip }, () => {
  let daemon: LeasingDaemon;
  const endings: (() => unknown)[] = [];
  before(async () => {
    const image = path.join(
      temporaryDirectory({ after: (ending) => endings.push(ending) }),
      'image',
    );
    makeImage(image);
    daemon = await startLeasingDaemon(
      { after: (ending) => endings.push(ending) },
      {
        knobs: {
          NAMED_CHROOT: `small=${image}`,
          BASE_CGROUP: 'htcondor',
          CGROUP_MEMORY_LIMIT_POLICY: 'hard',
        },
      },
    );
    for (const place of [...MOUNT_POINTS, daemon.execute]) {
      fs.mkdirSync(path.join(image, place), { recursive: true });
    }
  });
  after(async () => {
    for (const ending of endings.reverse()) await ending();
  });

  /** Nothing of a job is left. */
  function assertClean(): void {
    assert.deepEqual(fs.readdirSync(daemon.execute), []);
  }

  test('has the ids and groups of a guest, and no rights', async (t) => {
    const site = siteAt(t, daemon);
    const script = 'id -u; id -g; id -G; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status; exit 9';
    const { result, status, stderr, stdout } = await site.run(shell(script));
    const { gid, uid } = lastAccount(daemon);
    const rights = 'CapEff:\t0000000000000000\nNoNewPrivs:\t1';
    assert.equal(stdout, `${uid}\n${gid}\n${gid} ${GROUP}\n${rights}\n`, stderr);
    assert.equal(status, 9);
    assert.deepEqual([result.ExitCode, result.ExitBySignal, result.JobStatus], [9, false, 4]);
    assertClean();
  });

  test('has the account of its owner, where he has one', async (t) => {
    const { stderr, stdout } = await siteAt(t, daemon).run({ ...shell('id -u'), Owner: JOHN });
    assert.equal(stdout, `${ACCOUNTS.john.uid}\n`, stderr);
  });

  test('is isolated: processes, /tmp, sandboxes of others', async (t) => {
    fs.mkdirSync(`${daemon.execute}/dir_other`);
    t.after(() => fs.rmdirSync(`${daemon.execute}/dir_other`));
    const script =
      `echo $$; ls ${daemon.execute}; ls -A /tmp; echo mine > /tmp/file; ls -d /proc/[0-9]* | wc -l; ` +
      'echo $_CONDOR_SCRATCH_DIR; ls -A $_CONDOR_SCRATCH_DIR | tr "\\n" " "; stat -c "%u %a" $_CONDOR_SCRATCH_DIR';
    const { stderr, stdout } = await siteAt(t, daemon).run(shell(script));
    const [pid, sandbox, processes, scratch, content] = stdout.trimEnd().split('\n');
    assert.ok(Number(pid) <= 2, stdout + stderr);
    assert.match(sandbox ?? '', /^dir_\d+$/);
    assert.ok(Number(processes) <= 6, stdout);
    assert.equal(scratch, `${daemon.execute}/${sandbox}`);
    const { uid } = lastAccount(daemon);
    assert.equal(content, `.job.ad .machine.ad .update.ad tmp ${uid} 700`);
    assert.equal(fs.existsSync('/tmp/file'), false);
  });

  test('has a root directory by its name, and no other', async (t) => {
    const site = siteAt(t, daemon);
    const there = await site.run({
      ...shell('cat /etc/image; id -u'),
      RequestedChroot: 'small',
      Iwd: '/',
    });
    assert.equal(there.stdout, `image\n${lastAccount(daemon).uid}\n`, there.stderr);
    const { result, status, stderr } = await site.run({
      ...shell('true'),
      RequestedChroot: 'large',
    });
    assert.equal(status, 125);
    assert.match(stderr, /names "large", which is no chroot here: this host has small/);
    assert.ok('HoldReason' in result);
    assertClean();
  });

  test('reads and writes files of the user who started it', async (t) => {
    const site = siteAt(t, daemon);
    const closed = path.join(site.directory, 'closed');
    fs.mkdirSync(closed, { mode: 0o700 });
    fs.writeFileSync(`${closed}/in`, 'input\n', { mode: 0o600 });
    for (const one of [closed, `${closed}/in`]) fs.chownSync(one, CLIENT, CLIENT);
    const files = { In: `${closed}/in`, Out: `${closed}/both`, Err: `${closed}/both` };
    const { status, stderr } = await site.run({
      ...shell('cat; echo error >&2; echo end'),
      ...files,
    });
    assert.equal(status, 0, stderr);
    assert.equal(fs.readFileSync(files.Out, 'utf8'), 'input\nerror\nend\n');
    assert.equal(fs.statSync(files.Out).uid, CLIENT);
    const hidden = await site.run({ ...shell(`cat ${closed}/in || exit 3`) });
    assert.equal(hidden.status, 3);
    for (const [name, code] of [
      ['Out', 7],
      ['In', 8],
    ] as const) {
      const refused = await site.run({ ...shell('true'), [name]: '/root/no-way/file' });
      assert.equal(refused.status, 125);
      assert.equal(refused.result.HoldReasonCode, code);
      assert.match(String(refused.result.HoldReason), /cannot open \/root\/no-way\/file as std/);
    }
    assertClean();
  });

  test('that cannot be executed is held, in the daemon’s words', async (t) => {
    const site = siteAt(t, daemon);
    const { result, status } = await site.run({ Cmd: '/no/such/program' });
    assert.equal(status, 127);
    assert.deepEqual([result.HoldReasonCode, result.HoldReasonSubCode], [6, 2]);
    assert.match(String(result.HoldReason), /cannot execute \/no\/such\/program/);
    const closed = await site.run({ ...shell('true'), Iwd: '/root' });
    assert.deepEqual([closed.result.HoldReasonCode, closed.result.HoldReasonSubCode], [14, 13]);
    assertClean();
  });

  test('is told of signals, and its end tells of them', async (t) => {
    const site = siteAt(t, daemon);
    const running = site.start(
      shell('trap "echo asked; exit 4" TERM; echo ready; while :; do sleep 0.1; done'),
    );
    await running.said('ready');
    running.process.kill('SIGTERM');
    const { stdout } = await running.ended;
    assert.match(stdout, /asked/);
    const killed = await site.run(shell('kill -9 $$'));
    assert.equal(killed.status, 128 + 9);
    assert.equal(killed.result.ExitSignal, 9);
    assertClean();
  });

  test('can be suspended by eyrie suspend, and goes on', async (t) => {
    const site = siteAt(t, daemon);
    const running = site.start(
      shell(
        'echo ready; i=0; while ! test -e end; do i=$((i+1)); echo $i > count; sleep 0.02; done',
      ),
    );
    await running.said('ready');
    const count = (): string => fs.readFileSync(`${site.iwd}/count`, 'utf8');
    const tell = (verb: string) => runEyrie([verb, String(running.process.pid)], { uid: CLIENT });
    const suspended = await tell('suspend');
    assert.equal(suspended.status, 0, suspended.stderr);
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(count(), before);
    const continued = await tell('continue');
    assert.equal(continued.status, 0, continued.stderr);
    await waitUntil(() => count() !== before, 'it to go on');
    fs.writeFileSync(`${site.iwd}/end`, '');
    assert.equal((await running.ended).status, 0);
  });

  test('tells what it used, and is held for too much memory', async (t) => {
    const site = siteAt(t, daemon);
    const script = `${burn(0.1)}; dd if=/dev/zero of=/dev/null bs=30M count=1`;
    const { result, stderr } = await site.run({ ...shell(script), RequestMemory: 200 });
    assert.ok(Number(result.RemoteUserCpu) > 0, stderr + JSON.stringify(result));
    assert.ok(Number(result.ResidentSetSize) > 20 * 1024, JSON.stringify(result));
    const more = 'dd if=/dev/zero of=/dev/null bs=300M count=1; sleep 600';
    const held = await site.run({ ...shell(more), RequestMemory: 60 });
    assert.deepEqual([held.result.HoldReasonCode, held.result.HoldReasonSubCode], [34, 102]);
    assert.match(
      String(held.result.HoldReason),
      /over cgroup memory limit of 60 megabytes\. Peak usage: \d+/,
    );
    assertClean();
  });

  test('of two starters at once has two guests, and a third has to wait', async (t) => {
    const sites = [siteAt(t, daemon), siteAt(t, daemon), siteAt(t, daemon)] as const;
    const first = sites[0].start(shell('id -u; while ! test -e end; do sleep 0.05; done'));
    await first.said('\n');
    const second = sites[1].start(shell('id -u; while ! test -e end; do sleep 0.05; done'));
    await second.said('\n');
    const third = await sites[2].run(shell('id -u'));
    assert.equal(third.status, 125);
    assert.match(third.stderr, /busy/);
    for (const { iwd } of sites) fs.writeFileSync(`${iwd}/end`, '');
    const uids = [(await first.ended).stdout, (await second.ended).stdout].sort();
    assert.deepEqual(uids, [`${ACCOUNTS.guest1.uid}\n`, `${ACCOUNTS.guest2.uid}\n`]);
    const states = await statesOf(t, daemon);
    assert.deepEqual(states, { guest1: 'free', guest2: 'free', john: 'free' });
    assertClean();
  });

  test('keeps its lease as long as it runs', async (t) => {
    const { status, stderr } = await siteAt(t, daemon).run(shell('sleep 13; exit 2'));
    assert.equal(status, 2, stderr);
    const renewals = auditLines(daemon).filter(({ operation }) => operation === 'renew');
    assert.ok(renewals.some(({ result }) => result === 'ok'));
  });

  test('is run by condor_starter, too, and has its standard input and output', async (t) => {
    const site = siteAt(t, daemon);
    const ad = path.join(site.directory, 'starter.ad');
    const script = "'cat; id -u; echo error >&2; exit 3'";
    fs.writeFileSync(ad, `Cmd = "/bin/sh"\nArguments = "-c ${script}"\nIwd = "/"\n`);
    const streams = ['-job-stdin', '-', '-job-stdout', '-', '-job-stderr', '-'];
    const argv = [program('condor_starter'), '-c', site.configFile, '-f', '-t', ...streams];
    const { status, stderr, stdout } = await runCommand(
      asUser(CLIENT, [...argv, '-job-input-ad', ad]),
      { input: 'through a pipe\n', cwd: path.dirname(site.execute) },
    );
    assert.equal(stdout, `through a pipe\n${lastAccount(daemon).uid}\n`, stderr);
    assert.match(stderr, /^error$/m);
    assert.equal(status, 0);
    assertClean();
  });

  test('is planned without asking anybody, and root needs no daemon', async (t) => {
    const site = siteAt(t, daemon);
    const ad = path.join(site.directory, 'plan.ad');
    fs.writeFileSync(ad, 'Cmd = "/bin/true"\nIwd = "/"\n');
    const asked = auditLines(daemon).length;
    const planned = await runEyrie(['plan', '-c', site.configFile, ad], { uid: CLIENT });
    assert.equal(planned.status, 0, planned.stderr);
    assert.match(planned.stdout, /PRIVSEP = daemon: the daemon at .* chooses the account/);
    assert.equal(auditLines(daemon).length, asked);
    const root = await runEyrie(['run', '-c', site.configFile, ad]);
    assert.equal(root.status, 125);
    assert.match(root.stderr, /PRIVSEP = daemon is for a starter that is not root/);
  });
});

describe('with PRIVSEP = daemon,', { skip }, () => {
  const FAMILY =
    '(trap "" TERM HUP; sleep 600) & setsid sleep 600 & sleep 0.1; echo ready; sleep 600';

  test('a job ends with its starter, and the account is free when its lease is over', async (t) => {
    const { daemon, site } = await placeOfOwn(t);
    const running = site.start(shell(FAMILY));
    await running.said('ready');
    const marker = path.basename(site.directory);
    await processesThere(marker, 3);
    running.process.kill('SIGKILL');
    await noProcessLeft(marker);
    await waitUntil(
      async () => (await statesOf(t, daemon))['guest1'] === 'free',
      'the lease of ten seconds to end',
      30,
    );
    // What is left is the client's, who may still look at it.
    const [sandbox, ...more] = fs.readdirSync(daemon.execute);
    assert.deepEqual(more, []);
    assert.equal(fs.statSync(`${daemon.execute}/${sandbox}`).uid, CLIENT);
    assert.equal((await site.run(shell('exit 4'))).status, 4);
  });

  test('a job is lost with the daemon, and the starter says so', async (t) => {
    const { daemon, site } = await placeOfOwn(t);
    const running = site.start(shell(FAMILY));
    await running.said('ready');
    process.kill(daemon.pid(), 'SIGKILL');
    const { result, status, stderr } = await running.ended;
    assert.equal(status, 125);
    assert.match(stderr, /the daemon that ran the job is gone/);
    assert.equal(result.ExitCode, undefined);
    await noProcessLeft(path.basename(site.directory));
    await daemon.restart();
    assert.equal((await site.run(shell('exit 5'))).status, 5);
  });

  test('eyrie doctor asks the daemon', async (t) => {
    const { daemon, site } = await placeOfOwn(t);
    const found = async (file: string) => {
      const { stdout } = await runEyrie(['doctor', '--json', '-c', file], { uid: CLIENT });
      const rows = JSON.parse(stdout) as { id: string; state: string; found: string }[];
      return rows.find(({ id }) => id === 'process-control-daemon');
    };
    const there = await found(site.configFile);
    assert.deepEqual([there?.state, there?.found], ['ok', `${daemon.socket}: 3 accounts`]);
    site.configure('PROCD_CONTROL = /no/such/socket');
    assert.equal((await found(site.configFile))?.state, 'missing');
  });

  test('a starter without a daemon says how to get one', async (t) => {
    const site = makeSite(t, { name: 'an ordinary user', uid: CLIENT });
    site.configure('PRIVSEP = daemon\nPROCD_CONTROL = /no/such/socket');
    const { status, stderr } = await site.run(shell('true'));
    assert.equal(status, 125);
    assert.match(stderr, /PRIVSEP = daemon: cannot connect to \/no\/such\/socket/);
  });
});
