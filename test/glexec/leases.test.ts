/** Accounts of a pool, leased by glexecs that run at once. */
import assert from 'node:assert/strict';
import { existsSync, linkSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { proxyFile } from './support/authority';
import { makeSite } from './support/grid';

const skip = skipIf(needsRoot() ?? needsProduct());
const WHO = ['/usr/bin/id', '-un'];

describe('glexecs at once', { skip }, () => {
  const { site, authority } = makeSite({ after });
  const directory = path.join(site.etc, 'gridmapdir');
  const [first = '', ...others] = ['A', 'B', 'C', 'D'].map((name) => {
    const person = authority.user(`/DC=org/DC=example/CN=${name}`);
    const file = path.join(site.home, `proxy${name}`);
    return site.writeProxy(proxyFile(authority.proxy(person)), { file });
  });
  const run = (proxy: string) => site.run({ argv: WHO, env: { GLEXEC_CLIENT_CERT: proxy } });
  const claim = (seconds: number) =>
    path.join(directory, `%00glexec-${Math.trunc(Date.now() / 1000) - seconds}-0123456789abcdef`);
  site.write('grid-mapfile', '"/DC=org/DC=example/*" .pool\n');

  test('of one person have one account', async () => {
    site.makePool('pool001', 'pool002', 'pool003');
    const results = await Promise.all(Array.from({ length: 8 }, () => run(first)));
    assert.deepEqual([...new Set(results.map((each) => each.stdout))], ['pool001\n']);
    assert.equal(readdirSync(directory).length, 4);
  });

  test('of four people have three accounts, if there are no more, and one is refused', async () => {
    site.makePool('pool001', 'pool002', 'pool003');
    const results = await Promise.all([first, ...others].map(run));
    const refused = results.filter((each) => each.status !== 0);
    assert.deepEqual(
      refused.map((each) => [each.status, each.stderr]),
      [[203, 'glexec: refused (203): gridmapdir: no account of .pool is free\n']],
    );
    const accounts = results.flatMap((each) => (each.status === 0 ? [each.stdout.trim()] : []));
    assert.deepEqual(accounts.sort(), ['pool001', 'pool002', 'pool003']);
    for (const name of readdirSync(directory)) {
      assert.equal(statSync(path.join(directory, name)).nlink, 2, name);
    }
  });

  test('leave alone the account that another is about to lease', async () => {
    site.makePool('pool001', 'pool002');
    linkSync(path.join(directory, 'pool001'), claim(0));
    assert.equal((await run(first)).stdout, 'pool002\n');
    assert.ok(existsSync(path.join(directory, 'pool001')));
  });

  test('take over what one left that was killed, before it had its lease or after', async () => {
    site.makePool('pool001');
    linkSync(path.join(directory, 'pool001'), claim(90));
    assert.equal((await run(first)).stdout, 'pool001\n');
    assert.equal(statSync(path.join(directory, 'pool001')).nlink, 2);
    linkSync(path.join(directory, 'pool001'), claim(90));
    assert.equal((await run(first)).stdout, 'pool001\n');
    assert.equal(statSync(path.join(directory, 'pool001')).nlink, 2);
  });
});
