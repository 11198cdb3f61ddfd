import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { messageReader, writeMessage } from '../../../test/shadow/plain-messages';
import { PlayedShadow } from '../../../test/shadow/played-shadow';
import { ad, MESSAGES, RUNS } from '../../../test/shadow/recorded';
import { repeatCall } from '../../../test/shadow/repeat-call';
import { ClassAd, integerValue, stringValue } from '../classad';
import type { Result } from '../../result';
import { type CallName, CALLS } from './calls';
import { ShadowCalls } from './shadow-calls';
import type { CallError } from './types';

const update = new ClassAd().set('JobPid', integerValue(4711));

/** A reply without values. */
const result = (returned: number, ...more: number[]): Buffer =>
  writeMessage((message) => [returned, ...more].forEach((value) => message.int(value)));

/** Every method with a value for its arguments, and the call that it makes. */
const METHODS: readonly [
  CallName,
  (calls: ShadowCalls) => Promise<Result<unknown, CallError>>,
  Buffer,
][] = [
  ['getJobInfo', (c) => c.getJobInfo(), writeMessage((m) => m.int(0).ad(update))],
  ['registerStarterInfo', (c) => c.registerStarterInfo(update), result(0)],
  [
    'getSecuritySessions',
    (c) => c.securitySessions(),
    writeMessage((m) => 'abcdef'.split('').reduce((all, text) => all.string(text), m.int(1))),
  ],
  ['registerJobInfo', (c) => c.registerJobInfo(update), result(0)],
  ['beginExecution', (c) => c.beginExecution(), result(0)],
  ['eventNotification', (c) => c.eventNotification(update), result(0)],
  ['jobTermination', (c) => c.jobTermination(update), result(0)],
  ['jobExit', (c) => c.jobExit(768, 'exited', update), result(0)],
  ['getUserInfo', (c) => c.getUserInfo(), writeMessage((m) => m.int(0).ad(update))],
];

function refusal(reply: Result<unknown, CallError>): CallError {
  assert.ok(!reply.ok);
  return reply.error;
}

describe('a genuine session, byte for byte', () => {
  for (const [name, messages] of MESSAGES) {
    test(`${name}: the same calls make the same requests, and the recorded replies are read`, async () => {
      const waiting = messages.map(([direction, hex]) => ({ direction, hex }));
      const shadow = new PlayedShadow((request) => {
        const sent = waiting.shift();
        assert.equal(request.toString('hex'), sent?.hex);
        if (waiting[0]?.direction !== 'recv') return undefined;
        return Buffer.from(waiting.shift()?.hex ?? '', 'hex');
      });
      const calls = new ShadowCalls(shadow);
      const sent = messages.filter(([direction]) => direction === 'send');
      for (const [, hex] of sent) {
        const reply = await repeatCall(calls, messageReader(Buffer.from(hex, 'hex')));
        assert.ok(reply.ok, JSON.stringify(reply));
      }
      assert.equal(waiting.length, 0);
      assert.equal(shadow.requests.length, sent.length);
      assert.ok(sent.length >= 9);
    });
  }
});

describe('replies', () => {
  test('the job ad comes as it was sent', async () => {
    for (const [name, { calls }] of RUNS) {
      const recorded = calls.find(({ rpc, rep }) => rpc === -63 && Array.isArray(rep));
      if (recorded === undefined) continue;
      const jobAd = ad(recorded.rep[1]);
      const shadow = new PlayedShadow(() => writeMessage((m) => m.int(0).ad(jobAd)));
      const reply = await new ShadowCalls(shadow).getJobInfo();
      assert.ok(reply.ok);
      assert.deepEqual(reply.value.names(), jobAd.names(), name);
    }
  });

  test('two sessions are made of the six texts', async () => {
    const [, , reply] = METHODS.find(([name]) => name === 'getSecuritySessions') ?? [];
    const sessions = await new ShadowCalls(new PlayedShadow(() => reply)).securitySessions();
    assert.deepEqual(sessions.ok && sessions.value, {
      claim: { id: 'a', key: 'c' },
      fileTransfer: { id: 'd', key: 'f' },
    });
  });

  test('a session without a key is no session', async () => {
    const reply = writeMessage((m) =>
      m.int(1).string('a').string('').string('').string('d').string('').string('secret'),
    );
    const shadow = new PlayedShadow(() => reply);
    const error = refusal(await new ShadowCalls(shadow).securitySessions());
    assert.equal(error.kind, 'protocol');
    assert.doesNotMatch(JSON.stringify(error), /secret/);
    assert.ok(shadow.destroyed);
  });

  for (const [name, make] of METHODS) {
    if (name === 'eventNotification') continue;
    test(`${name}: a result below 0 has an errno in place of values`, async () => {
      // 41 is ENOTEMPTY on the wire, which Linux calls 39.
      const shadow = new PlayedShadow(() => result(-1, 41));
      const calls = new ShadowCalls(shadow);
      const expected = { kind: 'call-refused', call: name, returned: -1, errno: 39 };
      assert.deepEqual(refusal(await make(calls)), expected);
      // The connection is as good as before.
      assert.deepEqual(refusal(await make(calls)), expected);
      assert.equal(calls.error, undefined);
    });
  }

  test('eventNotification has one number only, whatever it is', async () => {
    const shadow = new PlayedShadow(() => result(-3));
    assert.deepEqual(await new ShadowCalls(shadow).eventNotification(update), {
      ok: true,
      value: -3,
    });
  });

  test('logEvent waits for no reply, and the next call has its own', async () => {
    const shadow = new PlayedShadow((request) =>
      request.subarray(0, 8).equals(result(CALLS.logEvent.number)) ? undefined : result(0),
    );
    const calls = new ShadowCalls(shadow);
    assert.ok((await calls.logEvent(update)).ok);
    assert.equal(shadow.receives.length, 0);
    assert.ok((await calls.registerJobInfo(update)).ok);
  });

  test('no reply cut short or grown is taken for one', async () => {
    const whole = METHODS.filter(([name]) => name !== 'logEvent');
    for (const [name, make, reply] of whole) {
      for (let length = 0; length <= reply.length + 1; length += 1) {
        if (length === reply.length) continue;
        const bytes = Buffer.alloc(length);
        reply.copy(bytes);
        const answer = await make(new ShadowCalls(new PlayedShadow(() => bytes)));
        assert.equal(refusal(answer).kind, 'protocol', `${name}, ${length} bytes`);
      }
    }
  });

  test('no reply whatever throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(METHODS.length - 1),
        async (bytes, index) => {
          const shadow = new PlayedShadow(() => Buffer.from(bytes));
          const reply = await METHODS[index]?.[1](new ShadowCalls(shadow));
          assert.ok(reply);
        },
      ),
    );
  });
});

describe('calls wait for each other', () => {
  test('the next request goes out when the reply before it is there', async () => {
    const answers: ((reply: Buffer) => void)[] = [];
    const shadow = new PlayedShadow(() => new Promise((resolve) => answers.push(resolve)));
    const calls = new ShadowCalls(shadow);
    const order: string[] = [];
    const all = ['first', 'second', 'third'].map(async (name) => {
      const reply = await calls.registerJobInfo(new ClassAd().set('Name', stringValue(name)));
      assert.ok(reply.ok);
      order.push(name);
    });
    for (let sent = 1; sent <= 3; sent += 1) {
      await new Promise(setImmediate);
      assert.equal(shadow.requests.length, sent);
      answers.shift()?.(result(0));
    }
    await Promise.all(all);
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  test('a shadow has 300 seconds, or what it was given', async () => {
    const shadow = new PlayedShadow(() => result(0));
    await new ShadowCalls(shadow).beginExecution();
    await new ShadowCalls(shadow, 7).beginExecution();
    assert.deepEqual(
      shadow.receives.map((options) => options?.timeout),
      [300, 7],
    );
  });
});

describe('a connection that ends', () => {
  test('ends the call under way, all that wait, and every later one', async () => {
    const shadow = new PlayedShadow(() => new Promise(() => undefined));
    const calls = new ShadowCalls(shadow);
    const all = [calls.getJobInfo(), calls.beginExecution(), calls.logEvent(update)];
    await new Promise(setImmediate);
    const error = shadow.end('gone', 'the shadow closed the connection');
    for (const reply of await Promise.all<Result<unknown, CallError>>(all)) {
      assert.deepEqual(refusal(reply), error);
    }
    assert.deepEqual(refusal(await calls.beginExecution()), error);
    assert.deepEqual(calls.error, error);
    assert.equal(shadow.requests.length, 1);
    assert.ok(shadow.destroyed);
  });

  test('is closed after a silence: a reply that is late would be read as the next one', async () => {
    const shadow = new PlayedShadow(() => undefined);
    const calls = new ShadowCalls(shadow);
    assert.equal(refusal(await calls.beginExecution()).kind, 'gone');
    assert.ok(shadow.destroyed);
  });

  test('an ad that cannot be written does not stop the calls after it', async () => {
    const shadow = new PlayedShadow(() => result(0));
    const calls = new ShadowCalls(shadow);
    const wrong = undefined as unknown as ClassAd;
    await assert.rejects(calls.registerJobInfo(wrong));
    assert.ok((await calls.registerJobInfo(update)).ok);
  });
});
