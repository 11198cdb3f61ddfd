/** Clients over TCP, who prove who they are by a directory. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { connectControlTcp } from '../../src/privsep/control/client-tcp';
import { isProofPath, nameProof } from '../../src/privsep/control/proof';
import type { JsonObject } from '../../src/privsep/control/types';
import { runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { type Ending, temporaryDirectory } from '../support/temporary';
import { auditLines, type Daemon, NOBODY, startDaemon, STRANGER } from './support/daemon';
import { startInetd } from './support/inetd';

/** Does what a test says with the directory that was named, and prints what came. */
const CLIENT = `
import json, os, socket, struct, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.settimeout(30)
def say(message):
    body = json.dumps(message).encode()
    s.sendall(struct.pack('<I', len(body)) + body)
def take():
    try: head = s.recv(4, socket.MSG_WAITALL)
    except ConnectionResetError: return None
    if len(head) < 4: return None
    return json.loads(s.recv(struct.unpack('<I', head)[0], socket.MSG_WAITALL))
proof = take()['directory']
elsewhere = sys.argv[3]
exec(sys.argv[2])
print(json.dumps([take(), take()]))
`;

const ASK = "say({'id': 1, 'op': 'proven'}); say({'id': 2, 'op': 'ping'})";

interface Port {
  readonly daemon: Daemon;
  readonly proofs: string;
  readonly port: number;
}

async function openPort(t: Ending): Promise<Port> {
  const daemon = await startDaemon(t, { more: ['--tcp'] });
  const proofs = temporaryDirectory(t, { mode: 0o1777 });
  return { daemon, proofs, port: await startInetd(t, daemon.socket, proofs) };
}

/** Runs a client as a user, with the first two messages that came after the proof. */
async function prove(
  { port }: Port,
  uid: number,
  script: string,
  elsewhere = '',
): Promise<readonly (JsonObject | null)[]> {
  const argv = ['python3', '-c', CLIENT, String(port), script, elsewhere];
  const { stderr, stdout } = await runCommand(argv, { uid });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as (JsonObject | null)[];
}

describe('a client over TCP', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  test('proves who he is, and is served by the one daemon', async (t) => {
    const { daemon, port, proofs } = await openPort(t);
    const client = await connectControlTcp(port);
    assert.ok(client.ok, client.ok ? '' : client.error);
    t.after(() => client.value.close());
    assert.ok((await client.value.request('ping')).ok);
    const refused = await client.value.request('ping', {}, [0]);
    assert.equal(refused.ok ? 'done' : refused.error.code, 'not-allowed');
    assert.deepEqual(fs.readdirSync(proofs), []);
    const [line] = auditLines(daemon);
    assert.deepEqual([line?.['uid'], line?.['pid'], line?.['via']], [0, undefined, 'tcp']);
  });

  test('is the user whose directory it is; only those who are listed may speak', async (t) => {
    const port = await openPort(t);
    const script = `os.mkdir(proof, 0o700); ${ASK}`;
    const listed = await prove(port, NOBODY, script);
    assert.deepEqual(listed[0], { uid: NOBODY, id: 1, ok: true });
    assert.deepEqual([listed[1]?.['id'], listed[1]?.['ok']], [2, true]);
    const stranger = await prove(port, STRANGER, script);
    assert.deepEqual(stranger[0], { uid: STRANGER, id: 1, ok: true });
    assert.deepEqual([stranger[1]?.['id'], stranger[1]?.['error']], [null, 'denied']);
    const line = auditLines(port.daemon).find(({ uid }) => uid === STRANGER);
    assert.deepEqual(
      [line?.['operation'], line?.['result'], line?.['via']],
      ['connect', 'denied', 'tcp'],
    );
    assert.deepEqual(fs.readdirSync(port.proofs), []);
  });

  test('proves nothing by something else', async (t) => {
    const port = await openPort(t);
    const victim = temporaryDirectory(t, { uid: NOBODY, mode: 0o700 });
    const own = temporaryDirectory(t, { uid: STRANGER, mode: 0o777 });
    const lent = path.join(own, 'lent');
    fs.mkdirSync(lent);
    fs.chownSync(lent, NOBODY, NOBODY);
    fs.chmodSync(lent, 0o777);
    const closed = path.join(own, 'closed');
    fs.mkdirSync(closed, 0o700);
    fs.chownSync(closed, NOBODY, NOBODY);
    const cases: readonly (readonly [script: string, elsewhere: string, why: RegExp])[] = [
      ['pass', '', /there is no/],
      ['os.symlink(elsewhere, proof)', victim, /is no directory/],
      ["open(proof, 'w')", '', /is no directory/],
      ['os.mkdir(proof); os.chmod(proof, 0o755)', '', /the mode of .* is 0755, expected 0700/],
      // Somebody else's directory that everybody may write to can be moved; a closed one cannot.
      ['os.rename(elsewhere, proof)', lent, /the mode of .* is 0777, expected 0700/],
      ['try: os.rename(elsewhere, proof)\nexcept PermissionError: pass', closed, /there is no/],
      ["os.mkdir(proof, 0o700); open(proof + '/file', 'w')", '', /ENOTEMPTY/],
    ];
    for (const [script, elsewhere, why] of cases) {
      const told = await prove(port, STRANGER, `${script}\n${ASK}`, elsewhere);
      assert.equal(told[0]?.['error'], 'denied', script);
      assert.match(told[0]['text'] as string, why, script);
      assert.equal(told[1], null, script);
    }
    assert.deepEqual(auditLines(port.daemon), []);
  });

  test('has ten seconds, and says nothing else before', async (t) => {
    const port = await openPort(t);
    const refused = async (script: string): Promise<unknown> =>
      (await prove(port, STRANGER, script))[0]?.['text'];
    const [late, slow, other, large, extra] = await Promise.all([
      refused('pass'),
      refused("s.sendall(b'\\x10\\0\\0\\0{')"),
      refused("say({'id': 1, 'op': 'ping'})"),
      refused("s.sendall(b'\\0\\0\\1\\0')"),
      refused("os.mkdir(proof, 0o700); say({'id': 1, 'op': 'proven', 'uid': 0})"),
    ]);
    assert.equal(late, 'no proof came in time');
    assert.equal(slow, 'no proof came in time');
    assert.equal(other, "expected {id, op: 'proven'} first");
    assert.equal(large, 'a message of 65536 bytes came');
    assert.equal(extra, "expected {id, op: 'proven'} first");
    assert.deepEqual(fs.readdirSync(port.proofs), []);
  });

  test('is refused where nobody listens for him', async (t) => {
    const daemon = await startDaemon(t);
    const proofs = temporaryDirectory(t, { mode: 0o1777 });
    const port = await startInetd(t, daemon.socket, proofs);
    const client = await connectControlTcp(port);
    assert.match(client.ok ? '' : client.error, /the daemon takes no connections: No such file/);
    assert.equal(fs.existsSync(`${daemon.socket}.inetd`), false);
  });

  test('cannot hand himself over', async (t) => {
    const daemon = await startDaemon(t, { more: ['--tcp'] });
    const socket = `${daemon.socket}.inetd`;
    assert.equal(fs.lstatSync(socket).mode & 0o777, 0o600);
    const script = 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])';
    const refused = await runCommand(['python3', '-c', script, socket], { uid: NOBODY });
    assert.match(refused.stderr, /PermissionError/);
    // Where the mode does not keep him out, who he is does.
    fs.chmodSync(socket, 0o666);
    const hand = `
import array, socket, struct, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
a, b = socket.socketpair()
try:
    s.sendmsg([struct.pack('<II', 0, 0)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [a.fileno()]))])
    print(len(s.recv(1)))
except OSError: print('closed')`;
    const handed = await runCommand(['python3', '-c', hand, socket], { uid: NOBODY });
    assert.match(handed.stdout, /^(0|closed)\n$/, handed.stderr);
    const root = await runCommand(['python3', '-c', hand, socket]);
    assert.equal(root.stdout, '1\n', root.stderr);
  });

  test('is one from this machine', async () => {
    const argv = [program('condor_procd'), '--inetd', '--control', '/run/eyrie/none'];
    const { status, stdout } = await runCommand(argv);
    assert.deepEqual([status, stdout], [1, '']);
  });
});

describe('the place of proofs', { skip: skipIf(needsRoot()) }, () => {
  test("is root's with mode 1777", (t) => {
    const proofs = temporaryDirectory(t, { mode: 0o1777 });
    const named = nameProof(proofs);
    assert.ok(named.ok && isProofPath(named.value));
    const other = nameProof(proofs);
    assert.ok(other.ok && other.value !== named.value);
    const why = (): string => {
      const again = nameProof(proofs);
      return again.ok ? 'taken' : again.error;
    };
    fs.chmodSync(proofs, 0o777);
    assert.match(why(), /others than root may write to/);
    fs.chmodSync(proofs, 0o755);
    assert.match(why(), /its mode is 0755, expected 1777/);
    fs.chmodSync(proofs, 0o1777);
    fs.chownSync(proofs, NOBODY, NOBODY);
    assert.match(why(), /belongs to uid 65534/);
  });

  test('is the only one in which a client makes anything', () => {
    const word = `eyrie_${'0'.repeat(32)}`;
    for (const bad of [
      word,
      `/tmp/../etc/${word}`,
      '/etc/eyrie_x',
      `/tmp/${word}/`,
      `/tmp/${word}0`,
    ]) {
      assert.equal(isProofPath(bad), false, bad);
    }
    assert.ok(isProofPath(`/tmp/${word}`));
  });
});
