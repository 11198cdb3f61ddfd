/** Jobs by hand, and the procd that they are registered with: HTCondor's of each release, or ours. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { familyOf, hasLogged, startJob, startOutsider, UNTIL_END } from './support/hand-jobs';
import { needsProcd, procdDirectory, PROCDS, startProcd } from './support/procds';

for (const kind of PROCDS) {
  describe(`a job by hand and the procd of ${kind}`, { skip: skipIf(needsProcd(kind)) }, () => {
    test('is a family from its first instruction to its end', async (t) => {
      const procd = await startProcd(t, kind);
      const job = startJob(t, procd.address, `echo runs\n${UNTIL_END}`);
      await job.said('runs');
      const family = await familyOf(t, procd.address, job);
      assert.ok(family, job.stderr());
      assert.equal(family.parentRoot, process.pid);
      job.end();
      assert.equal((await job.ended).status, 0);
      assert.equal(await familyOf(t, procd.address, job), undefined);
    });

    test('does not begin before procd has it', async (t) => {
      const procd = await startProcd(t, kind);
      procd.process.kill('SIGSTOP');
      const job = startJob(t, procd.address, 'echo runs');
      await hasLogged(job, /Cloned eyrie-init/);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.equal(job.stdout(), '');
      procd.process.kill('SIGCONT');
      assert.equal((await job.ended).status, 0);
      assert.equal(job.stdout(), 'runs\n');
    });

    test('can be interrupted while procd does not answer', async (t) => {
      const procd = await startProcd(t, kind);
      procd.process.kill('SIGSTOP');
      const job = startJob(t, procd.address, 'echo runs');
      await hasLogged(job, /Cloned eyrie-init/);
      job.process.kill('SIGINT');
      job.process.kill('SIGQUIT');
      await job.ended;
      assert.equal(job.stdout(), '');
    });

    test('takes with it what others run for it', async (t) => {
      const procd = await startProcd(t, kind);
      const job = startJob(t, procd.address, `env\necho runs\n${UNTIL_END}`);
      await job.said('runs');
      const outsider = startOutsider(t, job);
      job.end();
      await job.ended;
      assert.equal((await outsider.ended).signal, 'SIGKILL');
    });

    test('goes on where procd dies, and is registered with the next one', async (t) => {
      const directory = procdDirectory(t);
      const first = await startProcd(t, kind, [], directory);
      // Else the starter starts one of ours.
      const none = { PROCD: '/nonexistent/condor_procd' };
      const job = startJob(t, first.address, `env\necho runs\n${UNTIL_END}`, none);
      await job.said('runs');
      first.process.kill('SIGKILL');
      await first.ended;
      await hasLogged(job, /procd at \S+ has ended/);
      const next = await startProcd(t, kind, [], directory);
      await hasLogged(job, /Registered family \d+ again/);
      assert.ok(await familyOf(t, next.address, job));
      const outsider = startOutsider(t, job);
      job.end();
      assert.equal((await job.ended).status, 0);
      assert.equal((await outsider.ended).signal, 'SIGKILL');
    });

    test('has a group of its own where the site wants that', async (t) => {
      const procd = await startProcd(t, kind, ['-G', '7001', '7002']);
      const job = startJob(t, procd.address, 'id -G', { USE_GID_PROCESS_TRACKING: 'true' });
      assert.equal((await job.ended).status, 0, job.stderr());
      assert.ok(job.stdout().trim().split(' ').includes('7001'), job.stdout());
    });
  });
}

describe('a job by hand without a procd', () => {
  test('asks nobody where USE_PROCD is false', async (t) => {
    const directory = procdDirectory(t);
    const job = startJob(t, `${directory}/procd`, 'echo runs', { USE_PROCD: 'false' });
    assert.equal((await job.ended).status, 0);
    assert.equal(job.stdout(), 'runs\n');
    assert.ok(!existsSync(`${directory}/procd`));
    assert.ok(!job.stderr().includes('procd'), job.stderr());
  });

  test('runs where none can be started, and says so', async (t) => {
    const directory = procdDirectory(t);
    const job = startJob(t, `${directory}/procd`, 'echo runs', { PROCD: '/nonexistent/procd' });
    assert.equal((await job.ended).status, 0);
    assert.equal(job.stdout(), 'runs\n');
    assert.match(job.stderr(), /There is no procd at .*; the job runs without procd/);
  });

  test('does not run where the dialect is none', async (t) => {
    const directory = procdDirectory(t);
    const job = startJob(t, `${directory}/procd`, 'echo runs', { PROCD_DIALECT: '5.0' });
    assert.notEqual((await job.ended).status, 0);
    assert.match(job.stderr(), /PROCD_DIALECT = 5.0: expected a release of HTCondor/);
  });
});
