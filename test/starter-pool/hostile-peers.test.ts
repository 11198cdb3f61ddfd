/** Peers that say nonsense, nothing, or too much; and ends by SIGKILL of each of a job's helpers. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { CallName } from '../../src/condor/shadow/calls';
import { isAlive } from '../support/processes';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { stretched } from '../support/wait';
import { type PlayedPool, playPool } from './support/pool';
import { processesOf } from './support/processes';
import type { Reaction } from './support/shadow';
import { receiveFiles, sendFiles } from './support/transfers';

const skip = skipIf(needsRoot() ?? needsProduct());

const LONG = '#!/bin/sh\ntouch runs\nexec sleep 60\n';
const QUICK = '#!/bin/sh\necho done\n';

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const CALLS: readonly CallName[] = [
  'getJobInfo',
  'registerStarterInfo',
  'getSecuritySessions',
  'registerJobInfo',
  'getUserInfo',
  'beginExecution',
  'eventNotification',
  'jobExit',
];

describe('a shadow that', { skip, concurrency: 4 }, () => {
  for (const reaction of ['refuse', 'nonsense', 'silence'] as const satisfies readonly Reaction[]) {
    for (const name of CALLS) {
      test(`gives ${reaction} for ${name} lets the starter end`, async (t) => {
        const pool = await playPool(t, {
          program: QUICK,
          knobs: { STARTER_UPLOAD_TIMEOUT: '1' },
          reactions: (call) => (call.name === name ? reaction : 'answer'),
        });
        const { signal, status } = await pool.end();
        assert.equal(signal, null);
        assert.ok(status === 0 || status === 2, pool.starterLog());
        await pool.leavesNothing();
      });
    }
  }
});

describe('the command socket', { skip, concurrency: 2 }, () => {
  test('is heard while garbage pours in', async (t) => {
    const pool = await playPool(t, { program: LONG });
    await pool.running();
    const sockets = Array.from({ length: 300 }, (_, index) => {
      const socket = pool.connect();
      socket.on('connect', () => {
        if (index % 3 === 0) socket.write(Buffer.alloc(100_000, index));
        if (index % 3 === 1) socket.write(Buffer.from('01000000080000000000000061', 'hex'));
      });
      return socket;
    });
    await pause(200);
    const before = performance.now();
    await pool.raise(100);
    await pool.called('registerJobInfo', 2);
    const took = performance.now() - before;
    assert.equal(stateOf(pool), 'Suspended');
    await pool.vacate();
    assert.deepEqual(await pool.end(), { status: 0, signal: null });
    for (const socket of sockets) socket.destroy();
    assert.ok(took < stretched(2) * 1000, `it took ${took} ms`);
    await pool.leavesNothing();
  });

  test('takes no command with a session that is not for it', async (t) => {
    const pool = await playPool(t, { program: LONG });
    await pool.running();
    const { claim, family, fileTransfer, parent } = pool.secrets;
    const wrong = [
      [claim, 60000],
      [claim, 1500],
      [claim, 60005],
      [fileTransfer, 1200],
      [parent, 1200],
      [family, 1501],
      [parent, 1502],
      [family, 1503],
      [{ id: 'unknown', key: parent.key }, 60000],
      [parent, 12345],
    ] as const;
    for (const [session, command] of wrong) {
      const wire = await pool.command(session, command);
      assert.equal(wire.ok ? 'accepted' : wire.error.kind, 'refused', `${session.id} ${command}`);
    }
    assert.equal(isAlive(pool.pid), true);
    pool.child.kill('SIGQUIT');
    assert.deepEqual(await pool.end(), { status: 0, signal: null });
    await pool.leavesNothing();
  });

  test('takes nonsense for the argument of each command', async (t) => {
    const pool = await playPool(t, { program: LONG, job: { JobLeaseDuration: '20' } });
    await pool.running();
    const { claim, family, parent } = pool.secrets;
    const commands = [
      [parent, 60000],
      [family, 1500],
      [claim, 1200],
      [claim, 1501],
      [claim, 487],
      [claim, 500],
    ] as const;
    for (const [session, command] of commands) {
      for (const bytes of [Buffer.alloc(8, 0xff), Buffer.alloc(70_000, 1), Buffer.from([0])]) {
        const wire = await pool.command(session, command);
        assert.ok(wire.ok);
        await wire.value.sendBytes(bytes);
        await Promise.race([wire.value.receive((m) => m.int(), { timeout: 1 }), pause(300)]);
        wire.value.destroy();
      }
    }
    assert.equal(isAlive(pool.pid), true, pool.starterLog());
    pool.child.kill('SIGQUIT');
    assert.deepEqual(await pool.end(), { status: 0, signal: null });
    await pool.leavesNothing();
  });
});

describe('a job that is suspended', { skip, concurrency: 4 }, () => {
  test('while its input comes begins when it is continued', async (t) => {
    const pool = await playPool(t, {
      input: async (wire) => {
        await pause(400);
        await sendFiles(wire, [{ name: 'run.sh', contents: QUICK }]);
      },
    });
    while (pool.transfers.length === 0) await pause(10);
    await pool.raise(100);
    await pool.logged(/the activation is waiting/);
    assert.ok(!pool.shadow.names.includes('beginExecution'));
    await pool.raise(101);
    assert.deepEqual(await pool.end(), { status: 0, signal: null });
    assert.deepEqual(pool.shadow.last('jobExit')?.values.slice(0, 2), [0, 100]);
    await pool.leavesNothing();
  });

  for (const twice of [false, true]) {
    test(`just before it begins does nothing${twice ? ', continued, at once' : ''}`, async (t) => {
      const pool = await playPool(t, {
        program: '#!/bin/sh\necho done\nsleep 0.3\ntouch ended\nsleep 60\n',
        reactions: async (call): Promise<Reaction> => {
          if (call.name === 'beginExecution') await pause(400);
          return 'answer';
        },
      });
      await pool.called('beginExecution');
      await pool.raise(100);
      if (twice) await pool.raise(101);
      await pool.logged(/Job 7.0 runs/);
      await pause(1000);
      assert.equal(existsSync(`${pool.sandbox}/ended`), twice, pool.starterLog());
      pool.child.kill('SIGTERM');
      assert.deepEqual(await pool.end(), { status: 0, signal: null });
      await pool.leavesNothing();
    });
  }
});

describe('SIGKILL', { skip, concurrency: 4 }, () => {
  test("of the job's init sends the job back", async (t) => {
    const pool = await playPool(t, { program: LONG });
    await pool.running();
    killHelper(pool, 'eyrie-init');
    assert.deepEqual(await pool.end(), { status: 0, signal: null }, pool.starterLog());
    assert.equal(pool.shadow.last('jobExit')?.values[1], 107);
    await pool.leavesNothing();
  });

  for (const direction of ['input', 'output'] as const) {
    test(`of the file agent during ${direction} does not hold the job`, async (t) => {
      const kill = async (attempt: number): Promise<void> => {
        if (attempt > 0) return;
        await pause(200);
        assert.ok(killHelper(pool, 'eyrie-files'), 'there is no file agent');
      };
      // More files than are opened ahead of their turn.
      const program = '#!/bin/sh\nfor i in $(seq 40); do echo $i > f$i; done\n';
      const pool: PlayedPool = await playPool(t, {
        program,
        input: async (wire, attempt) => {
          if (direction === 'input') await kill(attempt);
          await sendFiles(wire, [{ name: 'run.sh', contents: program }]);
        },
        output: async (wire, attempt) => {
          if (direction === 'output') await kill(attempt);
          pool.outputs.push(await receiveFiles(wire));
        },
      });
      assert.deepEqual(await pool.end(), { status: 0, signal: null }, pool.starterLog());
      assert.ok(!pool.shadow.names.includes('logEvent'), pool.starterLog());
      assert.deepEqual(pool.shadow.last('jobExit')?.values.slice(0, 2), [0, 100]);
      assert.equal(pool.outputs.at(-1)?.files.get('f40')?.text, '40\n');
      await pool.leavesNothing();
    });
  }

  for (const stage of ['the input comes', 'the job runs'] as const) {
    test(`of the starter while ${stage} leaves no process`, async (t) => {
      const pool = await playPool(t, {
        program: LONG,
        ...(stage === 'the input comes' && { input: () => pause(9000) }),
      });
      if (stage === 'the job runs') await pool.running();
      else while (pool.transfers.length === 0) await pause(10);
      pool.child.kill('SIGKILL');
      assert.deepEqual(await pool.end(), { status: null, signal: 'SIGKILL' });
      await pool.leavesNoProcess();
      pool.keepsSecrets();
    });
  }
});

describe('secrets', { skip }, () => {
  test('are not where a job can read them', async (t) => {
    const look = [
      '#!/bin/sh',
      'touch runs',
      'env > found',
      'cat .job.ad .machine.ad >> found',
      'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ >> found 2>/dev/null',
      'exec sleep 60',
    ];
    const pool = await playPool(t, {
      program: look.join('\n'),
      knobs: { USE_PID_NAMESPACES: 'False' },
    });
    await pool.running('found');
    await pause(300);
    const found = readFileSync(`${pool.sandbox}/found`, 'latin1');
    assert.match(found, /ClusterId/);
    const { claim, family, fileTransfer, parent, transferKey } = pool.secrets;
    for (const text of [claim.key, family.key, fileTransfer.key, parent.key, transferKey]) {
      assert.ok(!found.includes(text), 'the job found a secret');
    }
    assert.ok(!/CONDOR_(PRIVATE_)?INHERIT/.test(found), 'the job found CONDOR_INHERIT');
    for (const line of processesOf(pool.places.directory, pool.pid)) {
      const [pid = ''] = line.split(' ');
      if (Number(pid) === pool.pid) continue;
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      assert.ok(!environment.includes(parent.key), `${line} has a key in its environment`);
    }
    assert.deepEqual(readdirSync(pool.sandbox).includes('found'), true);
    pool.child.kill('SIGQUIT');
    await pool.end();
    await pool.leavesNothing();
  });
});

/** JobState of the last update that the shadow got. */
function stateOf(pool: PlayedPool): string | undefined {
  const ad = pool.shadow.last('registerJobInfo')?.values[0];
  return typeof ad === 'object' ? ad.string('JobState') : undefined;
}

/** Kills a helper by its name; false: there is none. */
function killHelper(pool: PlayedPool, name: string): boolean {
  const found = processesOf(pool.places.directory, pool.pid)
    .map((line) => line.split(' '))
    .find(([pid = '', comm]) => comm === name && isChild(pid, pool.pid));
  return found !== undefined && process.kill(Number(found[0]), 'SIGKILL');
}

function isChild(pid: string, parent: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === parent;
  } catch {
    return false;
  }
}
