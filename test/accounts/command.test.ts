/** `eyrie account`, and leases over the socket of a real condor_procd. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { connectControl, type ControlClient } from '../../src/privsep/control/client';
import { program } from '../support/eyrie';
import { needsProduct } from '../support/need';
import { waitUntil } from '../support/wait';
import { runAs, UIDS, USERS } from './support/host';
import { scenarios, startOther } from './support/inside';

const CLIENTS = '/run/site/clients';
const SOCKET = '/run/eyrie/control';
const AUDIT = '/run/site/audit';

/** Starts the daemon, as an administrator would, where `eyrie account` looks for it. */
async function startDaemon(socket = SOCKET): Promise<ChildProcess> {
  if (!fs.existsSync(USERS)) {
    fs.mkdirSync(path.dirname(socket), { recursive: true, mode: 0o755 });
    fs.writeFileSync(USERS, 'john\nguest1\nguest2\nguest3\n', { mode: 0o600 });
    fs.writeFileSync(CLIENTS, 'client\nother\n', { mode: 0o600 });
  }
  const files = ['--users', USERS, '--clients', CLIENTS, '--accounts', '/run/site/accounts'];
  const child = spawn(
    program('condor_procd'),
    [
      ...['-A', '/run/site/pipe', '--on-demand', '-L', '/run/site/log', '--control', socket],
      ...[...files, '--audit', AUDIT, '--execute', '/run/execute'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const serves = (): boolean => {
    if (child.exitCode !== null) throw new Error(errors);
    return (
      fs.existsSync('/run/site/log') &&
      fs.readFileSync('/run/site/log', 'utf8').includes(' control: ')
    );
  };
  await waitUntil(serves, () => `the daemon to serve: ${errors}`, 60);
  return child;
}

/** What the audit log has, a record a line. */
function auditLines(): readonly Record<string, string>[] {
  const lines = fs.readFileSync(AUDIT, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, string>);
}

/** Runs `eyrie account …`: its status and what it wrote. */
function account(words: readonly string[], uid = 0): readonly [number | null, string, string] {
  const argv = ['--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups', program('eyrie')];
  const { status, stderr, stdout } = spawnSync('setpriv', [...argv, 'account', ...words], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 60_000,
  });
  return [status, stdout, stderr];
}

/** What a crowd of clients of one uid does: each leases, holds and gives back, some times. */
async function crowd(input: unknown): Promise<unknown> {
  const { count } = input as { count: number };
  const one = async (number: number): Promise<readonly Held[]> => {
    const client = await connectControl(SOCKET);
    assert.ok(client.ok, client.ok ? '' : client.error);
    const held: Held[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const leased: Answer = await client.value.request('lease', {
        owner: `owner ${number}`,
        seconds: 100,
      });
      if (!leased.ok) {
        assert.equal(leased.error.code, 'busy', leased.error.text);
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      const { account: name, lease } = leased.value as Record<string, string>;
      const begin = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 5));
      held.push({ account: name!, begin, end: Date.now() });
      const released = await client.value.request('release', { lease: lease! });
      assert.ok(released.ok, released.ok ? '' : released.error.text);
    }
    client.value.close();
    return held;
  };
  const all = await Promise.all(Array.from({ length: count }, (_, number) => one(number)));
  return all.flat();
}

type Answer = Awaited<ReturnType<ControlClient['request']>>;

/** When somebody had an account. Milliseconds. */
interface Held {
  readonly account: string;
  readonly begin: number;
  readonly end: number;
}

async function crowdOf(uid: number, count: number): Promise<readonly Held[]> {
  const by = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const child = startOther('crowd', { count }, by);
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  await new Promise((resolve) => child.on('close', resolve));
  assert.notEqual(output, '', errors);
  return JSON.parse(output) as readonly Held[];
}

scenarios(
  {
    'eyrie account': {
      'adds, lists and removes accounts': async () => {
        await startDaemon();
        assert.deepEqual(account(['list']), [
          0,
          'The daemon has no accounts: eyrie account add USER\n',
          '',
        ]);
        assert.deepEqual(account(['add', 'guest1']), [0, 'added: guest1, a guest account\n', '']);
        assert.deepEqual(account(['add', 'john', '--owner', '/DC=org/CN=John Doe']), [
          0,
          'added: john, the account of /DC=org/CN=John Doe\n',
          '',
        ]);
        const [status, table] = account(['list'], UIDS.client);
        assert.equal(status, 0);
        assert.match(table, /^ACCOUNT KIND  STATE OWNER +CLIENT UNTIL PROCESSES\n/);
        assert.match(table, /^guest1 +guest free +- +- +- +-$/m);
        assert.match(table, /^john +local free +\/DC=org\/CN=John Doe +- +- +-$/m);
        const [, json] = account(['list', '--json']);
        const { accounts } = JSON.parse(json) as { accounts: { account: string }[] };
        assert.deepEqual(
          accounts.map(({ account: name }) => name),
          ['guest1', 'john'],
        );
        assert.deepEqual(account(['remove', 'john']), [0, 'removed: john\n', '']);
        assert.doesNotMatch(account(['list'])[1], /john/);
      },

      'shows who has leased an account, and that one that is removed is draining': async () => {
        await startDaemon();
        account(['add', 'guest1']);
        const client = await connectControl(SOCKET);
        assert.ok(client.ok);
        const leased = await client.value.request('lease', { owner: 'mary', seconds: 1000 });
        assert.ok(leased.ok);
        const pid = runAs('guest1', 'sleep 1000 > /dev/null 2>&1 & echo $!').trim();
        const line = new RegExp(`^guest1 +guest leased +mary +root +\\d{4}-.* ${pid}$`, 'm');
        assert.match(account(['list'])[1], line);
        assert.deepEqual(account(['remove', 'guest1']), [
          0,
          'draining: guest1 is leased, and goes with its last lease\n',
          '',
        ]);
        assert.match(account(['list'])[1], /^guest1 +guest draining/m);
        client.value.close();
      },

      'says what is wrong: refused, not root, not a client, no daemon': async () => {
        await startDaemon();
        const rows = [
          [['add', 'daemon'], 0, /^eyrie account add: daemon is not in the users file/],
          [['add', 'unheard-of'], 0, /^eyrie account add: there is no account unheard-of/],
          [['add', '../x'], 0, /^eyrie account add: .*account: expected an account's name/],
          [['remove', 'guest1'], 0, /^eyrie account remove: guest1 was never added/],
          [['add', 'guest1'], UIDS.client, /^eyrie account add: .*root/],
          [['list'], UIDS.stranger, /^eyrie account list: .*may not speak to this daemon/],
          [
            ['list', '--control', '/run/nothing'],
            0,
            /^eyrie account list: cannot connect to \/run\/nothing: No such file or directory/,
          ],
        ] as const;
        for (const [words, uid, expected] of rows) {
          const [status, stdout, stderr] = account(words, uid);
          assert.deepEqual([status, stdout], [1, ''], stderr);
          assert.match(stderr, expected);
        }
        assert.equal(account(['add'])[0], 2);
      },
    },

    'over the socket': {
      'two hundred clients never have one guest at once, and the audit log tells who had it':
        async () => {
          await startDaemon();
          for (const name of ['guest1', 'guest2', 'guest3']) account(['add', name]);
          const crowds = [crowdOf(UIDS.client, 100), crowdOf(UIDS.other, 100)];
          const held = (await Promise.all(crowds)).flat().sort((a, b) => a.begin - b.begin);
          assert.ok(held.length > 10, `${held.length} leases`);
          const last = new Map<string, Held>();
          for (const one of held) {
            const before = last.get(one.account);
            assert.ok(
              before === undefined || before.end <= one.begin,
              JSON.stringify([before, one]),
            );
            last.set(one.account, one);
          }
          const audit = auditLines();
          // Who had it, from the log alone: beginnings and ends take turns.
          for (const name of last.keys()) {
            const turns = audit
              .filter(({ account: of, result }) => of === name && result === 'ok')
              .map(({ operation }) => operation)
              .filter((operation) => operation === 'lease' || operation === 'lease.end');
            assert.ok(turns.length >= 2);
            turns.forEach((turn, at) => assert.equal(turn, at % 2 === 0 ? 'lease' : 'lease.end'));
          }
        },

      'the audit log of a daemon tells which leases it has found, of one that was killed':
        async () => {
          const daemon = await startDaemon();
          account(['add', 'guest1']);
          const client = await connectControl(SOCKET);
          assert.ok(client.ok, 'connect');
          const leased = await client.value.request('lease', { owner: 'ann', seconds: 600 });
          assert.ok(leased.ok, 'lease');
          daemon.kill('SIGKILL');
          await once(daemon, 'exit');
          fs.rmSync('/run/site/log');
          await startDaemon();
          const found = auditLines().filter(({ operation }) => operation === 'lease.found');
          const facts = found.map((line) => [line.lease, line.owner, line.account, line.result]);
          assert.deepEqual(facts, [[leased.value.lease, 'ann', 'guest1', 'ok']]);
        },
    },
  },
  { crowd },
  needsProduct(),
);
