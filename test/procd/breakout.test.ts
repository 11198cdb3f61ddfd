/**
 * Processes that try to leave their family, killed by one command of the wire: nothing is left. Nothing
 * else holds them: no PID namespace, no init of ours.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readlinkSync, rmdirSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { serveAndConnect } from './support/our-procd';
import { startShell } from './support/shells';

/** Made by the test of another control group. */
const ESCAPE = '/sys/fs/cgroup/unified/eyrie-escape';

/** How a procd follows processes. */
const WAYS = [
  ['by what the kernel tells', []],
  ['on demand, with control groups', ['--on-demand', '--cgroups', 'always']],
] as const;

/** Processes that run a program, whatever else they have changed of themselves; zombies run none. */
function running(program: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readlinkSync(`/proc/${pid}/exe`) === program;
      } catch {
        return false;
      }
    });
}

/** What is started in the shell of a family; `$sleep` is a program that nobody else runs. */
const ESCAPES: readonly (readonly [what: string, script: string, processes: number])[] = [
  ['a daemon: two forks and a session of its own', '(setsid $sleep 300 &)', 1],
  ['one without an environment', '(setsid env -i $sleep 300 &)', 1],
  [
    'one of another user without groups',
    '(setsid setpriv --reuid=65534 --regid=65534 --clear-groups env -i $sleep 300 &)',
    1,
  ],
  ['children of a parent that has ended', 'sh -c "$sleep 300 & $sleep 301 & exit"', 2],
  [
    'a chain of ten parents that have ended',
    "n=0; sh -c 'f() { if [ $1 -gt 9 ]; then exec $sleep 300; fi; (f $(($1+1)) &) ; }; f 0' ",
    1,
  ],
  ['stopped ones', '$sleep 300 & sleep 0.3; kill -STOP $!', 1],
  ['ones that ignore signals', '(trap "" TERM HUP INT QUIT; exec $sleep 300) &', 1],
  ['ones in another PID namespace', 'unshare --pid --fork --mount-proc $sleep 300 &', 1],
  [
    'ones in another control group',
    "mkdir -p /sys/fs/cgroup/unified/eyrie-escape; sh -c 'echo $$ >/sys/fs/cgroup/unified/eyrie-escape/cgroup.procs; exec $sleep 300' &",
    1,
  ],
];

async function serve(t: TestContext, flags: readonly string[]) {
  const program = `${temporaryDirectory(t)}/sleep-${randomBytes(6).toString('hex')}`;
  copyFileSync('/bin/sleep', program);
  const served = await serveAndConnect(t, { flags });
  const shell = startShell(t, { sleep: program });
  assert.equal(await served.register(shell.pid), 'success');
  const kill = async (): Promise<void> => {
    await served.ask({ command: 'kill-family', root: shell.pid });
    assert.deepEqual(running(program), []);
  };
  t.after(() => {
    for (const pid of running(program)) process.kill(pid, 'SIGKILL');
    if (existsSync(ESCAPE)) rmdirSync(ESCAPE);
  });
  return { ...served, program, shell, kill };
}

for (const [how, flags] of WAYS) {
  describe(
    `a procd that follows processes ${how} kills`,
    { skip: skipIf(needsProduct() ?? needsRoot()) },
    () => {
      for (const [what, script, processes] of ESCAPES) {
        test(what, async (t) => {
          const { kill, program, shell } = await serve(t, flags);
          await shell.tell(`{ ${script}\n} >/dev/null 2>&1`);
          await waitUntil(
            () => running(program).length === processes,
            () => `${processes} processes, not ${running(program).length}`,
          );
          await kill();
        });
      }

      test('a fork bomb, while it goes off', async (t) => {
        const { ask, kill, program, shell } = await serve(t, flags);
        await shell.tell(
          `ulimit -u 100000; (bomb() { [ $1 -gt 6 ] || { bomb $(($1+1)) & bomb $(($1+1)) & (setsid $sleep 300 &) ; wait; }; }; bomb 0) >/dev/null 2>&1 &`,
        );
        await waitUntil(() => running(program).length > 20, 'a start');
        await kill();
        await ask({ command: 'take-snapshot' });
        assert.deepEqual(running(program), []);
      });

      test('what a process forks that never stops forking', async (t) => {
        const { kill, program, shell } = await serve(t, flags);
        await shell.tell(`(while :; do (setsid $sleep 300 &) ; done) >/dev/null 2>&1 &`);
        await waitUntil(() => running(program).length > 30, 'a start');
        await kill();
      });

      test('stopped families as running ones, and stops those that fork', async (t) => {
        const { ask, kill, program, shell } = await serve(t, flags);
        await shell.tell(
          `(while :; do (setsid $sleep 300 &) ; sleep 0.02; done) >/dev/null 2>&1 &`,
        );
        await waitUntil(() => running(program).length > 3, 'a start');
        await ask({ command: 'suspend-family', root: shell.pid });
        const stopped = running(program).length;
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.equal(running(program).length, stopped);
        await ask({ command: 'continue-family', root: shell.pid });
        await waitUntil(() => running(program).length > stopped, 'it to go on');
        await ask({ command: 'suspend-family', root: shell.pid });
        await kill();
      });
    },
  );
}
