/**
 * What a job sees of processes.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ORDINARY_USER, ROOT, STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());

/** The job's own pid, and the pids and names of all that it can see. */
const LOOK = shell(
  'echo $$; sleep 600 & cd /proc; until grep -qsx sleep $!/comm; do :; done; grep -s . [0-9]*/comm',
);

/** Reads what LOOK wrote. */
function seen(stdout: string): { own: string; processes: ReadonlyMap<string, string> } {
  const [own = '', ...lines] = stdout.trim().split('\n');
  const entries = lines.map((line) => line.split(/\/comm:/) as [string, string]);
  return { own, processes: new Map(entries) };
}

for (const starter of STARTERS) {
  describe(`a job of ${starter.name} in a PID namespace`, { skip, concurrency: 2 }, () => {
    test('sees init, itself and its children', async (t) => {
      const { stdout } = await makeSite(t, starter).run(LOOK);
      const { own, processes } = seen(stdout);
      assert.equal(own, '2');
      assert.deepEqual([...processes.values()].sort(), ['eyrie-init', 'sh', 'sleep']);
      assert.equal(processes.get('1'), 'eyrie-init');
    });

    test('reads of itself in its own /proc', async (t) => {
      const { stdout } = await makeSite(t, starter).run(
        shell('readlink /proc/self; cat /proc/$$/comm; ls /proc/self/fd | wc -l; exit'),
      );
      assert.match(stdout, /^\d\nsh\n\d\n$/);
    });

    test('has its orphans reaped while it runs', async (t) => {
      const script = [
        'for i in 1 2 3; do sh -c "sleep 0.1 & exit"; done',
        'i=0; while grep -qs "^sleep$" /proc/[0-9]*/comm; do sleep 0.05; i=$((i+1)); test $i -lt 100 || exit 9; done',
        'grep -s "^State:.*zombie" /proc/[0-9]*/status | wc -l',
      ].join('; ');
      const { stdout, status } = await makeSite(t, starter).run(shell(script));
      assert.equal(status, 0);
      assert.equal(stdout, '0\n');
    });

    test('has its host pid in the result, which is not the one that it sees', async (t) => {
      const site = makeSite(t, starter);
      const running = site.start(shell('echo ready; read line < /dev/tty; exec sleep 600'));
      await running.said('ready');
      running.process.kill('SIGQUIT');
      const { result } = await running.ended;
      assert.ok(Number(result.JobPid) > 2, String(result.JobPid));
    });
  });
}

describe('a job of root', { skip: skip || skipIf(needsRoot()), concurrency: 2 }, () => {
  test('sees the host’s processes where USE_PID_NAMESPACES is false, and a note says so', async (t) => {
    const { stdout, stderr, result } = await makeSite(t, ROOT).run(LOOK, {
      knobs: { USE_PID_NAMESPACES: 'false' },
      options: ['--verbose'],
    });
    const { own, processes } = seen(stdout);
    assert.equal(processes.get('1'), readFileSync('/proc/1/comm', 'utf8').trim());
    assert.equal(processes.get(own), 'sh');
    assert.equal(result.JobPid, Number(own));
    assert.match(stderr, /^ {2}note +USE_PID_NAMESPACES is off: /m);
  });

  for (const wanted of [true, false]) {
    test(`decides with its ad where the knob is an expression: ${wanted}`, async (t) => {
      const { stdout } = await makeSite(t, ROOT).run(
        { ...LOOK, WantPidNamespace: wanted },
        { knobs: { USE_PID_NAMESPACES: 'WantPidNamespace' } },
      );
      assert.equal(seen(stdout).own === '2', wanted);
    });
  }
});

describe('a job of an ordinary user', { skip }, () => {
  test('has a PID namespace whatever USE_PID_NAMESPACES says', async (t) => {
    const { stdout } = await makeSite(t, ORDINARY_USER).run(LOOK, {
      knobs: { USE_PID_NAMESPACES: 'false' },
    });
    assert.equal(seen(stdout).own, '2');
  });

  test(
    'is told in one line where the kernel refuses it a /proc of its own',
    {
      skip: skipIf(needsRoot()),
    },
    async (t) => {
      const site = makeSite(t, ORDINARY_USER);
      // As in a container: a part of the host's /proc is covered.
      const cover = 'mount -t tmpfs none /proc/sys/fs && exec "$@"';
      const { status, stdout, stderr } = await site.run(shell('echo ran'), {
        before: ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', cover, 'sh'],
      });
      assert.equal(status, 125);
      assert.equal(stdout, '');
      const [line, ...more] = stderr.trim().split('\n');
      assert.deepEqual(more, []);
      assert.match(
        line ?? '',
        /cannot mount a proc on \/proc .*something covers a part of the host's/,
      );
    },
  );
});
