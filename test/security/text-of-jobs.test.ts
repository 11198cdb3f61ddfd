/**
 * What an ad says comes back in messages, plans and results: it must not steer the terminal of who
 * reads them, nor look like a line of Eyrie's own; and reading it must end.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSite } from '../run/support/site';
import { runEyrie } from '../support/eyrie';
import { needsProduct, skipIf } from '../support/need';
import { ORDINARY_USER } from '../support/starters';

const skip = skipIf(needsProduct());

/** ESC, BEL and a line that would pass for one of the account. */
const HOSTILE = '/bin/no\\033[2J\\007\\neyrie: job 1.0 ended with exit status 0';
const AD = `[ Cmd = "${HOSTILE}" ]`;

/** Control characters but tab and line end. */
const CONTROL = /[\0-\x08\x0b-\x1f\x7f]/;

describe('the text of a job', { skip }, () => {
  test('cannot steer the terminal, nor forge a line of the messages and the account', async (t) => {
    const site = makeSite(t, ORDINARY_USER);
    const asStarter = process.geteuid?.() === 0 ? { uid: ORDINARY_USER.uid } : {};
    const options = ['-c', site.configFile, '--verbose'];
    const { status, stderr } = await runEyrie(['run', ...options, '-'], {
      input: AD,
      ...asStarter,
    });
    assert.equal(status, 127);
    assert.match(stderr, /cannot execute \/bin\/no\\x1b\[2J\\x07\\x0aeyrie/);
    assert.doesNotMatch(stderr, CONTROL);
    assert.doesNotMatch(stderr, /^eyrie: job 1.0 ended/m);
  });

  test('cannot do so in a plan', async () => {
    const { status, stdout } = await runEyrie(['plan', '-'], { input: AD });
    assert.equal(status, 0);
    assert.match(stdout, /execute \/bin\/no\\x1b/);
    assert.doesNotMatch(stdout, CONTROL);
    assert.doesNotMatch(stdout, /^eyrie: job/m);
  });
});

describe('an ad without an end', { skip }, () => {
  test('is refused, from a file that does not tell its size', async () => {
    const { status, stderr } = await runEyrie(['plan', '/dev/zero'], { timeout: 20 });
    assert.equal(status, 125);
    assert.match(stderr, /\/dev\/zero is larger than 16777216 bytes/);
  });
});
