/**
 * Launches, families and trees where the kernel lacks the newer calls: each has another way.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import type { LaunchPlan } from '../../src/job/plan';
import { removeTree } from '../../src/kernel/tree';
import { sanitized } from '../native/sanitized';
import { needsRoot, skipIf } from '../support/need';
import { processesLeft } from '../support/processes';
import { temporaryDirectory } from '../support/temporary';
import { outputOf, planOf, type Ran, runPlan } from './support/plans';
import { program, runProgram, suite } from './support/program';

/** A plan to run, or a tree to remove. */
type Task = { readonly plan: LaunchPlan } | { readonly parent: string };

program((task) => {
  const given = task as Task;
  return 'plan' in given ? runPlan(given.plan) : removeTree(given.parent, 'top');
});

const NOBODY = 65534;

suite('where the kernel has no', { skip: skipIf(needsRoot()) }, () => {
  for (const missing of [
    'clone3',
    'openat2',
    'close_range',
    'pidfd_open,pidfd_send_signal',
    'clone3,openat2,close_range,pidfd_open,pidfd_send_signal',
  ]) {
    const by = [sanitized('without-calls'), missing];
    const runWithout = async (plan: LaunchPlan) => (await runProgram({ plan }, { by })) as Ran;

    test(`${missing}: a job is launched, with mounts and without a descriptor too many`, async (t) => {
      const directory = temporaryDirectory(t, { uid: NOBODY });
      fs.mkdirSync(`${directory}/a/b`, { recursive: true });
      fs.writeFileSync(`${directory}/a/b/data`, 'payload\n');
      const text = await outputOf(
        directory,
        {
          setup: [
            { op: 'pin', slot: 0, path: `${directory}/a` },
            { op: 'pin', slot: 1, base: 0, path: 'b/data' },
            { op: 'tmpfs', target: '/mnt', flags: [], options: '' },
            { op: 'mkdir', path: '/mnt/x/y', mode: 0o755, parents: true },
            { op: 'touch', path: '/mnt/x/y/z', mode: 0o644 },
            { op: 'bind', source: 1, target: '/mnt/x/y/z' },
          ],
          after: [{ op: 'close-from', fd: 3 }],
          run: 'cat /mnt/x/y/z; ls /proc/self/fd | tr "\\n" " "',
        },
        runWithout,
      );
      assert.equal(text, 'payload\n0 1 2 3 ');
    });

    test(`${missing}: no link is followed`, async (t) => {
      const directory = temporaryDirectory(t);
      fs.mkdirSync(`${directory}/real/inner`, { recursive: true });
      fs.symlinkSync('real', `${directory}/link`);
      fs.symlinkSync('/etc', `${directory}/real/out`);
      const base = { op: 'pin', slot: 0, path: `${directory}/real` } as const;
      const rows = [
        [[{ op: 'pin', slot: 1, path: `${directory}/link` }], 40],
        [[{ op: 'pin', slot: 1, path: `${directory}/link/inner` }], 40],
        [[{ op: 'tmpfs', target: `${directory}/link`, flags: [], options: '' }], 40],
        [[base, { op: 'pin', slot: 1, base: 0, path: 'out/passwd' }], 40],
        [[base, { op: 'pin', slot: 1, base: 0, path: '..' }], 18],
        [[base, { op: 'pin', slot: 1, base: 0, path: 'missing/x' }], 2],
      ] as const;
      for (const [setup, errno] of rows) {
        const { start } = await runWithout(planOf({ setup, run: 'true' }));
        const index = setup.length;
        assert.deepEqual(start, { ok: false, error: { phase: 'setup', index, errno } });
      }
    });

    test(`${missing}: nothing of a family is left, without a PID namespace`, async () => {
      const marker = `eyrie-marker-${Math.random().toString(36).slice(2)}`;
      const run = `(setsid sh -c 'sleep 300; : ${marker}' &); sh -c 'sleep 300; : ${marker}' & sleep 0.2; exit 4`;
      const { exit } = await runWithout(planOf({ namespaces: [], run }));
      assert.ok(exit.ok);
      assert.equal(exit.value.code, 4);
      assert.deepEqual(processesLeft(marker), []);
    });

    test(`${missing}: a tree is removed, its links are not followed`, async (t) => {
      const parent = temporaryDirectory(t);
      fs.mkdirSync(`${parent}/top/a/b`, { recursive: true });
      fs.symlinkSync('/etc', `${parent}/top/a/etc`);
      const removed = await runProgram({ parent }, { by });
      assert.deepEqual((removed as { ok: boolean }).ok, true);
      assert.deepEqual(fs.readdirSync(parent), []);
      assert.ok(fs.existsSync('/etc/passwd'));
    });
  }
});
