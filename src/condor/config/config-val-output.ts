/**
 * What `condor_config_val` is asked, and what it answers. Pure.
 *
 * One run gives everything: `-config` the files, and `-dump` with a regular expression each knob
 * that is set, with the value that a starter gets (its prefixes are minded, macros expanded) and
 * where it was set:
 *
 * ```
 *         /etc/condor/condor_config
 *         /etc/condor/config.d/10-site
 * EXECUTE = /var/lib/condor/execute
 *  # at: /etc/condor/condor_config, line 81
 *  # raw: $(LOCAL_DIR)/lib/condor/execute
 * STARTER_JOB_ENVIRONMENT @=end
 *    "A=1
 *    B=2"
 * @end
 *  # at: /etc/condor/config.d/10-site, line 3, use FEATURE:X+2
 * ```
 *
 * Source: condor_config_val.cpp of condor_tools, of 23.9 and 25.14.
 */
import { err, ok, type Result } from '../../result';
import { KNOBS } from './knobs';

/** Names beside the knobs that say which files the configuration depends on. */
export const SOURCE_KNOBS = ['LOCAL_CONFIG_DIR', 'ENABLE_PERSISTENT_CONFIG'] as const;

/** One setting of the answer. */
export interface AnsweredKnob {
  /** As it was set: `EXECUTE`, `STARTER.EXECUTE`, `slot_type_1.EXECUTE`. */
  readonly name: string;
  /** Macros expanded. */
  readonly text: string;
  /** `/etc/condor/condor_config, line 81`, `<Environment>`, `<Default>` … */
  readonly location: string;
}

/** The whole answer. */
export interface Answer {
  /** Files, first the main one, and commands, which end in `|`; files that do not exist too. */
  readonly sources: readonly string[];
  readonly knobs: readonly AnsweredKnob[];
}

/** The regular expression of all names that we want, with and without a starter's prefixes. */
export function knobPattern(localName: string | undefined): string {
  const prefixes = ['STARTER', ...(localName === undefined ? [] : [escapePattern(localName)])];
  const names = [...Object.keys(KNOBS), ...SOURCE_KNOBS].map((name) =>
    name.replace(/<[NM]>/g, '[0-9]+').replace(/<(Res|Keyword)>/, '[A-Za-z0-9_]+'),
  );
  return `^((${prefixes.join('|')})[.])?(${names.join('|')})$`;
}

/** The arguments of `condor_config_val`. */
export function configValArguments(localName: string | undefined): readonly string[] {
  const local = localName === undefined ? [] : ['-local-name', localName];
  const what = ['-config', '-dump', '-expanded', '-verbose', knobPattern(localName)];
  return ['-subsystem', 'STARTER', ...local, ...what];
}

function escapePattern(text: string): string {
  return text.replace(/[^\w]/g, (character) => `[${character}]`.replace(/^\[([\\^\]])\]$/, '\\$1'));
}

/** The line behind which the knobs come. */
const HEAD = /^# Configuration from machine: /;
const SETTING = /^([A-Za-z_][\w.-]*) (?:= ?(.*)|@=end)$/;
const LOCATION = /^ # at: (.*)$/;
const HERE_END = '@end';
const HERE_INDENT = '   ';

/** Reads the answer. @returns a sentence about the first line that no such answer has */
export function parseConfigVal(text: string): Result<Answer, string> {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => HEAD.test(line));
  if (head < 0) return err('its answer has no "Configuration from machine"');
  const sources = lines.slice(0, head).filter((line) => /^\s+\S/.test(line));
  const knobs: AnsweredKnob[] = [];
  for (let index = head + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line.trim() === '' || /^\s*#/.test(line)) continue;
    const [, name, plain] = SETTING.exec(line) ?? [];
    if (name === undefined)
      return err(`its answer has the line ${JSON.stringify(line.slice(0, 80))}`);
    const here = plain === undefined ? takeHereDocument(lines, index + 1) : undefined;
    if (here !== undefined) index = here.end;
    const location = LOCATION.exec(lines[index + 1] ?? '')?.[1];
    if (location === undefined) return err(`its answer does not say where ${name} is set`);
    knobs.push({ name, text: (plain ?? here?.text ?? '').trim(), location });
  }
  return ok({ sources: sources.map((line) => line.trim()), knobs });
}

/** A value of several lines. `end` is the index of the line that ends it. */
function takeHereDocument(
  lines: readonly string[],
  start: number,
): { readonly text: string; readonly end: number } {
  const found = lines.indexOf(HERE_END, start);
  const end = found < 0 ? lines.length : found;
  const text = lines
    .slice(start, end)
    .map((line) => (line.startsWith(HERE_INDENT) ? line.slice(HERE_INDENT.length) : line))
    .join('\n');
  return { text, end };
}
