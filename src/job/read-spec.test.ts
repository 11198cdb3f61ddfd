import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import recorded from '../../test/job/starter.json';
import { type ClassAd, parseClassAd, stringValue } from '../condor/classad';
import type { JobFault } from './faults';
import { readJobSpec } from './read-spec';
import type { JobSpec } from './spec';
import type { HandContext } from './spec-context';

const context: HandContext = { from: 'hand', cwd: '/home/alice', missingOutput: 'inherit' };

function ad(...lines: string[]): ClassAd {
  const parsed = parseClassAd(lines.join('\n'), { syntax: 'old' });
  assert.ok(parsed.ok);
  return parsed.value;
}

/** The job of an ad that has a Cmd and these lines. */
function job(lines: readonly string[], more: Partial<HandContext> = {}): JobSpec {
  const spec = readJobSpec(ad('Cmd = "/bin/true"', ...lines), { ...context, ...more });
  assert.ok(spec.ok, spec.ok ? '' : spec.error.reason);
  return spec.value;
}

function fault(...lines: string[]): JobFault {
  const spec = readJobSpec(ad(...lines), context);
  assert.ok(!spec.ok);
  return spec.error;
}

describe('a job ad that says next to nothing', () => {
  test("gives a vanilla job with HTCondor's defaults", () => {
    assert.deepEqual(job([]), {
      cluster: 1,
      proc: 0,
      owner: undefined,
      uidDomain: undefined,
      runAsOwner: undefined,
      command: '/bin/true',
      arguments: [],
      environment: new Map(),
      iwd: '/home/alice',
      stdin: { kind: 'null' },
      stdout: { kind: 'inherit' },
      stderr: { kind: 'inherit' },
      x509UserProxy: undefined,
      requestedChroot: undefined,
      signals: { soft: 15, remove: 15, hold: 15 },
      killTimeout: undefined,
      coreSize: 0,
      stackSize: undefined,
      request: { cpus: 1, memory: undefined, disk: undefined },
    });
  });
});

describe('what an attribute does', () => {
  const rows: [string, readonly string[], Partial<JobSpec>][] = [
    [
      'a relative Cmd is below Iwd',
      ['Cmd = "bin/x"', 'Iwd = "/data"'],
      { command: '/data/bin/x', iwd: '/data' },
    ],
    ['a relative Cmd is below the caller', ['Cmd = "./x"'], { command: '/home/alice/./x' }],
    ['a Cmd in the root directory', ['Cmd = "x"', 'Iwd = "/"'], { command: '/x', iwd: '/' }],
    ['a relative Iwd is below the caller', ['Iwd = "run"'], { iwd: '/home/alice/run' }],
    ['an empty Iwd counts as missing', ['Iwd = ""'], { iwd: '/home/alice' }],
    [
      'Arguments win over Args, even where they are empty',
      ['Arguments = ""', 'Args = "a"'],
      { arguments: [] },
    ],
    ['Args are split at white space', [`Args = "a 'b c'"`], { arguments: ['a', "'b", "c'"] }],
    [
      'Environment wins over Env',
      ['Environment = "A=1"', 'Env = "B=2"'],
      { environment: new Map([['A', '1']]) },
    ],
    [
      'Env is split at EnvDelim',
      ['Env = "A=1;x|B=2"', 'EnvDelim = "|"'],
      { environment: new Map(Object.entries({ A: '1;x', B: '2' })) },
    ],
    ['OsUser wins', ['OsUser = "o"', 'User = "u@d"', 'Owner = "w"'], { owner: 'o' }],
    ['User comes without its domain', ['User = "u@d"', 'Owner = "w"'], { owner: 'u' }],
    ['a User of a domain only is none', ['User = "@d"', 'Owner = "w"'], { owner: 'w' }],
    ['Owner alone', ['Owner = "w"'], { owner: 'w' }],
    ['RunAsOwner', ['RunAsOwner = false'], { runAsOwner: false }],
    ['UidDomain', ['UidDomain = "example.org"'], { uidDomain: 'example.org' }],
    ['ClusterId and ProcId', ['ClusterId = 7', 'ProcId = 2'], { cluster: 7, proc: 2 }],
    ['the local universe runs', ['JobUniverse = 12'], {}],
    [
      'an attribute that is undefined is missing',
      ['In = undefined', 'Args = x'],
      { arguments: [] },
    ],
    ['an expression is evaluated', ['RequestCpus = 1 + 1'], { request: request({ cpus: 2 }) }],
    ['a fraction is cut off', ['RequestMemory = 1.9'], { request: request({ memory: 1 }) }],
    ['RequestDisk', ['RequestDisk = 1024'], { request: request({ disk: 1024 }) }],
    ['JobMaxVacateTime wins', ['JobMaxVacateTime = 5', 'KillSigTimeout = 6'], { killTimeout: 5 }],
    ['KillSigTimeout alone', ['KillSigTimeout = 6'], { killTimeout: 6 }],
    ['CoreSize in bytes', ['CoreSize = 4096'], { coreSize: 4096 }],
    ['CoreSize below 0', ['CoreSize = -1'], { coreSize: 'unlimited' }],
    ['StackSize', ['StackSize = 65536'], { stackSize: 65536 }],
    ['StackSize of 0 is none', ['StackSize = 0'], { stackSize: undefined }],
    ['RequestedChroot', ['RequestedChroot = "debian"'], { requestedChroot: 'debian' }],
    ['x509userproxy is below Iwd', ['x509userproxy = "p"'], { x509UserProxy: '/home/alice/p' }],
    ['signals by name', ['KillSig = "SIGINT"'], { signals: { soft: 2, remove: 2, hold: 2 } }],
    [
      'signals by number, and one for each kind of end',
      ['KillSig = 10', 'RemoveKillSig = 12', 'HoldKillSig = "sigusr1"'],
      { signals: { soft: 10, remove: 12, hold: 10 } },
    ],
    ['a job that does not want docker', ['WantDocker = false', 'DockerImage = ""'], {}],
    ['StreamOut of a file at hand', ['StreamOut = true', 'WantIOProxy = true'], {}],
  ];
  for (const [name, lines, expected] of rows) {
    test(name, () => {
      assert.deepEqual(job(lines), { ...job([]), ...expected });
    });
  }

  function request(some: Partial<JobSpec['request']>): JobSpec['request'] {
    return { cpus: 1, memory: undefined, disk: undefined, ...some };
  }
});

describe('standard streams', () => {
  const rows: [string, readonly string[], Partial<HandContext>, Partial<JobSpec>][] = [
    [
      'relative paths are below Iwd',
      ['Iwd = "/data"', 'In = "i"', 'Out = "sub/o"', 'Err = "../e"'],
      {},
      {
        stdin: { kind: 'file', path: '/data/i', append: false },
        stdout: { kind: 'file', path: '/data/sub/o', append: false },
        stderr: { kind: 'file', path: '/data/../e', append: false },
      },
    ],
    [
      'absolute paths stay',
      ['Out = "/tmp/o"'],
      {},
      { stdout: { kind: 'file', path: '/tmp/o', append: false } },
    ],
    [
      '/dev/null is nothing, an empty path is missing',
      ['Out = "/dev/null"', 'Err = ""'],
      {},
      { stdout: { kind: 'null' }, stderr: { kind: 'inherit' } },
    ],
    [
      'a name of a descriptor is that of the starter',
      ['In = "/dev/stdin"', 'Out = "/dev/fd/2"', 'Err = "/proc/self/fd/1"'],
      {},
      {
        stdin: { kind: 'inherit', descriptor: 0 },
        stdout: { kind: 'inherit', descriptor: 2 },
        stderr: { kind: 'inherit', descriptor: 1 },
      },
    ],
    [
      'what is missing can be nothing, as with condor_starter',
      [],
      { missingOutput: 'null' },
      { stdout: { kind: 'null' }, stderr: { kind: 'null' } },
    ],
    [
      'output is kept where the job says so, input never',
      ['EraseOutputAndErrorOnRestart = false', 'In = "/i"', 'Out = "/o"'],
      {},
      {
        stdin: { kind: 'file', path: '/i', append: false },
        stdout: { kind: 'file', path: '/o', append: true },
      },
    ],
    [
      'the command line wins over the ad',
      ['Iwd = "/data"', 'In = "i"', 'Out = "o"', 'Err = "e"'],
      { streams: { stdin: '-', stdout: 'out', stderr: '/dev/null' } },
      {
        stdin: { kind: 'inherit' },
        stdout: { kind: 'file', path: '/home/alice/out', append: false },
        stderr: { kind: 'null' },
      },
    ],
    [
      'a dash in the ad is a file of that name',
      ['Out = "-"'],
      {},
      { stdout: { kind: 'file', path: '/home/alice/-', append: false } },
    ],
  ];
  for (const [name, lines, more, expected] of rows) {
    test(name, () => {
      const { stdin, stdout, stderr } = { ...job([]), ...expected };
      const read = job(lines, more);
      for (const stream of Object.keys(expected) as ('stdin' | 'stdout' | 'stderr')[]) {
        assert.deepEqual(read[stream], { stdin, stdout, stderr }[stream]);
      }
    });
  }

  test("the command line's ids win over the ad", () => {
    const { cluster, proc } = job(['ClusterId = 1', 'ProcId = 1'], { cluster: 8, proc: 9 });
    assert.deepEqual([cluster, proc], [8, 9]);
  });
});

describe('a job ad that is wrong', () => {
  const rows: [string, readonly string[], RegExp][] = [
    ['Cmd is missing', [], /: Cmd is missing; expected the path of the program to run$/],
    ['Cmd is no string', ['Cmd = 7'], /: Cmd is 7; expected a string/],
    ['Iwd is no string', ['Cmd = "x"', 'Iwd = {1}'], /: Iwd is \{ ?1 ?\}; expected a string$/],
    [
      'an integer is a string',
      ['Cmd = "x"', 'ClusterId = "7"'],
      /: ClusterId is "7"; expected an integer$/,
    ],
    ['a count is negative', ['Cmd = "x"', 'RequestMemory = -1'], /RequestMemory is -1; expected 0/],
    [
      'a boolean is a string',
      ['Cmd = "x"', 'RunAsOwner = "yes"'],
      /: RunAsOwner is "yes"; expected true or false$/,
    ],
    [
      'an expression that fails',
      ['Cmd = "x"', 'StackSize = 1 / 0'],
      /: StackSize cannot be evaluated: its expression gives error$/,
    ],
    [
      'an open quote in Arguments',
      ['Cmd = "x"', `Arguments = "a 'b"`],
      /: Arguments cannot be read: the single quote that opens here is never closed: 'b$/,
    ],
    [
      'an entry of Environment without "="',
      ['Cmd = "x"', 'Environment = "A"'],
      /: Environment cannot be read: the entry "A" has no "="$/,
    ],
    ['an entry of Env', ['Cmd = "x"', 'Env = "A=1;B"'], /: Env cannot be read: the entry "B"/],
    [
      'a signal of no name',
      ['Cmd = "x"', 'KillSig = "TERM"'],
      /: KillSig is "TERM"; expected the name of a signal, such as "SIGTERM", or a number from 1 to 64$/,
    ],
    ['a signal of no number', ['Cmd = "x"', 'HoldKillSig = 0'], /: HoldKillSig is 0; expected the/],
    ['a signal of no sense', ['Cmd = "x"', 'KillSig = true'], /: KillSig is true; expected an int/],
    [
      'several at once are all told',
      ['Iwd = 1', 'CoreSize = "x"'],
      /: Iwd is 1; expected a string; Cmd is missing; .*; CoreSize is "x"; expected an integer$/,
    ],
    [
      'a long value is cut',
      ['Cmd = "x"', `RequestCpus = "${'y'.repeat(1000)}"`],
      /RequestCpus is "y{59}…; expected an integer$/,
    ],
  ];
  for (const [name, lines, reason] of rows) {
    test(`${name}: the fault says so`, () => {
      const { cause, subcode, ...rest } = fault(...lines);
      assert.deepEqual([cause, subcode], ['badJobAd', 0]);
      assert.match(rest.reason, reason);
    });
  }

  test('a NUL character would cut a string short in the kernel', () => {
    const hostile = ad('Cmd = "x"').set('Arguments', stringValue('a\0b'));
    const spec = readJobSpec(hostile, context);
    assert.ok(!spec.ok);
    assert.match(spec.error.reason, /: Arguments is .*; expected a string without NUL$/);
  });
});

describe('a job that asks for what is not here', () => {
  const rows: [string, string][] = [
    ['WantDocker = true', 'a docker container'],
    ['DockerImage = "debian"', 'a docker container'],
    ['ContainerImage = "x.sif"', 'a container'],
    ['WantContainer = 1', 'a container'],
    ['ToolDaemonCmd = "gdb"', 'a tool daemon beside the job'],
    ['SuspendJobAtExec = true', 'a job that is stopped at its start'],
    ['DeferralTime = 1795231310', 'a start at a certain time'],
    ['PreCmd = "setup"', 'a script before the job'],
    ['PostCmd = "teardown"', 'a script after the job'],
    ['HookKeyword = "SITE"', 'job hooks'],
    ['OAuthServicesNeeded = "scitokens"', 'OAuth credentials'],
    ['EncryptExecuteDirectory = true', 'an encrypted sandbox'],
    ['PrimaryUnixGroup = "physics"', 'another primary group'],
    ['SuccessCheckpointExitCode = 85', 'checkpoints'],
  ];
  for (const [line, what] of rows) {
    test(`${line} is refused by name`, () => {
      const { cause, reason } = fault('Cmd = "x"', line);
      assert.equal(cause, 'notSupported');
      assert.ok(reason.includes(` asks for ${what}, which this starter does not have; `), reason);
      assert.ok(reason.includes(line.split(' ')[0]!), reason);
    });
  }

  test('a universe that does not run here is named', () => {
    const { cause, reason } = fault('Cmd = "x"', 'JobUniverse = 10');
    assert.equal(cause, 'notSupported');
    assert.match(
      reason,
      /JobUniverse = 10 \(java\) does not run here: this starter runs vanilla \(5\) and local \(12\) jobs/,
    );
  });

  test('a universe that does not exist is no better', () => {
    const { reason } = fault('Cmd = "x"', 'JobUniverse = 99');
    assert.match(reason, /JobUniverse = 99 \(no universe that HTCondor knows\)/);
  });
});

describe("beside what HTCondor's own starter did", () => {
  const runs = recorded.filter((row) => row.args !== undefined);
  assert.ok(runs.length > 15);
  for (const { name, ad: lines, args = [] } of runs) {
    test(`the same command and arguments: ${name}`, () => {
      const spec = readJobSpec(ad(...lines.map((line) => line.replaceAll('IWD', '/iwd'))), context);
      assert.ok(spec.ok);
      // The job was a script: its interpreter comes first.
      const [interpreter, ...words] = args.map((word) => word.replaceAll('IWD', '/iwd'));
      assert.equal(interpreter, '/bin/sh');
      assert.deepEqual([spec.value.command, ...spec.value.arguments], words);
    });
  }
});

describe('any job ad', () => {
  const value = fc.oneof(
    fc.string().map((text) => JSON.stringify(text)),
    fc.constantFrom('1', '-1', '1.5', 'true', 'undefined', 'error', '{}', '[a=1]', 'Cmd', 'x/0'),
  );
  const attribute = fc.constantFrom(
    ...['Cmd', 'Iwd', 'Arguments', 'Args', 'Environment', 'Env', 'EnvDelim', 'In', 'Out', 'Owner'],
    ...['User', 'KillSig', 'CoreSize', 'RequestCpus', 'JobUniverse', 'DockerImage', 'RunAsOwner'],
  );

  test('is a job whose paths are absolute, or a fault with a sentence', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(attribute, value)), (lines) => {
        const parsed = parseClassAd(lines.map(([name, text]) => `${name} = ${text}`).join('\n'));
        if (!parsed.ok) return;
        const spec = readJobSpec(parsed.value, context);
        if (spec.ok) {
          assert.ok(spec.value.command.startsWith('/'));
          assert.ok(spec.value.iwd.startsWith('/'));
        } else assert.match(spec.error.reason, /^The job ad cannot be run: ./);
      }),
    );
  });
});
