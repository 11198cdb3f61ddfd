import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { makeDocuments, withLists } from '../../scripts/docs/pages';
import { COMMANDS, COMMAND_NAMES } from '../../src/bin/options/commands';
import { OPTIONS } from '../../src/bin/options/options';
import { PROCD_OPTION_NAMES } from '../../src/bin/options/procd-options';
import { STARTER_OPTION_NAMES } from '../../src/bin/options/starter-options';
import { TREE } from '../support/root';

const DOCUMENTS = makeDocuments(TREE);

/** A page as a reader searches it: without roff's escapes. */
function page(file: string): string {
  return (DOCUMENTS.get(file) ?? '').replace(/\\f[BIR]/g, '').replaceAll('\\-', '-');
}

describe('the documents that are made of tables', () => {
  for (const [file, content] of DOCUMENTS) {
    test(`${file} is as new as its tables and its source (else: node scripts/docs/build.mjs)`, () => {
      assert.equal(readFileSync(path.join(TREE, file), 'utf8'), content);
    });
  }

  test('eyrie(1) has every command with every option', () => {
    const text = page('docs/man/eyrie.1');
    for (const name of COMMAND_NAMES) {
      const section = text.split('.SS ').find((each) => each.startsWith(`"eyrie ${name}"`));
      assert.ok(section, name);
      for (const option of COMMANDS[name].options)
        assert.ok(section.includes(`--${option}`), option);
    }
    for (const option of Object.keys(OPTIONS)) assert.ok(text.includes(`--${option}`), option);
  });

  test('condor_starter(8) has every option, also those that are refused', () => {
    const text = page('docs/man/condor_starter.8');
    for (const name of STARTER_OPTION_NAMES) assert.match(text, new RegExp(`^-${name}( |$)`, 'm'));
  });

  test('condor_procd(8) has every option', () => {
    const text = page('docs/man/condor_procd.8');
    for (const name of PROCD_OPTION_NAMES) assert.match(text, new RegExp(`^${name}( |$)`, 'm'));
  });

  test('a list that does not exist is an error', () => {
    assert.throws(() => withLists('@nonsense'), /there is no list @nonsense/);
  });
});
