import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mappedIds, parseIdMap, readIdMapping } from './id-map';
import { parseUptime, readUptime } from './uptime';

describe('parseIdMap()', () => {
  test('reads the map of the first user namespace', () => {
    const map = parseIdMap('         0          0 4294967295\n');
    assert.deepEqual(map, { ok: true, value: [{ inside: 0, outside: 0, count: 4294967295 }] });
    assert.equal(map.ok && mappedIds(map.value), 4294967295);
  });

  test('reads several rows and adds them up', () => {
    const map = parseIdMap('0 1000 1\n1 100000 65535\n');
    assert.equal(map.ok && mappedIds(map.value), 65536);
  });

  test('takes an empty map: nothing is mapped yet', () => {
    assert.deepEqual(parseIdMap(''), { ok: true, value: [] });
  });

  test('refuses a row that is none and shows it', () => {
    assert.deepEqual(parseIdMap('0 0 1\n0 x 1\n'), {
      ok: false,
      error: 'not a line of an id map (user_namespaces(7)): "0 x 1"',
    });
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseIdMap(text)));
  });
});

test('readIdMapping() finds the id of this process mapped', () => {
  const mapping = readIdMapping();
  const uid = process.getuid?.() ?? -1;
  assert.ok(mapping.ok);
  assert.ok(
    mapping.value.uid.some((row) => uid >= row.inside && uid - row.inside < row.count),
    `uid ${uid} is in the map`,
  );
});

describe('parseUptime()', () => {
  test('reads both numbers', () => {
    assert.deepEqual(parseUptime('1584.81 2637.89\n'), {
      ok: true,
      value: { up: 1584.81, idle: 2637.89 },
    });
  });

  test('refuses anything else and shows it', () => {
    assert.deepEqual(parseUptime('soon\n'), {
      ok: false,
      error: '/proc/uptime is not as proc(5) describes it: "soon\n"',
    });
  });
});

test('readUptime() does not run backwards', () => {
  const [first, second] = [readUptime(), readUptime()];
  assert.ok(first.ok && second.ok && second.value.up >= first.value.up);
});
