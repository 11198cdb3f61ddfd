/**
 * Reads Perl's regular expressions, as PCRE2 does. Not supported, and so not valid here: recursion,
 * callouts, `(*VERBS)`, Unicode properties (`\p`) and `\X`.
 *
 * Source: pcre2pattern(3).
 */
import { escapeSet, ignoreCase, setOf } from './byte-sets';
import { readClass } from './classes';
import { Cursor, PatternTrouble } from './cursor';
import { readByteEscape, readOctal } from './escapes';
import { OPTION_GROUP, type Options, switchOptions } from './options';
import { readQuantifier } from './quantifiers';
import { type Assertion, type Lengths, lengthsOf, type Node, type RepeatMode } from './syntax';

/** How deeply groups may nest: PCRE2's own limit. */
const MAX_NESTING = 250;

const EMPTY: Node = { kind: 'sequence', items: [] };

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: 'subjectStart',
  b: 'wordBoundary',
  B: 'noWordBoundary',
  G: 'matchStart',
  z: 'subjectEnd',
  Z: 'subjectEndOrNewline',
};

export interface Pattern {
  readonly node: Node;
  /** How many groups are captured. */
  readonly groups: number;
  /** How long what each of them captures can be. */
  readonly groupLengths: ReadonlyMap<number, Lengths>;
}

/** Reads a pattern. @throws PatternTrouble where it is none. */
export function parsePattern(text: string, options: Options): Pattern {
  return new PatternParser(text, options).parse();
}

class PatternParser {
  private readonly cursor: Cursor;
  private readonly names = new Map<string, number[]>();
  /** Groups that something refers to, to be checked when all are known. */
  private readonly references: number[] = [];
  private readonly namedReferences: { name: string; groups: number[] }[] = [];
  private readonly groupLengths = new Map<number, Lengths>();
  private groups = 0;
  private nesting = 0;

  constructor(
    text: string,
    private options: Options,
  ) {
    this.cursor = new Cursor(text);
    this.collectNames(text);
  }

  parse(): Pattern {
    const node = this.alternatives();
    if (!this.cursor.done) throw new PatternTrouble('a ) closes no group');
    if (this.references.some((group) => group > this.groups)) {
      throw new PatternTrouble('it refers to a group that does not exist');
    }
    for (const { name, groups } of this.namedReferences) {
      const known = this.names.get(name);
      if (known === undefined) throw new PatternTrouble(`there is no group ${name}`);
      groups.push(...known);
    }
    return { node, groups: this.groups, groupLengths: this.groupLengths };
  }

  /** A name may be used before the group that has it: so it counts that there is one. */
  private collectNames(text: string): void {
    for (const match of text.matchAll(/\(\?P?(?:<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/g)) {
      const name = match[1] ?? match[2] ?? '';
      if (!this.names.has(name)) this.names.set(name, []);
    }
  }

  private alternatives(): Node {
    const { options } = this;
    const branches = [this.sequence()];
    while (this.cursor.take('|')) branches.push(this.sequence());
    // Options that are switched inside a group end with it.
    this.options = options;
    return branches.length === 1 ? (branches[0] ?? EMPTY) : { kind: 'alternatives', branches };
  }

  private sequence(): Node {
    const items: Node[] = [];
    for (;;) {
      this.skipIgnored();
      if (this.cursor.done || '|)'.includes(this.cursor.peek())) break;
      const item = this.item();
      if (item !== undefined) items.push(this.repeated(item));
    }
    return items.length === 1 ? (items[0] ?? EMPTY) : { kind: 'sequence', items };
  }

  /** Comments, and with the option x white space and comments to the end of the line. */
  private skipIgnored(): void {
    const { cursor } = this;
    for (;;) {
      if (cursor.match(/\(\?#[^)]*\)/y) !== undefined) continue;
      if (cursor.take('\\E')) continue;
      if (this.options.extended && cursor.match(/[\t-\r ]+|#[^\n]*/y) !== undefined) continue;
      return;
    }
  }

  /** One thing that can be repeated; undefined: it was none (an option was set). */
  private item(): Node | undefined {
    if (readQuantifier(this.cursor) !== undefined) {
      throw new PatternTrouble('there is nothing that the quantifier could repeat');
    }
    const character = this.cursor.next();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return { kind: 'set', set: readClass(this.cursor, this.classOptions()) };
      case '.':
        return { kind: 'set', set: this.options.dotAll ? setOf(() => true) : notNewline() };
      case '^':
        return { kind: 'assertion', test: this.options.multiline ? 'lineStart' : 'subjectStart' };
      case '$':
        return {
          kind: 'assertion',
          test: this.options.multiline ? 'lineEnd' : 'subjectEndOrNewline',
        };
      case '\\':
        return this.escape();
    }
    return this.byte(character.charCodeAt(0));
  }

  private classOptions(): { caseIgnored: boolean; spacesIgnored: boolean } {
    return { caseIgnored: this.options.ignoreCase, spacesIgnored: this.options.extendedMore };
  }

  private byte(code: number): Node {
    const set = setOf((other) => other === code);
    return { kind: 'set', set: this.options.ignoreCase ? ignoreCase(set) : set };
  }

  private repeated(inner: Node): Node {
    let node = inner;
    for (let first = true; ; first = false) {
      this.skipIgnored();
      const bounds = readQuantifier(this.cursor);
      if (bounds === undefined) return node;
      if (!first)
        throw new PatternTrouble('there is nothing that the second quantifier could repeat');
      if (isAssertion(inner)) {
        throw new PatternTrouble('an assertion cannot be repeated');
      }
      node = { kind: 'repeat', inner, ...bounds, mode: this.repeatMode() };
    }
  }

  private repeatMode(): RepeatMode {
    this.skipIgnored();
    if (this.cursor.take('+')) return 'possessive';
    return this.cursor.take('?') === this.options.ungreedy ? 'greedy' : 'lazy';
  }

  private group(): Node | undefined {
    const { cursor } = this;
    this.nesting += 1;
    if (this.nesting > MAX_NESTING) throw new PatternTrouble('groups nest too deeply');
    const node = cursor.peek() === '?' ? this.specialGroup() : this.plainGroup();
    this.nesting -= 1;
    return node;
  }

  private plainGroup(): Node {
    if (this.cursor.peek() === '*') throw new PatternTrouble('verbs are not supported');
    return this.options.noCapture ? this.inner() : this.capture();
  }

  /** The rest of a group, and the bracket that closes it. */
  private inner(): Node {
    const node = this.alternatives();
    if (!this.cursor.take(')')) throw new PatternTrouble('a group is not closed');
    // In a group an assertion can be repeated, though not alone.
    return isAssertion(node) ? { kind: 'sequence', items: [node] } : node;
  }

  private capture(name?: string): Node {
    this.groups += 1;
    const number = this.groups;
    if (name !== undefined) {
      const numbers = this.names.get(name) ?? [];
      if (numbers.length > 0 && !this.options.sharedNames) {
        throw new PatternTrouble(`two groups are named ${name}`);
      }
      numbers.push(number);
      this.names.set(name, numbers);
    }
    const inner = this.inner();
    this.groupLengths.set(number, lengthsOf(inner, this.groupLengths));
    return { kind: 'group', number, inner };
  }

  private specialGroup(): Node | undefined {
    const { cursor } = this;
    if (cursor.take('?:')) return this.inner();
    if (cursor.take('?>')) return { kind: 'atomic', inner: this.inner() };
    if (cursor.take('?|')) return this.branchReset();
    if (cursor.take('?=')) return { kind: 'ahead', negative: false, inner: this.inner() };
    if (cursor.take('?!')) return { kind: 'ahead', negative: true, inner: this.inner() };
    if (cursor.take('?<=')) return { kind: 'behind', negative: false, inner: this.inner() };
    if (cursor.take('?<!')) return { kind: 'behind', negative: true, inner: this.inner() };
    if (cursor.take('?(')) return this.conditional();
    const named = cursor.match(/\?P?<([A-Za-z_]\w*)>|\?'([A-Za-z_]\w*)'/y);
    if (named !== undefined) return this.capture(named[1] ?? named[2] ?? '');
    const reference = cursor.match(/\?P=([A-Za-z_]\w*)\)/y)?.[1];
    if (reference !== undefined) return this.namedReference(reference);
    return this.optionGroup();
  }

  /** `(?|a(b)|c(d))`: each branch counts its groups from the same number. */
  private branchReset(): Node {
    const { options, groups } = this;
    const branches: Node[] = [];
    let most = groups;
    do {
      this.groups = groups;
      branches.push(this.sequence());
      most = Math.max(most, this.groups);
    } while (this.cursor.take('|'));
    this.groups = most;
    this.options = options;
    if (!this.cursor.take(')')) throw new PatternTrouble('a group is not closed');
    return { kind: 'alternatives', branches };
  }

  /** `(?(1)yes|no)`, with a number, a name or a look around as the condition. */
  private conditional(): Node {
    const { cursor } = this;
    if (/^\?<?[=!]/.test(cursor.rest)) return this.lookingConditional();
    const number = cursor.match(/(\d+)\)/y)?.[1];
    const name = cursor.match(/(?:<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)'|([A-Za-z_]\w*))\)/y);
    const named = this.names.get(name?.[1] ?? name?.[2] ?? name?.[3] ?? '')?.[0];
    const group = number === undefined ? named : Number(number);
    if (group === undefined) throw new PatternTrouble('there is no such condition');
    this.references.push(group);
    return { kind: 'conditional', group, ...this.conditionalBranches() };
  }

  private lookingConditional(): Node {
    const test = this.specialGroup();
    if (test?.kind !== 'ahead' && test?.kind !== 'behind') {
      throw new PatternTrouble('there is no such condition');
    }
    const { yes, no } = this.conditionalBranches();
    const opposite: Node = { ...test, negative: !test.negative };
    return {
      kind: 'alternatives',
      branches: [
        { kind: 'sequence', items: [test, yes] },
        { kind: 'sequence', items: [opposite, no] },
      ],
    };
  }

  private conditionalBranches(): { yes: Node; no: Node } {
    const branches = this.inner();
    if (branches.kind !== 'alternatives') return { yes: branches, no: EMPTY };
    const [yes = EMPTY, no = EMPTY, ...others] = branches.branches;
    if (others.length > 0) throw new PatternTrouble('a condition has two branches at most');
    return { yes, no };
  }

  /** `(?i)`, which holds to the end of the group, or `(?i:…)`. */
  private optionGroup(): Node | undefined {
    const switches = this.cursor.match(OPTION_GROUP);
    if (switches === undefined) throw new PatternTrouble('there is no such kind of group');
    const [, reset, on = '', off = '', end] = switches;
    const before = this.options;
    this.options = switchOptions(before, { reset: reset === '^', on, off });
    if (end === ')') return undefined;
    const node = this.inner();
    this.options = before;
    return node;
  }

  private escape(): Node {
    const { cursor } = this;
    const byte = readByteEscape(cursor);
    if (byte !== undefined) return this.byte(byte);
    if (/\d/.test(cursor.peek())) return this.numericEscape();
    const letter = cursor.next();
    const assertion = Object.hasOwn(ASSERTIONS, letter) ? ASSERTIONS[letter] : undefined;
    if (assertion !== undefined) return { kind: 'assertion', test: assertion };
    const set = escapeSet(letter);
    // \N{U+41} is a character, but only in the UTF mode.
    const isNamed = letter === 'N' && /^\{(?! *[\d,])/.test(cursor.rest);
    if (set !== undefined && !isNamed) return { kind: 'set', set };
    switch (letter) {
      case 'C':
        return { kind: 'set', set: setOf(() => true) };
      case 'g':
      case 'k':
        return this.referenceEscape(letter);
      case 'K':
        return { kind: 'keep' };
      case 'Q':
        return this.quotedText();
      case 'R':
        return lineBreak();
      default:
        throw new PatternTrouble(`\\${letter} has no meaning`);
    }
  }

  /** A back reference where there is such a group so far, or the number has one digit; else octal. */
  private numericEscape(): Node {
    const { cursor } = this;
    const digits = /^\d+/.exec(cursor.rest)?.[0] ?? '';
    const number = Number(digits);
    const isOctal = digits.startsWith('0') || (number > 9 && number > this.groups);
    if (isOctal && /^[0-7]/.test(digits)) return this.byte(readOctal(cursor));
    cursor.at += digits.length;
    return this.numberedReference(number);
  }

  private numberedReference(group: number): Node {
    this.references.push(group);
    return { kind: 'back', groups: [group], ignoreCase: this.options.ignoreCase };
  }

  private namedReference(name: string): Node {
    const groups: number[] = [];
    this.namedReferences.push({ name, groups });
    return { kind: 'back', groups, ignoreCase: this.options.ignoreCase };
  }

  /** `\g1`, `\g{-1}`, `\g{name}`, `\k<name>`, `\k'name'`, `\k{name}`. */
  private referenceEscape(letter: string): Node {
    const { cursor } = this;
    const number = letter === 'g' ? cursor.match(/(-?\d+)|\{([-+]?\d+)\}/y) : undefined;
    if (number !== undefined) {
      const text = number[1] ?? number[2] ?? '';
      const relative = /^[-+]/.test(text) ? this.groups + (text.startsWith('-') ? 1 : 0) : 0;
      const group = relative + Number(text);
      if (group < 1) throw new PatternTrouble('it refers to a group that does not exist');
      return this.numberedReference(group);
    }
    const name = cursor.match(/\{ *([A-Za-z_]\w*) *\}|<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)'/y);
    const isName = name !== undefined && (letter === 'k' || name[1] !== undefined);
    if (!isName) throw new PatternTrouble(`\\${letter} names no group`);
    return this.namedReference(name[1] ?? name[2] ?? name[3] ?? '');
  }

  /** `\Q…\E`: the last character is what a quantifier repeats. */
  private quotedText(): Node {
    const { cursor } = this;
    const end = cursor.text.indexOf('\\E', cursor.at);
    const text = cursor.text.slice(cursor.at, end < 0 ? undefined : end);
    cursor.at += text.length;
    const bytes = Array.from(text, (character) => this.byte(character.charCodeAt(0)));
    const last = bytes.pop();
    if (last === undefined) return EMPTY;
    this.skipIgnored();
    return bytes.length === 0 ? last : { kind: 'sequence', items: [...bytes, this.repeated(last)] };
  }
}

function isAssertion(node: Node): boolean {
  return node.kind === 'assertion' || node.kind === 'keep';
}

function notNewline(): Uint8Array {
  return setOf((code) => code !== 0x0a);
}

function lineBreak(): Node {
  const oneOf = (codes: readonly number[]): Node => ({
    kind: 'set',
    set: setOf((code) => codes.includes(code)),
  });
  const crLf: Node = { kind: 'sequence', items: [oneOf([0x0d]), oneOf([0x0a])] };
  const single = oneOf([0x0a, 0x0b, 0x0c, 0x0d, 0x85]);
  return { kind: 'atomic', inner: { kind: 'alternatives', branches: [crLf, single] } };
}
