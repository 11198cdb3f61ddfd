/** Functions that ask the host about users. */
import type { Evaluation } from '../evaluation';
import { compareIgnoringCase } from '../text';
import type { Value } from '../types';
import { ERROR, stringValue, UNDEFINED } from '../values';
import { type FunctionTable, ofValues } from './signature';
import { itemsOf } from './string-lists';

/** `userHome(user [, default])`; the default counts where there is no home, or no user. */
function userHome([user = ERROR, fallback]: readonly Value[], { host }: Evaluation): Value {
  const usual = fallback?.type === 'string' && fallback.value !== '' ? fallback : undefined;
  if (user.type !== 'string') return usual ?? (user.type === 'undefined' ? UNDEFINED : ERROR);
  const home = host?.userHome?.(user.value);
  return home === undefined ? (usual ?? UNDEFINED) : stringValue(home);
}

/**
 * `userMap(map, user)` gives all groups; with a third parameter, that group where the user is in
 * it, else the first; with a fourth, that one where the map does not know the user.
 */
function userMap(values: readonly Value[], { host }: Evaluation): Value {
  const [map = ERROR, user = ERROR, preferred, fallback = UNDEFINED] = values;
  if (map.type === 'error' || user.type === 'error') return ERROR;
  if (map.type !== 'string' || user.type !== 'string') return fallback;
  const groups = host?.userMap?.(map.value, user.value);
  if (groups === undefined) return fallback;
  if (preferred === undefined) return stringValue(groups);
  const items = itemsOf(groups, ',');
  const wanted = preferred.type === 'string' ? preferred.value : '';
  const chosen = items.find((item) => compareIgnoringCase(item, wanted) === 0) ?? items[0];
  return chosen === undefined ? fallback : stringValue(chosen);
}

export const USERS: FunctionTable = {
  userhome: ofValues(1, 2, userHome),
  usermap: ofValues(2, 4, userMap),
};
