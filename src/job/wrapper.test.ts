import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mustPlan, mustRefuse, PLAIN_HOST, planInput } from '../../test/plan/inputs';
import { directory, file, memoryHost } from '../../test/plan/memory-host';
import { wrapperFailure, wrapperFault } from './wrapper';

const HOST = memoryHost({
  ...PLAIN_HOST,
  '/site/wrap': file(0o755),
  '/site/link': '/site/wrap',
  '/site/plain': file(0o644),
  '/site/directory': directory(),
});

describe('USER_JOB_WRAPPER', () => {
  test("is executed with the job's command line as its arguments", () => {
    const spec = { command: '/bin/job', arguments: ['a b', ''] };
    const { plan } = mustPlan(planInput({ host: HOST, spec, policy: { wrapper: '/site/wrap' } }));
    const exec = plan.job.at(-1);
    assert.ok(exec?.op === 'exec');
    assert.equal(exec.path, '/site/wrap');
    assert.deepEqual(exec.argv, ['/site/wrap', '/bin/job', 'a b', '']);
  });

  test('may be a link', () => {
    assert.equal(
      wrapperFault({ host: HOST, policy: { wrapper: '/site/link' } }, undefined),
      undefined,
    );
  });

  for (const [wrapper, what] of [
    ['/site/none', /USER_JOB_WRAPPER: \/site\/none does not exist/],
    ['/site/plain', /USER_JOB_WRAPPER: \/site\/plain cannot be executed/],
    ['/site/directory', /USER_JOB_WRAPPER: \/site\/directory cannot be executed/],
  ] as const) {
    test(`keeps all jobs from running where it is ${wrapper}`, () => {
      const refusal = mustRefuse(planInput({ host: HOST, policy: { wrapper } }));
      assert.match(refusal.reason, what);
      assert.equal(refusal.cause, 'site');
    });
  }

  test('is looked for in a chroot only when it is executed there', () => {
    const policy = { wrapper: '/site/none' };
    assert.equal(wrapperFault({ host: HOST, policy }, '/images/one'), undefined);
  });

  test('says why it could not run a job in a line that fits into a log', () => {
    const { reason } = wrapperFailure(' no licence\nleft\x1b[1m \n');
    assert.equal(reason, 'The job wrapper failed to execute the job: no licence|left [1m');
  });
});
