import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { ClassAd, parseClassAd } from '../condor/classad';
import type { Account } from './host';
import { chooseIdentity, type Identity, type IdentityInput } from './identity';
import type { SubmittingShadow } from './uid-domain';

function account(name: string, uid: number, gid = uid): Account {
  return { name, uid, gid, groups: [gid, 100], home: `/home/${name}` };
}

const ACCOUNTS = [
  account('root', 0),
  account('alice', 1000),
  account('wheel', 1001, 0),
  account('toor', 0, 1002),
  account('slot1user', 2001),
  account('slot12user', 2012),
  account('spare', 2100),
  account('condor', 64),
  account('nobody', 65534),
];

const ROOT: IdentityInput['host'] = {
  uid: 0,
  gid: 0,
  privileged: true,
  account: (name) => ACCOUNTS.find((known) => known.name === name),
  accountById: (uid) => ACCOUNTS.find((known) => known.uid === uid),
};

interface Situation {
  readonly spec?: Partial<IdentityInput['spec']>;
  readonly knobs?: Record<string, string>;
  readonly slotName?: string;
  readonly submitter?: IdentityInput['submitter'];
  readonly host?: Partial<IdentityInput['host']>;
  readonly jobAd?: ClassAd;
}

function choose(situation: Situation): ReturnType<typeof chooseIdentity> {
  return chooseIdentity({
    spec: { owner: 'alice', runAsOwner: undefined, uidDomain: undefined, ...situation.spec },
    config: configOf({ UID_DOMAIN: 'example.org', ...situation.knobs }),
    host: { ...ROOT, ...situation.host },
    jobAd: situation.jobAd ?? new ClassAd(),
    slotName: situation.slotName ?? 'slot1',
    submitter: situation.submitter ?? { kind: 'hand' },
  });
}

function chosen(situation: Situation): Identity {
  const identity = choose(situation);
  assert.ok(identity.ok, JSON.stringify(identity));
  return identity.value;
}

const ad = (text: string): ClassAd => {
  const parsed = parseClassAd(text, { syntax: 'old' });
  assert.ok(parsed.ok);
  return parsed.value;
};
const from = (
  hostname: string,
  more: Partial<SubmittingShadow> = {},
): IdentityInput['submitter'] => ({ kind: 'shadow', hostname, isLocal: false, ...more });
const domain = (uidDomain: string): { uidDomain: string } => ({ uidDomain });

/** An owner without an account, whose ids a shadow says. */
function soft(userIds: SubmittingShadow['userIds']): Situation {
  const submitter = from('submit.example.org', { userIds });
  return { submitter, spec: { owner: 'carol', ...domain('example.org') } };
}

describe('who a job runs as', () => {
  const rows: [string, Situation, string, Identity['kind']][] = [
    ['by hand as root: its owner', {}, 'alice', 'owner'],
    ['who wants it: its owner', { spec: { runAsOwner: true } }, 'alice', 'owner'],
    ['who does not want it: nobody', { spec: { runAsOwner: false } }, 'nobody', 'nobody'],
    ['an ad that names nobody: nobody', { spec: { owner: undefined } }, 'nobody', 'nobody'],
    [
      'an ad that names nobody: the slot user',
      { spec: { owner: undefined }, knobs: { SLOT1_USER: 'slot1user' } },
      'slot1user',
      'slot',
    ],
    [
      'a site that does not allow it: nobody',
      { knobs: { STARTER_ALLOW_RUNAS_OWNER: 'false' } },
      'nobody',
      'nobody',
    ],
    [
      'a site that allows it to some: the others as nobody',
      { knobs: { STARTER_ALLOW_RUNAS_OWNER: 'TARGET.Trusted =?= true' } },
      'nobody',
      'nobody',
    ],
    [
      'a site that allows it to some: those as owner',
      {
        knobs: { STARTER_ALLOW_RUNAS_OWNER: 'TARGET.Trusted =?= true' },
        jobAd: ad('Trusted = true'),
      },
      'alice',
      'owner',
    ],
    [
      'the slot user of a dynamic slot',
      {
        spec: { runAsOwner: false },
        slotName: 'slot1_2',
        knobs: { SLOT1_2_USER: 'slot12user', SLOT1_USER: 'slot1user', NOBODY_SLOT_USER: 'spare' },
      },
      'slot12user',
      'slot',
    ],
    [
      "a dynamic slot does not share its parent's user",
      {
        spec: { runAsOwner: false },
        slotName: 'slot1_3',
        knobs: { SLOT1_2_USER: 'slot12user', SLOT1_USER: 'slot1user' },
      },
      'nobody',
      'nobody',
    ],
    [
      'NOBODY_SLOT_USER where the slot has no user',
      {
        spec: { runAsOwner: false },
        knobs: { SLOT2_USER: 'slot1user', NOBODY_SLOT_USER: 'spare' },
      },
      'spare',
      'slot',
    ],
    [
      'a slot of another name has no SLOT<N>_USER',
      { spec: { runAsOwner: false }, slotName: 'gpu1', knobs: { SLOT1_USER: 'slot1user' } },
      'nobody',
      'nobody',
    ],
    [
      'from a host of the same domain: its owner',
      { submitter: from('submit.example.org'), spec: domain('Example.ORG') },
      'alice',
      'owner',
    ],
    [
      'from the domain itself: its owner',
      { submitter: from('example.org'), spec: domain('example.org') },
      'alice',
      'owner',
    ],
    [
      'from another domain: nobody',
      { submitter: from('submit.example.net'), spec: domain('example.net') },
      'nobody',
      'nobody',
    ],
    [
      'from a host that claims our domain and is not in it: nobody',
      { submitter: from('submit.example.net'), spec: domain('example.org') },
      'nobody',
      'nobody',
    ],
    [
      'from a host whose name only ends like our domain: nobody',
      { submitter: from('badexample.org'), spec: domain('example.org') },
      'nobody',
      'nobody',
    ],
    [
      'from a host that claims our domain and is trusted: its owner',
      {
        submitter: from('submit.example.net'),
        spec: domain('example.org'),
        knobs: { TRUST_UID_DOMAIN: 'true' },
      },
      'alice',
      'owner',
    ],
    [
      'from this host, whatever it is called: its owner',
      { submitter: from('localhost', { isLocal: true }), spec: domain('example.org') },
      'alice',
      'owner',
    ],
    [
      'from this host, in another domain: nobody',
      { submitter: from('localhost', { isLocal: true }), spec: domain('example.net') },
      'nobody',
      'nobody',
    ],
    [
      'from this host, which is not trusted for that: nobody',
      {
        submitter: from('localhost', { isLocal: true }),
        spec: domain('example.org'),
        knobs: { TRUST_LOCAL_UID_DOMAIN: 'false' },
      },
      'nobody',
      'nobody',
    ],
    [
      'an owner without an account, whose ids the shadow says',
      {
        submitter: from('submit.example.org', { userIds: { uid: 4242, gid: 42 } }),
        spec: { owner: 'carol', ...domain('example.org') },
      },
      'carol',
      'owner',
    ],
    [
      'an owner with an account, whatever the shadow says',
      {
        submitter: from('submit.example.org', { userIds: { uid: 4242, gid: 42 } }),
        spec: domain('example.org'),
      },
      'alice',
      'owner',
    ],
    [
      'an owner without an account from another domain: nobody, whatever the shadow says',
      {
        submitter: from('submit.example.net', { userIds: { uid: 4242, gid: 42 } }),
        spec: { owner: 'carol', ...domain('example.net') },
      },
      'nobody',
      'nobody',
    ],
    [
      'of a shadow, by a starter that cannot change ids: itself',
      {
        submitter: from('submit.example.org'),
        spec: domain('example.org'),
        host: { uid: 64, gid: 64, privileged: false },
      },
      'condor',
      'self',
    ],
    [
      'from a host that says no domain: nobody',
      { submitter: from('submit.example.org'), knobs: { TRUST_UID_DOMAIN: 'true' } },
      'nobody',
      'nobody',
    ],
    [
      'by a starter that cannot change ids: itself',
      { host: { uid: 1000, gid: 1000, privileged: false }, spec: { owner: 'condor' } },
      'alice',
      'self',
    ],
    [
      'by a starter without an account: its number',
      { host: { uid: 7777, gid: 88, privileged: false } },
      '7777',
      'self',
    ],
  ];
  for (const [name, situation, expected, kind] of rows) {
    test(name, () => {
      const identity = chosen(situation);
      assert.deepEqual([identity.account.name, identity.kind], [expected, kind]);
    });
  }

  test('an account of the shadow has its two ids and no home', () => {
    const submitter = from('submit.example.org', { userIds: { uid: 4242, gid: 42 } });
    const { account: found } = chosen({
      submitter,
      spec: { owner: 'carol', ...domain('example.org') },
    });
    assert.deepEqual(found, { name: 'carol', uid: 4242, gid: 42, groups: [42], home: '' });
  });

  test('the account comes whole, with its groups', () => {
    assert.deepEqual(chosen({}).account, account('alice', 1000));
  });
});

describe('an account that no job runs as', () => {
  const faults: [string, Situation, RegExp][] = [
    [
      'an owner who does not exist holds the job',
      { spec: { owner: 'mallory' }, knobs: { SLOT1_USER: 'slot1user' } },
      /^The job's owner mallory has no account here; make the account, or let the job run as/,
    ],
    ['an owner who is root', { spec: { owner: 'root' } }, /owner root has the uid 0, and no job/],
    ['another name of root', { spec: { owner: 'toor' } }, /owner toor has the uid 0, and no job/],
    ["an owner in root's group", { spec: { owner: 'wheel' } }, /owner wheel has the gid 0, and no/],
    [
      'root by the word of a shadow',
      soft({ uid: 0, gid: 42 }),
      /^The job's owner carol has the uid 0, and no job runs as root$/,
    ],
    [
      "root's group by the word of a shadow",
      soft({ uid: 4242, gid: 0 }),
      /^The job's owner carol has the gid 0, and no job runs as root$/,
    ],
    ['no id by the word of a shadow', soft({ uid: -1, gid: 42 }), /owner carol has no account/],
    ['too large an id', soft({ uid: 4242, gid: 2 ** 32 }), /owner carol has no account/],
    ['the id that is none', soft({ uid: 2 ** 32 - 1, gid: 42 }), /owner carol has no account/],
    [
      'root without its capabilities',
      { host: { privileged: false } },
      /^The starter is root but lacks the capabilities to become another account/,
    ],
  ];
  for (const [name, situation, reason] of faults) {
    test(name, () => {
      const identity = choose(situation);
      assert.ok(!identity.ok && 'cause' in identity.error);
      assert.equal(identity.error.cause, 'cannotUseAccount');
      assert.match(identity.error.reason, reason);
    });
  }

  const knobs: [string, Situation, string, RegExp][] = [
    [
      'a slot user that does not exist',
      { knobs: { SLOT1_USER: 'gone' } },
      'SLOT1_USER',
      /gone has no account here/,
    ],
    [
      'a slot user that is root',
      { knobs: { SLOT1_USER: 'root' } },
      'SLOT1_USER',
      /root has the uid 0, and no job/,
    ],
    [
      "a slot user in root's group",
      { knobs: { NOBODY_SLOT_USER: 'wheel' } },
      'NOBODY_SLOT_USER',
      /wheel has the gid 0/,
    ],
    [
      'a host without nobody',
      { host: { account: () => undefined } },
      'NOBODY_SLOT_USER',
      /nobody has no account here; name one that exists$/,
    ],
    [
      'a regular expression that is none',
      { knobs: { DEDICATED_EXECUTE_ACCOUNT_REGEXP: '(' } },
      'DEDICATED_EXECUTE_ACCOUNT_REGEXP',
      /expected a regular expression/,
    ],
  ];
  for (const [name, situation, knob, message] of knobs) {
    test(`${name} is the site's error, and the knob is named`, () => {
      const identity = choose({ spec: { runAsOwner: false }, ...situation });
      assert.ok(!identity.ok && 'knob' in identity.error);
      assert.equal(identity.error.knob, knob);
      assert.match(identity.error.message, message);
    });
  }
});

describe('a dedicated account', () => {
  const slotUser: Situation = { spec: { runAsOwner: false } };
  const rows: [string, Situation, boolean][] = [
    ['there is none by default', {}, false],
    [
      'is one whose whole name the expression fits',
      {
        ...slotUser,
        knobs: { SLOT1_USER: 'slot1user', DEDICATED_EXECUTE_ACCOUNT_REGEXP: 'slot[0-9]+user' },
      },
      true,
    ],
    [
      'is not one whose name only contains it',
      {
        ...slotUser,
        knobs: { SLOT1_USER: 'slot1user', DEDICATED_EXECUTE_ACCOUNT_REGEXP: 'slot|user' },
      },
      false,
    ],
    ["can be an owner's", { knobs: { DEDICATED_EXECUTE_ACCOUNT_REGEXP: 'ali.*' } }, true],
    ['can be every one', { knobs: { EXECUTE_LOGIN_IS_DEDICATED: 'true' } }, true],
    [
      'is told by the expression where both knobs are set',
      { knobs: { EXECUTE_LOGIN_IS_DEDICATED: 'true', DEDICATED_EXECUTE_ACCOUNT_REGEXP: 'x' } },
      false,
    ],
  ];
  for (const [name, situation, dedicated] of rows) {
    test(name, () => assert.equal(chosen(situation).dedicated, dedicated));
  }
});
