/** Configurations for tests, made of the real table of knobs. */
import assert from 'node:assert/strict';
import { type Config, makeConfig, resolveSettings } from '../../src/condor/config';

/**
 * The configuration of a host where somebody has set these knobs with `--set`.
 *
 * @param knobs names and texts, as they would stand in a file.
 * @param defaults whose defaults hold for all others.
 */
export function configOf(
  knobs: Readonly<Record<string, string>> = {},
  defaults: 'pool' | 'root' | 'user' = 'root',
): Config {
  const settings = Object.entries(knobs).map(([name, text]) => ({
    name,
    text,
    origin: { kind: 'command line' as const },
  }));
  const predefined = new Map([
    ['FULL_HOSTNAME', 'worker7.example.org'],
    ['TILDE', '/var/lib/condor'],
    ['REAL_UID', '1000'],
    ['XDG_CONFIG_HOME', '/home/alice/.config'],
    ['XDG_DATA_HOME', '/home/alice/.local/share'],
    ['EYRIE_RUNTIME_DIR', '/run/user/1000/eyrie'],
  ]);
  const values = resolveSettings({
    settings,
    defaults,
    predefined: (name) => predefined.get(name),
    environment: {},
  });
  assert.ok(values.ok, JSON.stringify(values));
  return makeConfig(values.value);
}
