/** Functions of regular expressions. */
import type { Evaluation } from '../evaluation';
import { bytesOf, type Captures, Regexp, type RegexpOptions, textOfBytes } from '../regexp';
import type { Value } from '../types';
import { booleanValue, ERROR, FALSE, TRUE, UNDEFINED } from '../values';
import { limitedString, MAX_STRING } from './conversions';
import { type ClassAdFunction, type FunctionTable, ofValues } from './signature';
import { itemsOf } from './string-lists';

/** The most steps of one search; PCRE2's match limit is ten times as high. */
const MAX_STEPS = 1_000_000;

/** What a search costs the evaluation: so many steps, and one for so many of its own. */
const STEPS_PER_SEARCH = 10;
const STEPS_PER_STEP = 4;

function optionsOf(letters: string): RegexpOptions {
  return {
    ignoreCase: letters.includes('i'),
    multiline: letters.includes('m'),
    dotAll: letters.includes('s'),
    extended: letters.includes('x'),
  };
}

/** Errors first, then undefined, then what is no string; or the strings. */
function stringsOf(values: readonly Value[]): string[] | Value {
  if (values.some(({ type }) => type === 'error')) return ERROR;
  if (values.some(({ type }) => type === 'undefined')) return UNDEFINED;
  const strings = values.flatMap((value) => (value.type === 'string' ? [value.value] : []));
  return strings.length === values.length ? strings : ERROR;
}

/** Searches, and charges the evaluation for it. undefined: it took too long. */
function search(
  regexp: Regexp,
  subject: string,
  from: number,
  evaluation: Evaluation,
  again = false,
): Captures | 'none' | undefined {
  const budget = { steps: MAX_STEPS };
  const options = again ? { anchored: true, notEmptyAtStart: true } : {};
  const outcome = regexp.search(subject, from, budget, options);
  const spent = MAX_STEPS - Math.max(budget.steps, 0);
  if (!evaluation.spend(STEPS_PER_SEARCH + spent / STEPS_PER_STEP)) return undefined;
  return outcome === 'limit' ? undefined : outcome;
}

function matches(regexp: Regexp, text: string, evaluation: Evaluation): boolean | undefined {
  const outcome = search(regexp, bytesOf(text), 0, evaluation);
  return outcome === undefined ? undefined : outcome !== 'none';
}

/** `regexp(pattern, target [, options])` */
function regexp(values: readonly Value[], evaluation: Evaluation): Value {
  const strings = stringsOf(values);
  if (!Array.isArray(strings)) return strings;
  const [pattern = '', target = '', letters = ''] = strings;
  const compiled = Regexp.compile(pattern, optionsOf(letters));
  const found = compiled && matches(compiled, target, evaluation);
  return found === undefined ? ERROR : booleanValue(found);
}

/** `regexpMember(pattern, list [, options])`: an undefined item makes undefined what is not true. */
function regexpMember([pattern, list, options]: readonly Value[], evaluation: Evaluation): Value {
  const given = [pattern, list, options].filter((value) => value !== undefined);
  if (given.some(({ type }) => type === 'error')) return ERROR;
  if (given.some(({ type }) => type === 'undefined')) return UNDEFINED;
  if (pattern?.type !== 'string' || list?.type !== 'list') return ERROR;
  if (options !== undefined && options.type !== 'string') return ERROR;
  const compiled = Regexp.compile(pattern.value, optionsOf(options?.value ?? ''));
  let result = FALSE;
  for (const item of list.items) {
    const value = evaluation.evaluateItem(list, item);
    if (value.type === 'undefined') result = UNDEFINED;
    else if (value.type !== 'string') return ERROR;
    // HTCondor takes a pattern that is none for one that matches nothing here.
    else if (compiled && matches(compiled, value.value, evaluation) === true) return TRUE;
  }
  return result;
}

/** `stringList_regexpMember(pattern, list [, delimiters [, options]])` */
function stringListMember(values: readonly Value[], evaluation: Evaluation): Value {
  const strings = values.flatMap((value) => (value.type === 'string' ? [value.value] : []));
  if (strings.length < values.length) return ERROR;
  const [pattern = '', list = '', delimiters = ', ', letters = ''] = strings;
  const compiled = Regexp.compile(pattern, optionsOf(letters.toLowerCase()));
  if (compiled === undefined || !evaluation.spend(list.length)) return ERROR;
  const items = itemsOf(list, delimiters);
  if (items.length === 0) return UNDEFINED;
  return booleanValue(items.some((item) => matches(compiled, item, evaluation) === true));
}

/** What a substitution gives: all of the target, and every match? */
interface Extent {
  readonly wholeTarget: boolean;
  readonly everyMatch: boolean;
}

/** `regexps(pattern, target, substitute [, options])`, and its kin with options of their own. */
function substitution(own: string): ClassAdFunction {
  return ofValues(3, 4, (values, evaluation) => {
    const strings = stringsOf(values);
    if (!Array.isArray(strings)) return strings;
    const [pattern = '', target = '', substitute = '', given = ''] = strings;
    const letters = given + own;
    const compiled = Regexp.compile(pattern, optionsOf(letters));
    if (compiled === undefined) return ERROR;
    const extent = { wholeTarget: letters.includes('f'), everyMatch: letters.includes('g') };
    const texts = { subject: bytesOf(target), substitute: bytesOf(substitute) };
    const result = substituteMatches(compiled, texts, extent, evaluation);
    return result === undefined ? ERROR : limitedString(textOfBytes(result));
  });
}

function substituteMatches(
  compiled: Regexp,
  { subject, substitute }: { subject: string; substitute: string },
  { wholeTarget, everyMatch }: Extent,
  evaluation: Evaluation,
): string | undefined {
  let output = '';
  let place = 0;
  let afterEmpty = false;
  do {
    const outcome = search(compiled, subject, place, evaluation, afterEmpty);
    if (outcome === undefined || output.length > MAX_STRING) return undefined;
    if (outcome === 'none') {
      // After an empty match, what is there is tried again one byte later.
      if (!afterEmpty || place >= subject.length) break;
      output += subject.charAt(place);
      place += 1;
      afterEmpty = false;
      continue;
    }
    const [start = 0, end = 0] = outcome;
    const replaced = expand(substitute, subject, outcome);
    if (replaced === undefined) return undefined;
    output += (wholeTarget ? subject.slice(place, start) : '') + replaced;
    place = end;
    afterEmpty = start === end;
  } while (everyMatch);
  return wholeTarget ? output + subject.slice(place) : output;
}

/** Puts what was captured in the place of `\0` to `\9`. undefined: there is no such group. */
function expand(substitute: string, subject: string, captures: Captures): string | undefined {
  const highest = captures.findLastIndex((place) => place >= 0) >> 1;
  const groups = [...substitute.matchAll(/\\(\d)/g)].map(([, digit]) => Number(digit));
  if (groups.some((group) => group > highest)) return undefined;
  return substitute.replace(/\\(\d)/g, (_, digit: string) => {
    const start = captures[2 * Number(digit)] ?? -1;
    return start < 0 ? '' : subject.slice(start, captures[2 * Number(digit) + 1]);
  });
}

export const REGEXPS: FunctionTable = {
  regexp: ofValues(2, 3, regexp),
  regexpmember: ofValues(2, 3, regexpMember),
  regexps: substitution(''),
  replace: substitution('f'),
  replaceall: substitution('fg'),
  stringlist_regexpmember: ofValues(2, 4, stringListMember),
};
