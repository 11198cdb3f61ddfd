/** What our own evaluation says, in a form that can be compared with HTCondor's. */
import {
  type EvaluationHost,
  evaluate,
  type Expression,
  parseClassAd,
  parseExpression,
  printExpression,
  printValue,
} from '../../src/condor/classad';
import { type Context, CRASH, NO_VALUE, PARSE_ERROR } from './judge';

function hostAt(utcOffset: number): EvaluationHost {
  return {
    now: () => Date.now() / 1000,
    utcOffset: () => utcOffset,
    random: Math.random,
  };
}

/** The value of an expression, as `classad_eval` would print it. */
export function ourValue(text: string, context: Context = {}): string {
  const expression = parseExpression(text);
  if (!expression.ok) return PARSE_ERROR;
  const scope = { my: adOf(context.ad ?? '[]'), target: adOf(context.target) };
  const { my, target } = scope;
  const ads = target === undefined ? { my } : { my, target };
  const value = evaluate(expression.value, ads, hostAt(context.utcOffset ?? 0));
  // classad_eval cuts the fraction of a span of time off where it prints one; we do not.
  return value.type === 'relativeTime'
    ? printValue({ ...value, seconds: Math.trunc(value.seconds) })
    : printValue(value);
}

function adOf(text: string): ReturnType<typeof mustParse>;
function adOf(text: string | undefined): ReturnType<typeof mustParse> | undefined;
function adOf(text: string | undefined): ReturnType<typeof mustParse> | undefined {
  return text === undefined ? undefined : mustParse(text);
}

function mustParse(text: string) {
  const ad = parseClassAd(text, { syntax: 'new' });
  if (!ad.ok) throw new Error(`${JSON.stringify(ad.error)} in ${text}`);
  return ad.value;
}

/**
 * Whether two printed values say the same. The order of an ad's attributes is HTCondor's own, and
 * where it gives no value at all, ours is error. Where it crashed, ours may be anything.
 */
export function sameValue(ours: string, theirs: string): boolean {
  if (ours === theirs) return true;
  if (theirs === NO_VALUE) return ours === 'error';
  if (theirs === CRASH) return true;
  const [a, b] = [ours, theirs].map(normalized);
  return a !== undefined && a === b;
}

function normalized(text: string): string | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  const expression = parseExpression(text);
  return expression.ok ? printExpression(sorted(expression.value)) : undefined;
}

/** The expression with the attributes of all ads in it in alphabetical order. */
function sorted(expression: Expression): Expression {
  switch (expression.kind) {
    case 'ad': {
      const entries = [...expression.ad.entries()].sort(([a], [b]) =>
        a.toLowerCase() < b.toLowerCase() ? -1 : 1,
      );
      const ad = mustParse('[]');
      for (const [name, value] of entries) ad.set(name.toLowerCase(), sorted(value));
      return { kind: 'ad', ad };
    }
    case 'list':
      return { kind: 'list', items: expression.items.map(sorted) };
    case 'call':
      return { ...expression, parameters: expression.parameters.map(sorted) };
    case 'parentheses':
      return { kind: 'parentheses', inner: sorted(expression.inner) };
    default:
      return expression;
  }
}
