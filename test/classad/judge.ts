/**
 * Asks HTCondor's own `classad_eval` for the values of expressions. It lives in a folder made with
 * debootstrap that has Debian's `condor` package.
 *
 * What to know about `classad_eval` (23.9): it takes an argument for an ad before it takes it for
 * an expression, so expressions are put in parentheses. It ends at the first one that does not
 * parse, or whose value it cannot print (lists, ads), or where the evaluation fails; so it is
 * started again for the rest. The value of a list or ad is asked for as `string(…)`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What an expression is evaluated in. */
export interface Context {
  /** The ad, in the new syntax; undefined: an empty one. */
  readonly ad?: string | undefined;
  /** The ad that it is matched with, in the new syntax. */
  readonly target?: string | undefined;
  /** Offset of local time from UTC in seconds. */
  readonly utcOffset?: number | undefined;
}

/** Where a text is not an expression. */
export const PARSE_ERROR = 'parse error';

/** Where HTCondor gives no value at all, not even error. */
export const NO_VALUE = 'no value';

/** Where it died: of a bug of its own. Nothing can be learned from that. */
export const CRASH = 'crash';

/** How many expressions one process is asked for. */
const BATCH = 200;

/** The values of expressions, as `classad_eval` prints them. */
export function judge(
  root: string,
  expressions: readonly string[],
  context: Context = {},
): string[] {
  const directory = mkdtempSync(path.join(root, 'tmp', 'eyrie-classads-'));
  try {
    return new Judge(root, directory, context).values(expressions);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

class Judge {
  private readonly contextArguments: readonly string[];

  constructor(
    private readonly root: string,
    directory: string,
    private readonly context: Context,
  ) {
    const file = (name: string, option: string, text: string | undefined) => {
      if (text === undefined) return [];
      writeFileSync(path.join(directory, name), text);
      return [option, path.join('/tmp', path.basename(directory), name)];
    };
    this.contextArguments = [
      ...file('my.ad', '-file', context.ad),
      ...file('target.ad', '-target-file', context.target),
    ];
  }

  values(expressions: readonly string[]): string[] {
    const values: string[] = [];
    while (values.length < expressions.length) {
      const batch = expressions.slice(values.length, values.length + BATCH);
      const { lines, trouble } = this.ask(batch.map((expression) => `(${expression}\n)`));
      values.push(...lines);
      const culprit = batch[lines.length];
      if (culprit !== undefined) values.push(this.valueInTrouble(culprit, trouble));
    }
    return values;
  }

  private valueInTrouble(expression: string, trouble: string): string {
    if (/Unable to turn/.test(trouble)) return PARSE_ERROR;
    if (/Unable to evaluate/.test(trouble)) return NO_VALUE;
    if (/^it died of SIG(SEGV|ABRT|FPE)/.test(trouble)) return CRASH;
    if (!/invalid ExprTree/.test(trouble)) {
      throw new Error(`classad_eval failed on ${expression}: ${trouble}`);
    }
    const [text] = this.ask([`string(${expression}\n)`]).lines;
    if (text === undefined) throw new Error(`classad_eval cannot print ${expression}`);
    return text.slice(1, -1).replace(/\\(["\\])/g, '$1');
  }

  private ask(words: readonly string[]): { lines: string[]; trouble: string } {
    const { stdout, stderr, error, signal } = spawnSync(
      'chroot',
      [this.root, 'classad_eval', ...this.contextArguments, '-quiet', ...words],
      {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
        env: {
          PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
          PYTHONWARNINGS: 'ignore',
          LANG: 'C.UTF-8',
          TZ: zone(this.context.utcOffset ?? 0),
        },
      },
    );
    if (error !== undefined) throw error;
    const trouble = signal === null ? stderr : `it died of ${signal}`;
    return { lines: stdout.split('\n').slice(0, -1), trouble };
  }
}

/** A POSIX time zone, whose sign is the other way around. */
function zone(utcOffset: number): string {
  if (utcOffset === 0) return 'UTC0';
  const size = Math.abs(utcOffset);
  const minutes = String(Math.floor(size / 60) % 60).padStart(2, '0');
  return `<LMT>${utcOffset > 0 ? '-' : ''}${Math.floor(size / 3600)}:${minutes}`;
}
