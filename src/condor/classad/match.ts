/**
 * The ads around two ads that are matched, as HTCondor's MatchClassAd has them: there `TARGET` and
 * `OTHER` are the other ad, and a name that an ad lacks is looked up in the other one too.
 */
import { AttributeList } from './attribute-list';
import type { Expression } from './expression';
import type { AdScope, Scope } from './types';

/** The ad to evaluate in, as a place to look names up. */
export function scopeOfMatch({ my, target }: Scope): AdScope | undefined {
  if (target === undefined || target === my) {
    return my === undefined ? undefined : { ad: my, parentScope: undefined };
  }
  const match: AdScope = { ad: new AttributeList(), parentScope: undefined };
  const left = side(my ?? new AttributeList(), match, 'LEFT', 'RIGHT');
  const right = side(target, match, 'RIGHT', 'LEFT');
  left.alternateScope = right;
  right.alternateScope = left;
  return left;
}

/** Puts an ad into the match: below a context ad that says what its names mean there. */
function side(ad: AttributeList, match: AdScope, name: string, otherName: string): AdScope {
  const own = absolute(name);
  const other = absolute(otherName);
  const context = new AttributeList()
    .set('other', other)
    .set('target', other)
    .set('my', own)
    .set('ad', own);
  const parentScope = { ad: context, parentScope: match };
  const scope: AdScope = { ad, parentScope };
  match.ad.set(name, { kind: 'literal', value: { type: 'ad', ad, scope } });
  return scope;
}

function absolute(name: string): Expression {
  return { kind: 'attribute', name, of: undefined, absolute: true };
}
