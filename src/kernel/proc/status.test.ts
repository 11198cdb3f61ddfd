import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { hasCapability, lackingCapabilities } from './capabilities';
import { parseStatus, readStatus } from './status';

const STATUS = `Name:\tcat
Umask:\t0022
State:\tR (running)
Pid:\t70
PPid:\t1
Uid:\t1000\t1001\t1002\t1003
Gid:\t100\t101\t102\t103
Groups:\t4 24 100
Threads:\t3
CapInh:\t0000000000000000
CapPrm:\t000001ffffffffff
CapEff:\t0000000000200001
CapBnd:\t000001fffeffffff
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
`;

describe('parseStatus()', () => {
  test('reads ids, groups, capabilities and restrictions', () => {
    assert.deepEqual(parseStatus(STATUS), {
      ok: true,
      value: {
        name: 'cat',
        pid: 70,
        parentPid: 1,
        uid: { real: 1000, effective: 1001, saved: 1002, filesystem: 1003 },
        gid: { real: 100, effective: 101, saved: 102, filesystem: 103 },
        groups: [4, 24, 100],
        threads: 3,
        capabilities: {
          inheritable: 0n,
          permitted: 0x1ffffffffffn,
          effective: 0x200001n,
          bounding: 0x1fffeffffffn,
          ambient: 0n,
        },
        noNewPrivs: true,
        seccomp: 'filter',
      },
    });
  });

  test('takes a process without supplementary groups', () => {
    const status = parseStatus(STATUS.replace('4 24 100', ''));
    assert.deepEqual(status.ok && status.value.groups, []);
  });

  test('takes a kernel without seccomp', () => {
    const status = parseStatus(STATUS.replace(/Seccomp.*\n/, ''));
    assert.equal(status.ok && status.value.seccomp, undefined);
  });

  test('keeps colons in a process name', () => {
    const status = parseStatus(STATUS.replace('cat', 'a: b'));
    assert.equal(status.ok && status.value.name, 'a: b');
  });

  test('names every line that is missing or broken', () => {
    const status = parseStatus(STATUS.replace(/Uid.*\n/, '').replace('fffeffffff', 'wrong'));
    assert.match(status.ok ? '' : status.error, /for Uid, CapBnd$/);
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseStatus(text)));
  });
});

describe('capability sets', () => {
  const set = (1n << 21n) | 1n;
  test('hasCapability() looks at the bit with the number of capabilities(7)', () => {
    assert.equal(hasCapability(set, 'CAP_SYS_ADMIN'), true);
    assert.equal(hasCapability(set, 'CAP_SYS_RESOURCE'), false);
    assert.equal(hasCapability(1n << 40n, 'CAP_CHECKPOINT_RESTORE'), true);
  });

  test('lackingCapabilities() names what is not in the set', () => {
    assert.deepEqual(lackingCapabilities(set, ['CAP_SETUID', 'CAP_CHOWN', 'CAP_KILL']), [
      'CAP_SETUID',
      'CAP_KILL',
    ]);
  });
});

test('readStatus() reads this process', () => {
  const status = readStatus();
  assert.ok(status.ok);
  assert.equal(status.value.pid, process.pid);
  assert.equal(status.value.uid.effective, process.geteuid?.());
});

test('readStatus() says which file a vanished process lacks', () => {
  assert.deepEqual(readStatus(2 ** 22 + 1), {
    ok: false,
    error: 'cannot read /proc/4194305/status: ENOENT',
  });
});
