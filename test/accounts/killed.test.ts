/**
 * A daemon that is killed, whenever that is: the next one has lost no lease, leaves no process, and no
 * sandbox with the wrong owner.
 */
import assert from 'node:assert/strict';
import { type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { waitUntil } from '../support/wait';
import { accountUids, EXECUTE, Host, processesOf, runAs, UIDS } from './support/host';
import { scenarios, startOther } from './support/inside';

/** What the daemon is to do, and when it is to be killed. */
interface Orders {
  /** Files in the sandbox. */
  readonly files: number;
  /** Killed at this change of the accounts file, counted from 1; undefined: somebody else kills it. */
  readonly at?: number;
  /** Before the new file takes the place of the old one, or after. */
  readonly when?: 'before' | 'after';
}

/** What it says that it did: whoever heard it may rely on it. */
type Told = readonly [word: string, ...rest: string[]];

/** Kills this process at a change of the accounts file. */
function dieAt({ at, when }: Orders): void {
  const rename = fs.renameSync;
  let count = 0;
  fs.renameSync = (from, to) => {
    const isNow = ++count === at;
    if (isNow && when === 'before') process.kill(process.pid, 'SIGKILL');
    rename(from, to);
    if (isNow) process.kill(process.pid, 'SIGKILL');
  };
}

/** The daemon: a whole life of a lease, with each step told when it is done. */
async function daemon(input: unknown): Promise<void> {
  const orders = input as Orders;
  dieAt(orders);
  const host = new Host();
  const tell = (...told: Told): void => void fs.writeSync(1, `${JSON.stringify(told)}\n`);
  await host.open({ grace: 1 });
  const good = async (op: string, request: Parameters<Host['ask']>[2], who: 'client' | 'root') =>
    host.good(await host.ask(who, op, request));
  if ((await host.entry('guest1')) === undefined) {
    await good('account.add', { account: 'guest1' }, 'root');
  }
  tell('added');
  const { lease = '' } = await good('lease', { owner: 'mary', seconds: 1000 }, 'client');
  tell('leased', lease);
  const { path = '', sandbox = '' } = await good('sandbox.make', { lease }, 'client');
  runAs(
    'client',
    `cd ${path}; mkdir -p a/b c
     for d in a/b c; do (cd $d; seq ${orders.files} | xargs touch); done`,
  );
  tell('made', sandbox);
  await good('sandbox.give', { lease, sandbox, to: 'account' }, 'client');
  tell('given', 'account');
  const found = host.book.find(lease, host.caller('client'));
  assert.ok(found.ok);
  const pid = Number(runAs('guest1', 'setsid sleep 1000 > /dev/null 2>&1 & echo $!'));
  const family = { pid, birthday: 1, cgroup: undefined };
  assert.ok(host.book.addFamily(found.value, family).ok);
  tell('started');
  await good('account.list', {}, 'client');
  process.kill(pid, 'SIGKILL');
  while (processesOf('guest1').length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  host.book.removeFamily(found.value, pid);
  await good('sandbox.give', { lease, sandbox, to: 'client' }, 'client');
  tell('given', 'client');
  await good('renew', { lease, seconds: 2000 }, 'client');
  tell('renewed');
  await good('sandbox.give', { lease, sandbox, to: 'account' }, 'client');
  await good('sandbox.make', { lease }, 'client');
  tell('given', 'account');
  await good('release', { lease }, 'client');
  tell('released');
  await good('sandbox.remove', { lease, sandbox }, 'client');
  await good('account.remove', { account: 'guest1' }, 'root');
  tell('removed');
  process.exit(0);
}

/** What a daemon told, and how many milliseconds it went on after its first word. */
interface Life {
  readonly told: readonly Told[];
  readonly took: number;
}

/** Runs it until it ends or is killed, by itself or after so many milliseconds. */
async function runDaemon(orders: Orders, after?: number): Promise<Life> {
  const child: ChildProcess = startOther('daemon', orders);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  let begun = performance.now();
  const [status, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    // From its first word on: until then it is loading.
    child.stdout?.once('data', () => {
      begun = performance.now();
      if (after !== undefined) setTimeout(() => child.kill('SIGKILL'), after);
    });
    child.on('close', (...end) => resolve(end));
  });
  assert.ok(signal === 'SIGKILL' || status === 0, `${status ?? ''} ${signal ?? ''}: ${errors}`);
  const took = performance.now() - begun;
  // The last line may be half of one.
  const lines = output.split('\n').slice(0, -1);
  return { told: lines.map((line) => JSON.parse(line) as Told), took };
}

/** Whatever the client was doing ends as well. */
async function endClient(): Promise<void> {
  while (processesOf('client').length > 0) {
    runAs('root', 'pkill -9 -u client || :');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts the next daemon, and judges what it made of what the one before left. */
async function judge(told: readonly Told[], where: string): Promise<void> {
  await endClient();
  const host = new Host();
  await host.open({ retry: 1 });
  const words = told.map(([word]) => word);
  // The end of a lease goes on meanwhile, and a helper of ours is the guest for a moment.
  const isEmpty = () => processesOf('guest1').length === 0;
  await waitUntil(isEmpty, `${where}: the last process of the guest`);
  const lease = told.find(([word]) => word === 'leased')?.[1];
  const book = host.book;
  if (lease !== undefined && words.at(-1) !== 'renewed' && !words.includes('released')) {
    const found = book.find(lease, host.caller('client'));
    // Its end may have begun, which nobody was told of.
    const isEnding = words.filter((word) => word === 'given').length === 3;
    assert.ok(found.ok || isEnding, `${where}: the lease is lost`);
  }
  judgeSandboxes(where);
  // One that nobody was told of is there till its time is over, or root ends it.
  const leases = (await host.entry('guest1'))?.leases as readonly { lease: string }[] | undefined;
  for (const each of leases ?? []) {
    if (!book.find(each.lease, host.caller('root')).ok) continue;
    host.good(await host.ask('root', 'release', { lease: each.lease }));
  }
  const isFree = async () =>
    ['free', undefined].includes((await host.entry('guest1'))?.state as string);
  await waitUntil(isFree, `${where}: guest1 to be free`);
  judgeSandboxes(where);
  await host.close();
}

/** Every sandbox that is there is wholly one side's, and known; none is known that is not there. */
function judgeSandboxes(where: string): void {
  const state = JSON.parse(fs.readFileSync('/run/site/accounts', 'utf8')) as {
    leases: { sandboxes: { id: string; step: string }[] }[];
    left: { id: string }[];
  };
  const known = new Map([
    ...state.leases
      .flatMap(({ sandboxes }) => sandboxes)
      .map(({ id, step }) => [id, step] as const),
    ...state.left.map(({ id }) => [id, 'client'] as const),
  ]);
  assert.deepEqual(fs.readdirSync(EXECUTE).sort(), [...known.keys()].sort(), where);
  for (const [id, step] of known) {
    const top = `${EXECUTE}/${id}`;
    const owners = accountUids(top);
    const wanted = step === 'account' ? UIDS.guest1 : UIDS.client;
    assert.deepEqual(owners, [wanted], `${where}: ${id} at ${step}`);
  }
}

/** The next run begins with nothing. */
function clear(): void {
  fs.rmSync(EXECUTE, { recursive: true, force: true });
  fs.rmSync('/run/site', { recursive: true, force: true });
  fs.mkdirSync('/run/site');
}

scenarios(
  {
    'a daemon that is killed': {
      'before or after each change of the accounts file': async () => {
        // Either is tried in the end: a run for each takes its time.
        const first = Math.random() < 0.5 ? 0 : 1;
        for (let at = 1; ; at++) {
          clear();
          const when = at % 2 === first ? 'before' : 'after';
          const { told } = await runDaemon({ files: 3, at, when });
          if (told.at(-1)?.[0] === 'removed') {
            assert.ok(at > 15, `${at} changes only`);
            break;
          }
          await judge(told, `${when} change ${at}, after ${JSON.stringify(told.at(-1))}`);
        }
      },

      'at any moment, in the middle of a change of owner too': async () => {
        clear();
        const { took: whole } = await runDaemon({ files: 2000 });
        const seen = new Set<string>();
        const runs = 8;
        for (let run = 0; run < runs; run++) {
          clear();
          // One in each part of a whole life.
          const after = Math.floor(((run + Math.random()) / runs) * whole);
          const { told } = await runDaemon({ files: 2000 }, after);
          seen.add(told.at(-1)?.[0] ?? '');
          await judge(told, `after ${after} of ${whole} ms, ${JSON.stringify(told.at(-1))}`);
        }
        assert.ok(seen.size > 1, [...seen].join());
      },

      'loses its leases’ processes: of a guest all, of an owner what the lease has noted': async (
        host,
      ) => {
        await host.openWith(['john', 'guest1']);
        const johns = await host.lease('client', 'john@example.org');
        const guests = await host.lease('client', 'mary');
        const start = (who: 'john' | 'guest1') =>
          Number(runAs(who, 'setsid sleep 1000 > /dev/null 2>&1 & echo $!'));
        const [job, own] = [start('john'), start('john')];
        start('guest1');
        const found = host.book.find(johns.lease!, host.caller('client'));
        assert.ok(found.ok);
        const stat = fs.readFileSync(`/proc/${job}/stat`, 'latin1');
        const birthday = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
        assert.ok(host.book.addFamily(found.value, { pid: job, birthday, cgroup: undefined }).ok);
        await host.close();
        await host.open();
        assert.deepEqual(processesOf('john'), [String(own)]);
        assert.deepEqual(processesOf('guest1'), []);
        for (const { lease = '' } of [johns, guests]) {
          assert.ok(host.book.find(lease, host.caller('client')).ok, 'leases survive');
        }
      },

      'ends what was due meanwhile': async (host) => {
        await host.openWith(['guest1']);
        await host.lease('client', 'mary', { seconds: 1 });
        await host.close();
        await new Promise((resolve) => setTimeout(resolve, 1500));
        await host.open();
        const isFree = async () => (await host.entry('guest1'))?.state === 'free';
        await waitUntil(isFree, 'the guest to be free');
        assert.equal(host.ends[0]?.why, 'expired');
      },

      'and is gone with the machine: what has its pids then is let alone': async (host) => {
        await host.openWith(['john']);
        const { lease } = await host.lease('client', 'john@example.org');
        const pid = Number(runAs('john', 'sleep 1000 > /dev/null 2>&1 & echo $!'));
        const found = host.book.find(lease!, host.caller('client'));
        assert.ok(found.ok);
        const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
        const birthday = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
        assert.ok(host.book.addFamily(found.value, { pid, birthday, cgroup: undefined }).ok);
        await host.close();
        const text = fs.readFileSync('/run/site/accounts', 'utf8');
        fs.writeFileSync('/run/site/accounts', text.replace(/"boot":"[^"]*"/, '"boot":"another"'));
        await host.open();
        assert.deepEqual(processesOf('john'), [String(pid)]);
      },
    },
  },
  { daemon },
);
