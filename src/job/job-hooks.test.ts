import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { refuseHooks } from './job-hooks';

const HOOK = { SITE_HOOK_PREPARE_JOB: '/site/prepare' };

describe('refuseHooks()', () => {
  for (const knob of ['STARTER_JOB_HOOK_KEYWORD', 'STARTER_DEFAULT_JOB_HOOK_KEYWORD']) {
    for (const hook of [
      'PREPARE_JOB',
      'PREPARE_JOB_BEFORE_TRANSFER',
      'UPDATE_JOB_INFO',
      'JOB_EXIT',
    ]) {
      test(`refuses jobs where ${knob} has the hook ${hook}`, () => {
        const refusal = refuseHooks(configOf({ [knob]: 'SITE', [`SITE_HOOK_${hook}`]: '/site/x' }));
        assert.ok(!refusal.ok);
        assert.match(
          refusal.error.message,
          new RegExp(`^${knob} = SITE .*SITE_HOOK_${hook} = /site/x is a hook that jobs must have`),
        );
      });
    }
  }

  test('lets jobs run where no keyword is set, or no hook of it', () => {
    assert.ok(refuseHooks(configOf(HOOK)).ok);
    assert.ok(refuseHooks(configOf({ ...HOOK, STARTER_JOB_HOOK_KEYWORD: 'OTHER' })).ok);
    const shadowed = {
      STARTER_JOB_HOOK_KEYWORD: 'OTHER',
      STARTER_DEFAULT_JOB_HOOK_KEYWORD: 'SITE',
    };
    assert.ok(refuseHooks(configOf({ ...HOOK, ...shadowed })).ok);
  });

  test('refuses a keyword that cannot be one', () => {
    const refusal = refuseHooks(configOf({ STARTER_JOB_HOOK_KEYWORD: 'a b' }));
    assert.match(refusal.ok ? '' : refusal.error.message, /STARTER_JOB_HOOK_KEYWORD.*no keyword/);
  });
});
