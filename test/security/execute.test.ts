/**
 * An EXECUTE that a user could exchange for another directory.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { shell } from '../run/support/ads';
import { makeSite } from '../run/support/site';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { giveTo, JOB_UID, ROOT } from '../support/starters';
import { temporaryDirectory } from '../support/temporary';

const skip = skipIf(needsProduct() ?? needsRoot());

describe("root's EXECUTE", { skip }, () => {
  test("is refused below a user's directory, although it is root's itself", async (t) => {
    const theirs = `${temporaryDirectory(t)}/theirs`;
    mkdirSync(`${theirs}/execute`, { recursive: true });
    giveTo(JOB_UID, theirs);
    const { status, stderr, stdout } = await makeSite(t, ROOT).run(shell('echo ran'), {
      options: ['--execute', `${theirs}/execute`],
    });
    assert.equal(status, 125);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`${theirs} belongs to uid ${JOB_UID}, who could exchange`));
    assert.deepEqual(readdirSync(`${theirs}/execute`), []);
  });
});
