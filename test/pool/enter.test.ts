/**
 * `eyrie enter` and `eyrie ps` on a machine of a pool whose starter is ours.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { waitUntil } from '../support/wait';
import { describeInPools } from './support/each-pool';
import { FOREVER, startLongJob } from './support/long-jobs';
import { INSIDE } from './support/our-starter';
import type { Pool } from './support/pool';

const EYRIE = `${INSIDE}/bin/eyrie`;

/** Who the job is, as it reports and as a command inside sees it. */
const WHO =
  'id -u; id -G; readlink /proc/self/ns/mnt; readlink /proc/self/ns/pid; grep Cap /proc/self/status';

/** Enters a job as whoever has the pool's daemons. */
function enter(pool: Pool, job: string, script: string, as?: 'alice') {
  return pool.tool(EYRIE, ['enter', job, '--', 'sh', '-c', script], as === undefined ? {} : { as });
}

/** A family as `eyrie ps --json` tells of it. */
interface Told {
  readonly pid: number;
  readonly parent: number | null;
  readonly command: string;
  readonly procd: string | null;
  readonly job: {
    readonly starter: number;
    readonly slot: string;
    readonly globalJobId: string;
  } | null;
}

async function families(pool: Pool): Promise<readonly Told[]> {
  const text = await pool.ask(EYRIE, ['ps', '--json'], {});
  return (JSON.parse(text) as { families: readonly Told[] }).families;
}

for (const pidNamespaces of ['True', 'False']) {
  describeInPools(
    `a running job with USE_PID_NAMESPACES = ${pidNamespaces}`,
    { slots: 2, only: 'eyrie', knobs: { USE_PID_NAMESPACES: pidNamespaces } },
    (pool) => {
      test('is entered by root as the job’s user, in its sandbox', async () => {
        const long = await startLongJob(
          pool(),
          `(${WHO}) >>$REPORT; echo ready >>$REPORT\n${FOREVER}`,
        );
        await long.said('ready');
        const inside = await enter(
          pool(),
          long.job.id,
          `${WHO}; echo ready; test -e .job.ad && pwd`,
        );
        const place = `/pool/execute/dir_${long.starterPid()}`;
        assert.equal(inside.stdout, `${long.report()}${place}\n`, inside.stderr);
        const byPid = await enter(pool(), `${long.starterPid()}`, 'exit 7');
        assert.equal(byPid.status, 7);
        const running = enter(pool(), long.job.id, 'touch entered; sleep 600');
        const mark = path.join(pool().directory, 'execute', path.basename(place), 'entered');
        await waitUntil(() => existsSync(mark), 'the command inside');
        await pool().ask('condor_rm', [long.job.id]);
        assert.equal((await running).status, 137);
        await long.gone();
      });

      test('is in the tree of families, below its starter', async () => {
        const long = await startLongJob(pool(), `echo ready >>$REPORT\n${FOREVER}`);
        await long.said('ready');
        const told = await families(pool());
        const job = told.find((family) => family.job?.starter === long.starterPid());
        assert.ok(job, JSON.stringify(told));
        assert.match(
          job.job?.globalJobId ?? '',
          new RegExp(`#${long.job.id.replace('.', '\\.')}#`),
        );
        assert.match(job.job?.slot ?? '', /^slot\d/);
        assert.ok(job.procd, 'the pool’s procd knows it');
        const above = told.find(({ pid }) => pid === job.parent);
        assert.equal(above?.pid, long.starterPid());
        assert.equal(above.command, 'condor_starter');
        await pool().ask('condor_rm', [long.job.id]);
        await long.gone();
      });
    },
  );
}

describeInPools(
  'a running job of a pool of an ordinary user',
  { slots: 2, as: 'alice', only: 'eyrie' },
  (pool) => {
    test('is entered by that user, and by root as that user', async () => {
      const long = await startLongJob(
        pool(),
        `(${WHO}) >>$REPORT; echo ready >>$REPORT\n${FOREVER}`,
      );
      await long.said('ready');
      for (const as of ['alice', undefined] as const) {
        const inside = await enter(pool(), long.job.id, `${WHO}; echo ready`, as);
        assert.equal(inside.stdout, long.report(), inside.stderr);
      }
      await pool().ask('condor_rm', [long.job.id]);
      await long.gone();
    });
  },
);
