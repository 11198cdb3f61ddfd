/** What eyrie-init is, seen from the host and from its own job. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { LaunchPlan } from '../../src/job/plan';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import {
  launched,
  NOBODY,
  outputOf,
  planOf,
  type PlanParts,
  type Ran,
  runPlan,
} from './support/plans';
import { program, runProgram, suite } from './support/program';

program((plan) => runPlan(plan as LaunchPlan));

const skip = skipIf(needsRoot());

/** What /proc tells of an init whose job runs. */
interface Sight {
  readonly status: string;
  readonly smaps: string;
  readonly environment: string;
  readonly commandLine: string;
  readonly descriptors: readonly string[];
  readonly cwd: string;
}

async function sightOf(t: TestContext, parts: Partial<PlanParts>): Promise<Sight> {
  const there = `${temporaryDirectory(t, { uid: NOBODY })}/there`;
  const launch = launched(planOf({ ...parts, run: `echo > ${there}; sleep 300` }));
  await launch.go();
  await waitUntil(() => fs.existsSync(there), 'the job');
  const directory = `/proc/${launch.pid}`;
  const read = (file: string) => fs.readFileSync(`${directory}/${file}`, 'utf8');
  const sight = {
    status: read('status'),
    smaps: read('smaps_rollup'),
    environment: read('environ'),
    commandLine: read('cmdline'),
    descriptors: fs
      .readdirSync(`${directory}/fd`)
      .map((fd) => `${fd} ${link(`${directory}/fd/${fd}`)}`),
    cwd: fs.readlinkSync(`${directory}/cwd`),
  };
  launch.signalFamily(9);
  await launch.exited;
  return sight;
}

/** What a descriptor is, without the numbers that differ each time. */
function link(path: string): string {
  return fs.readlinkSync(path).replace(/:\[\d+\]$/, '');
}

function capabilities(sight: Sight, set: string): number {
  const bits = new RegExp(`^Cap${set}:\\t(\\w+)`, 'm').exec(sight.status)?.[1];
  return Number.parseInt(bits ?? 'absent', 16);
}

const CAP_KILL = 1 << 5;
const CAP_SYS_PTRACE = 1 << 19;
const CAP_SYS_NICE = 1 << 23;

suite('eyrie-init beside a running job', { skip }, () => {
  test('has a name, no argument and an empty environment', async (t) => {
    const sight = await sightOf(t, {});
    assert.match(sight.status, /^Name:\teyrie-init\n/);
    assert.equal(sight.commandLine, 'eyrie-init\0');
    assert.equal(sight.environment, '');
    assert.equal(sight.cwd, '/');
  });

  test('holds its two pipes, a signalfd and the pidfd of the job, nothing else', async (t) => {
    const sight = await sightOf(t, {});
    const expected = ['3 anon_inode:[signalfd]', '5 anon_inode:[pidfd]', '6 pipe', '7 pipe'];
    assert.deepEqual(
      sight.descriptors.map((one) => one.replace('5 pidfd', '5 anon_inode:[pidfd]')),
      expected,
    );
  });

  test('without a PID namespace it holds /proc as well, to find the family', async (t) => {
    const sight = await sightOf(t, { namespaces: [] });
    assert.ok(sight.descriptors.includes('4 /proc'), sight.descriptors.join());
    assert.equal(sight.descriptors.length, 5);
  });

  test('keeps the capability to signal and no other, and can gain none', async (t) => {
    const sight = await sightOf(t, {});
    assert.equal(capabilities(sight, 'Prm'), CAP_KILL);
    assert.equal(capabilities(sight, 'Eff'), CAP_KILL);
    for (const set of ['Inh', 'Bnd', 'Amb']) assert.equal(capabilities(sight, set), 0, set);
    assert.match(sight.status, /NoNewPrivs:\t1/);
  });

  test('without a PID namespace it keeps what finding and catching the family takes', async (t) => {
    const sight = await sightOf(t, { namespaces: [] });
    assert.equal(capabilities(sight, 'Prm'), CAP_KILL | CAP_SYS_PTRACE | CAP_SYS_NICE);
    assert.equal(capabilities(sight, 'Bnd'), 0);
  });

  test('blocks every signal that can be blocked', async (t) => {
    // All but SIGKILL (9) and SIGSTOP (19).
    assert.match((await sightOf(t, {})).status, /SigBlk:\tfffffffffffbfeff/);
  });

  test('takes less than 100 KiB of memory for itself', async (t) => {
    // The rest is the program's file, which all inits share.
    const { smaps } = await sightOf(t, {});
    const anonymous = Number(/^Anonymous:\s+(\d+) kB/m.exec(smaps)?.[1]);
    assert.ok(anonymous < 100, `${anonymous} KiB`);
  });
});

for (const mode of ['root', 'rootless'] as const) {
  const run =
    mode === 'root'
      ? runPlan
      : async (plan: LaunchPlan) => (await runProgram(plan, { uid: NOBODY })) as Ran;

  suite(`eyrie-init and its job, launched by ${mode}`, { skip }, () => {
    const inside = (t: TestContext, script: string): Promise<string> =>
      outputOf(
        temporaryDirectory(t, { uid: NOBODY }),
        { mode, setup: [{ op: 'proc', target: '/proc', flags: [], options: '' }], run: script },
        run,
      );

    test('the job cannot look into init: memory, environment, files, root', async (t) => {
      const text = await inside(
        t,
        `for f in mem environ maps fd/6 root/etc/passwd cwd/etc/passwd auxv; do
           cat /proc/1/$f >/dev/null 2>&1 && echo "$f readable"; done; echo tried`,
      );
      assert.equal(text, 'tried\n');
    });

    test('the job cannot signal init away', async (t) => {
      const text = await inside(
        t,
        'for s in KILL STOP TERM SEGV CHLD 34; do kill -$s 1; done 2>/dev/null; sleep 0.2; cat /proc/1/comm',
      );
      assert.equal(text, 'eyrie-init\n');
    });

    test('the job has no descriptor by which to reach init or the starter', async (t) => {
      const text = await inside(t, 'ls -l /proc/self/fd');
      assert.match(text, /0 -> \/dev\/null/);
      assert.doesNotMatch(text, /pipe|socket|memfd|anon_inode/);
    });
  });
}

suite('the starter, to init and job', { skip }, () => {
  test('is told the pid by which the host knows the job', async (t) => {
    const output = `${temporaryDirectory(t, { uid: NOBODY })}/output`;
    const launch = launched(planOf({ output, run: 'echo $$; sleep 300' }));
    const start = await launch.go();
    const pid = launch.jobPid();
    assert.ok(start.ok && pid !== undefined);
    assert.equal(start.value, pid);
    await waitUntil(() => fs.readFileSync(output, 'utf8') === '2\n', 'the job');
    assert.match(fs.readFileSync(`/proc/${pid}/status`, 'utf8'), /^NSpid:\t\d+\t2$/m);
    launch.signalJob(9);
    await launch.exited;
  });

  test('stays traceable by root and is not touched by what the child does to itself', async () => {
    const owner = () => fs.statSync('/proc/self/mem').uid;
    const before = [fs.readFileSync('/proc/self/status', 'utf8').match(/^Cap\w+:.*$/gm), owner()];
    await runPlan(planOf({ run: 'true' }));
    const plan = planOf({ mode: 'rootless', run: 'true' });
    const self = [{ inside: NOBODY, outside: 0, count: 1 }];
    const { start } = await runPlan({ ...plan, idMaps: { uid: self, gid: self } });
    assert.ok(start.ok, JSON.stringify(start));
    const after = [fs.readFileSync('/proc/self/status', 'utf8').match(/^Cap\w+:.*$/gm), owner()];
    assert.deepEqual(after, before);
  });
});
