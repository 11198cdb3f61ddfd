import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inheritedEnvironment, readInheritance } from './environment-inherited';

function inherited(knob: string, starter: Record<string, string>): string[] {
  const environment = new Map(Object.entries(starter));
  return [...inheritedEnvironment(environment, readInheritance(knob)).keys()];
}

describe('JOB_INHERITS_STARTER_ENVIRONMENT', () => {
  const starter = { PATH: '/bin', LC_ALL: 'C', LC_TIME: 'C', HOME: '/root' };
  const rows: [string, string[]][] = [
    ['', []],
    ['false', []],
    ['True', ['PATH', 'LC_ALL', 'LC_TIME', 'HOME']],
    ['*', ['PATH', 'LC_ALL', 'LC_TIME', 'HOME']],
    ['PATH', ['PATH']],
    ['path; home', ['PATH', 'HOME']],
    ['LC_*', ['LC_ALL', 'LC_TIME']],
    ['lc_* !*time', ['LC_ALL']],
    ['!*time, lc_*', ['LC_ALL']],
    ['!LC_*', ['PATH', 'HOME']],
    ['*C_*L*', ['LC_ALL']],
    ['L*L', ['LC_ALL']],
    ['P*A*T*H', ['PATH']],
    ['PATHS*', []],
    ['PAT*ATH', []],
    ['true false', []],
  ];
  for (const [knob, names] of rows) {
    test(`'${knob}' lets through ${names.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(inherited(knob, starter), names);
    });
  }

  test('a match list leaves out values of several lines, "true" does not', () => {
    const lines = { A: 'one\ntwo', B: 'one' };
    assert.deepEqual(inherited('*', lines), ['B']);
    assert.deepEqual(inherited('true', lines), ['A', 'B']);
  });

  test('keys, sockets, knobs and what is for Node never get through', () => {
    const secret = {
      CONDOR_INHERIT: 'x',
      CONDOR_PARENT_ID: 'x',
      CONDOR_PRIVATE_INHERIT: 'x',
      CONDOR_PRIVATE_SHARED_PORT_COOKIE: 'x',
      _CONDOR_UID_DOMAIN: 'x',
      _condor_execute: 'x',
      NODE_OPTIONS: 'x',
      NODE_EXTRA_CA_CERTS: 'x',
      MALLOC_ARENA_MAX: '1',
      UV_THREADPOOL_SIZE: '2',
      EYRIE_SOFT_NOFILE: '1024',
      KEPT: 'x',
    };
    for (const knob of ['true', '*', Object.keys(secret).join(' ')]) {
      assert.deepEqual(inherited(knob, secret), ['KEPT']);
    }
  });

  test('marks of families are not among it', () => {
    assert.deepEqual(inherited('true', { _CONDOR_ANCESTOR_17: '18:1:2', OTHER: 'x' }), ['OTHER']);
  });
});
