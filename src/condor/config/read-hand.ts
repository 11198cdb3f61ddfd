/**
 * Reads the configuration of a job that is run by hand: our ini files, the environment, `--set`.
 *
 * Weakest first: the defaults of the table; the file (see config-file.ts); `_CONDOR_KNOB=VALUE` in
 * the environment, as HTCondor has it; `--set KNOB=VALUE`. CONDOR_CONFIG is not looked at: that is
 * a pool's, and HTCondor's own tools read it.
 */
import { err, ok, type Result } from '../../result';
import type { EvaluationHost } from '../classad';
import type { Config } from './config';
import { readConfigFiles } from './config-file';
import { parseIniFile } from './ini-file';
import { makeConfig, wrongKnobs } from './make-config';
import { predefinedMacros, xdgConfigHome } from './predefined';
import { resolveSettings } from './resolve';
import type { ConfigError, Setting } from './settings';

/** What a configuration by hand is read from. */
export interface HandConfigInput {
  /** `-c FILE`; undefined: the usual search. */
  readonly file: string | undefined;
  /** `--set`, in the order given. */
  readonly overrides: readonly { readonly name: string; readonly value: string }[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where Eyrie is installed, for `PREFIX/etc/eyrie/starter.ini`. */
  readonly prefix: string;
  /** Name of host and domain: the default of UID_DOMAIN. */
  readonly fullHostname: string;
  /** `-local-name`: knobs `NAME.KNOB` win over `KNOB`. */
  readonly localName?: string | undefined;
  /** What expressions in knobs may ask of the world. */
  readonly host?: EvaluationHost;
  /** `/etc` but for tests. */
  readonly siteDirectory?: string;
}

/**
 * Reads a configuration.
 *
 * @returns the configuration, or everything that is wrong with it, each a sentence that names file
 * and line, or option, or variable
 */
export function readHandConfig(input: HandConfigInput): Result<Config, readonly ConfigError[]> {
  const fromFiles = fileSettings(input);
  if (!fromFiles.ok) return fromFiles;
  const values = resolveSettings({
    settings: [
      ...fromFiles.value,
      ...environmentSettings(input.environment),
      ...overrideSettings(input.overrides),
    ],
    defaults: isRoot() ? 'root' : 'user',
    localName: input.localName,
    predefined: predefinedMacros(input.fullHostname, input.localName, input.environment),
    environment: input.environment,
  });
  if (!values.ok) return values;
  const wrong = wrongKnobs(values.value);
  return wrong.length > 0 ? err(wrong) : ok(makeConfig(values.value, input.host));
}

function fileSettings(input: HandConfigInput): Result<readonly Setting[], readonly ConfigError[]> {
  const files = readConfigFiles({
    file: input.file,
    prefix: input.prefix,
    userConfigHome: isRoot() ? undefined : xdgConfigHome(input.environment),
    siteDirectory: input.siteDirectory ?? '/etc',
  });
  if (!files.ok) return err([{ message: files.error }]);
  const settings: Setting[] = [];
  for (const { file, text } of files.value) {
    const parsed = parseIniFile(text, file);
    if (!parsed.ok) return parsed;
    settings.push(...parsed.value);
  }
  return ok(settings);
}

const VARIABLE = /^_condor_([a-z_][\w.]*)$/i;

function environmentSettings(environment: HandConfigInput['environment']): readonly Setting[] {
  const settings: Setting[] = [];
  for (const [variable, value] of Object.entries(environment)) {
    const [, name] = VARIABLE.exec(variable) ?? [];
    if (name === undefined || value === undefined) continue;
    settings.push({ name, text: value.trim(), origin: { kind: 'environment', variable } });
  }
  return settings;
}

function overrideSettings(overrides: HandConfigInput['overrides']): readonly Setting[] {
  const origin = { kind: 'command line' } as const;
  return overrides.map(({ name, value }) => ({ name, text: value.trim(), origin }));
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
