/**
 * The calls over a real connection: what goes over the socket is, byte for byte, what genuine starters
 * sent, encryption and all, and what comes are the genuine shadows' own packets.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CedarSocket } from '../../src/condor/cedar/connection';
import { ShadowCalls } from '../../src/condor/shadow/shadow-calls';
import { recordedCipher, recording } from '../cedar/support/fixtures';
import { socketPair } from '../cedar/support/sockets';
import { messageReader } from './plain-messages';
import { repeatCall } from './repeat-call';

describe('a whole session with a shadow', () => {
  for (const version of ['23.9.6-missing-output', '25.14.1-normal']) {
    test(version, async (t) => {
      const { frames, initialState, messages } = recording(`wire-${version} shadow`);
      const [near, far] = await socketPair(t);
      const calls = new ShadowCalls(
        new CedarSocket(near, 'shadow', recordedCipher(initialState, 'starter')),
      );
      // The shadow: what is expected of us, and what it answers, in turns.
      const turns: { sent: Buffer; answer: Buffer }[] = [];
      for (const { dir, hex } of frames) {
        const frame = Buffer.from(hex, 'hex');
        const last = turns.at(-1);
        if (dir === 'send') turns.push({ sent: frame, answer: Buffer.alloc(0) });
        else if (last) last.answer = Buffer.concat([last.answer, frame]);
      }
      let heard = Buffer.alloc(0);
      const trouble: unknown[] = [];
      far.on('data', (chunk: Buffer) => {
        heard = Buffer.concat([heard, chunk]);
        for (let turn = turns[0]; turn && heard.length >= turn.sent.length; turn = turns[0]) {
          const own = heard.subarray(0, turn.sent.length);
          if (!own.equals(turn.sent)) trouble.push(own.toString('hex'));
          heard = heard.subarray(turn.sent.length);
          far.write(turn.answer);
          turns.shift();
        }
      });
      const requests = messages.filter(({ dir }) => dir === 'send');
      for (const { hex } of requests) {
        const reply = await repeatCall(calls, messageReader(Buffer.from(hex, 'hex')));
        assert.ok(reply.ok, JSON.stringify(reply));
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(trouble, []);
      assert.equal(turns.length, 0);
      far.end();
      const error = await calls.beginExecution();
      assert.equal(!error.ok && error.error.kind, 'gone');
    });
  }
});
