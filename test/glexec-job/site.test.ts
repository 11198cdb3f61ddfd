/** What a site sees of GLEXEC_JOB: the plan, the doctor, and a proxy that is renewed by hand. */
import assert from 'node:assert/strict';
import { chmodSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { helper } from '../glexec-scripts/support/stage';
import { proxyFile } from '../glexec/support/authority';
import { shell } from '../run/support/ads';
import { skipIf } from '../support/need';
import { Glidein, needsGlidein } from './support/glidein';

const skip = skipIf(needsGlidein());

describe('a site with GLEXEC_JOB', { skip }, () => {
  test('is told by eyrie plan that gLExec chooses the account, and nothing is run', async (t) => {
    const glidein = new Glidein(t);
    glidein.grid.site.takeLog();
    const plan = await glidein.plan(shell('true'));
    assert.equal(plan.status, 0, plan.stderr);
    assert.match(plan.stdout, /glexec: the job runs as the account that gLExec maps its proxy to/);
    assert.equal(glidein.grid.site.takeLog(), '');
  });

  test('is told by eyrie doctor whether its gLExec can do it', async (t) => {
    const glidein = new Glidein(t);
    const row = async () => {
      const { stdout } = await glidein.doctor();
      const rows = JSON.parse(stdout) as readonly { id: string; state: string; found: string }[];
      const found = rows.find(({ id }) => id === 'glexec-job');
      return `${found?.state}: ${found?.found}`;
    };
    const { glexec } = glidein.grid.site;
    assert.equal(await row(), `ok: ${glexec}`);
    chmodSync(glexec, 0o755);
    assert.match(await row(), /^limited: .* is not set-uid root/);
  });

  test('may renew the proxy of a running job, which the starter then knows', async (t) => {
    const glidein = new Glidein(t);
    const { alice, authority, site } = glidein.grid;
    site.writeProxy(proxyFile(authority.proxy(alice, { end: 320 })));
    const script = `until=$(($(date +%s) + 21)); cp "$X509_USER_PROXY" old; echo ready
while cmp -s old "$X509_USER_PROXY"; do sleep 0.1; done; cat "$X509_USER_PROXY"
while [ $(date +%s) -lt $until ]; do sleep 0.2; done`;
    // Without the new one it would be held before it ends.
    const knobs = { PROXY_EXPIRING_EVICTION_TIME: '300' };
    const running = glidein.start(shell(script), { knobs });
    await running.said('ready');
    const renewed = proxyFile(authority.proxy(alice, { end: 7200 }));
    const file = path.join(glidein.directory, 'state/new-proxy');
    site.writeProxy(renewed, { file });
    const sandbox = readdirSync(glidein.execute).find((name) => /^dir_\d+$/.test(name)) ?? '';
    const words = [site.glexec, file, 'proxy', path.join(glidein.execute, sandbox)];
    const update = await glidein.start({}, { command: [helper('update_proxy'), ...words] }).ended;
    assert.equal(update.status, 0, update.stderr);
    const { status, stdout, stderr } = await running.ended;
    assert.equal(status, 0, stderr);
    assert.equal(stdout, `ready\n${renewed}`);
  });
});
