import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ad, jobAdOf } from '../../test/shadow/recorded';
import { readJobFiles } from './job-files';

const here = { fileSystemDomain: 'example.org', sandbox: '/execute/dir_1' };

describe('where the files of a job are', () => {
  const domain = (name: string): string => `FileSystemDomain = "${name}"`;
  const rows: [string, readonly string[], 'shared' | 'transferred'][] = [
    ['YES', [], 'transferred'],
    ['yes', [domain('example.org')], 'transferred'],
    ['ALWAYS', [], 'transferred'],
    ['NO', [], 'shared'],
    ['NEVER', [domain('other.org')], 'shared'],
    ['IF_NEEDED', [domain('Example.ORG')], 'shared'],
    ['AUTO', [domain('other.org')], 'transferred'],
    ['IF_NEEDED', [], 'transferred'],
  ];
  for (const [wish, more, kind] of rows) {
    test(`${wish} ${more.join()}: ${kind}`, () => {
      const files = readJobFiles(ad([`ShouldTransferFiles = "${wish}"`, ...more]), here);
      assert.ok(files.ok);
      assert.deepEqual(
        files.value,
        kind === 'shared' ? { kind } : { kind, sandbox: '/execute/dir_1' },
      );
    });
  }

  test('a host without a domain shares its files with nobody', () => {
    const jobAd = ad(['ShouldTransferFiles = "IF_NEEDED"', domain('')]);
    const files = readJobFiles(jobAd, { ...here, fileSystemDomain: undefined });
    assert.equal(files.ok && files.value.kind, 'transferred');
  });

  for (const name of ['23.9.6-normal', '25.14.1-normal']) {
    test(`the job of ${name} has its files transferred`, () => {
      const files = readJobFiles(jobAdOf(name), here);
      assert.equal(files.ok && files.value.kind, 'transferred');
    });
  }

  const wrong: [string, RegExp][] = [
    ['X = 1', /: ShouldTransferFiles is missing; expected "YES", "NO" or "IF_NEEDED"$/],
    ['ShouldTransferFiles = "MAYBE"', /: ShouldTransferFiles is "MAYBE"; expected "YES"/],
    ['ShouldTransferFiles = true', /: ShouldTransferFiles is true; expected a string/],
  ];
  for (const [line, reason] of wrong) {
    test(`${line}: the fault says what was expected`, () => {
      const files = readJobFiles(ad([line]), here);
      assert.ok(!files.ok);
      assert.equal(files.error.cause, 'badJobAd');
      assert.match(files.error.reason, reason);
    });
  }
});
