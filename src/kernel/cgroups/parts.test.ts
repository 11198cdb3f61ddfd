import assert from 'node:assert/strict';
import { test } from 'node:test';
import { membershipOfJob } from './parts';

/** Where the job is whose init is there. */
function jobOf(version: 1 | 2, path: string): string {
  return membershipOfJob({ version, controllers: [], name: undefined, path }).path;
}

test('a job is beside its init in version 2', () => {
  assert.equal(jobOf(2, '/htcondor/condor_x_slot1@a/init'), '/htcondor/condor_x_slot1@a/job');
  assert.equal(jobOf(2, '/a.slice/htcondor/condor_x/init'), '/a.slice/htcondor/condor_x/job');
});

test('a job is where its init is in version 1, and where the cgroup is not ours', () => {
  assert.equal(jobOf(1, '/htcondor/condor_x/init'), '/htcondor/condor_x/init');
  for (const path of ['/', '/init', '/user.slice/init', '/htcondor/condor_x', '/condor_x/init/b']) {
    assert.equal(jobOf(2, path), path);
  }
});
