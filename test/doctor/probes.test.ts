/**
 * Probe children: what they try is tried, and nothing of it stays.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Attempt } from '../../src/kernel/probe/probes';
import { runCommand } from '../support/command';
import { program, runEyrie } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';

const NOBODY = 65_534;
/** EPERM of errno(3). */
const REFUSED = -1;

async function probe(name: string, uid?: number): Promise<readonly Attempt[]> {
  const result = await runEyrie(['--probe', name], uid === undefined ? {} : { uid });
  assert.deepEqual([result.status, result.stderr], [0, '']);
  return JSON.parse(result.stdout) as readonly Attempt[];
}

const skip = skipIf(needsProduct() ?? needsRoot());

describe('a probe of root', { skip }, () => {
  test('mounts in a namespace of its own, and the host sees nothing of it', async () => {
    const before = readFileSync('/proc/self/mountinfo', 'utf8');
    const attempts = await probe('mounts');
    assert.deepEqual(
      attempts.map(({ call, result }) => [call, result]),
      [
        ['unshare(CLONE_NEWNS)', 0],
        ['mount(MS_REC|MS_PRIVATE) on /', 0],
        ['mount(tmpfs) on /tmp', 0],
        ['mount(MS_BIND) in /tmp', 0],
      ],
    );
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), before);
  });

  test('stops at the first call that is refused', async () => {
    const argv = ['setpriv', '--bounding-set=-sys_admin', program('eyrie'), '--probe', 'mounts'];
    const { stdout } = await runCommand(argv);
    assert.deepEqual(JSON.parse(stdout), [{ call: 'unshare(CLONE_NEWNS)', result: REFUSED }]);
  });

  for (const name of ['user-namespace', 'mount-namespace', 'pid-namespace', 'chroot']) {
    test(`${name} succeeds`, async () => {
      assert.deepEqual(
        (await probe(name)).map(({ result }) => result),
        [0],
      );
    });
  }
});

describe('a probe of an ordinary user', { skip }, () => {
  for (const [name, expected] of [
    ['user-namespace', 0],
    ['rootless-mount-namespace', 0],
    ['rootless-pid-namespace', 0],
    ['mount-namespace', REFUSED],
    ['pid-namespace', REFUSED],
    ['mounts', REFUSED],
    ['chroot', REFUSED],
  ] as const) {
    test(`${name} ${expected === 0 ? 'succeeds' : 'is refused'}`, async () => {
      assert.deepEqual(
        (await probe(name, NOBODY)).map(({ result }) => result),
        [expected],
      );
    });
  }

  test('the kernel calls are those of this kernel, by its own version', async () => {
    const [major = 0, minor = 0] = readFileSync('/proc/sys/kernel/osrelease', 'utf8')
      .split('.')
      .map(Number);
    const has = (wanted: number, from: number) =>
      major > wanted || (major === wanted && minor >= from);
    const results = new Map(
      (await probe('kernel-calls', NOBODY)).map(({ call, result }) => [call, result]),
    );
    assert.equal(results.get('clone_into_cgroup') === 0, has(5, 7));
    assert.equal(results.get('close_range') === 0, has(5, 9));
    assert.equal(results.get('openat2') === 0, has(5, 6));
  });
});

test(
  'a probe that does not exist is refused by name',
  { skip: skipIf(needsProduct()) },
  async () => {
    const result = await runEyrie(['--probe', 'toString']);
    assert.equal(result.status, 2);
    assert.match(result.stderr, /^eyrie: there is no probe 'toString': one of user-namespace, /);
  },
);
