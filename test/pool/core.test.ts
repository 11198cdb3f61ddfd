/**
 * Cores of jobs, where this host's kernel.core_pattern leaves them in the job's directory.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { describeInPools } from './support/each-pool';
import { runScript } from './support/jobs';
import type { Pool } from './support/pool';

const PATTERN = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();

/** Tests cannot set it, not even in CI: all of the host has the same. */
const skip = /^core(\.%p)?$/.test(PATTERN) ? false : `kernel.core_pattern is ${PATTERN}`;

const DIES = 'echo 1 >a; kill -SEGV $$';

for (const [where, knobs] of [
  ['', {}],
  [' with process ids of its own', { USE_PID_NAMESPACES: 'True' }],
] as const) {
  describeInPools(`a job that dumps core${where}`, { slots: 3, knobs }, (pool, { starter }) => {
    const run = async (lines: string, script = DIES) => {
      const { ad, job } = await runScript(pool(), script, { lines });
      const core = `core.${job.id}`;
      const isThere = existsSync(pool().file(job, core));
      return { ad, job, size: isThere ? statSync(pool().file(job, core)).size : undefined };
    };
    const told = (at: Pool, job: Parameters<Pool['events']>[0]) =>
      at.events(job).find(({ number }) => number === 5)?.text ?? '';

    for (const lines of ['', 'transfer_output_files = a', 'transfer_output_files = ""']) {
      test(`sends it back under the job's name with '${lines}'`, { skip }, async () => {
        const { ad, job, size } = await run(`coresize = 100000000\n${lines}`);
        assert.ok(size !== undefined && size > 4096, `${size}`);
        assert.equal(
          readFileSync(pool().file(job, `core.${job.id}`))
            .subarray(1, 4)
            .toString(),
          'ELF',
        );
        assert.deepEqual([ad.ExitBySignal, ad.ExitSignal, ad.JobCoreDumped], [true, 11, true]);
        assert.match(told(pool(), job), /\(1\) Corefile in: /);
        assert.equal(pool().readIfThere(job, 'a'), lines.endsWith('""') ? '' : '1\n');
      });
    }

    test('has none with coresize = 0', { skip }, async () => {
      const { ad, job, size } = await run('coresize = 0');
      assert.equal(size, undefined);
      assert.deepEqual([ad.ExitSignal, ad.JobCoreDumped], [11, undefined]);
      assert.match(told(pool(), job), /\(0\) No core file/);
    });

    test('has none that is left where nobody looks', { skip }, async () => {
      const { ad, job, size } = await run('coresize = 100000000', `mkdir d; cd d; ${DIES}`);
      assert.equal(size, undefined);
      assert.deepEqual([ad.ExitSignal, ad.JobCoreDumped], [11, undefined]);
      assert.match(told(pool(), job), /\(0\) No core file/);
    });

    // HTCondor's starter takes whatever has the name.
    if (starter === 'eyrie') {
      test('is not taken for one that has a file of that name', async () => {
        const { ad, job, size } = await run('coresize = 100000000', 'echo mine >core; exit 3');
        assert.equal(size, undefined);
        assert.deepEqual([ad.ExitCode, ad.JobCoreDumped], [3, undefined]);
        assert.equal(pool().read(job, 'core'), 'mine\n');
      });
    }
  });
}
