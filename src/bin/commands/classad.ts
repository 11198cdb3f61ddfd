/** `eyrie classad eval`: evaluates ClassAd expressions, one result a line. */
import { ClassAd, evaluate, fromBytes, parseExpression, printValue } from '../../condor/classad';
import type { Result } from '../../result';
import { EVALUATION_HOST } from '../../starter/evaluation-host';
import { readAd } from '../../starter/read-ad';
import type { ClassadEvalOptions, CommandIo } from '../options/types';

const ALL_PARSED = 0;
const NOT_ALL_PARSED = 1;

/**
 * Prints what each expression evaluates to, in the new ClassAd syntax, on a line of its own. Where
 * one does not parse, its line begins with `parse error`. Empty lines of standard input are not
 * expressions.
 *
 * @returns the exit status: 0 if the ad and all expressions could be read, else 1
 */
export async function runClassadEval(options: ClassadEvalOptions, io: CommandIo): Promise<number> {
  const ad = readContext(options);
  if (!ad.ok) {
    io.stderr.write(`eyrie classad eval: ${ad.error}\n`);
    return NOT_ALL_PARSED;
  }
  let status = ALL_PARSED;
  for await (const { text, line } of expressions(options, io)) {
    const answer = answerTo(text, line, ad.value);
    if (!answer.parsed) status = NOT_ALL_PARSED;
    if (!io.stdout.write(`${answer.text}\n`)) break;
  }
  return status;
}

function readContext(options: ClassadEvalOptions): Result<ClassAd, string> {
  if (options.ad === undefined) return { ok: true, value: new ClassAd() };
  if (options.ad === '-' && options.expressions.length === 0) {
    const error = 'standard input cannot hold both the ad and the expressions: name a file for one';
    return { ok: false, error };
  }
  return readAd(options.ad);
}

/** An expression, and the line of the input that it stands on. */
interface Question {
  readonly text: string;
  readonly line: number;
}

async function* expressions(options: ClassadEvalOptions, io: CommandIo): AsyncGenerator<Question> {
  if (options.expressions.length > 0) {
    for (const text of options.expressions) yield { text, line: 1 };
    return;
  }
  let line = 0;
  for await (const text of linesOf(io.stdin)) {
    line += 1;
    if (text.trim() !== '') yield { text, line };
  }
}

/** The lines of a stream, each as soon as it is complete. */
async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    rest = Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield fromBytes(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield fromBytes(rest);
}

function answerTo(text: string, line: number, ad: ClassAd): { text: string; parsed: boolean } {
  const expression = parseExpression(text);
  if (!expression.ok) {
    const { column, message } = expression.error;
    const place = `line ${line + expression.error.line - 1}, column ${column}`;
    return { text: `parse error: ${place}: ${message}`, parsed: false };
  }
  const value = evaluate(expression.value, { my: ad }, EVALUATION_HOST);
  return { text: printValue(value), parsed: true };
}
