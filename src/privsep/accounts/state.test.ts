import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseState, printState, SANDBOX_STEPS, type State } from './state';

/** Enough for every field in a while. */
const RUNS = { numRuns: 100 };

const id = fc.nat({ max: 0xfffffffe }).map((number) => number + 1);
const text = fc.oneof(
  fc.string({ unit: 'grapheme-composite', maxLength: 8 }),
  fc.constantFrom('\ud800', '\0', '"'),
);
const directory = fc.stringMatching(/^dir_[0-9a-z_]{1,20}$/);
const time = fc.maxSafeNat();

const account = fc.record({
  ...{ name: text, uid: id, removed: fc.boolean() },
  owner: fc.option(text, { nil: undefined }),
  trouble: fc.option(text, { nil: undefined }),
});

const lease = fc.record({
  id: fc.stringMatching(/^[0-9a-f]{32}$/),
  owner: text,
  kind: fc.constantFrom('local', 'guest'),
  account: fc.record({
    ...{ name: text, uid: id, gid: id, home: text, shell: text },
    groups: fc.array(id, { maxLength: 2 }),
  }),
  ...{
    client: fc.nat(),
    clientGroup: fc.nat(),
    start: time,
    expiry: time,
    over: fc.constantFrom('released', 'expired', undefined),
  },
  sandboxes: fc.array(
    fc.record({
      id: directory,
      mode: fc.nat({ max: 0o777 }),
      step: fc.constantFrom(...SANDBOX_STEPS),
    }),
    { maxLength: 2 },
  ),
  families: fc.array(
    fc.record({
      ...{ pid: id, birthday: time },
      cgroup: fc.option(fc.constantFrom('htcondor/job', 'job'), { nil: undefined }),
    }),
    { maxLength: 2 },
  ),
});

const state: fc.Arbitrary<State> = fc.record({
  boot: text,
  accounts: fc.array(account, { maxLength: 2 }),
  leases: fc.array(lease as fc.Arbitrary<State['leases'][number]>, { maxLength: 2 }),
  left: fc.array(fc.record({ id: directory, lease: text, client: fc.nat(), until: time }), {
    maxLength: 4,
  }),
});

describe('the accounts file', () => {
  test('has a state as it was', () => {
    fc.assert(
      fc.property(state, (before) => {
        const read = parseState(printState(before));
        assert.ok(read.ok, read.ok ? '' : read.error);
        assert.deepEqual(JSON.parse(printState(read.value)), JSON.parse(printState(before)));
      }),
      RUNS,
    );
  });

  test('that is not whole is never read', () => {
    fc.assert(
      fc.property(state, fc.nat(), (before, at) => {
        const whole = printState(before);
        // Without its last newline it is whole.
        assert.equal(parseState(whole.slice(0, at % (whole.length - 1))).ok, false);
      }),
      RUNS,
    );
  });

  test('with any other value in any place gives a sentence, and no exception', () => {
    const other = fc.oneof(fc.constant(null), fc.nat(), text, fc.constant([]), fc.constant({}));
    fc.assert(
      fc.property(state, fc.nat(), other, (before, at, value) => {
        const json = JSON.parse(printState(before)) as object;
        const places = placesOf(json);
        const [holder, key] = places[at % places.length]!;
        (holder as Record<string, unknown>)[key] = value;
        const read = parseState(JSON.stringify(json));
        if (!read.ok) assert.match(read.error, /./);
      }),
      RUNS,
    );
  });

  for (const [what, spoil, words] of [
    ['a sandbox that is elsewhere', ['"id":"dir_1"', '"id":"../etc"'], /id is "..\/etc"/],
    ['a sandbox without a name', ['"id":"dir_1"', '"id":""'], /id is ""/],
    ['root’s account', ['"uid":7', '"uid":0'], /uid is 0/],
    ['root’s group', ['"gid":7', '"gid":0'], /gid is 0/],
    ['a cgroup that all are in', ['"cgroup":"job"', '"cgroup":""'], /cgroup ""/],
    ['a cgroup that is elsewhere', ['"cgroup":"job"', '"cgroup":"a/../.."'], /cgroup/],
    ['a process that none is', ['"pid":5', '"pid":0'], /pid is 0/],
    ['an id that can be guessed', [`"id":"${'a'.repeat(32)}"`, '"id":"1"'], /id of another form/],
  ] as const) {
    test(`is damaged with ${what}`, () => {
      const whole = printState({
        ...{ boot: 'b', accounts: [], left: [] },
        leases: [
          {
            ...{ id: 'a'.repeat(32), owner: 'o', kind: 'guest', client: 1, clientGroup: 1 },
            account: { name: 'n', uid: 7, gid: 7, home: '/', shell: '/', groups: [7] },
            ...{ start: 1, expiry: 2, over: undefined },
            sandboxes: [{ id: 'dir_1', mode: 0o700, step: 'client' }],
            families: [{ pid: 5, birthday: 6, cgroup: 'job' }],
          },
        ],
      });
      assert.ok(parseState(whole).ok);
      assert.ok(whole.includes(spoil[0]));
      const read = parseState(whole.replace(spoil[0], spoil[1]));
      assert.match(read.ok ? '' : read.error, words);
    });
  }
});

/** Every object and list in a value, with each of its keys. */
function placesOf(value: object): readonly (readonly [object, string])[] {
  return Object.entries(value).flatMap(([key, inner]) => [
    [value, key] as const,
    ...(typeof inner === 'object' && inner !== null ? placesOf(inner as object) : []),
  ]);
}
