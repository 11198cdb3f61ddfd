/**
 * `eyrie enter` at a terminal, which script(1) makes.
 */
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { describe, test } from 'node:test';
import { makeSite } from '../run/support/site';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import type { RunningCommand } from '../support/command';
import { waitUntil } from '../support/wait';
import { atTerminal, holdJob, WAIT } from './support';

function needsScript(): string | undefined {
  try {
    accessSync('/usr/bin/script', constants.X_OK);
    return undefined;
  } catch {
    return '/usr/bin/script (Debian: bsdutils)';
  }
}

const skip = skipIf(needsProduct()) || skipIf(needsScript());
const SHELL = ['--', '/bin/sh', '-c'];

/** Waits until the terminal shows a text. */
function shows(running: RunningCommand, text: string): Promise<void> {
  return waitUntil(
    () => running.stdout().includes(text),
    () => `'${text}' in: ${running.stdout()}`,
  );
}

function type(running: RunningCommand, text: string): void {
  running.process.stdin?.write(text);
}

for (const starter of STARTERS) {
  describe(`at a terminal, a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('is entered on a pseudo-terminal that is not the caller’s', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const script = 'ls -l /proc/self/fd; test -t 0 && test -t 1 && test -t 2 && echo three';
      const running = atTerminal(starter, [job.name, ...SHELL, script], {
        before: 'echo "mine $(tty)."',
      });
      const { stdout } = await running.ended;
      const [, mine] = /mine (\S+)\./.exec(stdout) ?? [];
      const theirs = [...stdout.matchAll(/\d -> (\/dev\/pts\/\d+|\/\d+)\r/g)].map(([, tty]) => tty);
      assert.ok(mine);
      assert.equal(theirs.length, 3, stdout);
      assert.equal(new Set(theirs).size, 1, stdout);
      assert.notEqual(theirs[0], mine);
      assert.equal([...stdout.matchAll(/\d -> /g)].length, 4, 'ls has its own directory, too');
      assert.match(stdout, /three\r\n/);
    });

    test('gives a shell with job control, in which Ctrl-C ends a command and no more', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const running = atTerminal(starter, [job.name]);
      type(running, 'PS1=; echo re"ad"y $-\n');
      await shows(running, 'ready');
      type(running, 'sleep 100; echo "ended $?"\n');
      await new Promise((resolve) => setTimeout(resolve, 300));
      type(running, '\x03');
      type(running, 'echo st"il"l; exit 5\n');
      const { stdout } = await running.ended;
      assert.match(stdout, /ready \S*m/);
      assert.match(stdout, /still\r\n/);
      assert.match(stdout, /status 5\r\n/);
    });

    test('knows the kind of terminal and its size, also a new one', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const script =
        'trap "stty size; exit 3" WINCH; echo $TERM; stty size; while :; do sleep 0.1; done';
      const before = 'stty rows 31 cols 101; (sleep 2; stty rows 41 cols 111 </dev/tty) & true';
      const { stdout } = await atTerminal(starter, [job.name, ...SHELL, script], { before }).ended;
      assert.match(stdout, /xterm-256color\r\n31 101\r\n41 111\r\nstatus 3\r\n/);
    });

    const same = { before: 'S=$(stty -g)', after: 'test "$S" = "$(stty -g)" && echo same' };

    test('leaves the terminal as it was', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const script = 'stty raw -echo; exit 4';
      const { stdout } = await atTerminal(starter, [job.name, ...SHELL, script], same).ended;
      assert.match(stdout, /status 4\r\nsame\r\n/);
    });

    test('is left with Ctrl-] three times, whatever runs inside', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const script =
        'trap "" INT TERM HUP QUIT TSTP; stty raw -echo; echo on; kill -STOP $$; sleep 100';
      const running = atTerminal(starter, [job.name, ...SHELL, script], same);
      await shows(running, 'on');
      type(running, '\x1d\x1d\x1d');
      const { stdout } = await running.ended;
      assert.match(stdout, /status 137\r\nsame\r\n/);
    });

    for (const [what, victim] of [
      ['the program that has the terminal', '$(cat /proc/$P/task/$P/children)'],
      ['eyrie itself', '$P'],
    ]) {
      test(`gives the terminal back, and leaves nothing inside, where ${what} is killed`, async (t) => {
        const job = await holdJob(t, makeSite(t, starter), WAIT);
        // The kill waits for a child of `eyrie enter`, which is this shell's last.
        const kill = `(sleep 2; P=$(pgrep -f "enter ${job.name}" -P $M -n); kill -9 ${victim}) &`;
        const before = `${same.before}; M=$$; ${kill} true`;
        const after = `sleep 0.5; ${same.after}`;
        const script = 'echo "inside $(readlink /proc/self)"; exec sleep 4321';
        const running = atTerminal(starter, [job.name, ...SHELL, script], { before, after });
        const { stdout } = await running.ended;
        assert.match(stdout, /inside/);
        assert.match(stdout, /\nsame\r\n/, stdout);
      });
    }

    test('takes another TERM for a plain one', async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const before = 'export TERM="../../evil x"';
      const { stdout } = await atTerminal(starter, [job.name, ...SHELL, 'echo T=$TERM.'], {
        before,
      }).ended;
      assert.match(stdout, /T=dumb\.\r\n/);
    });
  });
}
