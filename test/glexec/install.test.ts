/** How `make install` leaves glexec. */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { CLEAN_ENVIRONMENT, runCommand } from '../support/command';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';

describe('an installed glexec', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  for (const [setuid, mode] of [
    [undefined, 0o755],
    ['yes', 0o4111],
    ['no', 0o755],
  ] as const) {
    test(`has mode ${mode.toString(8)} and is root's with GLEXEC_SETUID=${setuid}`, async (t) => {
      const prefix = temporaryDirectory(t);
      const { status, stderr } = await runCommand(
        ['/bin/sh', path.join(TREE, 'scripts/build/install.sh'), path.join(TREE, 'dist'), prefix],
        {
          env: { ...CLEAN_ENVIRONMENT, ...(setuid === undefined ? {} : { GLEXEC_SETUID: setuid }) },
        },
      );
      assert.equal(status, 0, stderr);
      const found = statSync(path.join(prefix, 'libexec/eyrie/glexec'));
      assert.deepEqual([found.mode & 0o7777, found.uid, found.gid], [mode, 0, 0]);
      for (const file of [
        'etc/eyrie/glexec.conf',
        'etc/eyrie/examples/glexec-epilogue',
        'share/man/man1/glexec.1',
      ]) {
        assert.ok(existsSync(path.join(prefix, file)), file);
      }
    });
  }
});
