/**
 * The syntax tree of a regular expression. Expressions and subjects are bytes, as in HTCondor,
 * which uses PCRE2 without its UTF mode: strings whose characters are U+0000 to U+00FF.
 */

/** Which bytes match: 256 entries, 1 where the byte does. */
export type ByteSet = Uint8Array;

export type Assertion =
  | 'subjectStart'
  | 'subjectEnd'
  /** The end, or before a newline that the subject ends with. */
  | 'subjectEndOrNewline'
  | 'lineStart'
  | 'lineEnd'
  | 'matchStart'
  | 'wordBoundary'
  | 'noWordBoundary';

export type RepeatMode = 'greedy' | 'lazy' | 'possessive';

export type Node =
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'alternatives'; readonly branches: readonly Node[] }
  /** A group that is captured under a number. */
  | { readonly kind: 'group'; readonly number: number; readonly inner: Node }
  /** Once it matched, it is not tried again in another way. */
  | { readonly kind: 'atomic'; readonly inner: Node }
  | { readonly kind: 'ahead'; readonly negative: boolean; readonly inner: Node }
  | { readonly kind: 'behind'; readonly negative: boolean; readonly inner: Node }
  | {
      readonly kind: 'repeat';
      readonly inner: Node;
      readonly least: number;
      readonly most: number;
      readonly mode: RepeatMode;
    }
  | { readonly kind: 'assertion'; readonly test: Assertion }
  /** What the first of these groups that is set has captured. */
  | { readonly kind: 'back'; readonly groups: readonly number[]; readonly ignoreCase: boolean }
  | { readonly kind: 'conditional'; readonly group: number; readonly yes: Node; readonly no: Node }
  /** What was matched so far is not part of the match. */
  | { readonly kind: 'keep' };

/** The bounds of what a node can match, in bytes. */
export interface Lengths {
  readonly least: number;
  readonly most: number;
}

const ZERO: Lengths = { least: 0, most: 0 };
const ANY: Lengths = { least: 0, most: Infinity };

/**
 * How long what a node matches can be.
 *
 * @param groups of the groups that are known; what another one has captured may have any length.
 */
export function lengthsOf(node: Node, groups: ReadonlyMap<number, Lengths>): Lengths {
  switch (node.kind) {
    case 'set':
      return { least: 1, most: 1 };
    case 'sequence':
      return node.items.map((item) => lengthsOf(item, groups)).reduce(add, ZERO);
    case 'alternatives':
      return node.branches.map((branch) => lengthsOf(branch, groups)).reduce(either);
    case 'group':
    case 'atomic':
      return lengthsOf(node.inner, groups);
    case 'repeat': {
      if (node.inner.kind === 'ahead') return ZERO;
      const { least, most } = lengthsOf(node.inner, groups);
      // Of any other nothing, too, PCRE2 takes what is repeated without end for endless.
      const isEndless = node.most === Infinity;
      return { least: least * node.least, most: isEndless ? Infinity : most * node.most };
    }
    case 'back':
      return node.groups.length === 0
        ? ANY
        : node.groups.map((group) => groups.get(group) ?? ANY).reduce(either);
    case 'conditional':
      return either(lengthsOf(node.yes, groups), lengthsOf(node.no, groups));
    default:
      return ZERO;
  }
}

function add(a: Lengths, b: Lengths): Lengths {
  return { least: a.least + b.least, most: a.most + b.most };
}

function either(a: Lengths, b: Lengths): Lengths {
  return { least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) };
}

/** Sets of which each match has a byte. Not all of them: as many as are seen without effort. */
export function requiredSets(node: Node): readonly ByteSet[] {
  switch (node.kind) {
    case 'set':
      return [node.set];
    case 'sequence':
      return node.items.flatMap(requiredSets).slice(0, MAX_REQUIRED);
    case 'group':
    case 'atomic':
      return requiredSets(node.inner);
    case 'repeat':
      return node.least > 0 ? requiredSets(node.inner) : [];
    default:
      return [];
  }
}

/** Looking for more of them would cost more than it spares. */
const MAX_REQUIRED = 16;
