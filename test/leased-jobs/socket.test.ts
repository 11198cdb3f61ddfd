/** A job on a leased account, asked for over the socket of a daemon that runs as it would at a site. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../../src/privsep/control/client';
import { textOf } from '../../src/privsep/control/fields';
import type { JsonObject } from '../../src/privsep/control/types';
import { auditLines, connectTo } from '../control/support/daemon';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { noProcessLeft, processesThere } from '../support/processes';
import { waitUntil } from '../support/wait';
import { ACCOUNTS, good, GROUP, type LeasingDaemon, startLeasingDaemon } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct());

/** A lease with a sandbox that is the account's. Root asks: it may be any client's. */
async function lease(client: ControlClient) {
  const leased = await good(client, 'lease', { owner: 'alice', seconds: 600 });
  const made = await good(client, 'sandbox.make', { lease: leased['lease']! });
  const named = { lease: textOf(leased, 'lease'), sandbox: textOf(made, 'sandbox') };
  await good(client, 'sandbox.give', { ...named, to: 'account' });
  return { named, account: textOf(leased, 'account'), path: textOf(made, 'path') };
}

interface Told {
  readonly events: JsonObject[];
  readonly client: ControlClient;
  /** Waits for what is told of a job. */
  about(event: string, job: unknown): Promise<JsonObject>;
}

async function connect(
  t: { after(ending: () => unknown): void },
  { socket }: LeasingDaemon,
): Promise<Told> {
  const events: JsonObject[] = [];
  const client = await connectTo(t, socket, { event: (event) => events.push(event) });
  return {
    client,
    events,
    async about(event, job) {
      const find = () => events.find((one) => one['event'] === event && one['job'] === job);
      await waitUntil(
        () => find() !== undefined,
        () => JSON.stringify(events),
        30,
      );
      return find()!;
    },
  };
}

const FAMILY =
  'setsid sleep 600 & (trap "" TERM HUP; sleep 600) & setsid sh -c "sleep 600 & exec sleep 600" & ' +
  'sleep 0.1; echo ready; sleep 600';

/** Milliseconds after the request was sent; a start takes about thirty. */
const MOMENTS = [
  ...[0, 3, 6, 10, 15, 22, 30, 45].map((wait) => ['job.start', wait] as const),
  ...(['job.signal', 'job.kill', 'job.suspend'] as const).map((name) => [name, 2] as const),
];

const SIGNAL = {
  'job.signal': { signal: 'SIGTERM', to: 'family' },
  'job.kill': {},
  'job.suspend': {},
} as const;

/** All of them; other tests make some and take them away meanwhile. */
function directoriesBelow(directory: string): readonly string[] {
  let entries: readonly fs.Dirent[];
  try {
    entries = fs.readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${directory}/${name}`)
    .flatMap((found) => [found, ...directoriesBelow(found)]);
}

describe('a daemon that runs jobs on leased accounts', { skip }, () => {
  test('runs one as the account, with its descriptors, and tells its end', async (t) => {
    const daemon = await startLeasingDaemon(t);
    const told = await connect(t, daemon);
    const { client } = told;
    const { account, named } = await lease(client);
    const file = `${daemon.directory}/out`;
    const out = fs.openSync(file, 'w', 0o600);
    const started = await good(
      client,
      'job.start',
      {
        ...named,
        command: '/bin/sh',
        arguments: ['-c', 'id -u; id -g; id -G; pwd; exit 3'],
        environment: { PATH: '/usr/bin:/bin' },
        streams: { output: { descriptor: 0 } },
      },
      [out],
    );
    fs.closeSync(out);
    const end = await told.about('ended', started['job']);
    await told.about('gone', started['job']);
    assert.equal(end['code'], 3);
    const { gid, uid } = ACCOUNTS[account as keyof typeof ACCOUNTS];
    assert.equal(
      fs.readFileSync(file, 'utf8'),
      `${uid}\n${gid}\n${gid} ${GROUP}\n${daemon.execute}/${named.sandbox}\n`,
    );
    const lines = auditLines(daemon).filter((line) => textOf(line, 'operation').startsWith('job.'));
    const noted = lines.map((line) =>
      ['operation', 'result', 'owner', 'account', 'process'].map((name) => line[name]),
    );
    const expected = (op: string) => [op, 'ok', 'alice', account, started['pid']];
    assert.deepEqual(noted, ['job.start', 'job.end'].map(expected));
  });

  test('that is killed takes its jobs along; the next one finds nothing to be left', async (t) => {
    for (const USE_PID_NAMESPACES of ['true', 'false']) {
      const daemon = await startLeasingDaemon(t, {
        knobs: { USE_PID_NAMESPACES, BASE_CGROUP: 'htcondor' },
      });
      const { client } = await connect(t, daemon);
      const { account, named, path: sandbox } = await lease(client);
      await good(client, 'job.start', {
        ...named,
        command: '/bin/sh',
        arguments: ['-c', FAMILY],
        environment: { PATH: '/usr/bin:/bin', MARK: named.lease },
        streams: { output: { path: 'out' } },
      });
      const cgroups = (): readonly string[] =>
        directoriesBelow('/sys/fs/cgroup').filter((name) =>
          name.includes(`lease_${daemon.pid()}_`),
        );
      await waitUntil(() => fs.readFileSync(`${sandbox}/out`, 'utf8') !== '', 'the job', 30);
      await processesThere(named.lease, 5);
      assert.ok(cgroups().length > 0);
      const before = cgroups();
      process.kill(daemon.pid(), 'SIGKILL');
      await noProcessLeft(named.lease);
      const killed = daemon.pid();
      await daemon.restart();
      assert.deepEqual(
        before.filter((name) => fs.existsSync(name)),
        [],
      );
      assert.notEqual(daemon.pid(), killed);
      const again = await connect(t, daemon);
      const { accounts } = await good(again.client, 'account.list');
      const listed = (accounts as readonly JsonObject[]).find((one) => one['account'] === account);
      assert.deepEqual([listed?.['state'], listed?.['families']], ['leased', []]);
      // It still is the account's, and can be taken back.
      await good(again.client, 'sandbox.give', { ...named, to: 'client' });
      await good(again.client, 'sandbox.remove', named);
      await good(again.client, 'release', { lease: named.lease });
    }
  });

  test('that is killed in the middle of a start, a signal or a kill leaves nothing', async (t) => {
    const daemon = await startLeasingDaemon(t, { knobs: { BASE_CGROUP: 'htcondor' } });
    const first = await connect(t, daemon);
    const { account, named, path: sandbox } = await lease(first.client);
    const start = {
      ...named,
      command: '/bin/sh',
      arguments: ['-c', FAMILY],
      environment: { PATH: '/usr/bin:/bin', MARK: named.lease },
    };
    let { client } = first;
    for (const [operation, wait] of MOMENTS) {
      const fields: JsonObject =
        operation === 'job.start'
          ? start
          : { job: (await good(client, 'job.start', start))['job']!, ...SIGNAL[operation] };
      const asked = client.request(operation, fields);
      await delay(wait);
      const pid = daemon.pid();
      process.kill(pid, 'SIGKILL');
      await asked;
      await noProcessLeft(named.lease);
      await daemon.restart();
      const cgroups = directoriesBelow('/sys/fs/cgroup');
      assert.deepEqual(
        cgroups.filter((name) => name.includes(`lease_${pid}_`)),
        [],
        `${operation}, ${wait} ms`,
      );
      ({ client } = await connect(t, daemon));
      const { accounts } = await good(client, 'account.list');
      const entry = (accounts as readonly JsonObject[]).find((one) => one['account'] === account);
      assert.deepEqual([entry?.['state'], entry?.['families']], ['leased', []]);
      assert.equal(fs.statSync(sandbox).uid, entry?.['uid']);
    }
  });
});
