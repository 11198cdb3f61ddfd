/**
 * The borders of the house: who may import whom, which rooms are pure, and no circles. The tables
 * are the rule; ARCHITECTURE.md explains them.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Import, type SourceFile, readSource, readSources } from './borders/source-graph';

/** `types` may be imported with `import type` only. */
interface Room {
  readonly path: string;
  readonly knows: readonly string[];
  readonly types?: readonly string[];
}

/** A file belongs to the room with the longest path that it begins with. */
const ROOMS: readonly Room[] = [
  {
    path: 'bin/',
    knows: ['condor/', 'family/', 'job/', 'kernel/', 'log/', 'privsep/', 'starter/'],
  },
  { path: 'start/', knows: [] },
  { path: 'starter/', knows: ['condor/', 'family/', 'job/', 'kernel/', 'log/', 'privsep/'] },
  { path: 'privsep/', knows: ['family/', 'kernel/', 'log/'], types: ['job/'] },
  { path: 'family/', knows: ['kernel/', 'log/'], types: ['job/plan.ts'] },
  {
    path: 'kernel/',
    knows: ['log/'],
    types: ['job/plan.ts', 'job/cgroup-plan.ts', 'job/scratch-disk.ts'],
  },
  { path: 'job/', knows: ['condor/classad/', 'condor/config/'] },
  { path: 'condor/', knows: ['condor/classad/', 'condor/config/', 'log/'] },
  { path: 'condor/config/', knows: ['condor/classad/', 'log/'] },
  { path: 'condor/classad/', knows: [] },
  { path: 'log/', knows: [] },
  // Files directly in src/: words that every room uses.
  { path: '', knows: [] },
];

/** Rooms and files that touch no file, socket, clock or process. */
const PURE = [
  'job/',
  'condor/classad/',
  'family/tree/',
  'family/wire/',
  'starter/lifecycle.ts',
  'starter/pool/life.ts',
];

/** Modules of node that only compute. */
const PURE_MODULES = ['node:path', 'node:path/posix', 'node:util'];

function roomOf(file: string): Room {
  const found = ROOMS.filter(({ path }) => file.startsWith(path));
  return found.reduce((longest, room) => (room.path.length > longest.path.length ? room : longest));
}

/** What is wrong with an import of a source file; undefined: nothing. */
function trespass(file: string, { target, typeOnly }: Import): string | undefined {
  const room = roomOf(file);
  const other = roomOf(target);
  if (other.path === room.path || other.path === '') return undefined;
  const isIn = (places: readonly string[] = []): boolean =>
    places.some((place) => target.startsWith(place));
  if (isIn(room.knows)) return undefined;
  if (isIn(room.types)) {
    return typeOnly ? undefined : `${file} imports more than types of ${target}`;
  }
  return `${file} imports ${target}: ${room.path || 'src/'} may not know ${other.path}`;
}

/** What makes a pure file impure. */
function impurities(file: SourceFile): readonly string[] {
  const modules = file.imports
    .filter(({ isSource, typeOnly }) => !isSource && !typeOnly)
    .filter(({ target }) => !PURE_MODULES.includes(target))
    .map(({ target }) => `${file.name} imports ${target}`);
  return [...modules, ...file.effects.map((effect) => `${file.name} uses ${effect}`)];
}

/** The circles among nodes, each as the path that comes back to where it began. */
function circles(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const finished = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    const at = trail.indexOf(node);
    if (at >= 0) {
      found.push([...trail.slice(at), node].join(' → '));
      return;
    }
    if (finished.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...trail, node]);
    finished.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return found;
}

const sources = readSources();

describe('the borders of the house', () => {
  test('every file is read, in every room that exists', () => {
    assert.ok(sources.length > 20, `only ${sources.length} files found`);
    assert.ok(sources.some(({ name }) => name === 'job/plan.ts'));
  });

  test('a file imports only from rooms that its own may know', () => {
    const wrong = sources.flatMap(({ name, imports }) =>
      imports.filter(({ isSource }) => isSource).map((one) => trespass(name, one)),
    );
    assert.deepEqual(wrong.filter(Boolean), []);
  });

  test('pure rooms touch no file, socket, clock or process', () => {
    const pure = sources.filter(({ name }) => PURE.some((place) => name.startsWith(place)));
    assert.ok(pure.length > 5);
    assert.deepEqual(pure.flatMap(impurities), []);
  });

  test('no file imports itself by way of others', () => {
    const edges = new Map(
      sources.map(({ name, imports }) => [
        name,
        imports.filter(({ isSource, typeOnly }) => isSource && !typeOnly).map((i) => i.target),
      ]),
    );
    assert.deepEqual(circles(edges), []);
  });

  test('no room knows itself by way of others', () => {
    const edges = new Map(ROOMS.map(({ path, knows }) => [path, knows.filter((k) => k !== path)]));
    assert.deepEqual(circles(edges), []);
  });

  test('only the FFI border loads ffi-napi', () => {
    const loaders = sources.filter(({ imports }) =>
      imports.some(({ target, typeOnly }) => target === 'ffi-napi' && !typeOnly),
    );
    assert.deepEqual(
      loaders.map(({ name }) => name),
      ['kernel/border-library.ts'],
    );
  });
});

describe('the reader of borders', () => {
  test('a room that reaches too far is found', () => {
    const file = readSource('kernel/launch.ts', `import { holdCode } from '../job/faults';`);
    assert.match(trespass(file.name, file.imports[0]!) ?? '', /may not know job/);
  });

  test("the plan's type may cross, its values may not", () => {
    const type = readSource('kernel/launch.ts', `import type { LaunchPlan } from '../job/plan';`);
    const value = readSource('kernel/launch.ts', `import { LaunchPlan } from '../job/plan';`);
    assert.equal(trespass(type.name, type.imports[0]!), undefined);
    assert.match(trespass(value.name, value.imports[0]!) ?? '', /more than types/);
  });

  test('lazy imports, re-exports and import types count', () => {
    const text = `export { x } from './a'; await import('./b'); type T = import('./c').T;`;
    const { imports } = readSource('job/x.ts', text);
    assert.deepEqual(
      imports.map(({ target, typeOnly }) => [target, typeOnly]),
      [
        ['job/a', false],
        ['job/b', false],
        ['job/c', true],
      ],
    );
  });

  test('effects are seen by their names, and only where they are used', () => {
    const uses = `process.exit(); Date.now(); new Date(); const f = setTimeout; Math.random();`;
    const names = `const s = { process: 1 }; s.process; new Date(5); interface P { process: 1 }`;
    assert.deepEqual(readSource('job/x.ts', uses).effects, [
      'process',
      'Date.now',
      'new Date()',
      'setTimeout',
      'Math.random',
    ]);
    assert.deepEqual(readSource('job/x.ts', names).effects, []);
  });

  test('a circle is told as the way around it', () => {
    const edges = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a']],
    ]);
    assert.deepEqual(circles(edges), ['a → b → c → a']);
  });
});
