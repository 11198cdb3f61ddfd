/**
 * What is kept of a pool's configuration from one starter to the next, and when it is not used.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { PoolConfigInput } from '../../src/condor/config/read-pool';
import { needsRoot, skipIf } from '../support/need';
import { assertExpected, makeSite, readSite, type Site } from './site';

describe('the cache', { skip: skipIf(needsRoot()) }, () => {
  /** Reads twice, as two starters, and says whether the second one asked the program too. */
  function asksAgain({ input, runs }: Site, second: Partial<PoolConfigInput> = {}): boolean {
    readSite(input);
    const before = runs();
    const { config, from } = readSite({ ...input, ...second });
    const asked = runs() > before;
    assert.equal(from, asked ? input.program : 'cache');
    assert.equal(config.text('UID_DOMAIN'), 'example.org');
    return asked;
  }

  test('gives the second starter what the first one asked for', (context) => {
    const one = makeSite(context);
    assert.equal(asksAgain(one), false);
    assert.equal(one.runs(), 1);
    assertExpected(readSite(one.input).config, one.directory);
    assert.equal(one.runs(), 1);
    const [file = ''] = readdirSync(one.input.cacheDirectory ?? '');
    const kept = path.join(one.input.cacheDirectory ?? '', file);
    assert.equal(statSync(kept).mode & 0o777, 0o600);
    assert.equal(statSync(path.dirname(kept)).mode & 0o777, 0o700);
    assert.doesNotMatch(readFileSync(kept, 'utf8'), /a secret of the environment/);
  });

  const others: readonly (readonly [what: string, Partial<PoolConfigInput>])[] = [
    ['another startd', { parentId: 'host:1:2' }],
    ['another slot type', { localName: 'slot_type_2' }],
    ['no parent', { parentId: undefined }],
  ];
  for (const [what, second] of others) {
    test(`is not for ${what}`, (context) => assert.ok(asksAgain(makeSite(context), second)));
  }

  test('is not for another environment', (context) => {
    const one = makeSite(context);
    const environment = { ...one.input.environment, _CONDOR_STARTER_DEBUG: 'D_ALL' };
    assert.ok(asksAgain(one, { environment }));
  });

  const changes: readonly (readonly [what: string, (directory: string) => void])[] = [
    ['a file changes', (d) => appendFileSync(path.join(d, 'condor_config'), 'X = 1\n')],
    ['a file is touched', (d) => utimesSync(path.join(d, 'config.d/10-site.config'), 5, 5)],
    ['a file comes', (d) => writeFileSync(path.join(d, 'config.d/20-new'), 'X = 1\n')],
    ['a file goes', (d) => rmSync(path.join(d, 'config.d/10-site.config'))],
    ['a missing file comes', (d) => writeFileSync(path.join(d, 'condor_config.local'), '')],
    ['a missing directory comes', (d) => mkdirSync(path.join(d, 'nothing.d'))],
    ['a file is replaced', (d) => replace(path.join(d, 'condor_config'))],
  ];
  for (const [what, change] of changes) {
    test(`ends when ${what}`, (context) => {
      const one = makeSite(context);
      assert.equal(asksAgain(one), false);
      change(one.directory);
      const before = one.runs();
      readSite(one.input);
      assert.equal(one.runs(), before + 1);
    });
  }

  const spoilers: readonly (readonly [what: string, (file: string) => void])[] = [
    ['others can read it', (file) => chmodSync(file, 0o644)],
    ["it is not root's", (file) => chownSync(file, 1234, 0)],
    ['its directory is open', (file) => chmodSync(path.dirname(file), 0o755)],
    ["its directory is not root's", (file) => chownSync(path.dirname(file), 1234, 0)],
    ['it is a link', (file) => makeLink(file)],
    ['it is cut off', (file) => truncateSync(file, 100)],
    ['it is empty', (file) => truncateSync(file)],
    ['it is huge', (file) => truncateSync(file, 300_000)],
    ['it is something else', (file) => writeFileSync(file, '[]')],
  ];
  for (const [what, spoil] of spoilers) {
    test(`is passed over where ${what}`, (context) => {
      const { input, runs } = makeSite(context);
      readSite(input);
      const directory = input.cacheDirectory ?? '';
      const [file = ''] = readdirSync(directory);
      spoil(path.join(directory, file));
      assert.equal(readSite(input).from, input.program);
      assert.equal(runs(), 2);
    });
  }

  const unkept: readonly (readonly [what: string, string])[] = [
    ['a command gives some of it', 'include command : echo HIDE_PATHS = /x'],
    ['a file is read only if it is there', 'include ifexist : /nothing/there'],
  ];
  for (const [what, line] of unkept) {
    test(`keeps nothing where ${what}`, (context) => {
      const one = makeSite(context);
      writeFileSync(path.join(one.directory, 'condor_config.local'), `${line}\n`);
      assert.ok(asksAgain(one));
    });
  }

  test('keeps nothing where daemons keep settings of their own', (context) => {
    const one = makeSite(context);
    const answer = path.join(one.directory, 'answer');
    const text = readFileSync(answer, 'utf8');
    const changed = text.replace(/^(ENABLE_PERSISTENT_CONFIG) = .*$/m, '$1 = TRUE');
    assert.notEqual(changed, text);
    writeFileSync(answer, changed);
    assert.ok(asksAgain(one));
  });

  test('keeps nothing where a command is a source', (context) => {
    const one = makeSite(context);
    const answer = path.join(one.directory, 'answer');
    writeFileSync(answer, `\t/usr/bin/gen |\n${readFileSync(answer, 'utf8')}`);
    assert.ok(asksAgain(one));
  });

  test('keeps nothing of files that changed a moment ago', (context) => {
    const one = makeSite(context);
    assert.ok(asksAgain({ ...one, input: { ...one.input, now: Date.now } }));
  });
});

/** The same text in another file. */
function replace(file: string): void {
  const text = readFileSync(file);
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function makeLink(file: string): void {
  renameSync(file, `${file}.real`);
  symlinkSync(`${file}.real`, file);
}
