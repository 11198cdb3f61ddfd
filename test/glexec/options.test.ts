/** glexec's own options: -h, -v and, for root, -V. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { makeSite } from './support/grid';

const skip = skipIf(needsRoot() ?? needsProduct());
const { version } = JSON.parse(readFileSync(path.join(TREE, 'package.json'), 'utf8')) as {
  readonly version: string;
};

describe('glexec', { skip }, () => {
  const { site } = makeSite({ after });
  /** Without a configuration: an option is obeyed before anything is read. */
  const run = (argv: readonly string[], as: 'caller' | 0 = 'caller') =>
    site.run({ argv, as, prepare: 'rm -f /etc/glexec.conf' });

  test('-h prints help, with the exit codes', async () => {
    const { status, stdout, stderr } = await run(['-h']);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^usage: glexec COMMAND \[ARGUMENT\.\.\.\]$/m);
    assert.match(stdout, /201 the caller's mistake, 202 internal, 203 not authorised, 204 /);
  });

  test('-v prints the version', async () => {
    assert.equal((await run(['-v'])).stdout, `glexec of Eyrie ${version}\n`);
  });

  test('-V prints for root what is compiled in, and where the VOMS library is', async () => {
    const { status, stdout } = await run(['-V'], 0);
    assert.equal(status, 0);
    for (const line of [
      /^configuration {2}\/etc\/glexec\.conf$/m,
      /^certdir {8}\/etc\/grid-security\/certificates$/m,
      /^vomsdir {8}\/etc\/grid-security\/vomsdir$/m,
      /^VOMS library {3}(\/usr\/lib.*libvomsapi\.so.*|there is no libvomsapi\.so\.1 in .*)$/m,
      /^OpenSSL {8}OpenSSL 3/m,
    ]) {
      assert.match(stdout, line);
    }
  });

  for (const argv of [['-V'], ['-x'], ['--help'], ['-'], ['-hv'], []]) {
    test(`refuses an ordinary user’s ${argv.join('') || 'empty command line'} with 201 and help`, async () => {
      const { status, stdout, stderr } = await run(argv);
      assert.deepEqual([status, stdout], [201, '']);
      assert.match(stderr, /^usage: glexec/);
    });
  }
});
