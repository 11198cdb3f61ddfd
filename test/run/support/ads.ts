/**
 * Job ads for tests, and reading result ads.
 *
 * Both are written down here once more, apart from the product's own ClassAd code, so that one is a
 * proof of the other.
 */

/** An expression of the ClassAd language, as it stands. */
export class Expression {
  constructor(readonly text: string) {}
}

/** A job ad: a string is a string, an {@link Expression} is not quoted. */
export type Ad = Readonly<Record<string, string | number | boolean | Expression>>;

/** The lines of an ad in old syntax. */
export function oldSyntax(ad: Ad): string {
  return Object.entries(ad)
    .map(([name, value]) => `${name} = ${written(value, escapeOld)}\n`)
    .join('');
}

/** An ad in new syntax: the one in which a string can hold a newline. */
export function newSyntax(ad: Ad): string {
  const members = Object.entries(ad).map(
    ([name, value]) => `${name} = ${written(value, escapeNew)}`,
  );
  return `[ ${members.join('; ')} ]\n`;
}

/** Arguments in V2 syntax: words in single quotes, in which a quote is written twice. */
export function quoteArguments(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "''")}'`).join(' ');
}

/** A job that runs a shell script. */
export function shell(script: string): Ad {
  return { Cmd: '/bin/sh', Arguments: quoteArguments(['-c', script]) };
}

/** A value of a result ad. */
export type ResultValue = string | number | boolean;

/**
 * Reads an ad in old syntax, an attribute a line, of which each has a plain value.
 *
 * @throws where a line is anything else, or a name is there twice
 */
export function readResultAd(text: string): Readonly<Record<string, ResultValue>> {
  if (!text.endsWith('\n')) throw new Error(`the ad does not end with a newline: ${text}`);
  const ad: Record<string, ResultValue> = {};
  for (const line of text.slice(0, -1).split('\n')) {
    const [, name, value] = /^([A-Za-z_]\w*) = (.+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || name in ad) {
      throw new Error(`not an attribute, or one that was there before: ${line}`);
    }
    ad[name] = readValue(value);
  }
  return ad;
}

function readValue(text: string): ResultValue {
  // In the old syntax a backslash is a backslash, but before a quote.
  if (/^"(?:[^"]|\\")*"$/.test(text)) return text.slice(1, -1).replaceAll('\\"', '"');
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (/^-?\d+(\.\d+)?(E[-+]?\d+)?$/i.test(text)) return Number(text);
  throw new Error(`not a plain value: ${text}`);
}

function written(value: Ad[string], escape: (text: string) => string): string {
  if (value instanceof Expression) return value.text;
  return typeof value === 'string' ? `"${escape(value)}"` : String(value);
}

/** In the old syntax a backslash means nothing but before a quote. */
function escapeOld(text: string): string {
  if (/\n|\\("|$)/.test(text)) throw new Error(`old syntax cannot say ${JSON.stringify(text)}`);
  return text.replaceAll('"', '\\"');
}

function escapeNew(text: string): string {
  return text
    .replaceAll(/["\\]/g, (character) => `\\${character}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
}
