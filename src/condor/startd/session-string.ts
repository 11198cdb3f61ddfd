/**
 * Security sessions as daemons hand them to each other: `<id>#[<policy>]<key>`, the form of a claim
 * id. Pure.
 *
 * Source: ClaimIdParser (condor_claimid_parser.h) and SecMan::ImportSecSessionInfo of condor_io.
 */
import { err, ok, type Result } from '../../result';
import type { SecuritySession } from '../cedar/types';

/** Bytes that one of them may have; a policy lists a few dozen commands. */
const LIMIT = 16 * 1024;

/** `Name="value";` or `Name=value;`, as the policy's brackets hold them. */
const ENTRY = /\s*([A-Za-z_]\w*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w.+-]+))\s*(?:;|$)/y;

/**
 * Reads a session.
 *
 * @returns an error that repeats nothing of the text: it holds the key
 */
export function parseSessionString(text: string): Result<SecuritySession, string> {
  if (text.length > LIMIT) return err(`it is longer than ${LIMIT} bytes`);
  const hash = text.lastIndexOf('#');
  if (hash < 1) return err('expected an id, #, and a key');
  const id = text.slice(0, hash);
  const rest = text.slice(hash + 1);
  const close = rest.startsWith('[') ? rest.lastIndexOf(']') : -1;
  const key = rest.slice(close + 1);
  // A key that contains a bracket is what is left of a policy that was cut off.
  if (!/^[^\s[\]]+$/.test(key)) return err('expected a key behind #, or behind # and [...]');
  const policy = parsePolicy(close < 0 ? '' : rest.slice(1, close));
  if (!policy.ok) return policy;
  const trouble = whyUnusable(policy.value);
  return trouble === undefined ? ok({ id, key }) : err(trouble);
}

/** The policy's entries, names in lower case. */
function parsePolicy(text: string): Result<ReadonlyMap<string, string>, string> {
  const entries = new Map<string, string>();
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < text.length) {
    if (/^\s*$/.test(text.slice(ENTRY.lastIndex))) break;
    const entry = ENTRY.exec(text);
    if (entry === null) return err('its policy cannot be read: expected [Name="value";...]');
    const [, name = '', quoted, bare = ''] = entry;
    entries.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare);
  }
  return ok(entries);
}

/** Sessions are used with AES only; HTCondor has had it since 9.0. */
function whyUnusable(policy: ReadonlyMap<string, string>): string | undefined {
  // In the list a dot stands for a comma, which an old reader would have stopped at.
  const methods = policy.get('cryptomethodslist') ?? policy.get('cryptomethods') ?? '';
  if (
    !methods
      .toUpperCase()
      .split(/[.,\s]+/)
      .includes('AES')
  ) {
    const found = /^[\w.,-]{1,80}$/.test(methods) ? `only ${methods}` : 'no method that is known';
    return `it allows ${found}; AES must be among SEC_*_CRYPTO_METHODS`;
  }
  const isOn = (name: string): boolean => policy.get(name)?.toUpperCase() === 'YES';
  if (isOn('encryption') || isOn('integrity')) return undefined;
  return 'it asks for neither encryption nor integrity; set SEC_DEFAULT_INTEGRITY = REQUIRED';
}
