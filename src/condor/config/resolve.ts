/**
 * From settings to values: precedence, prefixes, defaults, macros. Pure.
 */
import { err, ok, type Result } from '../../result';
import type { HandDefault, KnobRow } from './knob-types';
import { findKnob, nearestKnob, plainKnobs } from './knob-names';
import { expandMacros, referredNames } from './macros';
import { describeTrouble, type Origin } from './origin';
import type { ConfigError, Setting } from './settings';

/** The final text of a knob, and who set it. */
export interface KnobValue {
  /** Macros expanded; empty: not set. */
  readonly text: string;
  readonly origin: Origin;
}

/** All values by the knob's name in upper case. Knobs named by a pattern are there if set. */
export type KnobValues = ReadonlyMap<string, KnobValue>;

/** Which column of the table of knobs holds for this run. */
export type DefaultsFor = 'pool' | 'root' | 'user';

/** What settings are resolved with. */
export interface ResolveInput {
  /** A later one wins over an earlier one of the same name. */
  readonly settings: readonly Setting[];
  readonly defaults: DefaultsFor;
  /** `-local-name`: settings of `NAME.KNOB` win over those of `STARTER.KNOB` and of `KNOB`. */
  readonly localName?: string | undefined;
  /** Macros that are there without being set, such as FULL_HOSTNAME; asked in upper case. */
  readonly predefined: (name: string) => string | undefined;
  /** The process's environment, for `$ENV(NAME)`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The default of a knob, macros not expanded. */
export function defaultText(row: KnobRow, defaults: DefaultsFor): string {
  const hand: HandDefault | undefined = defaults === 'pool' ? undefined : row.hand;
  if (hand === undefined || defaults === 'pool') return row.pool;
  return typeof hand === 'string' ? hand : hand[defaults];
}

/**
 * Resolves settings to values.
 *
 * @returns the values of all knobs of the table, or every error: names that are neither knobs nor
 * used as macros, macros that are undefined or need themselves
 */
export function resolveSettings(input: ResolveInput): Result<KnobValues, readonly ConfigError[]> {
  const definitions = new Definitions(input);
  const values = new Map<string, KnobValue>();
  const troubles: { readonly definition: Definition; readonly trouble: string }[] = [];
  for (const [name, definition] of definitions.knobs()) {
    const text = definitions.expand(definition);
    if (text.ok) values.set(name, { text: text.value, origin: definition.origin });
    else troubles.push({ definition, trouble: text.error });
  }
  const errors = unknownNames(input, definitions);
  // A default fails only because of a setting that it refers to; that one is what to mend.
  const set = troubles.filter(({ definition }) => definition.origin.kind !== 'default');
  for (const { definition, trouble } of set.length > 0 ? set : troubles) {
    errors.push({ message: describeTrouble(definition, trouble) });
  }
  return errors.length > 0 ? err(errors) : ok(values);
}

/** A setting with the one that it replaces, which `NAME = $(NAME) more` refers to. */
interface Definition extends Setting {
  readonly previous: Definition | undefined;
}

/** Every name that has a meaning, by name in upper case. */
class Definitions {
  private readonly set = new Map<string, Definition>();
  private readonly defaults = new Map<string, Definition>();
  private readonly expanded = new Map<Definition, Result<string, string>>();
  /** What is being expanded just now, outermost first. */
  private readonly underway: Definition[] = [];

  constructor(private readonly input: ResolveInput) {
    for (const { rowName, row } of plainKnobs()) {
      const text = defaultText(row, input.defaults);
      const origin = { kind: 'default' } as const;
      this.defaults.set(rowName.toUpperCase(), {
        name: rowName,
        text,
        origin,
        previous: undefined,
      });
    }
    for (const setting of input.settings) {
      const name = setting.name.toUpperCase();
      const previous = this.set.get(name) ?? this.defaults.get(bareName(name, input.localName));
      this.set.set(name, { ...setting, previous });
    }
  }

  /** The definition of a name: with a prefix, without, the table's default. */
  find(name: string): Definition | undefined {
    const prefixes = [...localPrefixes(this.input.localName), ''];
    const prefix = prefixes.find((candidate) => this.set.has(candidate + name));
    return prefix === undefined ? this.defaults.get(name) : this.set.get(prefix + name);
  }

  /** Name and definition of every knob of the table, and of those set that match a pattern. */
  *knobs(): IterableIterator<readonly [string, Definition]> {
    const names = new Set(this.defaults.keys());
    for (const name of this.set.keys()) {
      const bare = bareName(name, this.input.localName);
      if (findKnob(bare) !== undefined) names.add(bare);
    }
    for (const name of names) {
      const definition = this.find(name);
      if (definition !== undefined) yield [name, this.orDefault(name, definition)];
    }
  }

  /** The text of a definition with its macros expanded. */
  expand(definition: Definition): Result<string, string> {
    const known = this.expanded.get(definition);
    if (known !== undefined) return known;
    if (this.underway.includes(definition)) {
      const names = [...this.underway, definition].map(({ name }) => name);
      return err(`the macros need each other: ${names.join(' -> ')}`);
    }
    this.underway.push(definition);
    const text = expandMacros(definition.text, {
      macro: (name) => this.lookUp(name, definition),
      environment: (name) => this.input.environment[name],
    });
    this.underway.pop();
    this.expanded.set(definition, text);
    return text;
  }

  private lookUp(name: string, from: Definition): Result<string | undefined, string> {
    const wanted = name.toUpperCase();
    const own = wanted === bareName(from.name.toUpperCase(), this.input.localName);
    const definition = own ? from.previous : this.find(wanted);
    return definition === undefined ? ok(this.input.predefined(wanted)) : this.expand(definition);
  }

  /** `USE_PID_NAMESPACES =` asks for the default, as with HTCondor; an empty text is unset. */
  private orDefault(name: string, definition: Definition): Definition {
    const kind = findKnob(name)?.row.kind;
    const needsValue = kind === 'boolean' || kind === 'integer' || kind === 'choice';
    return definition.text === '' && needsValue
      ? (this.defaults.get(name) ?? definition)
      : definition;
  }
}

/** Prefixes that make a setting one for this starter, strongest first. */
function localPrefixes(localName: string | undefined): readonly string[] {
  return localName === undefined ? ['STARTER.'] : [`${localName.toUpperCase()}.`, 'STARTER.'];
}

/** A name in upper case without a prefix that makes it one for this starter. */
function bareName(name: string, localName: string | undefined): string {
  const prefix = localPrefixes(localName).find((candidate) => name.startsWith(candidate));
  return prefix === undefined ? name : name.slice(prefix.length);
}

/**
 * Settings of names that nothing asks for: most likely misspelt. The environment is not checked:
 * inside a job it has variables such as _CONDOR_SCRATCH_DIR that are no knobs.
 */
function unknownNames(input: ResolveInput, definitions: Definitions): ConfigError[] {
  const texts = input.settings.map(({ text }) => text);
  for (const [, { text }] of definitions.knobs()) texts.push(text);
  const used = new Set(texts.flatMap(referredNames));
  return input.settings
    .filter(({ origin }) => origin.kind === 'file' || origin.kind === 'command line')
    .map((setting) => ({ setting, bare: bareName(setting.name.toUpperCase(), input.localName) }))
    .filter(({ bare }) => findKnob(bare) === undefined && !used.has(bare))
    .map(({ setting, bare }) => {
      const meant = nearestKnob(bare);
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
      return { message: describeTrouble(setting, `there is no knob of this name${hint}`) };
    });
}
