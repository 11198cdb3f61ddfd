/**
 * A job's environment as one string, in both of HTCondor's syntaxes, and back.
 *
 * V1 (`Env`): `NAME=value` entries between delimiters; nothing can be quoted. The delimiter is
 * `;`, or the ad's EnvDelim, or the string's own first character where that is a permitted one; a
 * newline ends an entry too.
 * V2 (`Environment`): `NAME=value` words in the syntax of V2 arguments.
 *
 * Where a name is given twice, the later entry counts.
 *
 * Source: condor_submit(1), `environment`; Env of HTCondor's condor_utils.
 */
import { err, ok, type Result } from '../result';
import { isQuotedV2, parseArgumentsV2, printArgumentsV2, unquoteV2 } from './arguments';

/** Names and values. The order is that of the text, which nothing depends on. */
export type Environment = ReadonlyMap<string, string>;

/** The delimiter of V1 on everything but Windows. */
const V1_DELIMITER = ';';

/** Characters that, as the first of a V1 string, say what its delimiter is. */
const PERMITTED_V1_DELIMITERS = '!#$%&*+,-/:;<>?@^`|~\x1f';

/**
 * The environment in a raw V2 string, or a sentence that shows the entry that is wrong.
 */
export function parseEnvironmentV2(text: string): Result<Map<string, string>, string> {
  const words = parseArgumentsV2(text);
  return words.ok ? fromEntries(words.value) : words;
}

/**
 * The environment in a V1 string, or a sentence that shows the entry that is wrong.
 *
 * @param delimiter what the ad's EnvDelim says; the string's first character wins over it.
 */
export function parseEnvironmentV1(
  text: string,
  delimiter = V1_DELIMITER,
): Result<Map<string, string>, string> {
  const first = text.charAt(0);
  const own = first !== '' && PERMITTED_V1_DELIMITERS.includes(first) ? first : undefined;
  const separator = own ?? delimiter.charAt(0);
  const entries = text
    .slice(own === undefined ? 0 : 1)
    .split('\n')
    .flatMap((line) => line.split(separator))
    .map((entry) => entry.replace(/^[ \t\r]+/, ''));
  return fromEntries(entries.filter((entry) => entry !== ''));
}

/** The environment in a string of a submit file or a knob: quoted V2, else V1. */
export function parseEnvironmentV1OrQuotedV2(text: string): Result<Map<string, string>, string> {
  if (!isQuotedV2(text)) return parseEnvironmentV1(text);
  const raw = unquoteV2(text);
  return raw.ok ? parseEnvironmentV2(raw.value) : raw;
}

function fromEntries(entries: readonly string[]): Result<Map<string, string>, string> {
  const environment = new Map<string, string>();
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    if (equals < 0) return err(`the entry ${JSON.stringify(entry)} has no "="`);
    if (equals === 0) return err(`the entry ${JSON.stringify(entry)} has no name before "="`);
    environment.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return ok(environment);
}

/** An environment as raw V2. */
export function printEnvironmentV2(environment: Environment): string {
  return printArgumentsV2([...environment].map(([name, value]) => `${name}=${value}`));
}

/** An environment as V1, or a sentence that names the entry that V1 cannot say. */
export function printEnvironmentV1(
  environment: Environment,
  delimiter = V1_DELIMITER,
): Result<string, string> {
  const entries = [...environment].map(([name, value]) => `${name}=${value}`);
  const unsayable = entries.find(
    // White space before an entry is not part of it.
    (entry) => entry.includes(delimiter) || entry.includes('\n') || /^[ \t\r]/.test(entry),
  );
  if (unsayable !== undefined) {
    return err(`the V1 syntax has no way to write ${JSON.stringify(unsayable)}; use V2`);
  }
  const text = entries.join(delimiter);
  // Else the first name's first character would be read as the delimiter.
  return ok(PERMITTED_V1_DELIMITERS.includes(text.charAt(0)) ? delimiter + text : text);
}
