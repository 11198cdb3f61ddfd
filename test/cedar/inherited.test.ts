/** Sockets that a process got from another, as descriptors. */
import assert from 'node:assert/strict';
import type net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { inheritedConnection, listenTcp } from '../../src/condor/cedar';
import { program, runProgram, suite } from '../kernel/support/program';
import { bytesOf, fromHex, recording } from './support/fixtures';
import { readBytes } from './support/sockets';

declare const __EYRIE_ROOT__: string;

interface Task {
  /** What is sent: bodies of messages, in hexadecimal digits. */
  readonly send: readonly string[];
  /** How many messages are received. */
  readonly receive: number;
  /** How many bytes the peer says to the listener, which is what it has read of ours. */
  readonly echoed: number;
  /** Where encryption stands; undefined: in clear. */
  readonly crypto?: Record<'key' | 'sendIv' | 'receiveIv', string> & {
    sent: number;
    received: number;
  };
}

interface Outcome {
  readonly received: string[];
  readonly echoed: string;
  readonly end: string;
}

program(async (input) => {
  const { send, receive, echoed, crypto } = input as Task;
  const connection = inheritedConnection({
    descriptor: 13,
    peer: '<127.0.0.1:1>',
    peerVersion: '',
    crypto: crypto && {
      ...crypto,
      key: fromHex(crypto.key),
      sendIv: fromHex(crypto.sendIv),
      receiveIv: fromHex(crypto.receiveIv),
    },
  });
  let accept: (socket: net.Socket) => void = () => undefined;
  const accepted = new Promise<net.Socket>((resolve) => (accept = resolve));
  const listener = listenTcp({
    descriptor: 9,
    accept: (socket) => accept(socket),
    onTrouble: (reason) => assert.fail(reason),
  });
  for (const hex of send) await connection.sendBytes(fromHex(hex));
  const received: string[] = [];
  for (let count = 0; count < receive; count += 1) {
    const message = await connection.receive((m) => m.bytes(m.left).toString('hex'));
    received.push(message.ok ? message.value : message.error.reason);
  }
  const client = await accepted;
  const bytes = await readBytes(client, echoed);
  client.destroy();
  const { reason } = await connection.ended;
  // Then the process ends by itself, as nothing is left that would keep it.
  listener.close();
  return { received, echoed: bytes.toString('hex'), end: reason };
});

async function run(say: Buffer, task: Task): Promise<Outcome> {
  const startd = path.join(__EYRIE_ROOT__, 'test/cedar/support/inherit.py');
  const by = ['python3', startd, say.toString('hex'), String(task.echoed)];
  return (await runProgram(task, { by })) as Outcome;
}

suite('an inherited connection', { skip: false }, () => {
  for (const version of ['23.9.6-missing-output', '25.14.1-normal']) {
    test(`goes on where its encryption stood: ${version}`, async () => {
      const { frames, messages, initialState } = recording(`wire-${version} shadow`);
      const received = messages.filter(({ dir }) => dir === 'recv').map(({ hex }) => hex);
      const sent = Buffer.concat(bytesOf(frames, 'send'));
      const outcome = await run(Buffer.concat(bytesOf(frames, 'recv')), {
        send: messages.filter(({ dir }) => dir === 'send').map(({ hex }) => hex),
        receive: received.length,
        echoed: sent.length,
        crypto: {
          key: initialState.aesKeyHex,
          sent: initialState.ctrEnc,
          received: initialState.ctrDec,
          sendIv: initialState.ivEncHex,
          receiveIv: initialState.ivDecHex,
        },
      });
      assert.deepEqual(outcome.received, received);
      assert.equal(outcome.echoed, sent.toString('hex'));
      assert.equal(outcome.end, 'The peer closed the connection');
    });
  }

  test('may be in clear', async () => {
    const outcome = await run(fromHex('0100000001aa0000000001bb0100000001cc'), {
      send: ['dd', 'eeff'],
      receive: 2,
      echoed: 13,
    });
    assert.deepEqual(outcome, {
      received: ['aa', 'bbcc'],
      echoed: '0100000001dd0100000002eeff',
      end: 'The peer closed the connection',
    });
  });
});
