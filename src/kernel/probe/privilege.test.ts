import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAPABILITIES } from '../proc/capabilities';
import { type PrivilegeFacts, privilegeObstacles, readPrivilege } from './privilege';

const EVERY_CAPABILITY = (1n << BigInt(CAPABILITIES.length)) - 1n;
const EVERY_ID = [{ inside: 0, outside: 0, count: 4294967295 }];
const ONE_ID = [{ inside: 0, outside: 1000, count: 1 }];

const ROOT: PrivilegeFacts = {
  uid: 0,
  effective: EVERY_CAPABILITY,
  ids: { uid: EVERY_ID, gid: EVERY_ID, setgroups: true },
};

function without(...capabilities: readonly (typeof CAPABILITIES)[number][]): bigint {
  return capabilities.reduce(
    (set, capability) => set & ~(1n << BigInt(CAPABILITIES.indexOf(capability))),
    EVERY_CAPABILITY,
  );
}

const reasons = (facts: PrivilegeFacts) => privilegeObstacles(facts).map((each) => each.reason);

describe('privilegeObstacles()', () => {
  test('root with every capability has none', () => {
    assert.deepEqual(reasons(ROOT), []);
  });

  test('root without CAP_SYS_RESOURCE has none: limits are then only lowered', () => {
    assert.deepEqual(reasons({ ...ROOT, effective: without('CAP_SYS_RESOURCE') }), []);
  });

  test('root of a container: each missing capability is named, and what it is for', () => {
    assert.deepEqual(reasons({ ...ROOT, effective: without('CAP_SYS_ADMIN', 'CAP_CHOWN') }), [
      'root lacks CAP_SYS_ADMIN (namespaces and mounts)',
      "root lacks CAP_CHOWN (giving the sandbox to the job's account)",
    ]);
  });

  test('an ordinary user is not root, and that is all', () => {
    assert.deepEqual(reasons({ ...ROOT, uid: 1000, effective: 0n }), ['uid 1000 is not root']);
  });

  test('root of a one-user namespace can be nobody else', () => {
    const ids = { uid: ONE_ID, gid: ONE_ID, setgroups: false };
    assert.deepEqual(reasons({ ...ROOT, ids }), [
      'this user namespace maps no other account than root',
    ]);
  });

  test('root where setgroups is denied cannot give a job its groups', () => {
    assert.deepEqual(reasons({ ...ROOT, ids: { ...ROOT.ids, setgroups: false } }), [
      'setgroups(2) is denied in this user namespace',
    ]);
  });

  test('each obstacle says what to do', () => {
    for (const { remedy } of privilegeObstacles({ ...ROOT, effective: 0n })) {
      assert.match(remedy, /--cap-add=[A-Z_]+/);
    }
  });
});

test('readPrivilege() reads this process', () => {
  const facts = readPrivilege();
  assert.equal(facts.ok && facts.value.uid, process.geteuid?.());
});
