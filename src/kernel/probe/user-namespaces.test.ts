import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type UserNamespaceFacts,
  readUserNamespaceFacts,
  userNamespaceObstacle,
} from './user-namespaces';

const FREE: UserNamespaceFacts = {
  supported: true,
  maximum: 10_000,
  unprivilegedClone: undefined,
  apparmorRestricts: undefined,
  apparmorProfile: undefined,
  administrator: false,
};

describe('userNamespaceObstacle()', () => {
  for (const [what, facts, reason] of [
    ['a plain kernel', {}, undefined],
    ['a kernel without them', { supported: false, maximum: undefined }, /has no user namespaces/],
    ['the limit 0', { maximum: 0 }, /user\.max_user_namespaces is 0/],
    ['the limit 0 for root too', { maximum: 0, administrator: true }, /max_user_namespaces is 0/],
    ['/proc/sys not to be read', { maximum: undefined }, undefined],
    ["Debian's switch off", { unprivilegedClone: 0 }, /unprivileged_userns_clone is 0/],
    ["Debian's switch on", { unprivilegedClone: 1 }, undefined],
    ["Debian's switch off for root", { unprivilegedClone: 0, administrator: true }, undefined],
    [
      "Ubuntu's AppArmor, unconfined",
      { apparmorRestricts: 1, apparmorProfile: 'unconfined' },
      /^AppArmor takes the capabilities/,
    ],
    [
      "Ubuntu's AppArmor, with a profile",
      { apparmorRestricts: 1, apparmorProfile: 'eyrie (unconfined)' },
      undefined,
    ],
    [
      "Ubuntu's AppArmor switched off",
      { apparmorRestricts: 0, apparmorProfile: 'unconfined' },
      undefined,
    ],
  ] as const) {
    test(`${what}: ${reason ? `refused, ${reason.source}` : 'nothing known against it'}`, () => {
      const obstacle = userNamespaceObstacle({ ...FREE, ...facts });
      if (reason === undefined) {
        assert.equal(obstacle, undefined);
      } else {
        assert.match(obstacle?.reason ?? '', reason);
        assert.notEqual(obstacle?.remedy, '');
      }
    });
  }
});

test('readUserNamespaceFacts() finds what this kernel shows of itself', async () => {
  const { existsSync } = await import('node:fs');
  assert.equal(readUserNamespaceFacts().supported, existsSync('/proc/self/ns/user'));
});
