/**
 * Typed lookups in an ad that remember what is wrong: a reader is asked for everything first, and
 * for its complaints once at the end.
 *
 * HTCondor takes an attribute of the wrong type for a missing one, and the job runs otherwise than
 * was meant; here it is a complaint that says what is there and what was expected. An attribute
 * that is undefined counts as missing: expressions often are, without a match.
 */
import { type ClassAd, printValue, type Value } from '../condor/classad';

/** How much of a wrong value a complaint shows. */
const SHOWN = 60;

export class AdReader {
  private readonly found: string[] = [];

  constructor(private readonly ad: ClassAd) {}

  /** Sentences about attributes that were asked for and are wrong, in the order of asking. */
  get complaints(): readonly string[] {
    return this.found;
  }

  /** Adds a sentence of the caller's own, for what is wrong with a value of the right type. */
  complain(sentence: string): void {
    this.found.push(sentence);
  }

  /** The attribute's value; undefined where the ad is silent. */
  value(name: string): Value | undefined {
    const value = this.ad.value(name);
    if (value.type === 'undefined') return undefined;
    if (value.type === 'error') {
      this.complain(`${name} cannot be evaluated: its expression gives error`);
      return undefined;
    }
    return value;
  }

  string(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    // The kernel ends strings at NUL: what follows would be lost without a word.
    if (value.type === 'string' && !value.value.includes('\0')) return value.value;
    this.wrong(name, value, value.type === 'string' ? 'a string without NUL' : 'a string');
    return undefined;
  }

  /** A string that is not empty; an empty one counts as missing. */
  text(name: string): string | undefined {
    return this.string(name) || undefined;
  }

  /** A number, its fraction cut off, as HTCondor does. */
  integer(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (value.type === 'integer') return Number(value.value);
    if (value.type === 'real' && Number.isFinite(value.value)) return Math.trunc(value.value);
    this.wrong(name, value, 'an integer');
    return undefined;
  }

  /** A number that counts or measures something: not less than 0. */
  count(name: string): number | undefined {
    const number = this.integer(name);
    if (number === undefined || number >= 0) return number;
    this.complain(`${name} is ${number}; expected 0 or more`);
    return undefined;
  }

  /** A boolean, or a number, of which only 0 is false. */
  boolean(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || value.type === 'boolean') return value?.value;
    if (value.type === 'integer') return value.value !== 0n;
    if (value.type === 'real') return value.value !== 0;
    this.wrong(name, value, 'true or false');
    return undefined;
  }

  private wrong(name: string, value: Value, expected: string): void {
    this.complain(`${name} is ${shown(value)}; expected ${expected}`);
  }
}

/** A value for a message, cut where it is long. */
export function shown(value: Value): string {
  const text = printValue(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
