/** Rows of what glexec refuses: each is arranged on a fresh copy of a working site's settings. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Credential, proxyFile } from './authority';
import { ALICE, type Grid } from './grid';
import type { Call } from './site';

/**
 * A name that is a sentence's end; what is done to the site, which may give the Call that glexec is called
 * by; the code; the line.
 */
export type Row = readonly [string, (grid: Grid) => unknown, number, RegExp];

/** Puts back whatever a row may have changed. */
function restore(grid: Grid, proxy: Credential): void {
  const { site, authority } = grid;
  site.restore();
  rmSync(path.join(site.etc, 'certificates'), { recursive: true, force: true });
  rmSync(path.join(site.etc, 'gridmapdir'), { recursive: true, force: true });
  site.makeCertificates();
  authority.install(site.certificates);
  site.write('grid-mapfile', `"${ALICE}" bob\n`);
  site.configure();
  site.writeProxy(proxyFile(proxy));
}

/**
 * Makes a test of each row: exit code, the line on standard error, and the same line in the log,
 * unless there is none yet.
 */
export function refuses(
  grid: Grid,
  proxy: Credential,
  rows: readonly Row[],
  isLogged = true,
): void {
  for (const [name, arrange, code, reason] of rows) {
    test(name, async () => {
      restore(grid, proxy);
      const call = (arrange(grid) ?? {}) as Call;
      grid.site.takeLog();
      const { status, stdout, stderr } = await grid.site.run({
        argv: ['/bin/echo', 'ran'],
        ...call,
      });
      assert.equal(status, code, stderr);
      assert.equal(stdout, '', 'the payload ran');
      assert.match(stderr, reason);
      assert.match(stderr, new RegExp(`^glexec: refused \\(${code}\\): `, 'm'));
      if (isLogged) assert.match(grid.site.takeLog(), reason);
    });
  }
  test('and after all of that runs what is right', async () => {
    restore(grid, proxy);
    assert.equal((await grid.site.run()).status, 0);
  });
}
