/**
 * The calls over a real connection: what goes over the socket is, byte for byte, what genuine starters
 * sent, encryption and all, and what comes are the genuine shadows' own packets.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CedarSocket } from '../../src/condor/cedar/connection';
import type { MessageReader } from '../../src/condor/cedar/types';
import { CALLS } from '../../src/condor/shadow/calls';
import { EXIT_REASONS, type ExitReason } from '../../src/condor/shadow/exit-reasons';
import { ShadowCalls } from '../../src/condor/shadow/shadow-calls';
import type { CallError } from '../../src/condor/shadow/types';
import type { Result } from '../../src/result';
import { recordedCipher, recording } from '../cedar/support/fixtures';
import { socketPair } from '../cedar/support/sockets';
import { messageReader } from './plain-messages';

/** Makes the call that a recorded request is. */
function repeat(calls: ShadowCalls, request: MessageReader): Promise<Result<unknown, CallError>> {
  const number = request.int();
  switch (number) {
    case CALLS.getJobInfo.number:
      return calls.getJobInfo();
    case CALLS.registerStarterInfo.number:
      return calls.registerStarterInfo(request.ad());
    case CALLS.getSecuritySessions.number:
      return calls.securitySessions();
    case CALLS.registerJobInfo.number:
      return calls.registerJobInfo(request.ad());
    case CALLS.beginExecution.number:
      return calls.beginExecution();
    case CALLS.eventNotification.number:
      return calls.eventNotification(request.ad());
    case CALLS.jobTermination.number:
      return calls.jobTermination(request.ad());
    case CALLS.logEvent.number:
      return calls.logEvent(request.ad());
    case CALLS.jobExit.number:
      return calls.jobExit(request.int(), reasonOf(request.int()), request.ad());
    default:
      throw new Error(`the recording has call ${number}`);
  }
}

function reasonOf(number: number): ExitReason {
  const found = Object.entries(EXIT_REASONS).find(([, row]) => row.number === number);
  assert.ok(found);
  return found[0] as ExitReason;
}

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
        const reply = await repeat(calls, messageReader(Buffer.from(hex, 'hex')));
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
