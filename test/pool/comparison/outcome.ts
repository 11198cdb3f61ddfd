/**
 * What can be compared of a job that ended: its final ad, its events, and the files that came back,
 * without what differs from run to run.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { submitScript } from '../support/jobs';
import { startLongJob } from '../support/long-jobs';
import type { Ad, Job, Pool } from '../support/pool';
import type { ComparedJob } from './jobs';

/** What a job came to: places, such as `ad ExitCode` or `file out`, and what is there. */
export type Outcome = ReadonlyMap<string, string>;

/** Attributes whose values differ from run to run; that they are there is compared. */
const VARYING =
  /Date$|Time$|Time_|Start$|Update$|Pid$|Usage|Cpu$|Size|Bytes|Addr$|_RAW$|Duration|Mtime$|HookDone$|FileCount$|^EnteredCurrentStatus$|^Cumulative|^Committed|^Transfer(In|Out)|^ToE$|^Last|^RemoteHost$|^Recent|^Stats|^NumPids$/;

/**
 * Attributes that are there or not by chance, or number the jobs of a pool, or count attempts: now
 * and then a claim is gone before its next job gets to it.
 */
const BY_CHANCE =
  /^(ClusterId|AutoCluster|GlobalJobId|LastRej|LastMatch|FirstJobMatchDate$|CpusUsage$|JobRunCount$|NumJobMatches$|NumShadowStarts$|LastVacateTime$|JobLastStartDate$|Transfer(In|Out)(Queued|Started|Finished)$)/;

/** Events that come when they come: the size of the job, and the steps of file transfers. */
const EVENTS_BY_CHANCE: readonly number[] = [6, 40];

/** Runs the job and tells its outcome. */
export async function outcomeOf(pool: Pool, compared: ComparedJob): Promise<Outcome> {
  const { script, meanwhile, ends = 'completed' } = compared;
  let job: Job;
  if (meanwhile === undefined) {
    job = await submitScript(pool, script, compared);
  } else {
    const long = await startLongJob(pool, script, compared);
    await meanwhile(pool, long);
    ({ job } = long);
  }
  await pool.wait(job, ends, 60);
  const ad = ends === 'held' ? await heldAd(pool, job) : await pool.historyAd(job);
  return new Map([...adPlaces(ad), ...eventPlaces(pool, job), ...filePlaces(job)]);
}

async function heldAd(pool: Pool, job: Job): Promise<Ad> {
  await pool.wait(job, ({ JobStatus }) => JobStatus === 5);
  return (await pool.queueAd(job)) ?? {};
}

function* adPlaces(ad: Ad): Iterable<[string, string]> {
  for (const [name, value] of Object.entries(ad).filter(([each]) => !BY_CHANCE.test(each))) {
    const text = VARYING.test(name) ? typeof value : JSON.stringify(value);
    yield [`ad ${name}`, withoutChance(text)];
  }
}

function* eventPlaces(pool: Pool, job: Job): Iterable<[string, string]> {
  const events = pool.events(job).filter(({ number }) => !EVENTS_BY_CHANCE.includes(number));
  yield ['events', events.map(({ number }) => number).join(' ')];
  for (const [index, { number, name, text }] of events.entries()) {
    const nth = events.slice(0, index).filter((event) => event.number === number).length + 1;
    yield [`event ${name} ${nth}`, withoutChance(text)];
  }
}

function* filePlaces(job: Job): Iterable<[string, string]> {
  const names = readdirSync(job.directory, { recursive: true, encoding: 'utf8' }).sort();
  yield ['files', names.join(' ')];
  for (const name of names.filter((each) => !/^(run\.sh|job\.(sub|log))$/.test(each))) {
    const file = path.join(job.directory, name);
    const status = statSync(file);
    yield [`mode of ${name}`, (status.mode & 0o7777).toString(8)];
    if (status.isFile()) yield [`file ${name}`, withoutChance(readFileSync(file, 'utf8'))];
  }
}

/** Without numbers and names that come by chance. */
function withoutChance(text: string): string {
  return (
    text
      .replaceAll(/<127\.0\.0\.1:\d+[^>]*>/g, '<ADDRESS>')
      .replaceAll(/\bdir_\d+/g, 'dir_N')
      .replaceAll(/\blong-job-[0-9a-f]+/g, 'MARKER')
      .replaceAll(/\bjob-\d+\b/g, 'job-N')
      .replaceAll(/\bslot1_\d+/g, 'slot1_N')
      .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?/g, 'DATE')
      .replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
      .replaceAll(/^(\s*)\d+( {2}- {2}(Run|Total) Bytes|.*\(s\)|.*\((KB|MB)\))/gm, '$1N$2')
      .replaceAll(/^(\s+(?:Cpus|Disk|Memory|TimeExecute|TimeSlotBusy|GPUs)\b[^:]*:).*$/gm, '$1 N')
      // The test's job sleeps in a child most of the time.
      .replaceAll(/(processes actually suspended: )\d+/g, '$1N')
      .replaceAll(/\b\d+\.0\b(?=.*Cluster)/g, 'ID')
  );
}
