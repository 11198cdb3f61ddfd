/**
 * Families of jobs in pools, with HTCondor's procd and ours, each with HTCondor's starter and ours: the
 * daemons of a pool are clients of its procd as well, and start it.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import { STARTERS, WHOSE } from './support/each-pool';
import { completed } from './support/jobs';
import { FOREVER, type LongJob, startLongJob } from './support/long-jobs';
import { type Pool, type StarterKind, startPool } from './support/pool';
import { needsPools, RELEASES } from './support/releases';

/** A family as procd_ctl prints it. */
interface Family {
  readonly root: number;
  readonly watcher: number;
  readonly pids: readonly number[];
}

const PROCDS: readonly StarterKind[] = ['htcondor', 'eyrie'];

const POOLS_AT_A_TIME = 1;
const SLOTS = 4;

/** Asks the pool's procd, with HTCondor's own tool. */
async function control(pool: Pool, ...words: string[]): Promise<string> {
  const address = await pool.ask('condor_config_val', ['PROCD_ADDRESS']);
  return pool.ask('procd_ctl', ['-A', address.trim(), ...words]);
}

async function families(pool: Pool): Promise<readonly Family[]> {
  const lines = (await control(pool, 'DUMP')).trim().split('\n');
  const rows = lines.map((line) => line.split(' ').map(Number));
  const found: Family[] = [];
  for (let at = 0; at < rows.length;) {
    const [, root = 0, watcher = 0, count = 0] = rows[at] ?? [];
    const members = rows.slice(at + 1, at + 1 + count);
    found.push({ root, watcher, pids: members.map(([pid = 0]) => pid) });
    at += 1 + count;
  }
  return found;
}

/** The family of a job, by its starter, which watches over it. */
async function familyOf(pool: Pool, job: LongJob): Promise<Family | undefined> {
  return (await families(pool)).find(({ watcher }) => watcher === job.starterPid());
}

/** A job that says which marks it carries, and goes on until it is told to end or is killed. */
function startMarkedJob(pool: Pool, script = FOREVER): Promise<LongJob> {
  const says = 'env | grep ^_CONDOR_ANCESTOR_ >>$REPORT; echo ready >>$REPORT';
  return startLongJob(pool, `${says}\n${script}`);
}

/** A process that is none of the job's descendants but carries its marks. */
interface Outsider {
  isThere(): Promise<boolean>;
  /** Whether it goes on: it counts, if nobody keeps it from that. */
  goesOn(): Promise<boolean>;
}

async function startOutsider(pool: Pool, job: LongJob): Promise<Outsider> {
  await job.said('ready');
  const marks = job.report().match(/^_CONDOR_ANCESTOR_\S+$/gm) ?? [];
  assert.ok(marks.length > 0, job.report());
  const file = pool.file(job.job, 'count');
  const counts = `i=0; while sleep 0.1; do i=$((i + 1)); echo $i >${job.job.inside}/count; done`;
  const script = `setsid sh -c '${counts}' </dev/null >/dev/null 2>&1 & echo $!`;
  const clean = ['-i', 'PATH=/usr/bin:/bin'];
  const pid = (await pool.ask('env', [...clean, ...marks, 'sh', '-c', script])).trim();
  const count = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  return {
    isThere: async () => (await pool.tool('test', ['-e', `/proc/${pid}/exe`])).status === 0,
    async goesOn() {
      const before = count();
      await new Promise((resolve) => setTimeout(resolve, 500));
      return count() !== before;
    },
  };
}

/** Has a job end that waits for that. */
function end(pool: Pool, { job }: LongJob): void {
  writeFileSync(pool.file(job, 'report.end'), '');
}

async function isGone(outsider: Outsider): Promise<void> {
  await waitUntil(async () => !(await outsider.isThere()), 'the outsider to be gone', 20);
}

async function becomes(outsider: Outsider, state: 'still' | 'going on'): Promise<void> {
  await waitUntil(
    async () => (await outsider.goesOn()) === (state === 'going on'),
    `the outsider to be ${state}`,
    20,
  );
}

for (const release of RELEASES) {
  for (const procd of PROCDS) {
    describe(
      `HTCondor ${release}, ${WHOSE[procd]} procd`,
      { skip: skipIf(needsPools()), concurrency: POOLS_AT_A_TIME },
      () => {
        for (const starter of STARTERS) {
          describe(`and ${WHOSE[starter]} starter:`, { concurrency: SLOTS }, () => {
            let started: Pool | undefined;
            before(async () => {
              const endings: (() => Promise<void>)[] = [];
              const ending = { after: (end: () => Promise<void>) => void endings.push(end) };
              started = await startPool(ending, { release, starter, procd, slots: SLOTS });
            });
            after(() => started?.stop());
            judge(() => {
              if (started === undefined) throw new Error('the pool did not start');
              return started;
            });
          });
        }
      },
    );
  }
}

function judge(pool: () => Pool): void {
  test('a job is a family while it runs, and none afterwards', async () => {
    const job = await startMarkedJob(
      pool(),
      'sleep 600 & sleep 600 & while [ ! -e $REPORT.end ]; do sleep 0.1; done',
    );
    await job.said('ready');
    const family = await familyOf(pool(), job);
    assert.ok(family, await control(pool(), 'DUMP'));
    assert.ok(family.pids.includes(family.root));
    await waitUntil(async () => {
      await control(pool(), 'SNAPSHOT');
      return ((await familyOf(pool(), job))?.pids.length ?? 0) >= 3;
    }, 'procd to know the processes of the job');
    const usage = await control(pool(), 'GET_USAGE', `${family.root}`);
    assert.match(usage, /^Number of Processes: [3-9]$/m);
    assert.match(usage, /^Maximum Image Size \(KB\): [1-9]\d{3,}$/m);
    end(pool(), job);
    await completed(pool(), job.job);
    assert.equal(await familyOf(pool(), job), undefined);
  });

  test('what others run for a job ends with it, by itself or removed', async () => {
    const ends = await startMarkedJob(pool(), 'while [ ! -e $REPORT.end ]; do sleep 0.1; done');
    const outsider = await startOutsider(pool(), ends);
    await becomes(outsider, 'going on');
    end(pool(), ends);
    await completed(pool(), ends.job);
    await isGone(outsider);

    const removed = await startMarkedJob(pool());
    const another = await startOutsider(pool(), removed);
    await pool().ask('condor_rm', [removed.job.id]);
    await isGone(another);
    await removed.gone();
    assert.equal(await familyOf(pool(), removed), undefined);
  });

  test('what others run for a job is suspended, continued and held with it', async () => {
    const job = await startMarkedJob(pool());
    const outsider = await startOutsider(pool(), job);
    await pool().ask('condor_suspend', [job.job.id]);
    await becomes(outsider, 'still');
    await pool().ask('condor_continue', [job.job.id]);
    await becomes(outsider, 'going on');
    await pool().ask('condor_hold', [job.job.id]);
    await isGone(outsider);
    await job.gone();
  });

  test('a job that stands still can be removed', async () => {
    const job = await startMarkedJob(pool());
    const outsider = await startOutsider(pool(), job);
    await pool().ask('condor_suspend', [job.job.id]);
    await becomes(outsider, 'still');
    await pool().ask('condor_rm', [job.job.id]);
    await isGone(outsider);
    await job.gone();
  });

  test('a child that left its parent, session and group ends with the job', async () => {
    const script = `setsid sh -c 'setsid sleep 601 & exit' & wait; echo left >>$REPORT
      while [ ! -e $REPORT.end ]; do sleep 0.1; done`;
    const job = await startMarkedJob(pool(), script);
    await job.said('left');
    end(pool(), job);
    await completed(pool(), job.job);
    await job.gone();
  });
}
