/** A shadow is lost and another one comes for its job: at each stage, late, twice, and with the wrong key. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { type PlayedPool, playPool, type PoolScript } from './support/pool';
import { receiveFiles, sendFiles } from './support/transfers';

const skip = skipIf(needsRoot() ?? needsProduct());

/** Runs until the test lets it end. */
const WAITS = '#!/bin/sh\ntouch runs\nwhile [ ! -e go ]; do sleep 0.05; done\necho done\n';
const QUICK = '#!/bin/sh\necho done\n';
const LEASE = { JobLeaseDuration: '20' };

const letGo = async (pool: PlayedPool): Promise<void> => {
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${pool.sandbox}/go`, '');
};

async function stalled(): Promise<void> {
  await new Promise(() => undefined);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The pool ends as if nothing had been. */
async function endsWell(pool: PlayedPool): Promise<void> {
  assert.deepEqual(await pool.end(), { status: 0, signal: null }, pool.starterLog());
  assert.equal(pool.shadow.names.at(-1), 'jobExit');
  assert.deepEqual(pool.shadow.last('jobExit')?.values.slice(0, 2), [0, 100]);
  assert.equal(pool.outputs.at(-1)?.files.get('_condor_stdout')?.text, 'done\n');
  await pool.leavesNothing();
}

describe('a shadow that reconnects', { skip, concurrency: 4 }, () => {
  test('goes on with a running job whose shadow was lost', async (t) => {
    const pool = await playPool(t, { program: WAITS, job: LEASE });
    await pool.running();
    pool.shadow.connection?.destroy();
    await pool.logged(/The shadow is gone/);
    assert.equal((await pool.reconnect()).string('Result'), 'Success');
    await letGo(pool);
    await endsWell(pool);
  });

  test('goes on with a running job whose shadow seems to be there', async (t) => {
    const pool = await playPool(t, { program: WAITS, job: LEASE });
    await pool.running();
    assert.equal((await pool.reconnect()).string('Result'), 'Success');
    await letGo(pool);
    await endsWell(pool);
  });

  test('goes on where the one before it was gone before it had given its keys', async (t) => {
    let isFirst = true;
    const pool = await playPool(t, {
      program: WAITS,
      job: LEASE,
      reactions: (call, count) => {
        if (call.name !== 'getSecuritySessions' || count !== 1) return 'answer';
        isFirst = false;
        return 'close';
      },
    });
    await pool.running();
    await pool.reconnect();
    await until(() => !isFirst);
    assert.equal((await pool.reconnect()).string('Result'), 'Success');
    await letGo(pool);
    await endsWell(pool);
  });

  test('is waited for again where it is gone before it knows how the job stands', async (t) => {
    const pool = await playPool(t, {
      program: WAITS,
      job: { JobLeaseDuration: '2' },
      reactions: (call, count) => {
        // The first update is the one before the input.
        return call.name === 'registerJobInfo' && count === 1 ? 'close' : 'answer';
      },
    });
    await pool.running();
    pool.shadow.connection?.destroy();
    await pool.reconnect();
    await pool.called('registerJobInfo', 2);
    assert.deepEqual(await pool.end(), { status: 2, signal: null }, pool.starterLog());
    await pool.leavesNothing();
  });

  test('is waited for where the job has ended', async (t) => {
    const pool = await playPool(t, { program: WAITS, job: LEASE });
    await pool.running();
    pool.shadow.connection?.destroy();
    await pool.logged(/The shadow is gone/);
    await letGo(pool);
    await pool.logged(/the activation is stranded/);
    await pool.reconnect();
    await endsWell(pool);
  });

  test('gets the output that the one before has not got', async (t) => {
    const pool: PlayedPool = await playPool(t, {
      program: QUICK,
      job: LEASE,
      output: async (wire, attempt) => {
        if (attempt === 0) await stalled();
        pool.outputs.push(await receiveFiles(wire));
      },
    });
    await until(() => pool.transfers.length === 2);
    await pool.reconnect();
    await endsWell(pool);
  });

  test('hears of the end that the one before has not answered', async (t) => {
    const pool = await playPool(t, {
      program: QUICK,
      job: LEASE,
      reactions: (call, count) => (call.name === 'jobExit' && count === 0 ? 'silence' : 'answer'),
    });
    await pool.called('jobExit');
    await pool.reconnect();
    await endsWell(pool);
  });

  const TOO_EARLY: readonly { readonly name: string; readonly script: PoolScript }[] = [
    { name: 'while the input comes', script: { input: stalledInput, job: LEASE } },
    { name: 'for a job without a lease', script: { program: WAITS } },
  ];

  async function stalledInput(wire: Parameters<typeof sendFiles>[0]): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await sendFiles(wire, [{ name: 'run.sh', contents: WAITS }]);
  }

  for (const { name, script } of TOO_EARLY) {
    test(`is refused ${name}, and the one that is there goes on`, async (t) => {
      const pool = await playPool(t, script);
      await until(() => pool.transfers.length === 1);
      if (script.program !== undefined) await pool.running();
      assert.equal((await pool.reconnect()).string('Result'), 'Failure');
      await pool.running();
      await letGo(pool);
      await endsWell(pool);
    });
  }

  test('is not listened to with another session', async (t) => {
    const pool = await playPool(t, { program: WAITS, job: LEASE });
    await pool.running();
    const { claim, family, parent, fileTransfer } = pool.secrets;
    for (const session of [parent, family, fileTransfer, { ...claim, id: 'nobody' }]) {
      const wire = await pool.command(session, 1200);
      assert.equal(wire.ok ? 'accepted' : wire.error.kind, 'refused', session.id);
    }
    const wrongKey = await pool.command({ ...claim, key: 'f'.repeat(64) }, 1200);
    assert.ok(wrongKey.ok);
    await wrongKey.value.send((m) => m.string('anything'));
    assert.equal((await wrongKey.value.receive((m) => m.ad(), { timeout: 5 })).ok, false);
    await letGo(pool);
    await endsWell(pool);
  });

  test('is waited for no longer than the lease says, and a lease may be longer than a month', async (t) => {
    const pool = await playPool(t, { program: WAITS, job: { JobLeaseDuration: '10000000' } });
    await pool.running();
    pool.shadow.connection?.destroy();
    await pool.logged(/The shadow is gone/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await pool.reconnect();
    await letGo(pool);
    await endsWell(pool);
  });
});
