/**
 * Looks names up: in an ad, then in the ads around it.
 *
 * Some names mean something in every ad that does not define them: `self` and `my` are the ad
 * itself, `parent` the one around it, `root` and `toplevel` the outermost one, and `CurrentTime` is
 * `time()`.
 */
import type { Found } from './evaluation';
import type { Expression } from './expression';
import { asciiLowerCase } from './text';
import type { AdScope } from './types';

const CURRENT_TIME: Expression = { kind: 'call', name: 'time', parameters: [] };

/** What a name stands for in an ad and those around it; undefined: nothing. */
export function lookUp(name: string, start: AdScope, root: AdScope | undefined): Found | undefined {
  for (let scope: AdScope | undefined = start; scope !== undefined;) {
    const expression = scope.ad.get(name);
    if (expression !== undefined) return { expression, scope };
    const outer: AdScope | undefined = scope === root ? undefined : scope.parentScope;
    const special = SPECIAL_NAMES.get(asciiLowerCase(name));
    if (special !== undefined) return special({ scope, outer, root });
    scope = outer;
  }
  return undefined;
}

interface Place {
  readonly scope: AdScope;
  readonly outer: AdScope | undefined;
  readonly root: AdScope | undefined;
}

const self = ({ scope }: Place) => adItself(scope, scope);
const outermost = ({ scope, root }: Place) => adItself(root, scope);

const SPECIAL_NAMES = new Map<string, (place: Place) => Found | undefined>([
  ['self', self],
  ['my', self],
  ['root', outermost],
  ['toplevel', outermost],
  ['parent', ({ scope, outer }) => adItself(outer, scope)],
  ['currenttime', ({ scope }) => ({ expression: CURRENT_TIME, scope })],
]);

function adItself(target: AdScope | undefined, scope: AdScope): Found | undefined {
  if (target === undefined) return undefined;
  const value = { type: 'ad', ad: target.ad, scope: target } as const;
  return { expression: { kind: 'literal', value }, scope };
}

/** The outermost ad around a place. */
export function rootOf(scope: AdScope | undefined): AdScope | undefined {
  let root = scope;
  while (root?.parentScope !== undefined) root = root.parentScope;
  return root;
}
