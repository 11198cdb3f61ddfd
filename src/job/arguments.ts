/**
 * A job's arguments as one string, in both of HTCondor's syntaxes, and back.
 *
 * V1 (`Args`): words between white space; nothing can be quoted.
 * V2 (`Arguments`): words between white space; a part in single quotes is taken as it is, and a
 * single quote inside such a part is written twice. `one 'two three' '' 'it''s'` is four words.
 *
 * In a submit file or a knob, V2 is told from V1 by a pair of double quotes around the whole, in
 * which a double quote is written twice ("quoted V2"); an ad holds the inside only ("raw V2").
 *
 * Source: condor_submit(1), `arguments`; ArgList of HTCondor's condor_utils.
 */
import { err, ok, type Result } from '../result';

/** What separates words. Narrower than JavaScript's `\s`: no form feed, no Unicode space. */
const WHITE_SPACE = /[ \t\n\r]/;
const WHITE_SPACE_RUN = /[ \t\n\r]+/;

/** The words of a V1 string. Every string is one: quotes are ordinary characters. */
export function parseArgumentsV1(text: string): string[] {
  return text.split(WHITE_SPACE_RUN).filter((word) => word !== '');
}

/** The words of a raw V2 string, or a sentence that shows where a quote is left open. */
export function parseArgumentsV2(text: string): Result<string[], string> {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "'") {
      const part = quotedPart(text, at);
      if (part === undefined) {
        return err(`the single quote that opens here is never closed: ${text.slice(at)}`);
      }
      word = (word ?? '') + part.text;
      at = part.end;
    } else if (WHITE_SPACE.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return ok(words);
}

/**
 * The part between two quotes, in which the quote itself is written twice. `start` is the place of
 * the quote that opens it, `end` of the one that closes it; undefined where nothing closes it.
 */
function quotedPart(text: string, start: number): { text: string; end: number } | undefined {
  const quote = text.charAt(start);
  let from = start + 1;
  let part = '';
  for (;;) {
    const next = text.indexOf(quote, from);
    if (next < 0) return undefined;
    part += text.slice(from, next);
    if (text.charAt(next + 1) !== quote) return { text: part, end: next };
    part += quote;
    from = next + 2;
  }
}

/** Words as a V1 string, or a sentence that names the word that V1 cannot say. */
export function printArgumentsV1(words: readonly string[]): Result<string, string> {
  const unsayable = words.find((word) => word === '' || WHITE_SPACE.test(word));
  return unsayable === undefined
    ? ok(words.join(' '))
    : err(`the V1 syntax has no way to write ${JSON.stringify(unsayable)}; use V2`);
}

/** Words as a raw V2 string. */
export function printArgumentsV2(words: readonly string[]): string {
  return words.map(printWordV2).join(' ');
}

/** Quotes what needs it, and no more than that, as HTCondor does: `a b'c` is `a' 'b''''c`. */
function printWordV2(word: string): string {
  if (word === '') return "''";
  return word.replace(/[ \t\n\r']+/g, (special) => `'${special.replaceAll("'", "''")}'`);
}

/** True for a string whose first character, after white space, is a double quote. */
export function isQuotedV2(text: string): boolean {
  return /^[ \t\n\v\f\r]*"/.test(text);
}

/** Takes the double quotes off quoted V2, or says what is wrong with them. */
export function unquoteV2(text: string): Result<string, string> {
  const inside = quotedPart(text, text.indexOf('"'));
  if (inside === undefined) return err('the double quote that opens it is never closed');
  const rest = text.slice(inside.end + 1).trim();
  if (rest !== '') {
    return err(
      `something follows the double quote that closes it: ${rest} (inside, write "" for a double quote)`,
    );
  }
  return ok(inside.text);
}

/** Puts the double quotes of quoted V2 around raw V2. */
export function quoteV2(raw: string): string {
  return `"${raw.replaceAll('"', '""')}"`;
}
