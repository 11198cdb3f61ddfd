/**
 * eyrie-families under AddressSanitizer and UndefinedBehaviorSanitizer: its parser of requests fuzzed,
 * and the whole program with random requests at real work.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { spawnAgent } from '../../src/kernel/border';
import {
  encodeFamilyRequest,
  type FamilyOperation,
  type FamilyRequest,
} from '../../src/kernel/process-records';
import { reapChild } from '../../src/kernel/reap';
import { FAMILIES_OPERATIONS } from '../../src/kernel/structs';
import { needsRoot, skipIf } from '../support/need';
import { sanitized } from './sanitized';

describe('the parser of requests to eyrie-families', () => {
  for (const seed of [1, 2, 3]) {
    test(`reads no byte too far, and lets no name lead out, with seed ${seed}`, () => {
      const output = execFileSync(sanitized('families-fuzz'), ['100000', String(seed)], {
        encoding: 'utf8',
      });
      const [, refused, accepted] = /^refused (\d+) accepted (\d+)\n$/.exec(output) ?? [];
      assert.ok(Number(refused) > 10_000 && Number(accepted) > 5000, output);
    });
  }
});

/** Runs it on a stream of requests until it ends; how it ended and how much it answered. */
async function run(requests: readonly Buffer[]) {
  const program = fs.openSync(sanitized('eyrie-families'), 'r');
  const directory = fs.openSync('/proc', 'r');
  const { returned, result } = spawnAgent('eyrie-families', { program, directory });
  [program, directory, result.descriptors].forEach((fd) => fs.closeSync(fd));
  assert.equal(returned, 0);
  const socket = new net.Socket({ fd: result.requests, readable: true, writable: true });
  let received = 0;
  socket.on('data', (bytes) => (received += bytes.length)).on('error', () => undefined);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  for (const request of requests) socket.write(request);
  socket.end();
  const ended = await reapChild(result.pidfd);
  fs.closeSync(result.pidfd);
  // What it answered last is still on its way when it has ended.
  await closed;
  return { ended, received };
}

/** A family of its own processes to ask about: nobody else may be signalled or moved. */
function victims(t: TestContext): readonly number[] {
  const sleepers = Array.from({ length: 4 }, () =>
    Number(execFileSync('sh', ['-c', 'sleep 60 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8' })),
  );
  t.after(() =>
    sleepers.forEach((pid) => {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // killed by a request
      }
    }),
  );
  return sleepers;
}

describe('the sanitized eyrie-families', { skip: skipIf(needsRoot()) }, () => {
  const begin = encodeFamilyRequest(1, 'begin', {});

  for (const flags of [0, 1]) {
    test(`does whatever it is asked without a fault, ${flags === 0 ? 'with' : 'without'} events`, async (t) => {
      const pids = victims(t);
      const birthdays = pids.map((pid) =>
        Number(fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19]),
      );
      const operations = Object.keys(FAMILIES_OPERATIONS).filter((name) => name !== 'begin');
      const anyRequest = fc.record({
        operation: fc.constantFrom(...(operations as FamilyOperation[])),
        which: fc.integer({ min: 0, max: 4 }),
        family: fc.integer({ min: 0, max: 3 }),
        number: fc.integer({ min: 0, max: 9 }),
        signal: fc.constantFrom(0, 9, 15, 18, 19, 70),
        flags: fc.integer({ min: 0, max: 7 }),
        name: fc.constantFrom('', '/', '..', 'a/../b'),
      });
      const requests = fc.sample(anyRequest, { numRuns: 1500, seed: 7 }).map((one, i) => {
        const { operation, which, family, name, ...rest } = one;
        const hasList = operation === 'signal-families' || operation === 'proportional';
        const request: FamilyRequest = {
          ...rest,
          family,
          pid: pids[which] ?? 0x7fff_fff0,
          birthday: birthdays[which] ?? 1,
          ...(hasList ? { families: [family, 1, 2], except: [1] } : {}),
          ...(operation === 'track-cgroup' ? { name } : {}),
        };
        // Family 0 is everybody else on this machine.
        if (hasList && family === 0) return encodeFamilyRequest(i + 2, 'usage', { family: 1 });
        return encodeFamilyRequest(i + 2, operation, request);
      });
      const { ended, received } = await run([
        encodeFamilyRequest(1, 'begin', { flags }),
        ...requests,
      ]);
      assert.deepEqual(ended, { code: 0, signal: undefined });
      assert.ok(received > 1000 * 24, `${received}`);
    });
  }

  test('ends at the first thing that is no request', async () => {
    const usage = encodeFamilyRequest(2, 'usage', { family: 1 });
    const huge = Buffer.from(usage);
    huge.writeUInt32LE(0x7fffffff, 0);
    const broken: readonly (readonly Buffer[])[] = [
      [usage],
      [begin, begin],
      [begin, huge, usage],
      [begin, usage.subarray(0, 10)],
      [begin, Buffer.alloc(48)],
      [],
    ];
    for (const requests of broken) {
      const { ended } = await run(requests);
      assert.deepEqual(ended, { code: 0, signal: undefined });
    }
  });
});
