import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { cgroupLayout, hierarchyOptions, mountedHierarchies, parseCgroup } from './cgroups';
import { parseMountInfo } from './mountinfo';

/** The two files of one host, and the hierarchies that follow from them. */
function hierarchies(cgroup: string, mountinfo: string) {
  const memberships = parseCgroup(cgroup);
  const mounts = parseMountInfo(mountinfo);
  assert.ok(memberships.ok && mounts.ok);
  return mountedHierarchies(memberships.value, mounts.value);
}

describe('parseCgroup()', () => {
  test('reads version 2, controllers of version 1, and a named hierarchy', () => {
    assert.deepEqual(parseCgroup('3:cpu,cpuacct:/a:b\n1:name=systemd:/init.scope\n0::/user\n'), {
      ok: true,
      value: [
        { version: 1, controllers: ['cpu', 'cpuacct'], name: undefined, path: '/a:b' },
        { version: 1, controllers: [], name: 'systemd', path: '/init.scope' },
        { version: 2, controllers: [], name: undefined, path: '/user' },
      ],
    });
  });

  test('refuses a line that is none and shows it', () => {
    assert.deepEqual(parseCgroup('0:/\n'), {
      ok: false,
      error: 'not a line of /proc/PID/cgroup (cgroups(7)): "0:/"',
    });
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseCgroup(text)));
  });
});

describe('mountedHierarchies()', () => {
  test('version 2 alone: the own cgroup is below the mount', () => {
    const found = hierarchies(
      '0::/system.slice/condor.service\n',
      '31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n',
    );
    assert.equal(cgroupLayout(found), 'unified');
    assert.deepEqual(
      found.map(({ directory, readOnly }) => [directory, readOnly]),
      [['/sys/fs/cgroup/system.slice/condor.service', false]],
    );
  });

  test('version 1 beside version 2: each line finds its own mount', () => {
    const found = hierarchies(
      '4:memory:/jobs\n3:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n',
      `32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`,
    );
    assert.equal(cgroupLayout(found), 'hybrid');
    assert.deepEqual(
      found.map((each) => each.directory),
      [
        '/sys/fs/cgroup/memory/jobs',
        '/sys/fs/cgroup/cpu',
        '/sys/fs/cgroup/systemd',
        '/sys/fs/cgroup/unified',
      ],
    );
  });

  test('a controller that is not mounted has no row', () => {
    const found = hierarchies('4:memory:/\n3:cpu:/\n', '1 0 0:1 / /c rw - cgroup cgroup rw,cpu\n');
    assert.deepEqual(
      found.map((each) => each.controllers),
      [['cpu']],
    );
    assert.equal(cgroupLayout(found), 'legacy');
  });

  test('a container that sees a part of the hierarchy, read-only', () => {
    const found = hierarchies(
      '0::/docker/abc/job\n',
      '1 0 0:1 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n',
    );
    assert.deepEqual(
      found.map(({ directory, readOnly }) => [directory, readOnly]),
      [['/sys/fs/cgroup/job', true]],
    );
  });

  for (const [what, path, root] of [
    ['above the cgroup namespace', '/../other', '/'],
    ['beside the mounted part', '/docker/xyz', '/docker/abc'],
  ] as const) {
    test(`a cgroup ${what} has no directory`, () => {
      const found = hierarchies(`0::${path}\n`, `1 0 0:1 ${root} /c rw - cgroup2 cgroup rw\n`);
      assert.deepEqual([found.length, found[0]?.directory], [1, undefined]);
    });
  }

  test('nothing mounted is "none"', () => {
    assert.equal(cgroupLayout(hierarchies('0::/\n', '')), 'none');
  });
});

describe('hierarchyOptions()', () => {
  const rows: readonly (readonly [fields: string, options: string | undefined])[] = [
    ['cgroup2 cgroup2 rw,nsdelegate', ''],
    ['cgroup cgroup rw,cpu,cpuacct', 'cpu,cpuacct'],
    ['cgroup cgroup rw,xattr,release_agent=/a,name=systemd', 'name=systemd'],
    ['tmpfs tmpfs rw,mode=755', undefined],
  ];
  for (const [fields, options] of rows) {
    test(`${fields}: ${options ?? 'none'}`, () => {
      const parsed = parseMountInfo(`1 0 0:1 / /c rw - ${fields}\n`);
      assert.ok(parsed.ok && parsed.value[0] !== undefined);
      assert.equal(hierarchyOptions(parsed.value[0]), options);
    });
  }
});
