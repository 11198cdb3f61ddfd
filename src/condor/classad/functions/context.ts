/** Functions that look at expressions, or evaluate them elsewhere. */
import { type Evaluation, scopeOf } from '../evaluation';
import type { Expression } from '../expression';
import { parseExpression } from '../parse';
import { printExpression, printValue } from '../printer';
import { bytesOf, Regexp } from '../regexp';
import { compareIgnoringCase } from '../text';
import type { AdScope, ListValue, Value } from '../types';
import {
  booleanValue,
  ERROR,
  integerValue,
  listValue,
  stringValue,
  truth,
  UNDEFINED,
} from '../values';
import { limitedString, textOf } from './conversions';
import { externalReferences } from './references';
import { type FunctionTable, ofValue } from './signature';

/** Evaluates a text as an expression in the current ad. */
function evaluateText(value: Value, evaluation: Evaluation): Value {
  const text = textOf(value);
  if (text === undefined || !evaluation.spend(text.length)) return ERROR;
  const expression = parseExpression(text);
  return expression.ok ? evaluation.evaluate(expression.value) : ERROR;
}

/** The text of an attribute's expression; empty where the current ad has no such attribute. */
function unparse([reference, ...others]: readonly Expression[], evaluation: Evaluation): Value {
  if (reference?.kind !== 'attribute' || others.length > 0) return ERROR;
  const isPlain = reference.of === undefined && !reference.absolute;
  const expression = isPlain ? evaluation.current?.ad.get(reference.name) : undefined;
  return limitedString(expression === undefined ? '' : printExpression(expression));
}

/**
 * `unresolved(attribute [, pattern])`: the names that an attribute's expression refers to and that
 * its ad lacks; with a pattern, whether it matches one of them.
 */
function unresolved(parameters: readonly Expression[], evaluation: Evaluation): Value {
  const [reference, patternExpression] = parameters;
  if (reference?.kind !== 'attribute' || parameters.length > 2) return ERROR;
  const found = evaluation.dereference(reference);
  if (found === undefined) return UNDEFINED;
  const pattern = patternExpression && evaluation.evaluate(patternExpression);
  if (pattern !== undefined && pattern.type !== 'string') return ERROR;
  const regexp = pattern && Regexp.compile(pattern.value, { ignoreCase: true });
  if (pattern !== undefined && regexp === undefined) return ERROR;
  const names = [...(externalReferences(found, evaluation) ?? [])]
    .sort(compareIgnoringCase)
    .map((name) => name.replace(/^target\./i, ''));
  if (regexp === undefined) return stringValue(names.join(','));
  const budget = { steps: 100_000 };
  const isMatched = (name: string): boolean => {
    const outcome = regexp.search(bytesOf(name), 0, budget);
    return typeof outcome === 'object' && outcome[0] !== outcome[1];
  };
  return booleanValue(names.some(isMatched));
}

/** What `evalInEachContext()` and `countMatches()` evaluate, and where. */
interface Contexts {
  readonly expression: Expression;
  readonly ads: ListValue | Value;
}

/** A reference stands for the expression that it refers to, if that is found here. */
function contextsOf(parameters: readonly Expression[], evaluation: Evaluation): Contexts {
  const [given = { kind: 'literal', value: ERROR }, ads] = parameters;
  const found = given.kind === 'attribute' ? evaluation.dereference(given) : undefined;
  return {
    expression: found?.expression ?? given,
    ads: ads === undefined ? ERROR : evaluation.evaluate(ads),
  };
}

function evaluateInEach(list: ListValue, expression: Expression, evaluation: Evaluation): Value[] {
  return list.items.map((item) => {
    const context = evaluation.evaluateItem(list, item);
    if (context.type === 'undefined') return UNDEFINED;
    if (context.type !== 'ad') return ERROR;
    const place = scopeOf(context);
    const alternateScope = place.alternateScope ?? otherSide(place.parentScope);
    const within = alternateScope === undefined ? place : { ...place, alternateScope };
    return evaluation.evaluateWithin(within, expression);
  });
}

/** During a match, what an ad lacks that stands in one side is looked up on the other side. */
function otherSide(scope: AdScope | undefined): AdScope | undefined {
  let side = scope;
  while (side !== undefined && side.alternateScope === undefined) side = side.parentScope;
  return side?.alternateScope;
}

function evalInEachContext(parameters: readonly Expression[], evaluation: Evaluation): Value {
  if (parameters.length !== 2) return ERROR;
  const { expression, ads } = contextsOf(parameters, evaluation);
  if (ads.type === 'undefined') return UNDEFINED;
  return ads.type === 'list' ? listValue(evaluateInEach(ads, expression, evaluation)) : ERROR;
}

function countMatches(parameters: readonly Expression[], evaluation: Evaluation): Value {
  if (parameters.length !== 2) return ERROR;
  const { expression, ads } = contextsOf(parameters, evaluation);
  if (ads.type === 'undefined') return integerValue(0);
  if (ads.type !== 'list') return ERROR;
  const values = evaluateInEach(ads, expression, evaluation);
  return integerValue(values.filter((value) => truth(value) === true).length);
}

/** Gives its parameter, and tells the host what it is. */
function debug([expression, ...others]: readonly Expression[], evaluation: Evaluation): Value {
  if (expression === undefined || others.length > 0) return ERROR;
  const value = evaluation.evaluate(expression);
  evaluation.host?.debug?.(
    `Classad debug: ${printExpression(expression)} --> ${printValue(value)}`,
  );
  return value;
}

export const CONTEXT: FunctionTable = {
  countmatches: countMatches,
  debug,
  eval: ofValue(evaluateText),
  evalineachcontext: evalInEachContext,
  unparse,
  unresolved,
};
