/**
 * etc/starter.ini against the table of knobs, and the table against the source.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { KNOBS, type KnobRow, resolveSettings } from '../../src/condor/config';
import { parseIniFile } from '../../src/condor/config/ini-file';
import { TREE } from '../support/root';
import { renderStarterIni } from './render-starter-ini';

const FILE = path.join(TREE, 'etc/starter.ini');

describe('etc/starter.ini', () => {
  if (process.env.EYRIE_WRITE_STARTER_INI !== undefined) writeFileSync(FILE, renderStarterIni());
  const text = readFileSync(FILE, 'utf8');

  test('says what the table of knobs says', () => {
    assert.equal(
      text,
      renderStarterIni(),
      'etc/starter.ini is old; write it with ' +
        '`EYRIE_WRITE_STARTER_INI=1 node scripts/test.mjs test/config/starter-ini.test.ts`',
    );
  });

  test('sets nothing as it is', () => {
    assert.deepEqual(parseIniFile(text, FILE), { ok: true, value: [] });
  });

  test('has examples that are what the table says, once the # before them is gone', () => {
    const settings = parseIniFile(text.replace(/^#(?=[A-Za-z_])(?!.*<)/gm, ''), FILE);
    assert.ok(settings.ok);
    const world = {
      defaults: 'root',
      predefined: () => 'predefined',
      environment: {},
    } as const;
    const set = resolveSettings({ ...world, settings: settings.value });
    const unset = resolveSettings({ ...world, settings: [] });
    assert.ok(set.ok && unset.ok);
    const texts = (values: typeof set.value): readonly (readonly [string, string])[] =>
      [...values].map(([name, value]) => [name, value.text]);
    assert.deepEqual(texts(set.value), texts(unset.value));
    assert.equal(settings.value.length, set.value.size);
  });
});

describe('the table of knobs', () => {
  const sources = readdirSync(path.join(TREE, 'src'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => !name.startsWith('condor/config/'))
    .map((name) => readFileSync(path.join(TREE, 'src', name), 'utf8'))
    .join('\n');
  const rows = Object.entries<KnobRow>(KNOBS);
  const defaults = rows.flatMap(([, row]) => JSON.stringify(row)).join('\n');

  for (const [name] of rows) {
    test(`has ${name}, which something asks for`, () => {
      const [beginning = ''] = name.split('<');
      const isAskedFor =
        name === beginning
          ? new RegExp(`['"\`]${name}['"\`]`).test(sources)
          : sources.includes(`\`${beginning}`);
      // A row such as ENVIRONMENT_FOR_AssignedGPUs has the default of one name of a pattern.
      const hasPattern = rows.some(
        ([other]) => /<(Res|Keyword)>$/.test(other) && name.startsWith(other.replace(/<\w+>$/, '')),
      );
      assert.ok(isAskedFor || defaults.includes(`$(${name})`) || hasPattern);
    });
  }
});
