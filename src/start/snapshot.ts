/**
 * Makes the start-up snapshot of a program: its heap with all modules loaded that running a job
 * needs, node's own among them, and the bytecode of the functions that its code cache has. Used by
 * scripts/build/code-cache.sh, after the cache was made:
 *
 * ```
 * node --v8-pool-size=1 --snapshot-blob FILE --build-snapshot snapshot.cjs PROGRAM FIFO
 * node --v8-pool-size=1 --snapshot-blob FILE BUNDLE ARGS...      runs the program
 * ```
 *
 * What a module holds when the snapshot is made, every later process begins with: no module may keep
 * a pid, a path, a time or a piece of the environment from when it was loaded.
 */
import { setFlagsFromString, startupSnapshot } from 'node:v8';
import {
  type Bundle,
  compileBundle,
  evaluateBundle,
  findBundle,
  moduleFunction,
  type Program,
  readCache,
} from './bundle';
import { enter } from './enter';
import { withoutFacts } from './guard';
import { rehearse } from './rehearse';

/** Node's own modules that a job's run uses and that node would load at every start. */
const BUILTINS = [
  ...['node:buffer', 'node:events', 'node:fs', 'node:net', 'node:os'],
  ...[
    'node:path',
    'node:perf_hooks',
    'node:stream',
    'node:timers/promises',
    'node:tty',
    'node:util',
  ],
];

/** The wire of a pool is encrypted; by hand there is none, and each start would pay for the module. */
const BUILTINS_IN_POOL = ['node:crypto'];

/** Node's `require` in a snapshot's builder warns of modules that its makers have not tested. */
let running = false;
function requireBuiltin(name: string): unknown {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- node's own, by name
  return running ? process.getBuiltinModule(name) : require(name);
}

/**
 * Compiles a bundle with its cache. Node cannot write a snapshot while anything holds a Script, so
 * what comes back holds none.
 */
function compiled(bundle: Bundle): () => Program {
  const script = compileBundle(bundle, readCache(bundle));
  if (script.cachedDataRejected !== false) throw new Error(`${bundle.cacheFile}: not accepted`);
  const load = moduleFunction(script);
  return () => evaluateBundle(bundle, load, requireBuiltin);
}

async function make(directory: string, name: string, fifo: string): Promise<void> {
  const bundle = findBundle(directory, name);
  if (!bundle) throw new Error(`there is no program ${name}`);
  if (!('getBuiltinModule' in process)) throw new Error('it needs Node.js 20.16 or newer');
  const evaluate = compiled(bundle);
  // V8 drops the bytecode of functions that are not called for some collections of the heap.
  setFlagsFromString('--no-flush-bytecode');
  const others = name === 'condor_starter' ? BUILTINS_IN_POOL : [];
  for (const builtin of [...BUILTINS, ...others]) requireBuiltin(builtin);
  performance.now();
  await rehearse(fifo);
  let program: Program | undefined;
  await withoutFacts(async () => {
    program = evaluate();
    await program.preload();
  });
  // Node remembers the current directory; a change to it makes it forget.
  process.chdir('.');
  setFlagsFromString('--flush-bytecode');
  startupSnapshot.setDeserializeMainFunction(() => {
    running = true;
    // What runs once gains nothing by machine code; what runs often gets optimized all the same.
    setFlagsFromString('--no-sparkplug');
    enter(name, process.argv.slice(2), () => program?.main());
  });
}

void make(__dirname, process.argv[2] ?? '', process.argv[3] ?? '');
