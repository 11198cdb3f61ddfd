/** What gLExec's jobs can fail at: each is held with a code and a sentence, and nothing is left. */
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { proxyFile } from '../glexec/support/authority';
import { UIDS } from '../glexec/support/site';
import { shell } from '../run/support/ads';
import { skipIf } from '../support/need';
import { Glidein, type GlideinReport, needsGlidein, type RunOptions } from './support/glidein';

const skip = skipIf(needsGlidein());

/** Wait statuses: exit status 2 and 3 of condor_glexec_setup, 1 of condor_glexec_cleanup. */
const NO = 512;
const USED_UP = 768;
const FAILED = 256;

function isHeld(
  { result, status, stderr }: GlideinReport,
  code: number,
  subcode: number,
  reason: RegExp,
): void {
  assert.equal(status, 125, stderr);
  assert.equal(result.HoldReasonCode, code, stderr);
  assert.equal(result.HoldReasonSubCode, subcode, stderr);
  assert.match(String(result.HoldReason), reason);
}

describe('a proxy', { skip }, () => {
  test('is needed', async (t) => {
    const glidein = new Glidein(t);
    const ended = await glidein.run({ ...shell('true'), x509userproxy: '' });
    isHeld(ended, 6, 0, /^The job has no x509userproxy, and GLEXEC_JOB = true .*name the proxy/);
  });

  test('must be there', async (t) => {
    const glidein = new Glidein(t);
    rmSync(glidein.grid.site.proxy);
    isHeld(await glidein.run(shell('true')), 28, -10_000, /^The job proxy is invalid: .*ENOENT/);
  });

  test('must not have expired: gLExec is not even asked', async (t) => {
    const glidein = new Glidein(t);
    const { alice, authority, site } = glidein.grid;
    site.writeProxy(proxyFile(authority.proxy(alice, { start: -7200, end: -60 })));
    isHeld(
      await glidein.run(shell('true')),
      28,
      -10_000,
      /^The job proxy is invalid: .*expired on 20/,
    );
    assert.equal(site.takeLog(), '');
  });

  test('that has all but expired ends the job before it does', async (t) => {
    const glidein = new Glidein(t);
    const { alice, authority, site } = glidein.grid;
    site.writeProxy(proxyFile(authority.proxy(alice, { end: 300 })));
    const knobs = { PROXY_EXPIRING_EVICTION_TIME: '295' };
    const ended = await glidein.run(shell('trap "" TERM; sleep 60'), { knobs });
    isHeld(ended, 4, 0, /^Proxy about to expire$/);
  });

  for (const [name, differences, reason] of [
    ['that is limited', { policy: 'language:1.3.6.1.4.1.3536.1.1.1.9' }, /limited/],
    ['of somebody unknown', { subject: '/CN=Nobody' }, /./],
  ] as const) {
    test(`${name} is refused by gLExec, and its words are told`, async (t) => {
      const glidein = new Glidein(t);
      const { alice, authority, site } = glidein.grid;
      site.writeProxy(proxyFile(authority.proxy(alice, differences)));
      const ended = await glidein.run(shell('true'), { knobs: { GLEXEC_RETRIES: '1' } });
      isHeld(
        ended,
        28,
        USED_UP,
        /^condor_glexec_setup ended with 3: .*203 \(not authorised.*2 times/,
      );
      assert.match(String(ended.result.HoldReason), reason);
    });
  }

  test('may let the job go elsewhere where gLExec refuses it', async (t) => {
    const glidein = new Glidein(t);
    glidein.grid.site.write('grid-mapfile', '');
    const knobs = { GLEXEC_RETRIES: '0', GLEXEC_HOLD_ON_INITIAL_FAILURE: 'false' };
    const { result, stderr } = await glidein.run(shell('true'), { knobs });
    assert.equal(result.HoldReasonCode, 1007, stderr);
  });

  test('that is mapped to root runs nothing', async (t) => {
    const glidein = new Glidein(t);
    glidein.grid.site.write('grid-mapfile', `"${glidein.grid.alice.subject}" root\n`);
    const { result, stdout } = await glidein.run(shell('id'), { knobs: { GLEXEC_RETRIES: '0' } });
    assert.equal(result.HoldReasonCode, 28);
    assert.equal(stdout, '');
  });
});

describe('gLExec', { skip }, () => {
  /** Calls: 1 is the setup's, then come those of the run. */
  const run = (glidein: Glidein, lines: string, more: RunOptions = {}) =>
    glidein.run(shell('id -u'), {
      ...more,
      knobs: { GLEXEC: glidein.replaceGlexec(lines), GLEXEC_RETRIES: '2', ...more.knobs },
    });

  test('may fail twice at every step and then do it', async (t) => {
    const glidein = new Glidein(t);
    const { status, stdout, stderr } = await run(
      glidein,
      'case $COUNT in 1|2|4|7) exit 203;; 5|8) echo busy >&2; exit 202;; esac',
    );
    assert.equal(stdout, `${UIDS.bob}\n`, stderr);
    assert.equal(status, 0, stderr);
    assert.match(glidein.logged(), /ended with 202 .*: busy; retrying in 0 s, attempt 3 of 3/);
  });

  test('that fails at the run as often as it may is told with its words', async (t) => {
    const glidein = new Glidein(t);
    const lines =
      '[ $COUNT != 1 ] && [ $COUNT -le 4 ] && { echo "no mapping" >&2; echo today >&2; exit 203; }';
    const ended = await run(glidein, lines);
    isHeld(ended, 6, 0, /203 \(not authorised.*: no mapping; today \(attempt 3 of 3\)$/);
  });

  test('that says for good no at the run is not asked again', async (t) => {
    const glidein = new Glidein(t);
    const ended = await run(glidein, '[ $COUNT = 2 ] && exit 201');
    isHeld(ended, 6, 0, /ended with 201 \(what we asked for was wrong/);
  });

  test('that never begins is ended after GLEXEC_TIMEOUT, at the setup', async (t) => {
    const glidein = new Glidein(t);
    const knobs = { GLEXEC_TIMEOUT: '1', GLEXEC_RETRIES: '0' };
    const ended = await run(glidein, '[ $COUNT = 1 ] && exec sleep 60', { knobs });
    isHeld(ended, 28, USED_UP, /has not begun its work after 1 s \(GLEXEC_TIMEOUT\)/);
  });

  test('that never begins is ended likewise at the run, and tried again', async (t) => {
    const glidein = new Glidein(t);
    const knobs = { GLEXEC_TIMEOUT: '5' };
    const { stdout, stderr } = await run(glidein, '[ $COUNT = 2 ] && exec sleep 60', { knobs });
    assert.equal(stdout, `${UIDS.bob}\n`, stderr);
    assert.match(glidein.logged(), /has not begun its work after 5 s \(GLEXEC_TIMEOUT\); retrying/);
  });

  test('that fails at the clean-up holds the job; the results are where the sentence says', async (t) => {
    const glidein = new Glidein(t);
    const program = glidein.replaceGlexec('[ $COUNT -ge 3 ] && exit 201');
    const ended = await glidein.start(shell('true'), { knobs: { GLEXEC: program } }).ended;
    isHeld(ended, 30, FAILED, /^condor_glexec_cleanup ended with 1: .*the results stay in \//);
    const [name] = readdirSync(glidein.execute).filter((each) => /^dir_\d+$/.test(each));
    assert.match(glidein.logged(), new RegExp(`Cannot remove .*${name}.*as root`));
    // The next job's starter, whose gLExec works, takes away what is left.
    const next = await glidein.run(shell('true'));
    assert.equal(next.status, 0);
    assert.match(glidein.logged(), new RegExp(`Removed .*${name}, whose starter was killed`));
  });

  test('may say nothing but a wrong hello', async (t) => {
    const glidein = new Glidein(t);
    const ended = await run(
      glidein,
      '[ $COUNT = 2 ] && { printf "usage: me" >&0; sleep 1; exit 1; }',
    );
    isHeld(ended, 6, 0, /said 0x75736167 and not hello/);
  });
});

describe('a site', { skip }, () => {
  const refused = async (glidein: Glidein, knobs: Readonly<Record<string, string>>) => {
    const { status, stderr } = await glidein.run(shell('id'), { knobs });
    assert.equal(status, 125);
    return stderr;
  };

  test('must name gLExec by an absolute path, and have it', async (t) => {
    const glidein = new Glidein(t);
    assert.match(await refused(glidein, { GLEXEC: '' }), /GLEXEC_JOB = true .*GLEXEC is not set/);
    assert.match(await refused(glidein, { GLEXEC: 'glexec' }), /GLEXEC = glexec .*absolute path/);
    assert.match(
      await refused(glidein, { GLEXEC: '/no/glexec' }),
      /GLEXEC = \/no\/glexec: .*ENOENT/,
    );
    assert.match(await refused(glidein, { GLEXEC: '/etc' }), /GLEXEC = \/etc: it is no program/);
  });

  test('is told what to use in the place of GLEXEC_STARTER', async (t) => {
    assert.match(await refused(new Glidein(t), { GLEXEC_STARTER: 'true' }), /use GLEXEC_JOB/);
  });

  test('must have an EXECUTE that accounts can write in; ours is made so', async (t) => {
    const glidein = new Glidein(t);
    chmodSync(glidein.execute, 0o755);
    assert.equal((await glidein.run(shell('true'))).status, 0);
    const own = path.join(glidein.directory, 'of-root');
    const prepare = `mkdir ${own}`;
    const { stderr } = await glidein.run(shell('true'), { knobs: { EXECUTE: own }, prepare });
    assert.match(stderr, /of-root has mode 755.*give it mode 1777/);
    const closed = path.join(glidein.directory, 'state/closed/execute');
    const make = `mkdir -p ${closed}; chown -R caller ${closed}/..; chmod 700 ${closed}/..`;
    const inside = await glidein.run(shell('true'), { knobs: { EXECUTE: closed }, prepare: make });
    assert.match(inside.stderr, /closed lets no other account in/);
  });

  test('whose disk is full loses nothing: the job is held, and its sandbox goes', async (t) => {
    const glidein = new Glidein(t);
    const disk = path.join(glidein.directory, 'disk');
    const prepare = `mkdir ${disk}; mount -t tmpfs -o mode=1777,size=400k,uid=${UIDS.caller} none ${disk}; head -c 372k /dev/zero >${disk}/full`;
    const ended = await glidein.run(shell('true'), { knobs: { EXECUTE: disk }, prepare });
    isHeld(ended, 28, NO, /^condor_glexec_setup ended with 2: .*No space left/);
  });

  test('whose procd does not take the family runs no job', async (t) => {
    const glidein = new Glidein(t);
    const silent = path.join(glidein.directory, 'no-procd');
    writeFileSync(silent, '#!/bin/sh\necho no procd today >&2\n', { mode: 0o755 });
    const { result, stdout, stderr } = await glidein.run(shell('id'), { knobs: { PROCD: silent } });
    assert.equal(stdout, '');
    assert.equal(result.HoldReasonCode, 1007, stderr);
    assert.match(stderr, /no procd today/);
  });
});
