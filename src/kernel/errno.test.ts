import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { errnoName, errnoText, thrownText } from './errno';

/** Prints a line for every errno that the C library knows: number, name, words. */
const PROGRAM = `
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
int main(void) {
    for (int i = 1; i < 4096; i++)
        if (strerrorname_np(i) != NULL)
            printf("%d\\t%s\\t%s\\n", i, strerrorname_np(i), strerror(i));
}`;

function known(): readonly (readonly [number, string, string])[] {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'eyrie-errno-'));
  try {
    const program = path.join(directory, 'errno');
    execFileSync('cc', ['-x', 'c', '-o', program, '-'], { input: PROGRAM });
    const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => {
      const [number, name, words] = line.split('\t');
      return [Number(number), name!, words!];
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('errnoName() and errnoText()', () => {
  test('know every errno of the C library by its name and words', () => {
    const errors = known();
    assert.ok(errors.length > 130);
    for (const [number, name, words] of errors) {
      assert.equal(errnoName(number), name);
      assert.equal(errnoText(number), words);
    }
  });

  test('a number that is no errno is shown as such', () => {
    assert.equal(errnoName(9999), 'errno 9999');
    assert.equal(errnoText(9999), 'Unknown error 9999');
  });
});

describe('what node:fs threw', () => {
  test("is told in the C library's words, without the call", () => {
    for (const [path, words] of [
      ['/nonexistent/file', 'No such file or directory'],
      ['/', 'Is a directory'],
      ['/dev/null/file', 'Not a directory'],
    ] as const) {
      assert.throws(
        () => readFileSync(path),
        (thrown) => thrownText(thrown) === words,
      );
    }
  });

  test('keeps its own words where it is no error of the kernel', () => {
    assert.equal(thrownText(new Error('too long')), 'too long');
  });
});
