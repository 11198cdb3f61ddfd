/** Arbitrary requests, replies and usages of procd's wire, for properties. */
import fc from 'fast-check';
import type { ProcdRequest, ProcdUsage } from '../../src/family/wire';

/** Plain objects, as the wire's are. */
function record<T>(model: { [Name in keyof T]: fc.Arbitrary<T[Name]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const root = int32;
/** Text of at most so many characters, none of them NUL, each of one byte. */
const text = (maxLength: number) =>
  fc.string({
    maxLength,
    unit: fc.integer({ min: 1, max: 127 }).map((c) => String.fromCharCode(c)),
  });

export const anyClient = record({ pid: fc.integer({ min: 1, max: 4_194_304 }), serial: int32 });

/** Any request that every procd of 7.5.6 to 9.10 understands, and the one about cgroups. */
export const anyRequest: fc.Arbitrary<ProcdRequest> = fc.oneof(
  record({
    command: fc.constant('register-subfamily' as const),
    root,
    watcher: int32,
    interval: int32,
  }),
  record({
    command: fc.constant('track-environment' as const),
    root,
    ancestors: fc.array(text(71), { maxLength: 32 }),
  }),
  record({ command: fc.constant('track-login' as const), root, login: text(300) }),
  record({
    command: fc.constant('track-associated-group' as const),
    root,
    gid: fc.nat({ max: 2 ** 32 - 1 }),
  }),
  record({
    command: fc.constant('track-cgroup' as const),
    root,
    cgroup: text(300).filter(({ length }) => length > 0),
  }),
  record({ command: fc.constant('signal-process' as const), root, signal: int32 }),
  record({
    command: fc.constantFrom(
      'track-allocated-group' as const,
      'suspend-family' as const,
      'continue-family' as const,
      'kill-family' as const,
      'get-usage' as const,
      'unregister-family' as const,
      'dump' as const,
    ),
    root,
  }),
  record({ command: fc.constantFrom('take-snapshot' as const, 'quit' as const) }),
);

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const seldom = fc.option(count, { nil: undefined });

/** A usage with every field of the newest record. */
export const anyUsage: fc.Arbitrary<ProcdUsage> = record({
  userCpu: count,
  systemCpu: count,
  percentCpu: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  maxImageSize: count,
  imageSize: count,
  resident: count,
  proportional: seldom,
  processes: fc.nat(),
  blockReads: seldom,
  blockWrites: seldom,
  blockReadBytes: seldom,
  blockWriteBytes: seldom,
  instructions: seldom,
  ioWait: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }), {
    nil: undefined,
  }),
});

const pid = fc.nat();
const anyProcess = record({ pid, ppid: pid, birthday: count, userCpu: count, systemCpu: count });

export const anyDump = fc.array(
  record({
    parentRoot: pid,
    root: pid,
    watcher: pid,
    processes: fc.array(anyProcess, { maxLength: 5 }),
  }),
  { maxLength: 5 },
);

/** Bytes cut into pieces at arbitrary places. */
export function anyPieces(bytes: Buffer): fc.Arbitrary<Buffer[]> {
  return fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }).map((cuts) => {
    const ends = [...cuts, bytes.length].sort((a, b) => a - b);
    return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  });
}
