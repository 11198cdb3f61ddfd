/**
 * Whom a job runs as, by HTCondor's rules.
 */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { giveTo, JOB_UID, ORDINARY_USER, ROOT } from '../support/starters';
import { ALICE, ROOTS, SLOT_USER, withAccounts } from './support/accounts';
import { type Ad, shell } from './support/ads';
import { makeSite, type RunOptions, type TestEnd } from './support/site';

const skip = skipIf(needsProduct()) || skipIf(needsRoot());

const WHO = shell('echo $(id -u) $(id -g) $(id -G | tr " " "\\n" | sort -n)');
const NOBODY = `${JOB_UID} ${JOB_UID} ${JOB_UID}\n`;
const SLOT = `${SLOT_USER.uid} ${SLOT_USER.gid} ${SLOT_USER.gid}\n`;
const OWNER = `${ALICE.uid} ${ALICE.gid} ${ALICE.groups.join(' ')}\n`;

/** Runs a job of root where the accounts exist. */
function run(t: TestEnd, ad: Ad, more: RunOptions = {}) {
  const site = makeSite(t, ROOT);
  return site.run({ ...WHO, Iwd: '/', ...ad }, { ...more, through: withAccounts(site.directory) });
}

describe('a job of root', { skip, concurrency: 2 }, () => {
  for (const [what, ad, knobs, expected] of [
    ['its Owner, with all his groups', { Owner: 'alice' }, {}, OWNER],
    ['its User, whose domain is this host’s by hand', { User: 'alice@elsewhere' }, {}, OWNER],
    ['its User before its Owner', { User: 'alice@x', Owner: 'slotuser' }, {}, OWNER],
    ['its OsUser first of all', { OsUser: 'alice', User: 'slotuser@x' }, {}, OWNER],
    ['nobody, where the ad names no one', {}, {}, NOBODY],
    [
      'nobody, where it does not want to be its Owner',
      { Owner: 'alice', RunAsOwner: false },
      {},
      NOBODY,
    ],
    [
      'nobody, where the site does not allow owners',
      { Owner: 'alice' },
      { STARTER_ALLOW_RUNAS_OWNER: 'false' },
      NOBODY,
    ],
    [
      'nobody, where the site does not allow this owner',
      { Owner: 'alice', Trusted: false },
      { STARTER_ALLOW_RUNAS_OWNER: 'TARGET.Trusted' },
      NOBODY,
    ],
    [
      'its Owner, where the site allows this one',
      { Owner: 'alice', Trusted: true },
      { STARTER_ALLOW_RUNAS_OWNER: 'TARGET.Trusted' },
      OWNER,
    ],
    ['the slots’ account', {}, { NOBODY_SLOT_USER: 'slotuser' }, SLOT],
    ['its slot’s account', {}, { SLOT1_USER: 'slotuser', NOBODY_SLOT_USER: 'daemon' }, SLOT],
    [
      'its Owner, though there is a slot’s account',
      { Owner: 'alice' },
      { SLOT1_USER: 'slotuser' },
      OWNER,
    ],
  ] as const) {
    test(`runs as ${what}`, async (t) => {
      const { stdout, stderr } = await run(t, ad, { knobs });
      assert.equal(stdout, expected, stderr);
    });
  }

  test('is held where its Owner does not exist, and never runs as somebody else', async (t) => {
    const { status, stdout, stderr, result } = await run(t, { Owner: 'mallory' });
    assert.equal(status, 125);
    assert.equal(stdout, '');
    assert.match(stderr, /owner mallory has no account here/);
    assert.equal(result.HoldReasonCode, 23);
  });

  for (const name of ROOTS) {
    test(`is held where its Owner is ${name}: no job runs as root`, async (t) => {
      const { status, stdout, stderr, result } = await run(t, { Owner: name });
      assert.equal(status, 125);
      assert.equal(stdout, '');
      assert.match(stderr, new RegExp(`${name} has the [ug]id 0, and no job runs as root`));
      assert.equal(result.HoldReasonCode, 23);
    });

    test(`does not run where the slots’ account is ${name}`, async (t) => {
      const { status, stdout, stderr } = await run(t, {}, { knobs: { NOBODY_SLOT_USER: name } });
      assert.equal(status, 125);
      assert.equal(stdout, '');
      assert.match(stderr, /NOBODY_SLOT_USER.*no job runs as root/);
    });
  }

  test('does not run where the dedicated accounts are named wrongly', async (t) => {
    const knobs = { DEDICATED_EXECUTE_ACCOUNT_REGEXP: 'slot[' };
    const { status, stderr } = await run(t, {}, { knobs });
    assert.equal(status, 125);
    assert.match(stderr, /DEDICATED_EXECUTE_ACCOUNT_REGEXP.*expected a regular expression/);
  });

  test('does not run where the slots’ account does not exist', async (t) => {
    const { status, stderr } = await run(t, {}, { knobs: { NOBODY_SLOT_USER: 'mallory' } });
    assert.equal(status, 125);
    assert.match(stderr, /NOBODY_SLOT_USER.*mallory has no account here/);
  });

  test('has the sandbox of its account, and the ids of real, effective, saved and file system', async (t) => {
    const { stdout } = await run(t, {
      ...shell('stat -c "%u %g" $_CONDOR_SCRATCH_DIR; grep -E "^[UG]id" /proc/self/status'),
      Owner: 'alice',
    });
    assert.equal(
      stdout,
      [
        `${ALICE.uid} ${ALICE.gid}`,
        `Uid:\t${Array(4).fill(ALICE.uid).join('\t')}`,
        `Gid:\t${Array(4).fill(ALICE.gid).join('\t')}`,
        '',
      ].join('\n'),
    );
  });

  test('has its files opened with its groups, too', async (t) => {
    const site = makeSite(t, ROOT);
    const shared = path.join(site.directory, 'shared');
    mkdirSync(shared);
    chownSync(shared, 0, 20003);
    chmodSync(shared, 0o2770);
    writeFileSync(path.join(shared, 'in'), 'read\n');
    chmodSync(path.join(shared, 'in'), 0o640);
    chownSync(path.join(shared, 'in'), 0, 20004);
    const ad = { ...shell('cat; pwd'), Iwd: shared, In: 'in', Out: 'out', Owner: 'alice' };
    const { status, stderr } = await site.run(ad, { through: withAccounts(site.directory) });
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(path.join(shared, 'out'), 'utf8'), `read\n${shared}\n`);
  });
});

describe('a job of an ordinary user', { skip: skipIf(needsProduct()) }, () => {
  test('runs as that user, whoever its ad names', async (t) => {
    for (const ad of [{}, { Owner: 'root' }, { Owner: 'mallory' }, { RunAsOwner: false }]) {
      const { stdout } = await makeSite(t, ORDINARY_USER).run({ ...shell('id -u'), ...ad });
      assert.equal(stdout, `${JOB_UID}\n`);
    }
  });

  test('keeps that user’s further groups', { skip: skipIf(needsRoot()) }, async (t) => {
    // Root's site, in which the run itself takes the ids: the site would take no groups with them.
    const site = makeSite(t, ROOT);
    giveTo(JOB_UID, path.dirname(site.execute));
    const shared = path.join(site.directory, 'shared');
    writeFileSync(shared, '');
    chownSync(shared, 0, 20003);
    chmodSync(shared, 0o660);
    const take = `exec setpriv --regid=${JOB_UID} --reuid=${JOB_UID} --groups=20003 -- "$@"`;
    const { status, stderr } = await site.run(
      { ...shell('echo mine'), Iwd: '/', Out: shared },
      { through: ['sh', '-c', take, 'sh'] },
    );
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(shared, 'utf8'), 'mine\n');
  });

  test('whose uid has no account runs all the same', { skip: skipIf(needsRoot()) }, async (t) => {
    const uid = 54321;
    const site = makeSite(t, { ...ORDINARY_USER, uid });
    const { stdout, stderr } = await site.run({ ...shell('id -u; pwd'), Iwd: '/' });
    assert.equal(stdout, `${uid}\n/\n`, stderr);
  });
});
