/** The starter as receiver, against a shadow that may say anything. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import type { InputRequest } from '../../src/condor/transfer/requests';
import { receiveInput } from '../../src/condor/transfer/receive-input';
import { errorOf } from '../cedar/support/sockets';
import { encryptedPair } from './support/connections';
import { inputRequest } from './support/requests';
import { makeSandbox, type TestSandbox } from './support/sandbox';
import { ad, type Item, Shadow } from './support/shadow';

interface Scene {
  readonly sandbox: TestSandbox;
  readonly shadow: Shadow;
  readonly transfer: ReturnType<typeof receiveInput>;
}

async function begun(
  t: TestContext,
  more: Partial<InputRequest> = {},
  script?: string,
): Promise<Scene> {
  const sandbox = await makeSandbox(t, script);
  const { near, far } = await encryptedPair(t);
  const shadow = new Shadow(far);
  const transfer = receiveInput(inputRequest(sandbox, near, more));
  await shadow.beginInput();
  return { sandbox, shadow, transfer };
}

/** Sends items; gives the outcome and the starter's report. */
async function sent(t: TestContext, items: readonly Item[], more: Partial<InputRequest> = {}) {
  const { sandbox, shadow, transfer } = await begun(t, more);
  await shadow.sendItems(items);
  const report = await shadow.endInput();
  return { sandbox, report, ...(await transfer) };
}

const file = (name: string, text: string | Buffer = 'text', more: Partial<Item> = {}): Item => ({
  name,
  text,
  ...more,
});

describe('receiveInput()', () => {
  test('takes files of any size, in chunks of any size', async (t) => {
    const large = Buffer.alloc(3_000_001, 'abcdefg');
    const { sandbox, failure, statistics, report } = await sent(t, [
      file('empty', ''),
      file('one', 'x', { chunk: 1 }),
      file('odd', large.subarray(0, 300_000), { chunk: 4093 }),
      file('whole', large, { chunk: 1 << 22 }),
      file('usual', large),
    ]);
    assert.equal(failure, undefined);
    assert.equal(statistics.files, 5);
    assert.equal(statistics.bytes, 6_300_003);
    assert.equal(report.ad('TransferStats')?.ad.size, 3);
    for (const [name, size] of Object.entries({ empty: 0, one: 1, odd: 300_000 })) {
      assert.equal(fs.statSync(`${sandbox.path}/${name}`).size, size);
    }
    for (const name of ['whole', 'usual']) {
      assert.ok(fs.readFileSync(`${sandbox.path}/${name}`).equals(large));
    }
  });

  test('an input of nothing has no go-ahead', async (t) => {
    const { shadow, transfer } = await begun(t);
    const report = await shadow.endInput();
    assert.equal(report.integer('Result'), 0);
    assert.equal((await transfer).failure, undefined);
  });

  test('sets modes: as sent, 0644 where none was, 0755 of the executable', async (t) => {
    const { sandbox } = await sent(
      t,
      [
        file('a', 'x', { mode: 0o4751 }),
        file('b', 'x', { mode: 0 }),
        file('job.exe', 'x', { mode: 0o600 }),
        { name: 'ro', directory: 0o555 },
        file('ro/inside'),
        { name: 'ro/deep', directory: 0o500 },
        file('ro/deep/inside'),
        { name: 'none', directory: 0 },
        file('new/made/on/the/way'),
      ],
      { executable: 'job.exe' },
    );
    const names = ['a', 'b', 'job.exe', 'ro', 'ro/deep', 'none', 'new/made'];
    assert.deepEqual(names.map(sandbox.mode), ['751', '644', '755', '555', '500', '700', '700']);
    assert.equal(sandbox.text('ro/deep/inside'), 'text');
    sandbox.sh('chmod -R u+w .');
  });

  test('gives other names by TransferInputRemaps', async (t) => {
    const remaps = new Map([
      ['a', 'x/y'],
      ['dir', 'other'],
      ['bad', '../out'],
    ]);
    const { sandbox, failure, report } = await sent(
      t,
      [file('a'), file('dir/f'), file('aa'), file('bad')],
      { remaps },
    );
    assert.equal(sandbox.text('x/y'), 'text');
    assert.equal(sandbox.text('other/f'), 'text');
    assert.equal(sandbox.text('aa'), 'text');
    assert.equal(report.integer('HoldReasonSubCode'), 1);
    assert.match(failure?.reason ?? '', /\|Error: Attempt to write to illegal sandbox path: bad$/);
  });

  for (const name of ['/etc/x', '..', '../x', 'a/../../x', 'a/..', '', '/']) {
    test(`refuses the name ${JSON.stringify(name)}, and hears the rest to its end`, async (t) => {
      const { sandbox, failure, report } = await sent(t, [
        file('before'),
        file(name, 'evil'),
        file('after'),
        { name: '../d', directory: 0o700 },
      ]);
      assert.deepEqual(
        [failure?.kind, report.integer('Result'), report.integer('HoldReasonCode')],
        ['hold', -1, 12],
      );
      assert.equal(report.integer('HoldReasonSubCode'), 1);
      assert.deepEqual(fs.readdirSync(sandbox.path), ['before']);
    });
  }

  test('writes through no link that is there already', async (t) => {
    const outside = await makeSandbox(t);
    const { sandbox, shadow, transfer } = await begun(t, {}, `ln -s ${outside.path} away`);
    await shadow.sendItems([file('away/planted'), file('next')]);
    const report = await shadow.endInput();
    assert.equal(report.integer('HoldReasonSubCode'), 40);
    const { failure } = await transfer;
    assert.match(failure?.reason ?? '', new RegExp(`writing to file ${sandbox.path}/away/planted`));
    assert.deepEqual(fs.readdirSync(outside.path), []);
  });

  test("tells the sender's failure as the shadow words it, with its code", async (t) => {
    const { shadow, transfer } = await begun(t);
    await shadow.sendItems([file('a'), { name: 'gone', missing: true }]);
    const words =
      'SHADOW at 10.0.0.1 failed to send file(s) to <x>: |Error: reading from file /gone';
    const report = await shadow.endInput(
      `Result = -1\nHoldReason = "${words}"\nHoldReasonCode = 13\nHoldReasonSubCode = 2`,
    );
    const { failure, statistics } = await transfer;
    const ours = 'STARTER failed to receive file(s) from <127.0.0.1:9618>';
    assert.deepEqual(failure, { kind: 'hold', code: 13, subcode: 2, reason: `${words}; ${ours}` });
    assert.equal(statistics.files, 1);
    assert.equal(report.integer('Result'), -1);
    assert.equal(report.string('HoldReason'), ours);
  });

  test('leaves directories open to another attempt, where the sender asks for one', async (t) => {
    const { sandbox, shadow, transfer } = await begun(t);
    await shadow.sendItems([{ name: 'ro', directory: 0o555 }, file('ro/f')]);
    await shadow.endInput('Result = 1');
    assert.equal((await transfer).failure?.kind, 'retry');
    assert.equal(sandbox.mode('ro'), '755');
  });

  for (const [words, text, expected] of [
    ['1: another attempt', 'Result = 1\nHoldReason = "later"', { kind: 'retry' }],
    ['nothing: a hold', '', { kind: 'hold', code: 11, subcode: 0 }],
  ] as const) {
    test(`a final report with the result ${words}`, async (t) => {
      const { shadow, transfer } = await begun(t);
      await shadow.endInput(text);
      const { failure } = await transfer;
      assert.deepEqual({ ...failure, reason: '' }, { ...expected, reason: '' });
    });
  }

  test('a URL cannot be fetched: the report names it without its secrets', async (t) => {
    const url = 'https://me:pass@example.org/data.tar?X-Amz-Signature=abc';
    const { failure, report } = await sent(t, [{ name: 'data.tar', url }, file('b')]);
    assert.equal(report.integer('HoldReasonSubCode'), -1001);
    assert.match(failure?.reason ?? '', /no file transfer plug-ins yet.*example\.org\/data\.tar/);
    assert.doesNotMatch(failure?.reason ?? '', /pass|Signature/);
  });

  test('reuses nothing, where it is asked to', async (t) => {
    const { sandbox, shadow, transfer } = await begun(t);
    await shadow.say((m) => m.int(999));
    await shadow.say((m) => m.string(''));
    await shadow.goAheadAsSender();
    await shadow.say((m) => m.ad(ad('SubCommand = 8\nTag = "t"\nReuseList = {}')));
    assert.equal((await shadow.ad()).integer('Result'), 1);
    await shadow.say((m) => m.int(1));
    await shadow.say((m) => m.string('f'));
    await shadow.sendBody(file('f'));
    await shadow.endInput();
    assert.equal((await transfer).failure, undefined);
    assert.equal(sandbox.text('f'), 'text');
  });

  test('waits in the queue of the submit side, says so, and keeps the peer alive', async (t) => {
    const queued: boolean[] = [];
    const { shadow, transfer } = await begun(t, { onQueued: (yes) => queued.push(yes) });
    await shadow.say((m) => m.int(1));
    await shadow.say((m) => m.string('f'));
    await shadow.say((m) => m.int(30));
    const alive = await shadow.ad();
    assert.deepEqual([alive.integer('Result'), alive.integer('Timeout')], [0, 300]);
    assert.equal((await shadow.ad()).integer('Result'), 2);
    assert.equal(await shadow.int(), 300);
    for (let i = 0; i < 3; i += 1) await shadow.say((m) => m.ad(ad('Result = 0\nTimeout = 400')));
    await shadow.say((m) => m.ad(ad('Result = 1')));
    await shadow.sendBody(file('f'));
    // "Once": the next file needs the sender's permission again, ours stands.
    await shadow.say((m) => m.int(1));
    await shadow.say((m) => m.string('g'));
    assert.equal(await shadow.int(), 300);
    await shadow.say((m) => m.ad(ad('Result = 2')));
    await shadow.sendBody(file('g'));
    await shadow.endInput();
    assert.equal((await transfer).failure, undefined);
    assert.deepEqual(queued, [true, false]);
  });

  for (const [words, text, expected] of [
    ['no, for now', 'Result = -1', { kind: 'retry' }],
    [
      'no, for good',
      'Result = -1\nTryAgain = false\nHoldReason = "why"\nHoldReasonCode = 32\nHoldReasonSubCode = 7',
      { kind: 'hold', code: 32, subcode: 7 },
    ],
    ['nothing', 'Timeout = 3', { kind: 'hold', code: 18, subcode: 1 }],
  ] as const) {
    test(`a go-ahead that says ${words}`, async (t) => {
      const { shadow, transfer } = await begun(t);
      await shadow.say((m) => m.int(1));
      await shadow.say((m) => m.string('f'));
      await shadow.say((m) => m.int(300));
      await shadow.ad();
      assert.equal(await shadow.int(), 300);
      await shadow.say((m) => m.ad(ad(text)));
      const { failure } = await transfer;
      assert.deepEqual({ ...failure, reason: '' }, { ...expected, reason: '' });
      assert.equal(errorOf(await shadow.connection.receive((m) => m.int())).kind, 'gone');
    });
  }

  const nonsense: Readonly<Record<string, (shadow: Shadow) => Promise<void>>> = {
    'an unknown item': (shadow) => shadow.say((m) => m.int(7)),
    'a delegated proxy of a negative size': async (shadow) => {
      await shadow.beginProxy();
      await shadow.say((m) => m.int(-1));
    },
    'a delegated proxy that is shorter than it says': async (shadow) => {
      await shadow.beginProxy();
      await shadow.say((m) => m.int(100).bytes(Buffer.alloc(99)));
    },
    'a delegated proxy that is longer than it says': async (shadow) => {
      await shadow.beginProxy();
      await shadow.say((m) => m.int(100).bytes(Buffer.alloc(101)));
    },
    'a delegated proxy of 2 MiB': async (shadow) => {
      await shadow.beginProxy();
      await shadow.say((m) => m.int(2 << 20).bytes(Buffer.alloc(2 << 20)));
    },
    'an unknown sub-command': async (shadow) => {
      await shadow.say((m) => m.int(999));
      await shadow.say((m) => m.string(''));
      await shadow.goAheadAsSender();
      await shadow.say((m) => m.ad(ad('SubCommand = 9')));
    },
    'a name that is no string': async (shadow) => {
      await shadow.say((m) => m.int(1));
      await shadow.say((m) => m.int(1));
    },
    'a negative size': (shadow) => shadowSizes(shadow, -1, 262_144),
    'chunks of nothing': (shadow) => shadowSizes(shadow, 10, 0),
    'chunks of 2 GiB': (shadow) => shadowSizes(shadow, 2 ** 40, 2 ** 31),
    'another number after an empty file': async (shadow) => {
      await shadowSizes(shadow, 0, 262_144);
      await shadow.say((m) => m.int(667));
    },
    'a chunk that is too short': async (shadow) => {
      await shadowSizes(shadow, 1_000_000, 262_144);
      await shadow.connection.sendBytes(Buffer.alloc(10));
    },
    'a name of 2 MiB': async (shadow) => {
      await shadow.say((m) => m.int(1));
      await shadow.say((m) => m.string('x'.repeat(2 << 20)));
    },
  };

  async function shadowSizes(shadow: Shadow, size: number, chunk: number): Promise<void> {
    await shadow.say((m) => m.int(1));
    await shadow.say((m) => m.string('f'));
    await shadow.goAheadAsSender();
    await shadow.say((m) => m.int(0o644));
    await shadow.say((m) => m.int(size).int(chunk));
  }

  for (const [what, say] of Object.entries(nonsense)) {
    test(`${what} is an error of the protocol, and the connection is closed`, async (t) => {
      const { shadow, transfer } = await begun(t);
      await say(shadow);
      const { failure } = await transfer;
      assert.equal(failure?.kind, 'protocol');
      await shadow.connection.ended;
    });
  }

  test('can be ended at any time', async (t) => {
    const controller = new AbortController();
    const { shadow, transfer, sandbox } = await begun(t, { signal: controller.signal });
    await shadow.say((m) => m.int(1));
    await shadow.say((m) => m.string('f'));
    await shadow.goAheadAsSender();
    await shadow.say((m) => m.int(0o644));
    await shadow.say((m) => m.int(10_000_000).int(262_144));
    await shadow.connection.sendBytes(Buffer.alloc(262_144));
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    controller.abort();
    assert.equal((await transfer).failure?.kind, 'aborted');
    sandbox.files.close();
    const before = open();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(open() <= before);
    const again = await receiveInput(
      inputRequest(sandbox, shadow.connection, { signal: controller.signal }),
    );
    assert.equal(again.failure?.kind, 'aborted');
  });

  test('a file agent that dies in the middle is told, in step with the shadow', async (t) => {
    const { sandbox, shadow, transfer } = await begun(t);
    await shadow.sendItems([file('a')]);
    sandbox.files.close();
    for (const name of ['b', 'c']) {
      await shadow.say((m) => m.int(1));
      await shadow.say((m) => m.string(name));
      await shadow.sendBody(file(name, Buffer.alloc(1_000_000)));
    }
    const report = await shadow.endInput();
    assert.equal(report.integer('HoldReasonSubCode'), 32);
    assert.equal((await transfer).failure?.kind, 'retry');
  });
});
