import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { proxyName, readGlexec, withOwnProxy } from './glexec-mode';
import type { JobSpec } from './spec';

const USER = { privileged: false };
const GLEXEC = { GLEXEC_JOB: 'true', GLEXEC: '/usr/sbin/glexec' };

describe('readGlexec()', () => {
  const refusals: readonly (readonly [
    string,
    Readonly<Record<string, string>>,
    boolean,
    RegExp,
  ])[] = [
    ['no gLExec', { GLEXEC_JOB: 'true' }, false, /^GLEXEC_JOB = true .*GLEXEC is not set/],
    ['a relative one', { ...GLEXEC, GLEXEC: 'glexec' }, false, /^GLEXEC = glexec .*absolute/],
    ['root', GLEXEC, true, /^GLEXEC_JOB = true .*root, which needs no gLExec/],
    [
      'GLEXEC_STARTER',
      { ...GLEXEC, GLEXEC_STARTER: 'true' },
      false,
      /^GLEXEC_STARTER .*use GLEXEC_JOB$/,
    ],
    ['retries below 0', { ...GLEXEC, GLEXEC_RETRIES: '-1' }, false, /^GLEXEC_RETRIES = -1/],
    ['no time at all', { ...GLEXEC, GLEXEC_TIMEOUT: '0' }, false, /^GLEXEC_TIMEOUT = 0/],
  ];
  for (const [name, knobs, privileged, words] of refusals) {
    test(`refuses ${name}, and names the knob`, () => {
      const refusal = readGlexec(configOf(knobs), { privileged });
      assert.ok(!refusal.ok);
      assert.match(refusal.error.message, words);
    });
  }

  test('has HTCondor’s defaults', () => {
    assert.deepEqual(readGlexec(configOf(GLEXEC), USER), {
      ok: true,
      value: {
        program: '/usr/sbin/glexec',
        retries: 3,
        retryDelay: 5,
        holdOnInitialFailure: true,
        timeout: 120,
        evictionTime: 60,
      },
    });
  });

  test('wants nothing where a site has no gLExec', () => {
    for (const knobs of [{}, { GLEXEC_JOB: 'false', GLEXEC_STARTER: 'false', GLEXEC: '/x' }]) {
      assert.deepEqual(readGlexec(configOf(knobs), USER), { ok: true, value: undefined });
    }
  });
});

describe('proxyName()', () => {
  const name = (x509UserProxy: string | undefined) => proxyName({ x509UserProxy });

  test('is the last component', () => {
    assert.deepEqual(name('/tmp/x509up_u500'), { ok: true, value: 'x509up_u500' });
  });

  test('is none where the job has no proxy, or one that no file can be', () => {
    for (const proxy of [undefined, '/', '/tmp/..']) {
      const missing = name(proxy);
      assert.ok(!missing.ok);
      assert.match(missing.error.reason, /^The job has .*name the proxy file in the job ad$/);
    }
  });
});

test('withOwnProxy() names the proxy in the sandbox', () => {
  const spec = { x509UserProxy: '/tmp/x509up_u500', command: '/bin/true' } as JobSpec;
  const told = withOwnProxy(spec, '/execute/dir_7');
  assert.ok(told.ok);
  assert.equal(told.value.x509UserProxy, '/execute/dir_7/x509up_u500');
  assert.equal(told.value.command, '/bin/true');
});
