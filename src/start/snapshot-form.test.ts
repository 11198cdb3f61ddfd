import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findBytecode, findHeap } from './snapshot-form';

function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** The last part of a snapshot: modules of these sizes. */
function bytecode(sizes: readonly number[]): Buffer {
  const entries = sizes.flatMap((size, index) => {
    const name = Buffer.from(`internal/module_${index}`);
    return [number(name.length), name, number(size), Buffer.alloc(size, 0xa5)];
  });
  return Buffer.concat([number(sizes.length), ...entries]);
}

const SIZES = fc.array(fc.nat(300), { minLength: 100, maxLength: 150 });

describe("the bytecode of node's own modules in a snapshot", () => {
  test('is found behind whatever comes before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), SIZES, (head, sizes) => {
        const snapshot = Buffer.concat([head, bytecode(sizes)]);
        assert.equal(findBytecode(snapshot), head.length);
      }),
      { numRuns: 50 },
    );
  });

  test('is not found where a byte is missing or one is too many', () => {
    fc.assert(
      fc.property(SIZES, (sizes) => {
        const snapshot = bytecode(sizes);
        assert.equal(findBytecode(snapshot.subarray(0, -1)), undefined);
        assert.equal(findBytecode(Buffer.concat([snapshot, Buffer.alloc(1)])), undefined);
      }),
      { numRuns: 20 },
    );
  });

  test('is not found in any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        assert.equal(findBytecode(Buffer.from(bytes)), undefined);
      }),
    );
  });
});

/** The first part of a snapshot: node's version, architecture and platform, and V8's heap. */
function head(texts: readonly string[], heap: Uint8Array): Buffer {
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32LE(heap.length, 8);
  const words = texts.flatMap((text) => [number(text.length), Buffer.from(text)]);
  return Buffer.concat([Buffer.from('19da430101', 'hex'), ...words, numbers, heap]);
}

describe("V8's heap in a snapshot", () => {
  test('is found behind the facts about node', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 50 }), fc.uint8Array(), (heap, rest) => {
        const snapshot = Buffer.concat([head(['20.20.2', 'x64', 'linux'], heap), rest]);
        const { start, end } = findHeap(snapshot) ?? assert.fail();
        assert.deepEqual(snapshot.subarray(start, end), Buffer.from(heap));
      }),
    );
  });

  test('is not found in a snapshot that is cut off, or in any other bytes', () => {
    const snapshot = head(['20.20.2', 'x64', 'linux'], Buffer.alloc(100));
    assert.equal(findHeap(snapshot.subarray(0, -1)), undefined);
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.equal(findHeap(Buffer.from(bytes)), undefined);
        assert.equal(findHeap(Buffer.concat([snapshot.subarray(0, 5), bytes])), undefined);
      }),
    );
  });
});
