/**
 * JOB, and the records of running jobs that it is looked up in.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { makeSite } from '../run/support/site';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { giveTo, ORDINARY_USER, ROOT, type Starter, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';
import { enter, type HeldJob, holdJob, recordPlace, startEnter, WAIT } from './support';

const skip = skipIf(needsProduct());

function recordOf(starter: Starter, pid: number): string {
  return path.join(recordPlace(starter), `${pid}.json`);
}

/** What `eyrie enter` says where it does not find the job. */
async function refusal(who: Starter, name: string): Promise<string> {
  const { status, stderr, stdout } = await startEnter(who, [name, '--', '/bin/true']).ended;
  assert.equal(status, 125);
  assert.equal(stdout, '');
  return stderr;
}

for (const starter of STARTERS) {
  describe(`the record of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('is there while the job runs, for its starter’s account alone', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const file = recordOf(starter, job.starter);
      for (const [place, mode] of [
        [file, 0o600],
        [path.dirname(file), 0o700],
      ] as const) {
        assert.equal(statSync(place).mode & 0o777, mode);
        assert.equal(statSync(place).uid, starter.uid);
      }
      assert.doesNotMatch(readFileSync(file, 'utf8'), /sleep|echo/, 'nothing of its arguments');
      await job.end();
      assert.equal(existsSync(file), false);
    });

    test('is removed by whoever reads it after its starter was killed', async (t) => {
      const site = makeSite(t, starter);
      const job = await holdJob(t, site, WAIT);
      const other = await holdJob(t, site, WAIT);
      job.running.process.kill('SIGKILL');
      await job.running.ended;
      const file = recordOf(starter, job.starter);
      assert.equal(existsSync(file), true);
      assert.match(await refusal(starter, job.name), /no job \S+ runs here/);
      assert.equal(existsSync(file), false);
      assert.equal((await enter(starter, other, 'echo here')).stdout, 'here\n');
    });

    test('counts for nothing where its pid is another process’s by now', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const file = recordOf(starter, job.starter);
      const record = JSON.parse(readFileSync(file, 'utf8')) as { starter: object; init: object };
      const write = (text: string): void => writeFileSync(file, text);
      write(JSON.stringify({ ...record, init: { ...record.init, startTime: '1' } }));
      assert.match(await refusal(starter, job.name), /job \S+ has ended/);
      write(JSON.stringify({ ...record, starter: { ...record.starter, startTime: '1' } }));
      assert.match(await refusal(starter, job.name), /no job \S+ runs here/);
      assert.equal(existsSync(file), false);
    });

    test('counts for nothing where it is none', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      for (const text of ['', '{}', 'null', '{"starter":', '\0'.repeat(4096)]) {
        writeFileSync(recordOf(starter, job.starter), text);
        assert.match(await refusal(starter, job.name), /no job \S+ runs here/);
      }
    });
  });

  describe(`a name of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('that nothing has, and one that is none, are told in a sentence', async () => {
      assert.match(await refusal(starter, '7.77'), /^eyrie enter: no job 7\.77 runs here/);
      assert.match(await refusal(starter, '1'), /process 1 is no starter with a job that runs/);
      assert.match(await refusal(starter, 'x.1'), /'x\.1' is no job: expected cluster\.proc/);
    });

    test('that two have is told with the pids of both', async (t) => {
      const site = makeSite(t, starter);
      const ad = { ClusterId: 200_000 + process.pid, ProcId: starter.uid };
      const first = await holdJob(t, site, WAIT, { ad });
      const second = await holdJob(t, site, WAIT, { ad });
      const name = `${ad.ClusterId}.${ad.ProcId}`;
      const said = await refusal(starter, name);
      assert.match(said, new RegExp(`2 jobs ${name} run here; name the pid of the starter:\n`));
      for (const { starter: pid } of [first, second]) {
        assert.match(said, new RegExp(`^  ${pid}  of nobody, by hand`, 'm'));
        const { stdout } = await startEnter(starter, [`${pid}`, '--', 'pwd']).ended;
        assert.match(stdout, new RegExp(`/dir_${pid}\n$`));
      }
    });

    test('of a job that has ended is not found any more', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      await job.end();
      assert.match(await refusal(starter, job.name), /no job \S+ runs here.*ended|there runs/);
    });
  });
}

describe('jobs of others', { skip: skip || skipIf(needsRoot()), concurrency: 2 }, () => {
  test('are not there for an ordinary user', async (t) => {
    const job = await holdJob(t, makeSite(t, ROOT), WAIT);
    const said = await refusal(ORDINARY_USER, job.name);
    assert.match(said, /of yours: root sees those of other users, too/);
    assert.match(await refusal(ORDINARY_USER, `${job.starter}`), /of yours/);
  });

  test('of an ordinary user are entered by root as that user', async (t) => {
    const job = await holdJob(t, makeSite(t, ORDINARY_USER), FACTS_AND_WAIT);
    const inside = await enter(ROOT, job, FACTS);
    assert.equal(inside.stdout, job.said, inside.stderr);
  });

  test('whose record another ordinary user laid down are not entered as that user', async (t) => {
    const job = await holdJob(t, makeSite(t, ORDINARY_USER), WAIT);
    await forge(job, 12_345, async (pid) => {
      assert.match(await refusal(ROOT, `${pid}`), /no starter|not entered|has ended/);
    });
  });
});

const FACTS =
  'grep -E "^(Uid|Gid|Groups|Cap...|NoNewPrivs):" /proc/self/status; cat /proc/self/uid_map; for n in /proc/self/ns/*; do readlink $n; done';
const FACTS_AND_WAIT = `${FACTS}; ${WAIT}`;

/** Gives a record to somebody else, for as long as something is done. */
async function forge(job: HeldJob, uid: number, work: (pid: number) => Promise<void>) {
  const file = recordOf(ORDINARY_USER, job.starter);
  giveTo(uid, file);
  await waitUntil(() => statSync(file).uid === uid, 'the other owner');
  await work(job.starter);
  giveTo(ORDINARY_USER.uid, file);
}
