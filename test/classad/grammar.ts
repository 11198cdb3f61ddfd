/**
 * Random expressions from a grammar, always the same ones for a seed. Operands mostly have the type
 * that their operator or function wants, so that results say something; now and then they have any
 * other, or are names that do not exist, in an ad with nested ads and lists.
 */
import type { Context } from './judge';

const MY = `[
  i = 42; n = -7; big = 9223372036854775807; r = 2.5; zero = 0; t = true; f = false;
  s = "Hello"; u = undefined; e = error; list = { 1, 2.5, 7, undefined, i };
  texts = { "one", s, "THREE" }; words = "alpha, beta,gamma"; nums = "3, 1.5, 2";
  inner = [ i = 1; own = i + r; up = parent.i; text = "in" ];
  ads = { [ a = 1 ], [ a = 2; b = 3 ], [ b = 4 ] }; sum2 = i + n; abs = absTime(86400, 3600);
  rel = relTime(3661); wants = TARGET.offered > i
]`;

const TARGET = '[ i = 99; offered = 50; only = "target"; list = { i, only }; needs = MY.i ]';

type Type = 'number' | 'string' | 'boolean' | 'list' | 'ad' | 'time';

const TYPES: readonly Type[] = ['number', 'string', 'boolean', 'list', 'ad', 'time'];

const LEAVES: Readonly<Record<Type, readonly string[]>> = {
  number: [
    ...['0', '1', '2', '7', '-3', '64', '1000000', '9223372036854775807', '-9223372036854775808'],
    ...['0.0', '1.5', '-2.25', '1e10', '1.0e-5', '3.14159', '1e300', '123456789.125', '0.1'],
    ...['i', 'n', 'big', 'r', 'zero', 'sum2', 'I', 'MY.i', 'TARGET.i', 'TARGET.needs', '.i'],
    ...['inner.own', 'inner.up', 'offered', 'self.r', 'my.inner.own'],
  ],
  string: [
    ...['""', '"a"', '"Abc"', '"aBC"', '"12"', '"1.5e3x"', '" 7"', '"true"', '"a,b c"', '"a\\tb"'],
    ...['"10.2"', '"10.10"', '"x=1"', '"user@host"', '"é"', '"\\"q\\""', '"1+1"', '"i + 1"'],
    ...['s', 'words', 'nums', 'inner.text', 'TARGET.only', 'only', 'inner.parent.s'],
  ],
  boolean: ['true', 'false', 'TRUE', 't', 'f', 'wants', 'MY.t'],
  list: [
    ...['{}', '{ 1,2,3 }', '{ "a","B","c" }', '{ undefined,1 }', '{ i,r,1.5 }', '{ true,"x" }'],
    ...['list', 'texts', 'ads', 'ads.a', 'ads.b', 'TARGET.list'],
  ],
  ad: ['[ a = 1; b = a ]', 'inner', 'MY.inner', '[ s = 5 ]', 'ads[1]'],
  time: [
    ...['absTime("2020-02-29T12:00:00+01:00")', 'absTime(0,0)', 'relTime(90)', 'relTime(-5)'],
    ...['abs', 'rel', 'relTime(86400)'],
  ],
};

const STRAYS = ['undefined', 'error', 'Undefined', 'nowhere', 'u', 'e', 'inner.nowhere', 'MY.no'];

/** Operators with the types of their operands. */
const BINARY: Partial<Record<Type, readonly (readonly [readonly string[], Type])[]>> = {
  number: [
    [['+', '-', '*', '/', '%'], 'number'],
    [['&', '|', '^', '<<', '>>', '>>>'], 'number'],
  ],
  boolean: [
    [['==', '!=', '<', '<=', '>', '>='], 'number'],
    [['==', '!=', '<', '<=', '>', '>='], 'string'],
    [['==', '<', '>='], 'time'],
    [['=?=', '=!=', 'is', 'isnt'], 'string'],
    [['=?=', '=!='], 'number'],
    [['&&', '||'], 'boolean'],
  ],
  time: [[['+', '-'], 'time']],
};

/**
 * Functions with the types of their parameters; `*` is any, `#` a small whole number, `@` a time
 * and nothing else. Left out are those of the clock; and evalInEachContext() and countMatches(),
 * with which HTCondor 23.9 uses memory that it has freed.
 */
const FUNCTIONS: Partial<Record<Type, readonly string[]>> = {
  number: [
    ...['int *', 'real *', 'int string', 'real string', 'floor number', 'ceiling number'],
    ...['ceil number', 'round number', 'size list', 'size string', 'size ad', 'sum list'],
    ...['avg list', 'min list', 'max list', 'pow number number', 'quantize number number'],
    ...['quantize number list', 'strcmp string string', 'stricmp string string', 'strcmp * *'],
    ...['versioncmp string string', 'stringListSize string', 'stringListSum string'],
    ...['stringListAvg string', 'stringListMin string', 'stringListMax string', 'getYear time'],
    ...['getMonth time', 'getDayOfYear time', 'getDayOfMonth time', 'getDayOfWeek time'],
    ...['getDays time', 'getHours time', 'getMinutes time', 'getSeconds time', 'eval string'],
    ...['stringListSize string string'],
  ],
  string: [
    ...['string *', 'string number', 'string list', 'strcat * *', 'strcat string number string'],
    ...['join string list', 'join list', 'join string string string', 'substr string number'],
    ...['substr string number number', 'toUpper *', 'toLower string', 'interval number'],
    ...['envV1ToV2 string', 'mergeEnvironment string string', 'listToArgs list'],
    ...['regexps string string string', 'replace string string string', 'formatTime @'],
    ...['string time'],
  ],
  boolean: [
    ...['isUndefined *', 'isError *', 'isString *', 'isInteger number', 'isReal number'],
    ...['isList *', 'isClassAd *', 'isBoolean *', 'isAbsTime time', 'isRelTime time', 'bool *'],
    ...['member number list', 'member string list', 'identicalMember string list'],
    ...['versionLE string string', 'versionGT string string', 'versionEQ string string'],
    ...['version_in_range string string string', 'stringListMember string string'],
    ...['stringListIMember string string', 'stringListSubsetMatch string string'],
    ...['stringListISubsetMatch string string', 'stringListsIntersect string string'],
    ...['regexp string string', 'regexpMember string list', 'anyCompare ? list number'],
    ...['allCompare ? list number', 'anyCompare ? list string', 'regexp string string string'],
    ...['stringList_regexpMember string string', 'stringListMember string string string'],
  ],
  list: [
    ...['split string', 'split string string', 'splitUserName string', 'splitSlotName string'],
    ...['argsToList string'],
  ],
  ad: ['splitTime @'],
  time: ['absTime # #'],
};

const COMPARISONS = ['"<"', '"<="', '"=="', '"!="', '">"', '">="', '"is"', '"isnt"', '"?"'];

/** Parts of regular expressions, as they are written in a string. */
const PATTERN_ATOMS = [
  ...[
    'a',
    'b',
    'c',
    'ab',
    '.',
    '[ab]',
    '[^a]',
    '\\\\w',
    '\\\\s',
    '\\\\S',
    '\\\\1',
    ' ',
    '[[:upper:]]',
  ],
];
const GROUPS = ['(', '(', '(?:', '(?>', '(?i:', '(?=', '(?!', '(?<=', '(?<!', '(?|'];
const QUANTIFIERS = [
  '',
  '',
  '',
  '',
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '*+',
  '{2}',
  '{0,2}',
  '{1,}?',
];

/** Expressions, and the ads that they are evaluated in. */
export function randomExpressions(
  seed: number,
  count: number,
): { context: Context; expressions: string[] } {
  const grammar = new Grammar(randomSource(seed));
  const expressions = new Set<string>();
  while (expressions.size < count) expressions.add(grammar.printable(3));
  return { context: { ad: MY, target: TARGET, utcOffset: 0 }, expressions: [...expressions] };
}

/** A source of numbers in [0, 1): mulberry32. */
function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Grammar {
  constructor(private readonly random: () => number) {}

  any(depth: number): string {
    return this.of(this.pick(TYPES), depth);
  }

  /** An expression whose value `classad_eval` can print: it cannot print lists and ads. */
  printable(depth: number): string {
    if (this.random() < 0.15) return this.substitution();
    const type = this.pick(TYPES);
    const text = this.of(type, depth);
    return type === 'list' || type === 'ad' ? `string(${text})` : text;
  }

  /** An expression that mostly has the type. */
  private of(wanted: Type, depth: number): string {
    const roll = this.random();
    if (roll < 0.03) return this.pick(STRAYS);
    const type = roll < 0.06 ? this.pick(TYPES) : wanted;
    if (depth === 0 || this.random() < 0.1) return this.pick(LEAVES[type]);
    return this.compound(type, depth - 1);
  }

  private compound(type: Type, depth: number): string {
    const roll = this.random();
    if (roll < 0.1) return this.conditional(type, depth);
    if (roll < 0.16) return this.selection(type, depth);
    if (roll < 0.22) return this.unary(type, depth);
    if (type === 'list' && roll < 0.5) return `{ ${this.of('number', depth)},${this.any(depth)} }`;
    const operators = BINARY[type];
    if (operators === undefined || roll < 0.6) return this.call(type, depth);
    const [symbols, operands] = this.pick(operators);
    const text = `${this.of(operands, depth)} ${this.pick(symbols)} ${this.of(operands, depth)}`;
    // Without parentheses precedence is tested too.
    return this.random() < 0.6 ? `(${text})` : text;
  }

  private unary(type: Type, depth: number): string {
    const symbol = type === 'boolean' ? '!' : this.pick(['-', '+', '~', '-']);
    return `${symbol}(${this.of(type, depth)})`;
  }

  private conditional(type: Type, depth: number): string {
    const otherwise = this.of(type, depth);
    if (this.random() < 0.3) return `(${this.of(type, depth)} ?: ${otherwise})`;
    return `(${this.of('boolean', depth)} ? ${this.of(type, depth)} : ${otherwise})`;
  }

  private selection(type: Type, depth: number): string {
    const item = this.of(type, depth);
    switch (this.pick(['item', 'attribute', 'name', 'choice'])) {
      case 'item':
        return `{ ${this.any(depth)},${item} }[1]`;
      case 'attribute':
        return `[ x = ${item}; y = x ].${this.pick(['x', 'y', 'X', 'i'])}`;
      case 'name':
        return `[ x = ${item} ]["${this.pick(['x', 'X', 'z'])}"]`;
      default:
        return `ifThenElse(${this.of('boolean', depth)}, ${item}, ${this.any(depth)})`;
    }
  }

  /** A regular expression, and what it captures. */
  private substitution(): string {
    const letters = Array.from({ length: 6 }, () => this.pick(['a', 'b', 'c', 'A', ' ', '\\n']));
    const substitute = this.pick(['<\\\\0>', '<\\\\1>', '<\\\\2\\\\1>']);
    const options = this.pick(['', 'i', 'm', 's', 'f', 'x', 'im']);
    return `regexps("${this.pattern(3)}", "${letters.join('')}", "${substitute}", "${options}")`;
  }

  private pattern(depth: number): string {
    const count = 1 + Math.floor(this.random() * 3);
    const items = Array.from(
      { length: count },
      () => this.patternItem(depth) + this.pick(QUANTIFIERS),
    );
    const more = this.random() < 0.25 && depth > 0 ? `|${this.pattern(depth - 1)}` : '';
    return items.join('') + more;
  }

  private patternItem(depth: number): string {
    if (depth === 0 || this.random() < 0.6) return this.pick(PATTERN_ATOMS);
    return `${this.pick(GROUPS)}${this.pattern(depth - 1)})`;
  }

  private call(type: Type, depth: number): string {
    const [name = '', ...types] = this.pick(FUNCTIONS[type] ?? ['string *']).split(' ');
    const parameters = types.map((parameter) => this.parameter(parameter, depth));
    const roll = this.random();
    if (roll < 0.02 && parameters.length > 1) parameters.pop();
    if (roll > 0.98) parameters.push(this.any(depth));
    return `${name}(${parameters.join(', ')})`;
  }

  private parameter(type: string, depth: number): string {
    if (type === '?') return this.pick(COMPARISONS);
    if (type === '@') return this.pick(LEAVES.time);
    if (type === '#') return this.pick(['0', '59', '3600', '-61', 'i', 'n', '100000']);
    return type === '*' ? this.any(depth) : this.of(type as Type, depth);
  }

  private pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.random() * choices.length)];
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  }
}
