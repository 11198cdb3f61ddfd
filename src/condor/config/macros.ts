/**
 * HTCondor's macros in a knob's value: `$(NAME)`, `$(NAME:otherwise)`, `$ENV(NAME)`,
 * `$ENV(NAME:otherwise)`, `$(DOLLAR)`. `$$(NAME)` belongs to jobs and stays as it is.
 *
 * Two things differ from HTCondor on purpose: a name that is defined nowhere is an error (there it
 * vanishes, and a misspelt $(LOCAL_DIR)/execute becomes /execute), and so is a variable that the
 * environment lacks (there it becomes the word UNDEFINED).
 *
 * Source: the manual's chapter "Introduction to Configuration", sections on macros.
 */
import { err, ok, type Result } from '../../result';

/** Where the values of macros come from. */
export interface MacroWorld {
  /** The value of `$(NAME)`, macros expanded; undefined: no such name. */
  macro(name: string): Result<string | undefined, string>;
  /** The value of `$ENV(NAME)`; undefined: not in the environment. */
  environment(name: string): string | undefined;
}

/** HTCondor's functions of the configuration language, which only HTCondor's own reader has. */
const FUNCTIONS =
  /^(?:INT|REAL|STRING|EVAL|RANDOM_CHOICE|RANDOM_INTEGER|CHOICE|SUBSTR|DIRNAME|BASENAME|F[a-z]*)$/;

/** A dollar, then nothing, `ENV` or a function's name, then a parenthesis. */
const OPENING = /\$(\$|[A-Za-z_]*)\(/g;

/** `NAME` or `NAME:otherwise`. Other text between parentheses is no macro and stays as it is. */
const BODY = /^([A-Za-z_][\w.]*)(?::([^]*))?$/;

/**
 * Expands the macros of a text. The result is not looked at again.
 *
 * @returns an error that says what is wrong, without a full stop
 */
export function expandMacros(text: string, world: MacroWorld): Result<string, string> {
  let expanded = '';
  let position = 0;
  for (;;) {
    OPENING.lastIndex = position;
    const opening = OPENING.exec(text);
    if (opening === null) return ok(expanded + text.slice(position));
    expanded += text.slice(position, opening.index);
    const piece = expandOne(text, opening, world);
    if (!piece.ok) return piece;
    expanded += piece.value.text;
    position = piece.value.end;
  }
}

/** The names that a text refers to by `$(NAME)`, in upper case. */
export function referredNames(text: string): readonly string[] {
  return [...text.matchAll(/\$\(([A-Za-z_][\w.]*)/g)].map(([, name]) => (name ?? '').toUpperCase());
}

interface Piece {
  readonly text: string;
  /** Where in the whole text to go on. */
  readonly end: number;
}

function expandOne(
  text: string,
  opening: RegExpExecArray,
  world: MacroWorld,
): Result<Piece, string> {
  const kind = opening[1] ?? '';
  const bodyStart = opening.index + opening[0].length;
  const untouched = ok({ text: opening[0], end: bodyStart });
  if (kind === '$') return untouched;
  if (FUNCTIONS.test(kind)) {
    return err(`the macro function $${kind}() works in HTCondor's own configuration only`);
  }
  if (kind !== '' && kind !== 'ENV') return untouched;
  const close = closingParenthesis(text, bodyStart);
  const body = close < 0 ? null : BODY.exec(text.slice(bodyStart, close));
  if (body === null) return untouched;
  const [, name = '', otherwise] = body;
  const value =
    kind === 'ENV' ? environment(name, otherwise, world) : macro(name, otherwise, world);
  return value.ok ? ok({ text: value.value, end: close + 1 }) : value;
}

function macro(
  name: string,
  otherwise: string | undefined,
  world: MacroWorld,
): Result<string, string> {
  if (name.toUpperCase() === 'DOLLAR') return ok('$');
  const value = world.macro(name);
  if (!value.ok) return value;
  if (value.value !== undefined) return ok(value.value);
  if (otherwise !== undefined) return expandMacros(otherwise, world);
  return err(`$(${name}) is not defined (write $(${name}:) where that is meant)`);
}

function environment(
  name: string,
  otherwise: string | undefined,
  world: MacroWorld,
): Result<string, string> {
  const value = world.environment(name);
  if (value !== undefined) return ok(value);
  if (otherwise !== undefined) return expandMacros(otherwise, world);
  return err(`the environment has no variable ${name} (write $ENV(${name}:) where that is meant)`);
}

/** The index of the parenthesis that closes one opened before `start`; -1: none does. */
function closingParenthesis(text: string, start: number): number {
  let depth = 1;
  for (let index = start; index < text.length; index++) {
    if (text[index] === '(') depth++;
    if (text[index] === ')' && --depth === 0) return index;
  }
  return -1;
}
