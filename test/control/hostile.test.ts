/** Clients that may speak, and say anything at all: nobody else notices. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import { connectTo, type Daemon, frontOf, keepBusy, NOBODY, startDaemon } from './support/daemon';
import { connectRaw, frameOf, speakAs } from './support/raw';

const OPERATIONS = ['ping', 'lease', 'release', 'account.list', 'job.start', 'sandbox.give', ''];

/** Requests that are nearly right, JSON that is none of them, and bytes that are not even JSON. */
const anyBytes: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .record({
      id: fc.oneof(fc.nat(), fc.jsonValue() as fc.Arbitrary<unknown>),
      op: fc.oneof(fc.constantFrom(...OPERATIONS), fc.string()),
      lease: fc.jsonValue(),
      owner: fc.string({ unit: 'binary' }),
    })
    .map((request) => frameOf(JSON.stringify(request))),
  fc.json().map((text) => frameOf(text)),
  fc.json().map((text) => frameOf(text).subarray(0, 3 + Math.floor(text.length / 2))),
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => frameOf(Buffer.from(bytes))),
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

function openFiles({ command }: Daemon): number {
  return fs.readdirSync(`/proc/${command.process.pid ?? 0}/fd`).length;
}

describe('a hostile client', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  test('harms nobody by what he says', async (t) => {
    const daemon = await startDaemon(t);
    const stop = await keepBusy(t, daemon.socket, 5);
    for (const pieces of fc.sample(fc.array(anyBytes, { maxLength: 5 }), {
      numRuns: 300,
      seed: 7,
    })) {
      const client = net.connect({ path: daemon.socket });
      client.on('error', () => undefined).resume();
      client.end(Buffer.concat(pieces));
      await new Promise((resolve) => client.once('close', resolve));
    }
    assert.ok((await stop()) > 50);
    assert.equal(daemon.command.process.exitCode, null, daemon.command.stderr());
    assert.doesNotMatch(fs.readFileSync(daemon.log, 'utf8'), /another one is started|Error/);
    const told = await speakAs(NOBODY, daemon.socket, [{ id: 1, op: 'ping' }]);
    assert.equal(told.messages[0]?.['ok'], true);
  });

  test('uses nothing up by coming and going thousands of times, or by what he passes', async (t) => {
    const daemon = await startDaemon(t);
    const client = await connectTo(t, daemon.socket);
    const passed = Array<number>(8).fill(0);
    assert.ok((await client.request('ping', {}, passed)).ok);
    const before = openFiles(daemon);
    const front = frontOf(daemon);
    const frontBefore = fs.readdirSync(`/proc/${front}/fd`).length;
    for (let round = 0; round < 30; round++) {
      await Promise.all([
        ...Array.from({ length: 100 }, async () => {
          const raw = await connectRaw(t, daemon.socket);
          raw.socket.destroy();
        }),
        client.request('ping', {}, passed),
        client.request('no-such-operation', {}, passed),
        client.request('reload', { uid: 0 }, passed),
      ]);
    }
    await waitUntil(
      () =>
        openFiles(daemon) <= before && fs.readdirSync(`/proc/${front}/fd`).length <= frontBefore,
      () => `${openFiles(daemon)} files of ${before} to be open`,
    );
    assert.ok((await client.request('ping')).ok);
    assert.equal(frontOf(daemon), front);
  });

  test('keeps no other one waiting by reading nothing', async (t) => {
    const daemon = await startDaemon(t);
    const deaf = await connectRaw(t, daemon.socket);
    deaf.socket.pause();
    const request = frameOf(JSON.stringify({ id: 1, op: 'ping' }));
    for (let i = 0; i < 200; i++) deaf.write(Buffer.concat(Array<Buffer>(200).fill(request)));
    const client = await connectTo(t, daemon.socket);
    for (let i = 0; i < 20; i++) assert.ok((await client.request('ping')).ok);
  });
});
