import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { VERSION } from '../version';
import { logBugsWith, runProgram } from './program';

const PROGRAM = { name: 'prog', bugStatus: 125, outputStatus: 1 };

/** What a process that runs this very file does, told by its argument; without one: the tests. */
const ROLES: Readonly<Record<string, () => void>> = {
  status: () =>
    runProgram(PROGRAM, (io) => {
      io.stdout.write('out\n');
      io.stderr.write('err\n');
      // Something that would keep node alive.
      setInterval(() => undefined, 1000);
      return Promise.resolve(7);
    }),
  success: () =>
    runProgram(PROGRAM, (io) => {
      io.stdout.write('out\n');
      return Promise.resolve(0);
    }),
  libraries: () =>
    runProgram(PROGRAM, (io) => {
      process.stdout.write('one\n');
      io.stdout.write('two\n');
      process.stdout.write(Buffer.from('three\n'));
      process.stderr.write(`${process.stderr.isTTY ? 'a' : 'no'} terminal\n`);
      return Promise.resolve(0);
    }),
  thrown: () => runProgram(PROGRAM, () => Promise.reject(new Error('two and two is five'))),
  lost: () =>
    runProgram(PROGRAM, () => {
      const directory = mkdtempSync('/var/tmp/eyrie-test-');
      process.chdir(directory);
      rmdirSync(directory);
      return Promise.resolve(process.cwd().length);
    }),
  late: () =>
    runProgram(PROGRAM, () => {
      setImmediate(() => {
        throw new TypeError('late and wrong');
      });
      return new Promise(() => undefined);
    }),
  unawaited: () =>
    runProgram(PROGRAM, () => {
      void Promise.reject(new Error('nobody waited'));
      return new Promise(() => undefined);
    }),
  logged: () =>
    runProgram(PROGRAM, (io) => {
      logBugsWith((text) => io.stdout.write(`LOG ${text}\n`));
      return Promise.reject(new Error('for the log'));
    }),
  unloggable: () =>
    runProgram(PROGRAM, () => {
      logBugsWith(() => {
        throw new Error('disk full');
      });
      return Promise.reject(new Error('for the log'));
    }),
};

function play(role: string, stdout: 'pipe' | number = 'pipe'): ReturnType<typeof spawnSync> {
  const stdio = ['ignore', stdout, 'pipe'] as const;
  return spawnSync(process.execPath, [__filename, role], { stdio: [...stdio], encoding: 'utf8' });
}

function tests(): void {
  test('ends with the status of its main function, whatever is still open', () => {
    const { status, stdout, stderr } = play('status');
    assert.deepEqual([status, stdout, stderr], [7, 'out\n', 'err\n']);
  });

  test('fails where standard output cannot be written', () => {
    const { status, stderr } = play('success', openSync('/dev/full', 'w'));
    assert.equal(status, PROGRAM.outputStatus);
    assert.match(String(stderr), /^prog: cannot write standard output: ENOSPC/);
  });

  test('keeps a status other than 0 where standard output cannot be written', () => {
    assert.equal(play('status', openSync('/dev/full', 'w')).status, 7);
  });

  test('writes in order what libraries write to process.stdout, at once', () => {
    const { stdout, stderr } = play('libraries');
    assert.deepEqual([stdout, stderr], ['one\ntwo\nthree\n', 'no terminal\n']);
  });

  const bugs: readonly (readonly [role: string, message: string, how: string])[] = [
    ['thrown', 'two and two is five', 'its main function fails'],
    ['late', 'late and wrong', 'a callback throws'],
    ['unawaited', 'nobody waited', 'a promise fails that nobody waits for'],
  ];
  for (const [role, message, how] of bugs) {
    test(`says that it is a bug, with the stack, where ${how}`, () => {
      const { status, stdout, stderr } = play(role);
      assert.deepEqual([status, stdout], [PROGRAM.bugStatus, '']);
      const [headline, ...stack] = String(stderr).split('\n');
      assert.equal(headline, `prog: this is a bug in Eyrie ${VERSION}: ${message}`);
      assert.match(stack.join('\n'), /\n +at .*program\.test/);
    });
  }

  test('takes a current directory that is gone for no bug', () => {
    const { status, stderr } = play('lost');
    assert.equal(status, PROGRAM.bugStatus);
    assert.match(String(stderr), /^prog: there is no telling the current directory, .*\n$/);
  });

  test('writes the stack of a bug to the log where one is open', () => {
    const { status, stdout, stderr } = play('logged');
    assert.equal(status, PROGRAM.bugStatus);
    assert.match(String(stdout), /^LOG This is a bug in Eyrie .*: Error: for the log\n +at /);
    assert.doesNotMatch(String(stderr), / at /);
  });

  test('writes the stack to standard error where the log fails', () => {
    const { status, stderr } = play('unloggable');
    assert.equal(status, PROGRAM.bugStatus);
    assert.match(
      String(stderr),
      /Error: for the log\n +at [^]*the log cannot be written: Error: disk full/,
    );
  });
}

const role = ROLES[process.argv[2] ?? ''];
if (role) role();
else describe('a program', tests);
