/**
 * What a job gets of the environment that its starter was started with: by default nothing. (The marks
 * of the families above it are in ancestor.ts.)
 *
 * Source: the manual's JOB_INHERITS_STARTER_ENVIRONMENT; Env::Import of HTCondor's condor_utils.
 */
import type { Environment } from './environment-syntax';

/** What JOB_INHERITS_STARTER_ENVIRONMENT says: all, nothing, or a list of patterns. */
export type Inheritance =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | {
      readonly kind: 'matching';
      readonly wanted: readonly string[];
      readonly refused: readonly string[];
    };

/**
 * Names that no knob can let through: the keys, sockets and parent of a daemon in a pool, the
 * starter's own knobs, and what is set for Node and not for the job.
 */
const NEVER =
  /^(CONDOR_INHERIT$|CONDOR_PARENT_ID$|CONDOR_PRIVATE_|_CONDOR_|NODE_|MALLOC_ARENA_MAX$|UV_THREADPOOL_SIZE$|EYRIE_)/i;

/** Reads the knob's value: a boolean, or a match list such as `PATH, LC_*, !LC_SECRET`. */
export function readInheritance(text: string): Inheritance {
  const members = text.split(/[,; \t\r\n]+/).filter((member) => member !== '');
  const [first, second] = members;
  if (first === undefined || (second === undefined && /^(false|f)$/i.test(first))) {
    return { kind: 'none' };
  }
  if (second === undefined && /^(true|t)$/i.test(first)) return { kind: 'all' };
  return {
    kind: 'matching',
    wanted: members.filter((member) => !member.startsWith('!')),
    refused: members.filter((member) => member.startsWith('!')).map((member) => member.slice(1)),
  };
}

/** The part of the starter's environment that its job inherits. */
export function inheritedEnvironment(
  starter: Environment,
  inheritance: Inheritance,
): Map<string, string> {
  const entries = [...starter].filter(
    ([name, value]) => !NEVER.test(name) && isInherited(inheritance, name, value),
  );
  return new Map(entries);
}

function isInherited(inheritance: Inheritance, name: string, value: string): boolean {
  if (inheritance.kind !== 'matching') return inheritance.kind === 'all';
  const { wanted, refused } = inheritance;
  // HTCondor leaves out values with a newline here (shell functions, mostly), silently.
  if (value.includes('\n')) return false;
  if (refused.some((pattern) => matches(pattern, name))) return false;
  return wanted.length === 0 || wanted.some((pattern) => matches(pattern, name));
}

/** True if a name fits a pattern, in which `*` stands for any characters. Case does not matter. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const text = name.toLowerCase();
  const head = parts.shift() ?? '';
  const tail = parts.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
