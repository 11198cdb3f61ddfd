import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sortEnvironment } from './environment';

const SPAWNED = {
  CONDOR_INHERIT: '1 <127.0.0.1:1> ...',
  CONDOR_PRIVATE_INHERIT: ' SessionKey:...',
  CONDOR_PRIVATE_SHARED_PORT_COOKIE: 'cookie',
  CONDOR_PRIVATE_OF_LATER: 'secret',
  CONDOR_PARENT_ID: 'host:1:2',
  CONDOR_PROCD_ADDRESS: '/run/condor/procd_pipe',
  CONDOR_PROCD_ADDRESS_BASE: '/run/condor/procd_pipe',
  CONDOR_LVM_NAME: 'condor_1',
  _CONDOR_STARTD_ASSIGNED_AFFINITY: '0,1',
  _CONDOR_ENFORCE_CPU_AFFINITY: 'true',
  _CONDOR_ANCESTOR_100: '200:1795223318:1234',
  _CONDOR_ANCESTOR_200: '300:1795223319:5678',
  _CONDOR_EXECUTE: '/scratch/slot1',
  _condor_STARTER_DEBUG: 'D_FULLDEBUG',
  CONDOR_CONFIG: '/etc/condor/condor_config',
  PATH: '/usr/bin:/bin',
};

describe('the environment of a spawned starter', () => {
  const sorted = sortEnvironment(SPAWNED);

  test('is wiped of keys and of what is for this process alone', () => {
    assert.deepEqual(sorted.wiped, [
      'CONDOR_INHERIT',
      'CONDOR_PRIVATE_INHERIT',
      'CONDOR_PRIVATE_SHARED_PORT_COOKIE',
      'CONDOR_PRIVATE_OF_LATER',
      'CONDOR_PARENT_ID',
      'CONDOR_PROCD_ADDRESS',
      'CONDOR_PROCD_ADDRESS_BASE',
      'CONDOR_LVM_NAME',
      '_CONDOR_STARTD_ASSIGNED_AFFINITY',
    ]);
    assert.equal(sorted.inherit, SPAWNED.CONDOR_INHERIT);
    assert.equal(sorted.privateInherit, SPAWNED.CONDOR_PRIVATE_INHERIT);
    assert.equal(sorted.assignedCpus, '0,1');
    assert.equal(sorted.parentId, 'host:1:2');
  });

  test('has for jobs the ancestors alone', () => {
    assert.deepEqual(Object.keys(sorted.ancestors), [
      '_CONDOR_ANCESTOR_100',
      '_CONDOR_ANCESTOR_200',
    ]);
  });

  test('leaves overrides of knobs to the configuration', () => {
    assert.deepEqual(sorted.configuration, {
      _CONDOR_ENFORCE_CPU_AFFINITY: 'true',
      _CONDOR_EXECUTE: '/scratch/slot1',
      _condor_STARTER_DEBUG: 'D_FULLDEBUG',
      CONDOR_CONFIG: '/etc/condor/condor_config',
      PATH: '/usr/bin:/bin',
    });
  });

  test('has for a job that inherits it no override of a knob', () => {
    assert.deepEqual(Object.keys(sorted.inheritable), ['CONDOR_CONFIG', 'PATH']);
  });

  test('loses no variable', () => {
    const names = [sorted.wiped, Object.keys(sorted.ancestors), Object.keys(sorted.configuration)];
    assert.deepEqual(names.flat().sort(), Object.keys(SPAWNED).sort());
  });

  test('has no inheritance where no daemon is the parent', () => {
    const { inherit, privateInherit, wiped } = sortEnvironment({ HOME: '/root', X: undefined });
    assert.deepEqual([inherit, privateInherit, wiped], [undefined, undefined, []]);
  });
});
