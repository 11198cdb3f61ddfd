import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeCallError } from './describe-error';

const words = (errno: number): string => (errno === 2 ? 'No such file or directory' : 'other');

test('a refusal names the call, the number and why', () => {
  const refusal = { kind: 'call-refused', call: 'getJobInfo', returned: -1, errno: 2 } as const;
  assert.equal(
    describeCallError(refusal, words),
    'The shadow answered CONDOR_get_job_info with -1, saying: No such file or directory',
  );
  assert.match(describeCallError({ ...refusal, errno: 0 }, words), /with -1, without saying why$/);
});

test('trouble with the connection speaks for itself', () => {
  const gone = { kind: 'gone', peer: '<192.0.2.1:9618>', reason: 'The peer closed it' } as const;
  assert.equal(describeCallError(gone, words), 'The peer closed it');
});
