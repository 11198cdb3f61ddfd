import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ad, jobAdOf, machineAdOf } from '../../test/shadow/recorded';
import type { ClassAd } from '../condor/classad';
import { placedJobAd, placedMachineAd } from './placed-ads';
import { readJobSpec } from './read-spec';
import { jobAdFile } from './sandbox-ads';
import type { JobFiles } from './spec-context';

const SANDBOX = '/execute/dir_1';

function placed(jobAd: ClassAd, files: JobFiles): ClassAd {
  const spec = readJobSpec(jobAd, { from: 'shadow', files });
  assert.ok(spec.ok, spec.ok ? '' : spec.error.reason);
  return placedJobAd(jobAd, spec.value, files);
}

function texts(one: ClassAd): Record<string, string | undefined> {
  const names = ['Cmd', 'OrigCmd', 'Iwd', 'OrigIwd', 'Out', 'OriginalOut', 'Err', 'OriginalErr'];
  return Object.fromEntries(names.map((name) => [name, one.string(name)]));
}

describe('the job ad in the sandbox', () => {
  test('has the places here and those of the submit host', () => {
    const jobAd = jobAdOf('25.14.1-normal');
    assert.deepEqual(texts(placed(jobAd, { kind: 'transferred', sandbox: SANDBOX })), {
      Cmd: '/home/alice/pb/small.sh',
      OrigCmd: '/home/alice/pb/small.sh',
      Iwd: SANDBOX,
      OrigIwd: '/home/alice/pb',
      Out: '_condor_stdout',
      OriginalOut: 'so.1',
      Err: '_condor_stderr',
      OriginalErr: 'se.1',
    });
    assert.equal(jobAd.has('OrigIwd'), false);
  });

  test('of a job whose files are at hand has its own places', () => {
    const { Iwd, OrigIwd, Out, OriginalOut } = texts(
      placed(jobAdOf('25.14.1-normal'), { kind: 'shared' }),
    );
    assert.deepEqual(
      [Iwd, OrigIwd, Out, OriginalOut],
      ['/home/alice/pb', '/home/alice/pb', 'so.1', undefined],
    );
  });

  test('leaves a stream alone that goes nowhere', () => {
    const jobAd = jobAdOf('23.9.6-normal').set('Out', ad(['X = "/dev/null"']).value('X'));
    const { Out, OriginalOut } = texts(placed(jobAd, { kind: 'transferred', sandbox: SANDBOX }));
    assert.deepEqual([Out, OriginalOut], ['/dev/null', undefined]);
  });

  test("has none of the shadow's secrets in its file", () => {
    const jobAd = jobAdOf('23.9.6-normal');
    const { text } = jobAdFile(placed(jobAd, { kind: 'transferred', sandbox: SANDBOX }));
    for (const name of ['ClaimId', 'TransferKey']) {
      const secret = jobAd.string(name);
      assert.ok(secret, name);
      assert.ok(!text.includes(secret), name);
      assert.doesNotMatch(text, new RegExp(`^${name} =`, 'm'));
    }
    assert.match(text, /^PublicClaimId = /m);
  });
});

describe('the machine ad in the sandbox', () => {
  test('has the path in place of the word for it', () => {
    const machineAd = machineAdOf('25.14.1-normal');
    assert.equal(machineAd.string('CondorScratchDir'), '#CoNdOrScRaTcHdIr#');
    assert.equal(placedMachineAd(machineAd, SANDBOX).string('CondorScratchDir'), SANDBOX);
  });

  test('of a startd that has no such word has none', () => {
    assert.deepEqual(placedMachineAd(ad(['Cpus = 1']), SANDBOX).names(), ['Cpus']);
  });
});
