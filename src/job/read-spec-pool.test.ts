import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mustPlan, planInput } from '../../test/plan/inputs';
import { ad, jobAdOf } from '../../test/shadow/recorded';
import { parseClassAd } from '../condor/classad';
import type { JobFault } from './faults';
import { readJobSpec } from './read-spec';
import { SLOTS } from './slots';
import type { JobSpec } from './spec';
import type { PoolContext } from './spec-context';

const SANDBOX = '/execute/dir_1';
const transferred: PoolContext = {
  from: 'shadow',
  files: { kind: 'transferred', sandbox: SANDBOX },
};
const shared: PoolContext = { from: 'shadow', files: { kind: 'shared' } };

const PLAIN = ['Cmd = "/home/alice/run.sh"', 'Iwd = "/home/alice"', 'ClusterId = 4', 'ProcId = 0'];

function job(lines: readonly string[], context: PoolContext): JobSpec {
  const spec = readJobSpec(ad([...PLAIN, ...lines]), context);
  assert.ok(spec.ok, spec.ok ? '' : spec.error.reason);
  return spec.value;
}

function fault(lines: readonly string[], context: PoolContext): JobFault {
  const spec = readJobSpec(ad(lines), context);
  assert.ok(!spec.ok);
  return spec.error;
}

const inSandbox = (name: string, append = false) => ({ kind: 'sandbox', name, append }) as const;

describe('the job of a shadow, its files in the sandbox', () => {
  for (const name of ['23.9.6-normal', '25.14.1-normal']) {
    test(`${name}: as the genuine starter ran it`, () => {
      const spec = readJobSpec(jobAdOf(name), transferred);
      assert.ok(spec.ok, spec.ok ? '' : spec.error.reason);
      assert.equal(spec.value.iwd, SANDBOX);
      assert.equal(spec.value.command, `${SANDBOX}/small.sh`);
      assert.deepEqual(spec.value.environment, new Map(Object.entries({ BAZ: 'a b', FOO: 'bar' })));
      assert.deepEqual(spec.value.stdin, { kind: 'null' });
      assert.deepEqual(spec.value.stdout, inSandbox('_condor_stdout'));
      assert.deepEqual(spec.value.stderr, inSandbox('_condor_stderr'));
      assert.equal(spec.value.owner, 'alice');
    });
  }

  const rows: [string, readonly string[], Partial<JobSpec>][] = [
    ['a command with a path arrives under its own name', ['Cmd = "bin/x.sh"'], command('x.sh')],
    [
      'a command that is not transferred is a file of this host',
      ['Cmd = "/bin/cat"', 'TransferExecutable = false'],
      { command: '/bin/cat' },
    ],
    [
      'or one that came with the input',
      ['Cmd = "bin/x.sh"', 'TransferExecutable = false', 'PreserveRelativeExecutable = true'],
      command('bin/x.sh'),
    ],
    [
      'RemoteIwd is the directory of the job, and of a command that is not transferred',
      ['RemoteIwd = "/scratch"', 'Cmd = "x.sh"', 'TransferExecutable = false'],
      { iwd: '/scratch', command: '/scratch/x.sh' },
    ],
    ['a relative RemoteIwd is in the sandbox', ['RemoteIwd = "run"'], { iwd: `${SANDBOX}/run` }],
    [
      'the input arrives under its own name',
      ['In = "data/in.txt"'],
      { stdin: inSandbox('in.txt') },
    ],
    [
      'one file for both outputs is one file in the sandbox',
      ['Out = "log"', 'Err = "log"'],
      { stdout: inSandbox('_condor_stdout'), stderr: inSandbox('_condor_stdout') },
    ],
    [
      'two files of one name in two directories are two',
      ['Out = "a/log"', 'Err = "b/log"'],
      { stdout: inSandbox('_condor_stdout'), stderr: inSandbox('_condor_stderr') },
    ],
    [
      '/dev/null is not captured, nor is what is missing',
      ['Out = "/dev/null"'],
      { stdout: { kind: 'null' }, stderr: { kind: 'null' } },
    ],
    [
      'output that came back with the job is written on where the job says so',
      ['Out = "o"', 'EraseOutputAndErrorOnRestart = false'],
      { stdout: inSandbox('_condor_stdout', true) },
    ],
  ];
  for (const [name, lines, expected] of rows) {
    test(name, () => {
      assert.deepEqual(job(lines, transferred), { ...job([], transferred), ...expected });
    });
  }

  function command(path: string): Partial<JobSpec> {
    return { command: `${SANDBOX}/${path}` };
  }
});

describe('the job of a shadow, its files at hand', () => {
  const rows: [string, readonly string[], Partial<JobSpec>][] = [
    [
      'runs where it was submitted, and what it does not name goes nowhere',
      ['Out = "o"'],
      {
        iwd: '/home/alice',
        command: '/home/alice/run.sh',
        stdin: { kind: 'null' },
        stdout: { kind: 'file', path: '/home/alice/o', append: false },
        stderr: { kind: 'null' },
      },
    ],
    ['a relative command is below Iwd', ['Cmd = "x"'], { command: '/home/alice/x' }],
    [
      'RemoteIwd wins',
      ['RemoteIwd = "/data"', 'In = "i"'],
      {
        iwd: '/data',
        stdin: { kind: 'file', path: '/data/i', append: false },
      },
    ],
    [
      "a name of a descriptor is not the starter's",
      ['In = "/dev/stdin"', 'Out = "/dev/stdout"', 'Err = "/proc/self/fd/2"'],
      { stdin: { kind: 'null' }, stdout: { kind: 'null' }, stderr: { kind: 'null' } },
    ],
    [
      'plug-ins of its own are for a transfer that there is not',
      ['TransferPlugins = "x=y"', 'OutputDestination = "https://x/"'],
      {},
    ],
  ];
  for (const [name, lines, expected] of rows) {
    test(name, () => {
      assert.deepEqual(job(lines, shared), { ...job([], shared), ...expected });
    });
  }
});

describe('the plan of a job whose files are in the sandbox', () => {
  const sandbox = '/var/lib/condor/execute/dir_42';
  const files = { kind: 'transferred', sandbox } as const;
  const spec = readJobSpec(jobAdOf('25.14.1-normal'), { from: 'shadow', files });
  assert.ok(spec.ok);
  for (const mountUnderScratch of [[], ['/tmp', '/var/tmp']]) {
    test(`runs there, and its streams are there: private ${mountUnderScratch.join() || 'nothing'}`, () => {
      const input = planInput({ spec: spec.value, policy: { mountUnderScratch } });
      const { notes, plan } = mustPlan(input);
      // Nothing of it is covered or out of reach.
      assert.ok(
        !notes.some((note) => note.includes(sandbox) || note.includes('Iwd')),
        notes.join(),
      );
      const opened = plan.setup.filter((step) => step.op === 'open');
      assert.deepEqual(
        opened.map(({ base, follow, path }) => ({ base, follow, path })),
        [
          { base: undefined, follow: true, path: '/dev/null' },
          { base: SLOTS.sandbox, follow: false, path: '_condor_stdout' },
          { base: SLOTS.sandbox, follow: false, path: '_condor_stderr' },
        ],
      );
      assert.deepEqual(
        plan.job.find(({ op }) => op === 'chdir'),
        { op: 'chdir', path: sandbox },
      );
      const exec = plan.job.at(-1);
      assert.equal(exec?.op === 'exec' && exec.path, `${sandbox}/small.sh`);
    });
  }
});

describe('a job of a pool that asks for what is not here', () => {
  const rows: [string, string][] = [
    ['StreamIn = true', 'input as it is written'],
    ['StreamOut = true', 'output as it is written'],
    ['StreamErr = true', 'output as it is written'],
    ['WantIOProxy = true', 'Chirp'],
    ['WantRemoteUpdates = true', 'Chirp'],
    ['WantDelayedUpdates = true', 'Chirp'],
    ['x509userproxy = "/tmp/x509up_u1000"', 'an X.509 proxy'],
    ['JobStarterLog = "starter.log"', "a starter's log"],
    ['TransferPlugins = "x=y"', 'transfer plug-ins of its own'],
    ['OutputDestination = "https://x/"', 'output that goes to a URL'],
    ['HookKeyword = "SITE"', 'job hooks'],
    ['SuccessCheckpointExitCode = 85', 'checkpoints'],
    ['DeferralTime = 1795231310', 'a start at a certain time'],
    ['OAuthServicesNeeded = "scitokens"', 'OAuth credentials'],
  ];
  for (const [line, what] of rows) {
    test(`${line} is refused by name`, () => {
      const { cause, reason } = fault([...PLAIN, line], transferred);
      assert.equal(cause, 'notSupported');
      assert.ok(reason.includes(` asks for ${what}, which this starter does not have; `), reason);
      assert.ok(reason.includes(line.split(' ')[0] ?? ''), reason);
    });
  }

  for (const universe of [5, undefined]) {
    test(`universe ${universe} runs`, () => {
      job(universe === undefined ? [] : [`JobUniverse = ${universe}`], transferred);
    });
  }

  for (const universe of [1, 7, 9, 10, 11, 12, 13, 99]) {
    test(`universe ${universe} does not`, () => {
      const { cause, reason } = fault([...PLAIN, `JobUniverse = ${universe}`], transferred);
      assert.equal(cause, 'notSupported');
      assert.match(reason, /does not run here: this starter runs vanilla \(5\) jobs; /);
    });
  }
});

describe('a job ad of a shadow that is wrong', () => {
  const withoutIwd = PLAIN.filter((line) => !line.startsWith('Iwd'));
  const withoutId = PLAIN.filter((line) => !line.startsWith('ProcId'));
  const rows: [string, readonly string[], PoolContext, RegExp][] = [
    ['Iwd is missing', withoutIwd, shared, /: Iwd is missing; expected an absolute path$/],
    [
      'Iwd is relative',
      [...PLAIN, 'Iwd = "x"'],
      shared,
      /: Iwd is "x"; expected an absolute path$/,
    ],
    ['the number is missing', withoutId, transferred, /: ClusterId or ProcId is missing; expected/],
    [
      'Cmd names no file',
      [...PLAIN, 'Cmd = "bin/"'],
      transferred,
      /: Cmd is "bin\/"; expected the/,
    ],
    ['In names no file', [...PLAIN, 'In = "a/.."'], transferred, /: In is "a\/\.\."; expected the/],
  ];
  for (const [name, lines, context, reason] of rows) {
    test(`${name}: the fault says so`, () => {
      const { cause, reason: text } = fault(lines, context);
      assert.equal(cause, 'badJobAd');
      assert.match(text, reason);
    });
  }

  test('no ad makes a job whose command or streams are outside of where they belong', () => {
    const text = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('a/b', '../x', '/', '..'));
    const attribute = fc.constantFrom('Cmd', 'In', 'Out', 'Err');
    fc.assert(
      fc.property(fc.array(fc.tuple(attribute, text), { maxLength: 5 }), (lines) => {
        const written = lines.map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
        const parsed = parseClassAd([...PLAIN, ...written].join('\n'), { syntax: 'old' });
        if (!parsed.ok) return;
        const spec = readJobSpec(parsed.value, transferred);
        if (!spec.ok) return;
        const { command, stdin, stdout, stderr } = spec.value;
        const name = command.slice(SANDBOX.length + 1);
        assert.ok(command.startsWith(`${SANDBOX}/`) && isPlain(name), command);
        for (const stream of [stdin, stdout, stderr]) {
          assert.ok(stream.kind === 'null' || (stream.kind === 'sandbox' && isPlain(stream.name)));
        }
      }),
    );
  });

  function isPlain(name: string): boolean {
    return !['', '.', '..'].includes(name) && !name.includes('/');
  }
});
