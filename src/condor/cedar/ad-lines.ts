/**
 * Ads of the wire: a number of lines, the lines, and two types. Rules: condor_utils/
 * classad_oldnew.cpp of HTCondor, getClassAd().
 */
import { ClassAd, type Expression, parseExpression, stringValue } from '../classad';
import { readEscapes } from '../classad/string-escapes';
import type { MessageReader } from './types';
import { WireTrouble } from './wire-trouble';

/** Says that the next string is the line, sent as a secret; SECRET_MARKER of classad_oldnew.cpp. */
const SECRET_MARKER = 'ZKM';

/** What a type was called that nobody had set; UNKNOWN in condor_adtypes.h. */
const NO_TYPE = '(unknown type)';

/** Reads an ad. Of two attributes of one name the later one counts. */
export function readAd(message: MessageReader): ClassAd {
  const count = message.int();
  // A line has a byte at least; so a great number costs nothing before its lines have come.
  if (count < 0 || count > message.left) {
    throw new WireTrouble(`Expected an ad, found one of ${count} attributes`);
  }
  const ad = new ClassAd();
  for (let index = 0; index < count; index += 1) {
    const line = message.string();
    const [name, expression] = parseLine(line === SECRET_MARKER ? message.string() : line);
    ad.set(name, expression);
  }
  for (const name of ['MyType', 'TargetType']) {
    const type = message.string();
    if (type !== '' && type !== NO_TYPE && !ad.has(name)) ad.set(name, stringValue(type));
  }
  return ad;
}

/** What stands before the expression: any word, or a name in single quotes. */
const NAME = /^\s*(?:([^\s='"()[\]{},;]+)|'((?:[^'\\]|\\.)+)')\s*=/;

/** A line break within is part of the value: HTCondor sends strings as they are. */
function parseLine(line: string): readonly [name: string, expression: Expression] {
  const match = NAME.exec(line);
  const name = match?.[1] ?? readEscapes(match?.[2] ?? '') ?? '';
  if (match === null || name === '') {
    throw new WireTrouble('Expected an attribute of an ad, found a line without a name');
  }
  const expression = parseExpression(line.slice(match[0].length).trim(), 'old');
  if (expression.ok) return [name, expression.value];
  // The value may be a secret, and the parser's message may quote it.
  throw new WireTrouble(
    `The value of the attribute ${JSON.stringify(name.slice(0, 100))} is no expression ` +
      `(at column ${expression.error.column})`,
  );
}
