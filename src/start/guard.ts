/**
 * Catches modules that keep, from when they are loaded, what differs from one process to the next:
 * in a start-up snapshot that would be the facts of the process that made it.
 */

/** What a process tells of itself. */
const VALUES = ['pid', 'ppid', 'title', 'report', 'stdin', 'stdout', 'stderr'];
const CALLS = [
  ...['cwd', 'umask', 'hrtime', 'uptime'],
  ...['getuid', 'geteuid', 'getgid', 'getegid', 'getgroups'],
];

/** Variables that libraries look at when they are loaded, for developers of theirs. */
const HARMLESS_VARIABLES: ReadonlySet<PropertyKey> = new Set(['YARGS_MIN_NODE_VERSION']);

/**
 * Does something during which nobody may ask for such a fact.
 *
 * @throws who asks gets an error that names the fact.
 */
export async function withoutFacts(work: () => Promise<void>): Promise<void> {
  const facts = Object.getOwnPropertyDescriptors(process) as Record<string, PropertyDescriptor>;
  const { env } = process;
  let loading = true;
  for (const name of VALUES) {
    Object.defineProperty(process, name, { configurable: true, get: () => refuse(name) });
  }
  for (const name of CALLS) {
    const call = facts[name]?.value as (...args: unknown[]) => unknown;
    // A module may keep the function itself, and call it later.
    const guarded = (...args: unknown[]) => (loading ? refuse(`${name}()`) : call(...args));
    Object.defineProperty(process, name, { ...facts[name], value: guarded });
  }
  process.env = new Proxy(env, {
    get: (_, name) => (HARMLESS_VARIABLES.has(name) ? undefined : refuse(`env.${String(name)}`)),
  });
  try {
    await work();
  } finally {
    loading = false;
    process.env = env;
    for (const name of [...VALUES, ...CALLS]) {
      Reflect.deleteProperty(process, name);
      if (facts[name]) Object.defineProperty(process, name, facts[name]);
    }
  }
}

function refuse(fact: string): never {
  throw new Error(`process.${fact} is looked at while modules are loaded, and would be kept`);
}
