/**
 * What is left where the starter, or the init of its job, is killed with SIGKILL.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { noProcessLeft, processesThere } from '../support/processes';
import { JOB_UID, ROOT, type Starter, STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite, type RunningJob, type TestEnd } from './support/site';

const skip = skipIf(needsProduct());

/** Children of all kinds, then a word, then a long wait. */
const FAMILY = [
  '(trap "" TERM HUP INT; sleep 600) &',
  'setsid sleep 600 &',
  'setsid sh -c "sleep 600 & exec env -i /bin/sleep 600" &',
  'sh -c "kill -STOP \\$\\$" &',
  'sleep 0.2; echo ready; sleep 600',
].join(' ');

/** Only root may do without a PID namespace. */
const choices = (starter: Starter): readonly string[] =>
  starter.uid === ROOT.uid ? ['true', 'false'] : ['true'];

/** A job, and a word that all of its processes but the shy child carry. */
async function startJob(t: TestEnd, starter: Starter, script: string, pidNamespaces: string) {
  const site = makeSite(t, starter);
  const running = site.start(shell(script), { knobs: { USE_PID_NAMESPACES: pidNamespaces } });
  t.after(() => running.process.kill('SIGKILL'));
  await running.said('ready');
  return { site, running, marker: path.basename(site.directory) };
}

/** Pids of processes without an environment that sleep as the shy child does. */
function shyChildren(): readonly string[] {
  const list = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  return list.split('\n').filter((line) => / \/bin\/sleep 600$/.test(line));
}

/** The eyrie-init of a running job, by pid. */
function initOf(running: RunningJob): number {
  const list = execFileSync('ps', ['-eo', 'pid,ppid,comm'], { encoding: 'utf8' });
  const rows = list.split('\n').map((line) => line.trim().split(/\s+/));
  const parents = new Map(rows.map(([pid, parent]) => [pid, parent]));
  const isOurs = (pid: string | undefined): boolean =>
    pid !== undefined && (Number(pid) === running.process.pid || isOurs(parents.get(pid)));
  const [init] = rows.find(([pid, , name]) => name === 'eyrie-init' && isOurs(pid)) ?? [];
  assert.ok(init !== undefined, list);
  return Number(init);
}

for (const starter of STARTERS) {
  for (const pidNamespaces of choices(starter)) {
    describe(`a job of ${starter.name}, USE_PID_NAMESPACES = ${pidNamespaces},`, { skip }, () => {
      test('is gone with all it started when its starter is killed', async (t) => {
        const before = shyChildren();
        const { site, running, marker } = await startJob(t, starter, FAMILY, pidNamespaces);
        await processesThere(marker, 6);
        running.process.kill('SIGKILL');
        const { signal } = await running.ended;
        assert.equal(signal, 'SIGKILL');
        await noProcessLeft(marker);
        assert.deepEqual(shyChildren(), before);
        // Nobody was there to remove it. It is the job's still, and closed to others.
        const [sandbox, ...others] = site.sandboxes();
        assert.deepEqual(others, []);
        const { mode, uid } = statSync(path.join(site.execute, sandbox ?? ''));
        assert.deepEqual([mode & 0o777, uid], [0o700, JOB_UID]);
        // The next run at this EXECUTE clears it away: run() checks.
        assert.equal((await site.run(shell('exit 0'))).status, 0);
      });

      test('is lost when its init is killed; the starter says so', async (t) => {
        // A PID namespace ends with its init. Without one only the main process has a tie to it.
        const script = pidNamespaces === 'true' ? FAMILY : 'echo ready; exec sleep 600';
        const { site, running, marker } = await startJob(t, starter, script, pidNamespaces);
        process.kill(initOf(running), 'SIGKILL');
        const { status, stderr, result } = await running.ended;
        assert.equal(status, 125);
        assert.match(stderr, /^eyrie run: eyrie-init was killed by signal 9$/m);
        assert.equal(result.JobStatus, 1);
        assert.equal(result.VacateReasonCode, 1007);
        assert.deepEqual(readdirSync(site.execute), []);
        await noProcessLeft(marker);
      });
    });
  }

  describe(`a run of ${starter.name}`, { skip }, () => {
    test('takes the place of a leftover that has its name', async (t) => {
      const site = makeSite(t, starter);
      const leftover = `${site.execute}/dir_$$`;
      const prepare = `mkdir -p ${leftover}/sub; echo old > ${leftover}/sub/old; exec "$@"`;
      const { stdout, stderr } = await site.run(shell('cd $_CONDOR_SCRATCH_DIR; ls; ls -d sub'), {
        through: ['sh', '-c', prepare, 'sh'],
      });
      assert.match(stderr, /sub.*No such file/);
      assert.doesNotMatch(stdout, /sub/);
    });

    test('leaves the sandboxes of running jobs alone, and those that were kept', async (t) => {
      const site = makeSite(t, starter);
      await site.start(shell('exit 0'), { options: ['--keep'] }).ended;
      const kept = site.sandboxes();
      const running = site.start(shell('echo ready; sleep 600'));
      t.after(() => running.process.kill('SIGQUIT'));
      await running.said('ready');
      const both = site.sandboxes();
      assert.equal(both.length, kept.length + 1);
      await site.start(shell('exit 0')).ended;
      assert.deepEqual(site.sandboxes(), both);
    });
  });
}
