/**
 * An ad: attributes, and what they evaluate to. The typed lookups follow HTCondor's
 * EvaluateAttrString() and its kin: where the value has another type, there is none.
 */
import { AttributeList } from './attribute-list';
import { evaluateAttribute, listItems } from './evaluator';
import { realToInt64 } from './numbers';
import type { AdValue, EvaluationHost, Scope, Value } from './types';
import { truth } from './values';

export class ClassAd extends AttributeList {
  /** An ad with the attributes of another; its expressions are shared, as they never change. */
  static from(attributes: AttributeList): ClassAd {
    const ad = new ClassAd();
    for (const [name, expression] of attributes.entries()) ad.set(name, expression);
    return ad;
  }

  /** An ad that can be changed without changing this one. */
  copy(): ClassAd {
    return ClassAd.from(this);
  }

  /**
   * What an attribute evaluates to; the value undefined where there is no such attribute.
   *
   * @param scope `target`: the ad to match with, where an attribute that this ad lacks is taken.
   * @param host where time and randomness come from; without it they give error.
   */
  value(name: string, scope: Omit<Scope, 'my'> = {}, host?: EvaluationHost): Value {
    return evaluateAttribute(name, { ...scope, my: this }, host);
  }

  /** A string; undefined where the value is none. */
  string(name: string, scope?: Omit<Scope, 'my'>, host?: EvaluationHost): string | undefined {
    const value = this.value(name, scope, host);
    return value.type === 'string' ? value.value : undefined;
  }

  /**
   * A whole number: a real is cut, true is 1. undefined where the value is no number, and where it
   * is one that JavaScript's numbers cannot hold exactly; `value()` has the 64 bits of those.
   */
  integer(name: string, scope?: Omit<Scope, 'my'>, host?: EvaluationHost): number | undefined {
    const value = this.value(name, scope, host);
    const integer = integerOf(value);
    return Number.isSafeInteger(integer) ? integer : undefined;
  }

  /** A number as a real: an integer is converted, true is 1. undefined: it is no number. */
  real(name: string, scope?: Omit<Scope, 'my'>, host?: EvaluationHost): number | undefined {
    const value = this.value(name, scope, host);
    if (value.type === 'boolean') return value.value ? 1 : 0;
    return value.type === 'integer' || value.type === 'real' ? Number(value.value) : undefined;
  }

  /** A truth: a number counts as true where it is not 0. undefined where the value is neither. */
  boolean(name: string, scope?: Omit<Scope, 'my'>, host?: EvaluationHost): boolean | undefined {
    return truth(this.value(name, scope, host));
  }

  /** The values of a list's items; undefined where the value is no list. */
  list(name: string, scope?: Omit<Scope, 'my'>, host?: EvaluationHost): Value[] | undefined {
    const value = this.value(name, scope, host);
    return value.type === 'list' ? listItems(value, host) : undefined;
  }

  /** An ad inside this one; undefined where the value is no ad. */
  ad(name: string, scope?: Omit<Scope, 'my'>, host?: EvaluationHost): AdValue | undefined {
    const value = this.value(name, scope, host);
    return value.type === 'ad' ? value : undefined;
  }
}

function integerOf(value: Value): number | undefined {
  switch (value.type) {
    case 'boolean':
      return value.value ? 1 : 0;
    case 'integer':
      return Number(value.value);
    case 'real':
      return Number(realToInt64(value.value));
    default:
      return undefined;
  }
}
