/** Sets of bytes: those of escapes, POSIX classes and single characters, in the C locale. */
import type { ByteSet } from './syntax';

/** The set of the bytes for which a test holds. */
export function setOf(test: (code: number) => boolean): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, code) => (test(code) ? 1 : 0));
}

export function complement(set: ByteSet): ByteSet {
  return set.map((member) => 1 - member);
}

/** Adds the members of another set to a set. */
export function addAll(set: ByteSet, members: ByteSet): void {
  members.forEach((member, code) => {
    if (member === 1) set[code] = 1;
  });
}

/** Adds the other case of each ASCII letter in a set. */
export function ignoreCase(set: ByteSet): ByteSet {
  return set.map((member, code) => {
    const other = isLetter(code) ? code ^ 0x20 : code;
    return member === 1 || set[other] === 1 ? 1 : 0;
  });
}

function isLetter(code: number): boolean {
  const upper = code & ~0x20;
  return upper >= 0x41 && upper <= 0x5a;
}

function matching(pattern: RegExp): ByteSet {
  return setOf((code) => pattern.test(String.fromCharCode(code)));
}

const memory = new Map<string, ByteSet>();

function remembered(key: string, make: () => ByteSet): ByteSet {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const set = make();
  memory.set(key, set);
  return set;
}

const ESCAPES: Readonly<Record<string, RegExp>> = {
  d: /[0-9]/,
  h: /[\t \u00a0]/,
  N: /[^\n]/,
  s: /[\t-\r ]/,
  v: /[\n-\r\u0085]/,
  w: /[A-Za-z0-9_]/,
};

/** The bytes of `\d`, `\h`, `\s`, `\v`, `\w` and their complements, and of `\N`. */
export function escapeSet(letter: string): ByteSet | undefined {
  const own = ESCAPES[letter];
  if (own !== undefined) return remembered(letter, () => matching(own));
  const positive = letter === 'N' ? undefined : ESCAPES[letter.toLowerCase()];
  if (positive === undefined) return undefined;
  return remembered(letter, () => complement(matching(positive)));
}

const POSIX: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  ascii: /[\0-\x7f]/,
  blank: /[\t ]/,
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t-\r ]/,
  upper: /[A-Z]/,
  word: /[A-Za-z0-9_]/,
  xdigit: /[A-Fa-f0-9]/,
};

/** The bytes of `[:name:]`; letters of one case are both where case is ignored. */
export function posixSet(name: string, caseIgnored: boolean): ByteSet | undefined {
  const key = caseIgnored && (name === 'lower' || name === 'upper') ? 'alpha' : name;
  const pattern = Object.hasOwn(POSIX, key) ? POSIX[key] : undefined;
  return pattern && remembered(`:${key}`, () => matching(pattern));
}
