/** Input for which the execute directory has no room. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { type TestContext, test } from 'node:test';
import { receiveInput } from '../../src/condor/transfer/receive-input';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { program, runProgram, suite } from '../kernel/support/program';
import { encryptedPair } from './support/connections';
import { inputRequest } from './support/requests';
import { makeSandbox } from './support/sandbox';
import { Shadow } from './support/shadow';

/** Receives more than the disk holds, and gives what came of it. */
program(async (input) => {
  const { directory, size } = input as { directory: string; size: number };
  const endings: (() => void)[] = [];
  const t = { after: (work: () => void) => void endings.push(work) };
  const sandbox = await makeSandbox(t, ':', directory);
  const { near, far } = await encryptedPair(t);
  const shadow = new Shadow(far);
  const transfer = receiveInput(inputRequest(sandbox, near));
  await shadow.beginInput();
  await shadow.sendItems([
    { name: 'before', text: 'fits' },
    { name: 'large', text: Buffer.alloc(size) },
    { name: 'after', text: 'x' },
    { name: 'dir', directory: 0o755 },
  ]);
  const report = await shadow.endInput();
  const { failure } = await transfer;
  endings.forEach((end) => end());
  return {
    failure,
    report: ['Result', 'HoldReasonCode', 'HoldReasonSubCode'].map((name) => report.integer(name)),
    reason: report.string('HoldReason'),
    left: fs.readdirSync(directory),
  };
});

/** Runs a command where a directory is a tmpfs of 128 KiB, which only the command sees. */
function withSmallDisk(directory: string): readonly string[] {
  const mount = `mount -t tmpfs -o size=128k,uid=65534,gid=65534 none ${directory}; exec "$@"`;
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-ec', mount, 'sh'];
}

suite('an input that the disk has no room for', { skip: skipIf(needsRoot()) }, () => {
  for (const size of [200_000, 5_000_000]) {
    test(`of ${size} bytes is heard to its end, and the report says ENOSPC`, async (t: TestContext) => {
      const place = temporaryDirectory(t);
      const directory = `${place}/disk`;
      fs.mkdirSync(directory);
      const { failure, report, reason, left } = (await runProgram(
        { directory, size },
        { by: withSmallDisk(directory) },
      )) as {
        failure: { kind: string; reason: string };
        report: number[];
        reason: string;
        left: string[];
      };
      assert.deepEqual(report, [-1, 12, 28]);
      assert.equal(
        reason,
        'STARTER at 192.0.2.7 failed to receive file(s) from <127.0.0.1:9618> - |Error: writing to ' +
          `file ${directory}/large: (errno 28) No space left on device`,
      );
      assert.deepEqual([failure.kind, failure.reason], ['hold', reason]);
      assert.ok(left.includes('before') && left.includes('large'));
    });
  }
});
