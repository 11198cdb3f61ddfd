/** What a client cannot have by a request for a job: each is refused, and nothing runs. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { ControlErrorCode, JsonObject } from '../../src/privsep/control/types';
import { needsRoot, skipIf } from '../support/need';
import {
  type Client,
  CLIENT,
  GUEST,
  type LeaseHere,
  openDaemon,
  runScript,
  scriptRequest,
  startScript,
  type TestDaemon,
  told,
} from './support/daemon';

const skip = skipIf(needsRoot());

/** Fields that are no client's to choose, and values that mean something else than they may. */
const SMUGGLED: readonly (readonly [what: string, fields: JsonObject, words: RegExp])[] = [
  ['a uid', { uid: 0 }, /unknown field 'uid'/],
  ['a gid', { gid: 0 }, /unknown field 'gid'/],
  ['a user', { user: 'root' }, /unknown field 'user'/],
  ['an account', { account: 'root' }, /unknown field 'account'/],
  ['groups', { groups: [0] }, /unknown field 'groups'/],
  ['capabilities', { capabilities: ['CAP_SYS_ADMIN'] }, /unknown field/],
  ['mounts', { mounts: [{ source: '/', target: '/tmp' }] }, /unknown field 'mounts'/],
  ['a bind', { binds: ['/:/mnt'] }, /unknown field 'binds'/],
  ['namespaces', { namespaces: [] }, /unknown field 'namespaces'/],
  ['a cgroup', { cgroup: '/' }, /unknown field 'cgroup'/],
  ['steps of a plan', { plan: { job: [] }, setup: [] }, /unknown field 'plan'/],
  ['a prototype', JSON.parse('{"__proto__": {"uid": 0}}') as JsonObject, /unknown field/],
  ['a chroot by its path', { chroot: '/' }, /chroot: expected the name of a chroot/],
  ['a chroot above', { chroot: '..' }, /chroot: expected the name of a chroot/],
  ['a chroot below', { chroot: 'small/..' }, /chroot: expected the name of a chroot/],
  ['a chroot with a NUL', { chroot: 'a\0b' }, /chroot: expected a text without NUL/],
  ['a directory above the sandbox', { directory: '../x' }, /directory: expected a path below/],
  ['one further above', { directory: 'a/../../x' }, /directory: expected a path below/],
  ['an absolute one with ".."', { directory: '/tmp/../etc' }, /directory: expected a path without/],
  ['a stream above the sandbox', { streams: { output: { path: '../x' } } }, /streams: output/],
  ['a stream of the host', { streams: { output: { path: '/etc/passwd' } } }, /streams: output/],
  ['a stream that is two', { streams: { input: { path: 'a', descriptor: 0 } } }, /streams: input/],
  ['more streams', { streams: { extra: { descriptor: 0 } } }, /streams: unknown field 'extra'/],
  ['a variable with "="', { environment: { 'A=B': 'c' } }, /environment: name 'A=B'/],
  ['a variable with a NUL', { environment: { A: 'b\0LD_PRELOAD=c' } }, /environment: 'A'/],
  ['a variable’s name with a NUL', { environment: { 'A\0B': 'c' } }, /environment: name/],
  ['no name', { environment: { '': 'c' } }, /environment: name/],
  ['an argument with a NUL', { arguments: ['a\0b'] }, /arguments: entry 0/],
  ['a relative command', { command: 'bin/sh' }, /command: expected an absolute path/],
  ['a command by PATH', { command: 'sh' }, /command: expected an absolute path/],
  ['a limit that there is not', { limits: { uid: 0 } }, /limits: name 'uid'/],
  ['a hard limit', { limits: { core: { hard: 1 } } }, /limits: 'core': expected a whole number/],
  ['a higher priority', { nice: -20 }, /nice: expected a whole number from 0 to 19/],
  ['a set-id umask', { umask: 0o4000 }, /umask: expected a whole number/],
  ['a lease that is a path', { lease: '../x' }, /lease: expected an identifier/],
  ['a sandbox that is a path', { sandbox: '..//etc' }, /sandbox: expected an identifier/],
];

describe('a request for a job on a leased account', { skip }, () => {
  let daemon: TestDaemon;
  let client: Client;
  let here: LeaseHere;
  const endings: (() => unknown)[] = [];
  before(async () => {
    daemon = await openDaemon({ after: (ending) => endings.push(ending) });
    client = daemon.client();
    here = daemon.lease();
  });
  after(async () => {
    for (const ending of endings.reverse()) await ending();
  });

  /** Asks for a job that would leave a file; it must not be there. */
  async function refused(
    more: JsonObject,
    { by = client, lease = here, descriptors = [] as readonly number[] } = {},
  ): Promise<{ readonly code: ControlErrorCode; readonly text: string }> {
    const request = scriptRequest(lease, 'echo ran > ran', more);
    const answer = await by.ask('job.start', request, descriptors);
    assert.ok(!answer.ok, 'it was not refused');
    assert.equal(fs.existsSync(`${lease.path}/ran`), false);
    assert.deepEqual(daemon.families, []);
    assert.deepEqual(by.events, []);
    return answer.error;
  }

  for (const [what, fields, words] of SMUGGLED) {
    test(`cannot smuggle in ${what}`, async () => {
      const { code, text } = await refused(fields);
      assert.equal(code, 'syntax');
      assert.match(text, words);
    });
  }

  test('is the leaseholder’s alone', async () => {
    const { code } = await refused({}, { by: daemon.client(CLIENT + 1) });
    assert.equal(code, 'no-lease');
    assert.equal((await refused({ lease: 'f'.repeat(32) })).code, 'no-lease');
  });

  test('cannot name the sandbox of another lease', async () => {
    const { code } = await refused({ sandbox: daemon.lease().sandbox });
    assert.equal(code, 'not-found');
  });

  test('has to wait while a job runs on the guest', async () => {
    const lease = daemon.lease();
    const other = daemon.client();
    const job = await startScript(other, lease, 'while ! test -e end; do sleep 0.05; done');
    const answer = await client.ask('job.start', scriptRequest(lease, 'echo ran > ran'));
    assert.ok(!answer.ok);
    assert.equal(answer.error.code, 'busy');
    fs.writeFileSync(`${lease.path}/end`, '');
    await told(other, 'gone', job);
    assert.equal((await runScript(other, lease, 'exit 4')).end['code'], 4);
  });

  test('needs a sandbox that was given to the account', async () => {
    const lease = daemon.lease();
    lease.side = 'client';
    const { code, text } = await refused({}, { lease });
    assert.equal(code, 'not-allowed');
    assert.match(text, /sandbox\.give/);
  });

  for (const ids of [{ uid: 0 }, { gid: 0 }]) {
    test(`runs nothing with ${JSON.stringify(ids)}, whatever a lease says`, async () => {
      const lease = daemon.lease({ account: { ...GUEST, ...ids } });
      const { code, text } = await refused({}, { lease });
      assert.equal(code, 'not-allowed');
      assert.match(text, /rights of root/);
    });
  }

  test('runs nothing that its lease cannot write down', async (t) => {
    daemon.book.refuses = 'the disk is full';
    t.after(() => (daemon.book.refuses = undefined));
    const { code, text } = await refused({});
    assert.deepEqual([code, text], ['internal', 'the disk is full']);
  });

  test('cannot pass a directory as a stream: it would lead out of a root directory', async (t) => {
    const root = fs.openSync('/', fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    t.after(() => fs.closeSync(root));
    const streams = { streams: { input: { descriptor: 0 } } };
    const { code } = await refused(streams, { descriptors: [root] });
    assert.equal(code, 'not-allowed');
    assert.equal((await refused(streams)).code, 'syntax');
  });

  for (const [what, more, cause, words] of [
    ['a program that is not there', { command: '/no/such' }, 'cannotExecute', /No such file/],
    ['one that only root can read', { command: '/etc/shadow' }, 'cannotExecute', /Permission/],
    [
      'a directory that only root may enter',
      { directory: '/root' },
      'cannotUseIwd',
      /Permission denied/,
    ],
  ] as const) {
    test(`for ${what} says what failed; it is opened as the account`, async () => {
      const answer = await client.ask('job.start', scriptRequest(here, 'echo ran > ran', more));
      assert.ok(!answer.ok);
      assert.equal(answer.error.code, 'not-started');
      assert.equal(answer.error.details?.['cause'], cause);
      assert.match(answer.error.text, words);
    });
  }

  test('of a program in a directory that is closed to the client runs as the account’s', async () => {
    fs.copyFileSync('/bin/true', `${here.path}/own`);
    fs.chownSync(`${here.path}/own`, GUEST.uid, GUEST.gid);
    fs.chmodSync(`${here.path}/own`, 0o700);
    const { end } = await runScript(daemon.client(), here, '', { command: `${here.path}/own` });
    assert.equal(end['code'], 0);
  });
});
