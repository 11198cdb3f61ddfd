/**
 * Jobs of a pool whose sandboxes are file systems of their own: files come and go as ever, and who fills
 * his is held in HTCondor's words.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { held, runScript, submitScript } from './support/jobs';

const CONTENT = randomBytes(300_000).toString('hex');

for (const [kind, type] of [
  ['tmpfs', 'tmpfs'],
  ['loop', 'ext4'],
] as const) {
  const knobs = {
    STARTER_SCRATCH_DISK: kind,
    // A static slot has much more.
    STARTER_SCRATCH_DISK_SIZE: 'TARGET.RequestDisk',
    LVM_USE_THIN_PROVISIONING: 'true',
    LVM_THIN_LV_EXTRA_SIZE_MB: '10',
  };
  describeInPools(`a sandbox in a ${kind}`, { slots: 2, knobs, only: 'eyrie' }, (pool) => {
    test('gets the input, which is the job’s, and gives the output back', async () => {
      const script =
        'grep " $_CONDOR_SCRATCH_DIR " /proc/self/mounts >mounts; cat input >output; ' +
        'mkdir tree; echo x >tree/file; echo more >>input; stat -c %U input >>mounts';
      const { job, ad } = await runScript(pool(), script, {
        lines:
          'request_disk = 20M\ntransfer_input_files = input\ntransfer_output_files = output, mounts, tree',
        files: { input: CONTENT },
      });
      const read = (name: string): string => readFileSync(path.join(job.directory, name), 'utf8');
      assert.equal(read('output'), CONTENT);
      assert.equal(read('tree/file'), 'x\n');
      assert.match(read('mounts'), new RegExp(` ${type} rw,nosuid,nodev,`));
      const used = Number(ad.DiskUsage_RAW ?? ad.DiskUsage);
      assert.ok(used > 1170 && used < 1500, `${used} KiB`);
    });

    test('that the job has filled holds it', async () => {
      const script = 'cat /dev/zero >big; sleep 600';
      const job = await submitScript(pool(), script, { lines: 'request_disk = 8M' });
      const { code, reason, subCode } = await held(pool(), job);
      assert.deepEqual([code, subCode], [34, 104], reason);
      assert.match(reason, /Job has exceeded allocated disk \(8\.0 MB\)\. Consider increasing/);
    });
  });
}
