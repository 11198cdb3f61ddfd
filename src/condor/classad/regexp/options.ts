/** The options of a pattern: it may switch them for a part of itself, as `(?i)` and `(?s-x:…)` do. */

export interface Options {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  /** `xx`: spaces and tabs in classes are left out too. */
  readonly extendedMore: boolean;
  readonly noCapture: boolean;
  readonly ungreedy: boolean;
  /** Two groups may have one name. */
  readonly sharedNames: boolean;
}

export const NO_OPTIONS: Options = {
  ignoreCase: false,
  multiline: false,
  dotAll: false,
  extended: false,
  extendedMore: false,
  noCapture: false,
  ungreedy: false,
  sharedNames: false,
};

const LETTERS: Readonly<Record<string, keyof Options>> = {
  i: 'ignoreCase',
  J: 'sharedNames',
  m: 'multiline',
  n: 'noCapture',
  s: 'dotAll',
  U: 'ungreedy',
  x: 'extended',
};

/** How a group switches options, behind its bracket: `?^im-x` and the mark that ends it. */
export const OPTION_GROUP = /\?(\^?)([imnsxJU]*)(?:-([imnsxJU]*))?([:)])/y;

/** The options after a switch; the parts are those of {@link OPTION_GROUP}. */
export function switchOptions(
  options: Options,
  { reset, on, off }: { reset: boolean; on: string; off: string },
): Options {
  const { ungreedy, sharedNames } = options;
  const base = reset ? { ...NO_OPTIONS, ungreedy, sharedNames } : options;
  return withLetters(withLetters(base, on, true), off, false);
}

function withLetters(options: Options, letters: string, value: boolean): Options {
  const changed: Partial<Record<keyof Options, boolean>> = {};
  for (const letter of letters) {
    const name = LETTERS[letter];
    if (name !== undefined) changed[name] = value;
  }
  if (letters.includes('x')) changed.extendedMore = value && letters.includes('xx');
  return { ...options, ...changed };
}
