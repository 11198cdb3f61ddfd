/**
 * glexec under AddressSanitizer and UndefinedBehaviorSanitizer: its parsers fuzzed, and the program
 * at real work.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, describe, test } from 'node:test';
import { makeVoms, needsVoms, PRODUCTION } from '../glexec/support/voms';
import { ALICE, makeSite } from '../glexec/support/grid';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { sanitized } from './sanitized';

/** How many were refused and accepted. It ends with a signal where a sanitizer finds something. */
function fuzz(...args: readonly string[]): readonly number[] {
  const output = execFileSync(sanitized('glexec-fuzz'), args, { encoding: 'utf8' });
  const [, ...counts] = /^refused (\d+) accepted (\d+)\n$/.exec(output) ?? [];
  assert.equal(counts.length, 2, output);
  return counts.map(Number);
}

describe("glexec's parsers", () => {
  for (const seed of ['1', '2', '3']) {
    test(`read no byte too far, and accept nothing that is wrong, with seed ${seed}`, () => {
      const [refused = 0, accepted = 0] = fuzz('texts', '200000', seed);
      assert.ok(refused > 10_000 && accepted > 1000, `${refused} ${accepted}`);
    });
  }
});

describe('leases', { skip: skipIf(needsRoot()) }, () => {
  test('taken by many at once are one for each person, and no account is refused that will be free', (t) => {
    const [refused, accepted] = fuzz('leases', '20', '1', temporaryDirectory(t));
    assert.deepEqual([refused, accepted], [0, 20]);
  });
});

describe('the sanitized glexec', { skip: skipIf(needsRoot()) }, () => {
  const { site } = makeSite({ after }, sanitized('eyrie-glexec'));

  test('verifies no changed proxy as anybody else', () => {
    const [refused = 0, accepted = 0] = fuzz('proxy', '1500', '7', site.proxy, site.certificates);
    // A byte between the blocks may change without harm.
    assert.ok(refused > 1000 && accepted > 0, `${refused} ${accepted}`);
  });

  test('runs a payload and its epilogue, and refuses', async () => {
    site.configure({ epilogue: '/usr/bin/true', create_target_proxy: 'yes' });
    site.write('grid-mapfile', '"/DC=org/*" .pool\n');
    site.makePool('pool001');
    const result = await site.run({
      argv: ['/bin/sh', '-c', 'id -un; rm "$X509_USER_PROXY"; exit 7'],
    });
    assert.deepEqual([result.status, result.stdout], [7, 'pool001\n'], result.stderr);
    site.write('grid-mapfile', '"/DC=org/CN=x" bob\n');
    assert.equal((await site.run()).status, 203);
    site.writeProxy('x');
    assert.equal((await site.run()).status, 203);
  });
});

describe(
  'the sanitized glexec with attributes of VOMS',
  {
    skip: skipIf(needsRoot() ?? needsVoms()),
  },
  () => {
    const { site, voms } = makeVoms({ after }, sanitized('eyrie-glexec'));
    const proxy = voms.proxy(voms.person(ALICE));

    test('believes none that are changed', () => {
      site.writeProxy(proxy);
      const [refused = 0, accepted = 0] = fuzz('attributes', '6000', '5', site.proxy);
      // A quarter is not changed at all.
      assert.ok(refused > 3000 && accepted > 600, `${refused} ${accepted}`);
    });

    test('maps by them, and refuses them', async () => {
      voms.install(site, `"${PRODUCTION}" cleaner\n`);
      site.writeProxy(proxy);
      const who = { argv: ['/usr/bin/id', '-un'] };
      const mapped = await site.run(who);
      assert.equal(mapped.stdout, 'cleaner\n', mapped.stderr);
      voms.install(site, `"${PRODUCTION}" cleaner\n`, '/CN=another\n/CN=CA\n');
      assert.equal((await site.run(who)).status, 203);
    });
  },
);
