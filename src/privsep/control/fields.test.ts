import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  accountName,
  bytes,
  either,
  flag,
  listOf,
  mapOf,
  objectOf,
  oneOf,
  optional,
  readFields,
  text,
  wholeNumber,
} from './fields';
import type { Json, JsonObject } from './types';

const LEASE = {
  owner: text({ max: 16 }),
  seconds: wholeNumber(1, 60),
  prefer: optional(accountName()),
};

function parse(line: string): JsonObject {
  return JSON.parse(line) as JsonObject;
}

function complaint(request: JsonObject): string {
  const read = readFields(request, LEASE);
  return read.ok ? 'taken' : read.error;
}

describe('the fields of a request', () => {
  test('what is described is taken, and what may be left out is undefined', () => {
    assert.deepEqual(readFields({ owner: 'john', seconds: 60 }, LEASE), {
      ok: true,
      value: { owner: 'john', seconds: 60, prefer: undefined },
    });
  });

  test('a field that nobody knows is refused by name, whatever it is called', () => {
    const fields = { owner: 'john', seconds: 1 };
    assert.equal(
      complaint({ ...fields, uid: 0 }),
      "unknown field 'uid': expected owner, seconds, prefer",
    );
    assert.match(complaint(parse('{"owner":"a","seconds":1,"__proto__":{"uid":0}}')), /__proto__/);
    assert.match(complaint({ ...fields, constructor: 1 }), /unknown field 'constructor'/);
    assert.match(complaint({ ...fields, ['\u001b[2J\n']: 1 }), /unknown field '\\x1b\[2J\\x0a'/);
  });

  test('what is missing is not inherited from Object', () => {
    const read = readFields({}, { toString: text({ max: 9 }) });
    assert.deepEqual(read, { ok: false, error: 'toString: expected a text' });
  });

  test('a number is whole and in its range', () => {
    for (const seconds of [0, 61, 1.5, -1, '5', null, [5], true, 1e400]) {
      assert.equal(
        complaint({ owner: 'john', seconds }),
        'seconds: expected a whole number from 1 to 60',
      );
    }
  });

  test('a text has no control characters, and counts in bytes', () => {
    const owner = (value: Json): string => complaint({ owner: value, seconds: 1 });
    for (const bad of ['a\nb', 'a\u0000', 'a\u009b', 'a\u202eb', 'a\u2028', '\ud800']) {
      assert.equal(
        owner(bad),
        'owner: expected a text without control characters'.replace(
          'control characters',
          bad.includes('\0') ? 'NUL' : 'control characters',
        ),
      );
    }
    assert.equal(owner('ä'.repeat(8)), 'taken');
    assert.equal(owner('ä'.repeat(9)), 'owner: expected a text of 1 to 16 bytes');
    assert.equal(owner(''), 'owner: expected a text of 1 to 16 bytes');
    assert.equal(owner(7), 'owner: expected a text');
  });

  test("an account's name is neither a number, an option nor a path", () => {
    const field = accountName();
    for (const bad of ['0', '-x', '../a', 'a/b', 'a b', ''])
      assert.equal(field(bad).ok, false, bad);
    for (const good of ['john', '_apt', 'nest-1', 'a.b', 'host$']) assert.ok(field(good).ok, good);
  });

  test('bytes may be anything but NUL', () => {
    assert.ok(bytes({ max: 9 })('a\n\u001b\udc80').ok);
    assert.equal(bytes({ max: 9 })('a\0b').ok, false);
  });

  test('lists, maps and objects are as deep as they are described', () => {
    const field = objectOf({
      arguments: listOf(text({ max: 3 }), 2),
      limits: mapOf(oneOf('cpu', 'core'), either(wholeNumber(0, 9), oneOf('unlimited')), 2),
      keep: optional(flag()),
    });
    const good = field({ arguments: ['a', 'b'], limits: { cpu: 3, core: 'unlimited' } });
    assert.ok(good.ok);
    assert.deepEqual(
      [...good.value.limits],
      [
        ['cpu', 3],
        ['core', 'unlimited'],
      ],
    );
    const error = (value: Json): string => {
      const read = field(value);
      return read.ok ? 'taken' : read.error;
    };
    assert.equal(
      error({ arguments: ['a', 'b', 'c'], limits: {} }),
      'arguments: expected at most 2 entries',
    );
    assert.equal(error({ arguments: ['a', 1], limits: {} }), 'arguments: entry 1: expected a text');
    assert.equal(
      error({ arguments: [], limits: { nice: 1 } }),
      "limits: name 'nice': expected cpu, core",
    );
    assert.equal(
      error({ arguments: [], limits: { cpu: 10 } }),
      "limits: 'cpu': expected unlimited",
    );
    assert.equal(error({ arguments: [], limits: [] }), 'limits: expected an object');
    assert.equal(error({ arguments: {}, limits: {} }), 'arguments: expected a list');
    assert.equal(error({ arguments: [], limits: {}, keep: 1 }), 'keep: expected true or false');
    assert.equal(error([]), 'expected an object');
    assert.equal(error(null), 'expected an object');
  });

  test('names of a map are never those of Object', () => {
    const field = mapOf(text({ max: 99 }), text({ max: 9 }), 9);
    const read = field(parse('{"__proto__":"a","constructor":"b"}'));
    assert.ok(read.ok);
    assert.deepEqual(
      [...read.value],
      [
        ['__proto__', 'a'],
        ['constructor', 'b'],
      ],
    );
  });
});
