/** A daemon that systemd starts: its sockets are there before it is. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { activatedSockets } from '../../src/privsep/control/activation';
import { startCommand } from '../support/command';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import { connectTo, endDaemon, layOut, NOBODY, startDaemon } from './support/daemon';
import { speakAs } from './support/raw';

/** Does as systemd does: listens, and puts itself in the daemon's place when somebody connects. */
const LAUNCHER = `
import os, select, socket, sys
path, names = sys.argv[1], sys.argv[2]
sockets = []
for number, name in enumerate(names.split(':')):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if name != 'packets' else socket.SOCK_DGRAM)
    s.bind(path if number == 0 else path + '.' + name)
    if name != 'packets': s.listen(16)
    sockets.append(s)
os.chmod(path, 0o666)
for number, s in enumerate(sockets): os.dup2(s.fileno(), 50 + number)
print('listening', flush=True)
if os.path.exists(path + '.wait'): select.select(sockets, [], [])
for number in range(len(sockets)):
    os.dup2(50 + number, 3 + number)
    os.set_inheritable(3 + number, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets)), LISTEN_FDNAMES=names)
os.execv(sys.argv[3], sys.argv[3:])
`;

describe('sockets that systemd hands down', () => {
  const read = (fds: string, names?: string, pid = '7') =>
    activatedSockets({ LISTEN_PID: pid, LISTEN_FDS: fds, LISTEN_FDNAMES: names }, 7);

  test('are those of this process, by their names', () => {
    assert.deepEqual(read('1'), { ok: true, value: { control: 3, handovers: undefined } });
    assert.deepEqual(read('1', 'eyrie-procd.socket'), {
      ok: true,
      value: { control: 3, handovers: undefined },
    });
    assert.deepEqual(read('2', 'control:inetd'), { ok: true, value: { control: 3, handovers: 4 } });
    assert.deepEqual(read('2', 'inetd:control'), { ok: true, value: { control: 4, handovers: 3 } });
  });

  test('are nobody else’s', () => {
    assert.deepEqual(read('1', '', '8'), { ok: true, value: undefined });
    assert.deepEqual(activatedSockets({}, 7), { ok: true, value: undefined });
    assert.deepEqual(activatedSockets({ LISTEN_FDS: '1' }, 7), { ok: true, value: undefined });
  });

  test('are refused where it is not clear what they are for', () => {
    for (const [fds, names] of [
      ['0', ''],
      ['1', 'inetd'],
      ['2', 'a:b'],
      ['2', 'inetd:inetd'],
      ['3', 'a:b:inetd'],
      ['x', ''],
      ['-1', ''],
      ['99999999', ''],
    ] as const) {
      assert.match(JSON.stringify(read(fds, names)), /"ok":false.*expected one socket/, fds);
    }
  });
});

describe('a daemon that systemd starts', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  test('serves the socket that was there before it, and leaves it there', async (t) => {
    const place = layOut(t);
    const daemon = await startDaemon(t, {
      in: place,
      start: (argv) => startCommand(['python3', '-c', LAUNCHER, place.socket, 'control', ...argv]),
    });
    const told = await speakAs(NOBODY, daemon.socket, [{ id: 1, op: 'ping' }]);
    assert.equal(told.messages[0]?.['ok'], true);
    assert.ok((await (await connectTo(t, daemon.socket)).request('ping')).ok);
    assert.match(fs.readFileSync(daemon.log, 'utf8'), /control: .*, of systemd/);
    await endDaemon(daemon.command);
    assert.ok(fs.lstatSync(daemon.socket).isSocket());
  });

  test('answers whoever was the reason to start it', async (t) => {
    const place = layOut(t);
    fs.writeFileSync(`${place.socket}.wait`, '');
    const starting = startDaemon(t, {
      in: place,
      start: (argv) => startCommand(['python3', '-c', LAUNCHER, place.socket, 'control', ...argv]),
    });
    await waitUntil(() => fs.existsSync(place.socket), 'the socket');
    const told = speakAs(NOBODY, place.socket, [{ id: 1, op: 'ping' }]);
    await starting;
    assert.equal((await told).messages[0]?.['ok'], true);
  });

  test('takes no descriptor for a socket that is none', async (t) => {
    const place = layOut(t);
    const daemon = startDaemon(t, {
      in: place,
      start: (argv) => startCommand(['python3', '-c', LAUNCHER, place.socket, 'packets', ...argv]),
    });
    await assert.rejects(
      daemon,
      /descriptor 3, which systemd handed down, is no Unix stream socket/,
    );
  });
});
