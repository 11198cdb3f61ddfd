/**
 * Evaluates expressions. An evaluation never throws and always ends: what nests too deeply, refers
 * to itself or takes too many steps gives error, and then so does the whole evaluation.
 */
import type { AttributeList } from './attribute-list';
import { type Evaluation, type Found, scopeOf } from './evaluation';
import {
  type AttributeReference,
  type BinaryExpression,
  type Expression,
  leftChain,
} from './expression';
import { callFunction } from './functions';
import { lookUp, rootOf } from './lookup';
import { scopeOfMatch } from './match';
import { int64ToInt32 } from './numbers';
import { and, applyBinary, applyUnary, or } from './operators';
import type { AdScope, AdValue, EvaluationHost, ListValue, Scope, Value } from './types';
import { ERROR, listValue, realValue, truth, UNDEFINED } from './values';

/** How many references may hang on each other (MAX_CLASSAD_RECURSION in HTCondor). */
const MAX_REFERENCES = 400;

/**
 * How deeply an evaluation may nest in all, and what a call counts for: its functions take more of
 * the stack. Half of the stack that a Node.js process has bears this.
 */
const MAX_DEPTH = 1500;
const CALL_DEPTH = 4;

/** How many steps an evaluation may take: some tenths of a second. */
const MAX_STEPS = 2_000_000;
const CHARACTERS_PER_STEP = 64;

/**
 * The value of an expression.
 *
 * @param scope the ad that it stands in, and the one to match it with.
 * @param host where time, time zone and randomness come from; without it they give error.
 */
export function evaluate(expression: Expression, scope: Scope = {}, host?: EvaluationHost): Value {
  return new Evaluator(scopeOfMatch(scope), host).run(expression);
}

/**
 * The value of an attribute: of `my`, or where it has none, of `target`.
 *
 * @returns undefined (the value) also where neither ad has it.
 */
export function evaluateAttribute(name: string, scope: Scope, host?: EvaluationHost): Value {
  const my = scopeOfMatch(scope);
  const reference: Expression = { kind: 'attribute', name, of: undefined, absolute: false };
  const place = my?.ad.has(name) === false ? (my.alternateScope ?? my) : my;
  return new Evaluator(place, host).run(reference);
}

/** The values of a list's items, each in the ad that the list stands in. */
export function listItems(list: ListValue, host?: EvaluationHost): Value[] {
  return list.items.map((item) => new Evaluator(list.scope, host).run(item));
}

/** The value of an attribute of an ad inside an ad. */
export function evaluateInAd(value: AdValue, name: string, host?: EvaluationHost): Value {
  const reference: Expression = { kind: 'attribute', name, of: undefined, absolute: false };
  return new Evaluator(scopeOf(value), host).run(reference);
}

class Evaluator implements Evaluation {
  current: AdScope | undefined;
  root: AdScope | undefined;
  private references = 0;
  private depth = 0;
  private steps = 0;
  private usedUp = false;

  constructor(
    scope: AdScope | undefined,
    readonly host: EvaluationHost | undefined,
  ) {
    this.current = scope;
    this.root = rootOf(scope);
  }

  run(expression: Expression): Value {
    const value = this.evaluate(expression);
    return this.usedUp ? ERROR : value;
  }

  evaluate(expression: Expression): Value {
    const depth = expression.kind === 'call' ? CALL_DEPTH : 1;
    this.depth += depth;
    if (this.depth > MAX_DEPTH) this.usedUp = true;
    const value = this.spend(1) ? this.valueOf(expression) : ERROR;
    // Whoever asked for a string will look at all of it.
    if (value.type === 'string') this.spend(value.value.length / CHARACTERS_PER_STEP);
    this.depth -= depth;
    return value;
  }

  spend(amount: number): boolean {
    this.steps += amount;
    if (this.steps > MAX_STEPS) this.usedUp = true;
    return !this.usedUp;
  }

  evaluateWithin(scope: AdScope | undefined, expression: Expression): Value {
    const { root } = this;
    this.root = rootOf(scope);
    const value = this.within(scope, expression);
    this.root = root;
    return value;
  }

  evaluateItem(list: ListValue, item: Expression): Value {
    return item.kind === 'ad' ? adIn(list.scope, item.ad) : this.evaluate(item);
  }

  dereference(reference: AttributeReference): Found | undefined {
    const found = this.find(reference);
    return found !== undefined && 'expression' in found ? found : undefined;
  }

  private valueOf(expression: Expression): Value {
    switch (expression.kind) {
      case 'literal':
        // HTCondor's literal of a span of time evaluates to its seconds, as a real.
        return expression.value.type === 'relativeTime'
          ? realValue(expression.value.seconds)
          : expression.value;
      case 'attribute':
        return this.reference(expression);
      case 'unary':
        return applyUnary(expression.operator, this.evaluate(expression.operand));
      case 'binary':
        return this.binary(expression);
      case 'conditional':
        return this.conditional(expression);
      case 'subscript':
        return this.subscript(this.evaluate(expression.of), this.evaluate(expression.index));
      case 'parentheses':
        return this.evaluate(expression.inner);
      case 'call':
        return callFunction(expression.name, expression.parameters, this);
      case 'list':
        return { type: 'list', items: expression.items, scope: this.current };
      case 'ad':
        return adIn(this.current, expression.ad);
    }
  }

  private within(scope: AdScope | undefined, expression: Expression): Value {
    const { current } = this;
    this.current = scope;
    const value = this.evaluate(expression);
    this.current = current;
    return value;
  }

  private binary(expression: BinaryExpression): Value {
    const { first, rest } = leftChain(expression);
    let left = this.evaluate(first);
    for (const { operator, right } of rest) {
      if (operator === '&&') left = and(left, () => this.evaluate(right));
      else if (operator === '||') left = or(left, () => this.evaluate(right));
      else left = applyBinary(operator, left, this.evaluate(right));
    }
    return left;
  }

  private conditional(expression: Expression & { kind: 'conditional' }): Value {
    const { whenTrue, whenFalse } = expression;
    const condition = this.evaluate(expression.condition);
    if (whenTrue === undefined) {
      return condition.type === 'undefined' ? this.evaluate(whenFalse) : condition;
    }
    const chosen = truth(condition);
    if (chosen === undefined) return condition.type === 'undefined' ? UNDEFINED : ERROR;
    return this.evaluate(chosen ? whenTrue : whenFalse);
  }

  private subscript(of: Value, index: Value): Value {
    if (of.type === 'error' || index.type === 'error') return ERROR;
    if (of.type === 'undefined' || index.type === 'undefined') return UNDEFINED;
    if (of.type === 'ad' && index.type === 'string') {
      const scope = scopeOf(of);
      const expression = of.ad.get(index.value);
      return expression === undefined ? UNDEFINED : this.evaluateWithin(scope, expression);
    }
    if (of.type !== 'list' || index.type !== 'integer') return ERROR;
    const item = of.items[int64ToInt32(index.value)];
    return item === undefined ? ERROR : this.within(of.scope, item);
  }

  private reference(reference: AttributeReference): Value {
    const found = this.find(reference);
    if (found === undefined) return UNDEFINED;
    if (!('expression' in found)) return found;
    this.references += 1;
    if (this.references > MAX_REFERENCES) this.usedUp = true;
    const value = this.within(found.scope, found.expression);
    this.references -= 1;
    return value;
  }

  /** What a reference refers to; a value where that is already known. */
  private find(reference: AttributeReference): Found | Value | undefined {
    if (reference.of === undefined) {
      return reference.absolute
        ? this.root && lookUp(reference.name, this.root, this.root)
        : this.findUnscoped(reference.name);
    }
    const of = this.evaluate(reference.of);
    switch (of.type) {
      case 'undefined':
        return undefined;
      case 'ad':
        return lookUp(reference.name, scopeOf(of), this.root);
      case 'list':
        return this.selectFromItems(of, reference.name);
      default:
        return ERROR;
    }
  }

  private findUnscoped(name: string): Found | undefined {
    const { current } = this;
    if (current === undefined) return undefined;
    const found = lookUp(name, current, this.root);
    if (found !== undefined || current.alternateScope === undefined) return found;
    return lookUp(name, current.alternateScope, this.root);
  }

  /** `list.name` is the list of what each item's `name` is. */
  private selectFromItems(list: ListValue, name: string): Value {
    const values = list.items.map((item) => {
      const of: Expression = { kind: 'literal', value: this.evaluateItem(list, item) };
      const selection = { kind: 'attribute', name, of, absolute: false } as const;
      return this.evaluateWithin(this.current, selection);
    });
    return listValue(values);
  }
}

function adIn(parentScope: AdScope | undefined, ad: AttributeList): Value {
  return { type: 'ad', ad, scope: { ad, parentScope } };
}
