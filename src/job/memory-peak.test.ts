import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MemoryMarks, NO_MARKS, peakOf, raiseMarks } from './memory-peak';

const bytes = fc.nat(1e12);

test('peakOf() without files lies between what was seen and what the kernel tells', () => {
  const look = fc.record({ held: bytes, cache: bytes });
  fc.assert(
    fc.property(fc.array(look, { minLength: 1 }), (looks) => {
      const peak = Math.max(...looks.map(({ cache, held }) => held + cache));
      const marks = looks.reduce<MemoryMarks>(
        (all, seen) => raiseMarks(all, { ...seen, peak }),
        NO_MARKS,
      );
      const found = peakOf(marks, true);
      assert.ok(found >= Math.max(...looks.map(({ held }) => held)));
      assert.ok(found <= peak);
      assert.equal(peakOf(marks, false), peak);
    }),
  );
});

test('peakOf() finds a peak between two looks', () => {
  const seen = { held: 10, cache: 5, peak: 100 };
  assert.equal(peakOf(raiseMarks(NO_MARKS, seen), true), 95);
});

test('peakOf() goes by what was seen where the kernel keeps no peak', () => {
  const marks = [
    { held: 10, cache: 90, peak: undefined },
    { held: 70, cache: 0, peak: undefined },
  ].reduce(raiseMarks, NO_MARKS);
  assert.equal(peakOf(marks, true), 70);
});
