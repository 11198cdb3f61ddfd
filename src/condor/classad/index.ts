/**
 * The ClassAd language: reads, evaluates and prints ads and expressions. A pure room: it touches no
 * file and no clock; an {@link EvaluationHost} brings what an evaluation needs of the world.
 *
 *     const ad = parseClassAd('Cmd = "/bin/true"\nRequestCpus = 1 + 1\n');
 *     if (ad.ok) ad.value.integer('RequestCpus'); // 2
 */
import type { Result } from '../../result';
import { ClassAd } from './classad';
import { parseAttributes, type Syntax } from './parse';
import type { ParseError } from './types';

/**
 * Reads an ad in the old syntax (a line for each attribute; empty lines and lines that begin with
 * `#` are skipped) or in the new one (`[ a = 1; b = 2 ]`).
 *
 * @param options.syntax `auto`, the default: new where the first character but white space is `[`.
 */
export function parseClassAd(
  text: string,
  options: { readonly syntax?: Syntax | 'auto' } = {},
): Result<ClassAd, ParseError> {
  const attributes = parseAttributes(text, options.syntax);
  return attributes.ok ? { ok: true, value: ClassAd.from(attributes.value) } : attributes;
}

export { AttributeList, literal } from './attribute-list';
export { ClassAd } from './classad';
export { evaluate, evaluateInAd, listItems } from './evaluator';
export type { Expression } from './expression';
export { toJson } from './json';
export { parseExpression } from './parse';
export type { Syntax } from './parse';
export { printAttributes as printClassAd, printExpression, printValue } from './printer';
export { fromBytes, toBytes } from './text';
export type { AdValue, EvaluationHost, ListValue, ParseError, Scope, Value } from './types';
export {
  adValue,
  booleanValue,
  ERROR,
  FALSE,
  integerValue,
  listValue,
  realValue,
  stringValue,
  TRUE,
  UNDEFINED,
} from './values';
