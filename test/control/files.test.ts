/** The clients and users files of the control endpoint: at the start, on SIGHUP, and at each use. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import { connectTo, layOut, NOBODY, runDaemon, startDaemon, STRANGER } from './support/daemon';
import { speakAs } from './support/raw';

const PING = { id: 1, op: 'ping' };

/** Puts another file in the place of one. */
function replace(file: string, text: string, mode = 0o600): void {
  fs.writeFileSync(`${file}.new`, text, { mode });
  fs.renameSync(`${file}.new`, file);
}

describe(
  'the files of the control endpoint',
  { skip: skipIf(needsRoot() ?? needsProduct()) },
  () => {
    const wrong: readonly (readonly [what: string, spoil: (file: string) => void, why: RegExp])[] =
      [
        ['that is missing', (file) => fs.rmSync(file), /ENOENT/],
        [
          'that a group may read',
          (file) => fs.chmodSync(file, 0o640),
          /its mode is 0640, expected 0600/,
        ],
        [
          'of another user',
          (file) => fs.chownSync(file, NOBODY, 0),
          /belongs to uid 65534, expected root/,
        ],
        ['with another name', (file) => fs.linkSync(file, `${file}.2`), /it has 2 names/],
        [
          'that is a link',
          (file) => {
            fs.renameSync(file, `${file}.real`);
            fs.symlinkSync(`${file}.real`, file);
          },
          /it is a symbolic link/,
        ],
        [
          'with root in it',
          (file) => fs.writeFileSync(file, '# all\nroot\n'),
          /line 2: uid 0 is below 1000/,
        ],
        [
          'with a system account in it',
          (file) => fs.writeFileSync(file, 'daemon\n'),
          /line 1: uid \d+ is below/,
        ],
      ];
    for (const [what, spoil, why] of wrong) {
      test(`a file ${what} keeps the daemon from starting, by its name`, async (t) => {
        for (const name of ['clients', 'users'] as const) {
          const place = layOut(t);
          spoil(place[name]);
          const { status, stderr } = await runDaemon(place);
          assert.equal(status, 1);
          assert.match(stderr, why);
          assert.ok(stderr.includes(place[name]), stderr);
          assert.equal(fs.existsSync(place.socket), false);
        }
      });
    }

    test('a directory that a group may write to is no place for them', async (t) => {
      const place = layOut(t);
      const inner = path.join(place.directory, 'inner');
      fs.mkdirSync(inner);
      fs.chmodSync(inner, 0o775);
      fs.renameSync(place.clients, path.join(inner, 'clients'));
      const { status, stderr } = await runDaemon({
        ...place,
        clients: path.join(inner, 'clients'),
      });
      assert.equal(status, 1);
      assert.match(stderr, /others than root may write to .*inner/);
    });

    test('a system account is a client where the administrator says so', async (t) => {
      const daemon = await startDaemon(t, { clients: 'daemon\n', more: ['--minimum-client', '1'] });
      const told = await speakAs(1, daemon.socket, [PING]);
      assert.equal(told.messages[0]?.['ok'], true);
    });

    test('unknown accounts are skipped with a warning', async (t) => {
      const daemon = await startDaemon(t, { clients: `nobody\nno-such-account\n${STRANGER}\n` });
      const log = fs.readFileSync(daemon.log, 'utf8');
      assert.match(
        log,
        /clients, line 2: there is no account 'no-such-account'; the line is skipped/,
      );
      assert.match(log, /clients, line 3: there is no account '54321'; the line is skipped/);
      const told = await speakAs(STRANGER, daemon.socket, [PING]);
      assert.equal(told.messages[0]?.['error'], 'denied');
    });

    test('a clients file counts as soon as it is changed, also for who is connected', async (t) => {
      const daemon = await startDaemon(t, { clients: '# nobody yet\n' });
      const ping = async () => (await speakAs(NOBODY, daemon.socket, [PING])).messages[0];
      assert.equal((await ping())?.['error'], 'denied');
      replace(daemon.clients, 'nobody\n');
      assert.equal((await ping())?.['ok'], true);
      const both = speakAs(NOBODY, daemon.socket, [
        PING,
        // By the time of the next one he is no longer listed.
        ...Array.from({ length: 2000 }, (_, id) => ({ id, op: 'ping' })),
      ]);
      await waitUntil(
        () => fs.readFileSync(daemon.audit, 'utf8').split('\n').length > 20,
        'requests',
      );
      replace(daemon.clients, '');
      const told = await both;
      assert.equal(told.open, false);
      assert.equal(told.messages[0]?.['ok'], true);
      assert.equal(told.messages.at(-1)?.['error'], 'denied');
    });

    test('one that has gone bad lets nobody but root speak, and says so', async (t) => {
      const daemon = await startDaemon(t);
      const ping = async () => (await speakAs(NOBODY, daemon.socket, [PING])).messages[0];
      assert.equal((await ping())?.['ok'], true);
      fs.chmodSync(daemon.clients, 0o644);
      assert.equal((await ping())?.['error'], 'denied');
      const root = await connectTo(t, daemon.socket);
      assert.ok((await root.request('ping')).ok);
      const reloaded = await root.request('reload');
      assert.ok(reloaded.ok);
      assert.match(
        (reloaded.value['warnings'] as string[]).join(),
        /nobody but root may speak: cannot trust .*clients: its mode is 0644, expected 0600/,
      );
      assert.match(fs.readFileSync(daemon.log, 'utf8'), /nobody but root may speak: cannot trust/);
      fs.chmodSync(daemon.clients, 0o600);
      assert.equal((await ping())?.['ok'], true);
    });

    test('SIGHUP reads them again, and tells of lines that are skipped', async (t) => {
      const daemon = await startDaemon(t);
      replace(daemon.clients, 'nobody\nsomebody-new\n');
      daemon.command.process.kill('SIGHUP');
      await waitUntil(
        () => fs.readFileSync(daemon.log, 'utf8').includes("there is no account 'somebody-new'"),
        'the warning',
      );
      assert.equal((await speakAs(NOBODY, daemon.socket, [PING])).messages[0]?.['ok'], true);
    });
  },
);
