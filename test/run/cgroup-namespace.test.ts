/** What a job by hand sees of cgroups with USE_CGROUP_NAMESPACES, on the versions that this machine has. */
import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import { needsController, temporaryBase, versionOf } from '../kernel/support/cgroups';
import { needsControllers, needsProduct, needsRoot, skipIf } from '../support/need';
import { ROOT } from '../support/starters';
import { type Ad, shell } from './support/ads';
import { makeSite, type Site, type TestEnd } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct() ?? needsController('memory'));

const MEMBERSHIPS = 'cat /proc/self/cgroup';

/** The hard limit, in the file of the version that this machine's controller has. */
const LIMIT = 'cd /sys/fs/cgroup; cat memory.max memory/memory.limit_in_bytes 2>/dev/null';

function site(t: TestEnd, view = 'USE_CGROUP_NAMESPACES = true'): Site {
  const made = makeSite(t, ROOT);
  made.configure(`BASE_CGROUP = ${temporaryBase(t)}\nUSE_PROCD = false\n${view}`);
  return made;
}

/** The paths in the lines of a /proc/PID/cgroup. */
function paths(text: string): ReadonlySet<string> {
  return new Set(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(':').slice(2).join(':')),
  );
}

describe('a job by hand in a cgroup namespace', { skip }, () => {
  test('is at the root of every hierarchy', async (t) => {
    const { stdout, stderr } = await site(t).run(shell(MEMBERSHIPS));
    assert.deepEqual([...paths(stdout)], ['/'], stderr);
  });

  test('finds its limit of memory where programs look for it', async (t) => {
    const ad: Ad = { ...shell(`${LIMIT}; true`), RequestMemory: 77 };
    const { stdout, stderr } = await site(t).run(ad);
    assert.equal(stdout, `${77 * 2 ** 20}\n`, stderr);
  });

  test('finds no cgroup of others, and cannot leave its own', async (t) => {
    const directory = versionOf('memory') === 2 ? '' : '/memory';
    const script = `cd /sys/fs/cgroup${directory} && ls -d */ ../* 2>/dev/null | grep -c eyrie-test;
      cat cgroup.procs | grep -cx $$; echo 0 > ../cgroup.procs; echo end`;
    const { stdout, stderr } = await site(t).run(shell(script), {
      knobs: { USE_PID_NAMESPACES: 'false' },
    });
    assert.equal(stdout, '0\n1\nend\n', stderr);
  });

  test('leaves the host’s hierarchies as they are', async (t) => {
    const before = readFileSync('/proc/self/mounts', 'utf8');
    await site(t).run(shell(MEMBERSHIPS));
    assert.equal(readFileSync('/proc/self/mounts', 'utf8'), before);
  });

  test('is held as ever where it needs more memory than it may have', async (t) => {
    const script = 'dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null; sleep 600';
    const { result } = await site(t).run({ ...shell(script), RequestMemory: 60 });
    assert.deepEqual([result.HoldReasonCode, result.HoldReasonSubCode], [34, 102]);
  });
});

describe('a job by hand without one', { skip }, () => {
  test('sees where it is', async (t) => {
    const { stdout } = await site(t, '').run(shell(MEMBERSHIPS));
    assert.match(stdout, /eyrie-test/);
  });

  test('has none where it has no cgroup, and a note says so', async (t) => {
    const knobs = { BASE_CGROUP: '' };
    const { stdout, stderr } = await site(t).run(shell('readlink /proc/self/ns/cgroup'), {
      knobs,
      options: ['--verbose'],
    });
    assert.equal(stdout.trim(), readlinkSync('/proc/self/ns/cgroup'));
    assert.match(stderr, /USE_CGROUP_NAMESPACES has no effect/);
  });
});

describe(
  'a job by hand in a cgroup namespace of version 2',
  { skip: skip || skipIf(needsControllers(2)) },
  () => {
    test('has nothing in its own lines but 0::/, and its limits', async (t) => {
      const limits = 'cd /sys/fs/cgroup; cat /proc/self/cgroup pids.max cpu.max';
      const knobs = { CGROUP_PIDS_LIMIT: '50', CGROUP_CPU_LIMIT: '0.5' };
      const { stdout, stderr } = await site(t).run(shell(limits), { knobs });
      assert.equal(stdout, '0::/\n50\n50000 100000\n', stderr);
    });
  },
);
