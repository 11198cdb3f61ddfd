import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { parseClassAd } from '../../src/condor/classad';
import { ABILITIES } from '../../src/starter/abilities';
import { VERSION } from '../../src/version';
import { runCommand } from '../support/command';
import { program, runEyrie, runStarter } from '../support/eyrie';
import { temporaryDirectory } from '../support/temporary';

/** Options that keep a run of this file's out of the host's own directories. */
function elsewhere(context: TestContext): readonly string[] {
  const directory = temporaryDirectory(context);
  return ['--execute', `${directory}/execute`, '--set', `LOG=${directory}/log`];
}

describe('eyrie', () => {
  test('tells its version', async () => {
    const { status, stdout, stderr } = await runEyrie(['--version']);
    assert.deepEqual([status, stdout, stderr], [0, `eyrie ${VERSION}\n`, '']);
  });

  test('tells how it is used on standard output when asked', async () => {
    for (const words of [[], ['run'], ['image'], ['image', 'add'], ['classad', 'eval']]) {
      const { status, stdout, stderr } = await runEyrie([...words, '--help']);
      assert.deepEqual([status, stderr], [0, '']);
      assert.ok(stdout.startsWith(['eyrie', ...words, ''].join(' ')), stdout);
      assert.match(stdout, /-h, --help +show this help and exit/);
    }
  });

  const wrong: readonly (readonly [argv: readonly string[], status: number, stderr: string])[] = [
    [[], 2, "eyrie: a command is missing\nUsage: eyrie COMMAND [OPTION]...\nTry 'eyrie --help'.\n"],
    [
      ['rnu', 'job.ad'],
      2,
      "eyrie: unknown command 'rnu': did you mean 'run'?\n" +
        "Usage: eyrie COMMAND [OPTION]...\nTry 'eyrie --help'.\n",
    ],
    [
      ['run', '--kep', 'job.ad'],
      125,
      "eyrie run: unknown option '--kep': did you mean '--keep'?\n" +
        "Usage: eyrie run [OPTION]... JOB_AD\nTry 'eyrie run --help'.\n",
    ],
    [
      ['image', 'show'],
      2,
      'eyrie image show: NAME is missing: the name that a job gives as RequestedChroot\n' +
        "Usage: eyrie image show [OPTION]... NAME\nTry 'eyrie image show --help'.\n",
    ],
  ];
  for (const [argv, expected, message] of wrong) {
    test(`refuses '${['eyrie', ...argv].join(' ')}' with status ${expected} and nothing on standard output`, async () => {
      const { status, stdout, stderr } = await runEyrie(argv);
      assert.deepEqual([status, stdout, stderr], [expected, '', message]);
    });
  }

  test('does not mind a reader that has gone', async () => {
    const script = `"$0" --help | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await runCommand(['bash', '-c', script, program('eyrie')]);
    assert.deepEqual([stdout, stderr], ['0\n', '']);
  });

  test('fails where standard output is full', async () => {
    const script = '"$0" --version >/dev/full';
    const { status, stderr } = await runCommand(['bash', '-c', script, program('eyrie')]);
    assert.equal(status, 1);
    assert.match(stderr, /^eyrie: cannot write standard output: ENOSPC/);
  });

  test('leaves the pipe that a job inherits blocking', async (t) => {
    const ad = `Cmd = "/bin/cat"\nArguments = "/proc/self/fdinfo/1 /proc/self/fdinfo/2"\n`;
    const script = '"$0" run "$@" - 2>&1 | cat; exit ${PIPESTATUS[0]}';
    const { status, stdout } = await runCommand(
      ['bash', '-c', script, program('eyrie'), ...elsewhere(t)],
      {
        input: ad,
      },
    );
    assert.equal(status, 0, stdout);
    const flags = [...stdout.matchAll(/^flags:\s+0*([0-7]+)$/gm)].map(([, octal = '']) => octal);
    assert.equal(flags.length, 2, stdout);
    const O_NONBLOCK = 0o4000;
    for (const octal of flags) assert.equal(parseInt(octal, 8) & O_NONBLOCK, 0, octal);
  });
});

describe('what eyrie run prints', () => {
  const ad = 'Cmd = "/bin/sh"\nArguments = "-c \'echo out; echo err >&2; exit 3\'"\n';

  test("is nothing but the job's own where nobody watches", async (t) => {
    const { status, stdout, stderr } = await runEyrie(['run', ...elsewhere(t), '-'], { input: ad });
    assert.deepEqual([status, stdout, stderr], [3, 'out\n', 'err\n']);
  });

  test('is with --json one object on a line of its own, after the job has ended', async (t) => {
    const { status, stdout } = await runEyrie(['run', '--json', ...elsewhere(t), '-'], {
      input: ad,
    });
    assert.equal(status, 3);
    const [job, json = '', ...rest] = stdout.split('\n');
    assert.deepEqual([job, rest], ['out', ['']]);
    const result = JSON.parse(json) as Record<string, unknown>;
    assert.deepEqual([result['ExitBySignal'], result['ExitCode']], [false, 3]);
  });

  test('is with -v the account of the run on standard error', async (t) => {
    const { stdout, stderr } = await runEyrie(['run', '-v', ...elsewhere(t), '-'], { input: ad });
    assert.equal(stdout, 'out\n');
    assert.match(stderr, /^err\neyrie: job 1\.0 ended with exit status 3\n/);
    assert.match(stderr, /\n {2}processes +a PID namespace/);
    assert.match(stderr, /\n {2}private +\/tmp, \/var\/tmp, \/dev\/shm\n/);
    assert.match(stderr, /\n {2}took +\d.* in all, .*launch /);
  });

  test('tells in the account what the plan really has: hidden and read-only places', async (t) => {
    const knobs = ['--set', 'HIDE_PATHS=/root,/etc/shadow', '--set', 'MOUNT_READ_ONLY=/opt'];
    const argv = ['run', '-v', ...knobs, ...elsewhere(t), '-'];
    const { stderr } = await runEyrie(argv, { input: ad });
    assert.match(stderr, /\n {2}read-only +\/opt\n/);
    assert.match(stderr, /\n {2}hidden +(\/root, \/etc\/shadow|\/etc\/shadow, \/root)\n/);
  });

  test('tells an ordinary user of the user namespace', async (t) => {
    const directory = temporaryDirectory(t, { uid: 65534 });
    const places = ['--execute', `${directory}/execute`, '--set', `LOG=${directory}/log`];
    const { status, stderr } = await runEyrie(['run', '-v', ...places, '-'], {
      input: ad,
      uid: 65534,
    });
    assert.equal(status, 3, stderr);
    assert.match(stderr, /\n {2}account +uid 65534, gid 65534, in a user namespace\n/);
  });
});

describe('condor_starter', () => {
  test('tells its version and how it is used', async () => {
    assert.equal((await runStarter(['-v'])).stdout, `Eyrie ${VERSION}\n`);
    const { status, stdout } = await runStarter(['-help']);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: condor_starter .*-job-input-ad PATH$/m);
    assert.match(stdout, /^ {2}-job-output-ad PATH +write the job's final ClassAd/m);
    assert.doesNotMatch(stdout, /-gridshell/);
  });

  test('prints its abilities as an ad in the old syntax, for any user', async () => {
    for (const uid of [0, 65534]) {
      const { status, stdout, stderr } = await runStarter(['-classad'], { uid });
      assert.deepEqual([status, stderr], [0, '']);
      for (const line of stdout.split('\n')) assert.ok(line.length < 1023, line);
      const ad = parseClassAd(stdout, { syntax: 'old' });
      assert.ok(ad.ok);
      for (const { attribute, offered } of ABILITIES) {
        assert.equal(ad.value.boolean(attribute), offered ? true : undefined, attribute);
      }
    }
  });

  test('refuses wrong use with status 1', async () => {
    const { status, stdout, stderr } = await runStarter(['-job-inptu-ad', 'x']);
    assert.deepEqual([status, stdout], [1, '']);
    assert.equal(
      stderr,
      "condor_starter: unknown option '-job-inptu-ad': did you mean '-job-input-ad'?\n" +
        "Try 'condor_starter -help'.\n",
    );
  });
});
