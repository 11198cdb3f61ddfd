/**
 * Several starters at one EXECUTE at the same time.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());
const JOBS = 20;

for (const starter of STARTERS) {
  describe(`${JOBS} jobs of ${starter.name} at the same time`, { skip }, () => {
    test('run apart: each with its own sandbox, status and result', async (t) => {
      const site = makeSite(t, starter);
      const script = (number: number): string =>
        [
          `echo ${number} > $_CONDOR_SCRATCH_DIR/number; echo x > ready.${number}`,
          // All are there before the first one looks around.
          `while [ $(ls ready.* | wc -l) -lt ${JOBS} ]; do sleep 0.05; done`,
          'ls -A $_CONDOR_SCRATCH_DIR/.. | wc -l; cat $_CONDOR_SCRATCH_DIR/number',
          `exit ${number}`,
        ].join('; ');
      const running = Array.from({ length: JOBS }, (_, number) =>
        site.start({ ...shell(script(number)), ClusterId: number + 1 }),
      );
      const reports = await Promise.all(running.map(({ ended }) => ended));
      for (const [number, { status, stdout, stderr, result }] of reports.entries()) {
        assert.equal(status, number, stderr);
        assert.equal(stdout, `1\n${number}\n`);
        assert.equal(result.ExitCode, number);
        assert.equal(result.ClusterId, number + 1);
      }
      assert.deepEqual(readdirSync(site.execute), []);
      const log = readFileSync(site.log, 'utf8');
      for (const number of reports.keys()) {
        assert.match(log, new RegExp(`^\\S+ \\S+ .*Job ${number + 1}\\.0 runs: pid \\d+`, 'm'));
      }
    });
  });
}
