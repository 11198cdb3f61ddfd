/** The connection to the startd, with what real startds and starters said on it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type ClassAd, parseClassAd, printClassAd } from '../../src/condor/classad';
import { installedVersion } from '../../src/condor/startd/condor-version';
import { openStartdLink } from '../../src/condor/startd/startd-link';
import { MemoryConnection } from './memory-connection';
import { readLink } from './spawns';

function adOf(lines: readonly string[]): ClassAd {
  const ad = parseClassAd(lines.map((line) => `${line}\n`).join(''), { syntax: 'old' });
  assert.ok(ad.ok);
  return ad.value;
}

const EMPTY = adOf([]);

for (const version of ['23.9.6', '25.14.1'] as const) {
  describe(`the startd of ${version}`, () => {
    const events = readLink(version);
    const [machine, ...others] = events.filter(({ fromStartd }) => fromStartd !== undefined);
    const updates = events.filter(({ toStartd }) => toStartd !== undefined);

    test('says first what slot this is, and what HTCondor', async () => {
      const connection = new MemoryConnection();
      const link = openStartdLink(connection);
      connection.arrive(adOf(machine!.ad), EMPTY);
      const ads = await link.ads;
      assert.ok(ads.ok);
      assert.equal(ads.value.machine.integer('SlotID'), 1);
      assert.equal(ads.value.overlay.size, 0);
      assert.match(installedVersion(ads.value.machine)?.version ?? '', RegExp(`: ${version} `));
    });

    test('is told updates and a final one, as its own starter tells them', async () => {
      const connection = new MemoryConnection();
      const link = openStartdLink(connection);
      connection.arrive(adOf(machine!.ad), EMPTY);
      for (const { ad } of others) connection.arrive(adOf(ad));
      for (const { toStartd, ad } of updates) {
        const sent = toStartd === 0 ? await link.update(adOf(ad)) : await link.final(adOf(ad));
        assert.ok(sent.ok);
      }
      assert.deepEqual(
        connection.sent.map(([kind, ad]) => [kind, printClassAd(ad as ClassAd, 'old')]),
        updates.map(({ toStartd, ad }) => [toStartd, printClassAd(adOf(ad), 'old')]),
      );
      assert.equal(connection.isClosed, true);
      assert.equal(connection.unread, 0);
    });
  });
}

describe('the connection to the startd', () => {
  test('is drained of whatever comes later, and nobody waits for it', async () => {
    const connection = new MemoryConnection();
    const link = openStartdLink(connection);
    connection.arrive(EMPTY, EMPTY);
    assert.ok((await link.ads).ok);
    connection.arrive(adOf(['ClaimId = "<127.0.0.1:1>#1#1#secret"']));
    connection.arrive(7, 'a message of another version', EMPTY);
    await setImmediate();
    assert.equal(connection.unread, 0);
    assert.deepEqual(connection.receives.at(-1), { limit: 1024 * 1024 });
    assert.equal(connection.receives.at(-1)?.timeout, undefined);
  });

  test('tells when the startd is gone, before and after its first message', async () => {
    for (const hasSpoken of [false, true]) {
      const connection = new MemoryConnection();
      const link = openStartdLink(connection);
      if (hasSpoken) connection.arrive(EMPTY, EMPTY);
      await setImmediate();
      connection.hangUp();
      assert.equal((await link.ads).ok, hasSpoken);
      assert.equal((await link.ended).kind, 'gone');
      const late = await link.update(EMPTY);
      assert.equal(!late.ok && late.error.reason, 'the peer closed the connection');
    }
  });

  test('has no update after the final one', async () => {
    const connection = new MemoryConnection();
    const link = openStartdLink(connection);
    assert.ok((await link.final(EMPTY)).ok);
    for (const late of [await link.update(EMPTY), await link.final(EMPTY)]) {
      assert.match(late.ok ? '' : late.error.reason, /final update was already sent/);
    }
    assert.equal(connection.sent.length, 1);
  });
});
