/**
 * What a command inside is: everything that the job is, and nothing of the caller's.
 */
import assert from 'node:assert/strict';
import os from 'node:os';
import { describe, test } from 'node:test';
import { makeSite } from '../run/support/site';
import { needsProduct, skipIf } from '../support/need';
import { JOB_UID, STARTERS } from '../support/starters';
import { enter, holdJob, WAIT } from './support';

const skip = skipIf(needsProduct());

/** What a process says of itself; the same of the job as of a command inside. */
const FACTS = [
  'grep -E "^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Cpus_allowed):" /proc/self/status',
  'for n in /proc/self/ns/*; do readlink $n; done',
  'cat /proc/self/cgroup /proc/self/limits /proc/self/oom_score_adj',
  'umask; nice; stat -c "root %d:%i" /; cat /proc/self/uid_map',
].join('; ');

for (const starter of STARTERS) {
  for (const pidNamespaces of ['true', 'false']) {
    const where = `in a job of ${starter.name} with USE_PID_NAMESPACES = ${pidNamespaces}`;
    describe(`a command inside, ${where}`, { skip, concurrency: 2 }, () => {
      const knobs = { USE_PID_NAMESPACES: pidNamespaces };

      test('has the ids, rights, namespaces, cgroups, limits, mask and root of the job', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), `${FACTS}; ${WAIT}`, { knobs });
        const inside = await enter(starter, job, FACTS);
        assert.match(job.said, /^Uid:.*\n(.*\n)+CapBnd:.*\n(.*\n)*mnt:\[\d+\]\n/);
        assert.equal(inside.stdout, job.said, inside.stderr);
        assert.equal(inside.stderr, '');
        assert.equal(inside.status, 0);
      });

      test('has limits and a priority that the caller lacks', async (t) => {
        const facts = 'ulimit -n; ulimit -c; ulimit -t; nice';
        const more = { knobs: { ...knobs, JOB_RENICE_INCREMENT: '7' }, ad: { CoreSize: 4096 } };
        const job = await holdJob(t, makeSite(t, starter), `${facts}; ${WAIT}`, more);
        const inside = await enter(starter, job, facts);
        // The increment is added to what the test itself has.
        assert.equal(
          job.said.split('\n').slice(1).join(' '),
          `8 unlimited ${os.getPriority() + 7} `,
        );
        assert.equal(inside.stdout, job.said, inside.stderr);
      });

      test('has three standard streams, made for it, and no other descriptor', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs });
        // ls itself opens the directory.
        const list = 'exec ls -l /proc/self/fd';
        const { stdout } = await enter(starter, job, list, { input: 'x' });
        const lines = [...stdout.matchAll(/(\d -> [^/\n]*)\n/g)].map(([, line = '']) => line);
        assert.deepEqual(
          lines.map((line) => line.replace(/\d+\]$/, 'N]')),
          ['0 -> pipe:[N]', '1 -> pipe:[N]', '2 -> pipe:[N]'],
        );
        assert.equal(new Set(lines.map((line) => line.slice(2))).size, 3);
      });

      test('has an environment of our own making', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), `env | sort; ${WAIT}`, { knobs });
        const env = {
          PATH: '/usr/bin:/bin:/opt/evil',
          SECRET: 'x',
          LD_PRELOAD: '',
          HOME: '/root',
          TERM: 'xterm',
        };
        const { stdout } = await enter(starter, job, 'exec /usr/bin/env', { env });
        const names = stdout.split('\n').map((line) => line.split('=')[0]);
        const known = 'HOME LOGNAME PATH PWD SHELL USER _CONDOR_SCRATCH_DIR';
        assert.deepEqual(
          names.filter((name) => name && !/ANCESTOR/.test(name)).sort(),
          known.split(' '),
        );
        assert.doesNotMatch(stdout, /evil|SECRET|PRELOAD/);
        const mark = /^_CONDOR_ANCESTOR_\d+=.*$/m;
        assert.equal(mark.exec(stdout)?.[0], mark.exec(job.said)?.[0]);
      });

      test('starts in the sandbox, which is the job’s', async (t) => {
        const job = await holdJob(
          t,
          makeSite(t, starter),
          `echo hello >$_CONDOR_SCRATCH_DIR/x; ${WAIT}`,
          { knobs },
        );
        const { stdout } = await enter(starter, job, 'cat x; pwd -P; stat -c %u .');
        assert.match(stdout, new RegExp(`^hello\n/.*/dir_${job.starter}\n${JOB_UID}\n$`));
      });

      test('leads a session of its own, without a controlling terminal', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs });
        const ask =
          'read -r pid name state ppid group session tty rest < /proc/self/stat; echo $$ $pid $group $session $tty; true';
        const { stdout } = await enter(starter, job, ask);
        const [shell, , group, session, tty] = stdout.trim().split(' ');
        assert.equal(group, shell);
        assert.equal(session, shell);
        assert.equal(tty, '0');
      });

      test('is found by the pid of the starter, too', async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT, { knobs });
        const { stdout } = await enter(starter, { ...job, name: `${job.starter}` }, 'echo here');
        assert.equal(stdout, 'here\n');
      });
    });
  }
}
