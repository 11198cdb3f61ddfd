import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ad, jobAdOf } from '../../test/shadow/recorded';
import { parseClassAd } from '../condor/classad';
import { type ActivationEnd, type OutputTransfer, outputTransfer } from './output-transfer';
import type { JobEnd } from './result';
import { readTransferPlan, type TransferPlan } from './transfer-plan';

const PLAIN = [
  'Cmd = "/home/alice/run.sh"',
  'Out = "o"',
  'Err = "e"',
  'TransferSocket = "<192.0.2.1:9618>"',
  'TransferKey = "1#abc"',
  'WhenToTransferOutput = "ON_EXIT"',
];

function plan(...lines: string[]): TransferPlan {
  const read = readTransferPlan(ad([...PLAIN, ...lines]));
  assert.ok(read.ok, read.ok ? '' : read.error.reason);
  return read.value;
}

describe('what a job wants of the transfer', () => {
  test('the job of 23.9.6', () => {
    const read = readTransferPlan(jobAdOf('23.9.6-normal'));
    assert.deepEqual(read.ok && read.value, {
      address: '<127.0.0.1:31501>',
      key: '1#6b00f1e151c218f61f68d521',
      executable: 'small.sh',
      proxy: undefined,
      inputRemaps: '',
      output: { kind: 'listed', paths: ['sub', 'empty.txt'] },
      failureFiles: [],
      streams: ['_condor_stdout', '_condor_stderr'],
      preserveRelativePaths: false,
      when: 'on exit',
      spoolOnEvict: true,
      success: undefined,
    });
  });

  const rows: [string, readonly string[], Partial<TransferPlan>][] = [
    ['an empty list is a list', ['TransferOutput = ""'], { output: { kind: 'listed', paths: [] } }],
    [
      'a proxy by its name',
      ['x509userproxy = "/home/alice/x509up_u500"'],
      { proxy: 'x509up_u500' },
    ],
    ['no list: what has changed', [], { output: { kind: 'changed', intermediate: [] } }],
    [
      'no list, and files of an earlier run',
      ['TransferIntermediate = "a,b"'],
      { output: { kind: 'changed', intermediate: ['a', 'b'] } },
    ],
    [
      'white space and empty entries do not count, a slash at the end does',
      ['TransferOutput = " a b , ,c/,"'],
      { output: { kind: 'listed', paths: ['a b', 'c/'] } },
    ],
    [
      'a path is made as short as it can be',
      ['TransferOutput = "./out.txt,a//b/./c,d/./"', 'FailureFiles = "./log"'],
      { output: { kind: 'listed', paths: ['out.txt', 'a/b/c', 'd/'] }, failureFiles: ['log'] },
    ],
    [
      'a stream that is listed goes back once',
      ['TransferOutput = "_condor_stdout,x"', 'FailureFiles = "_condor_stderr,y"'],
      { output: { kind: 'listed', paths: ['x'] }, failureFiles: ['y'] },
    ],
    ['one file for both outputs', ['Err = "o"'], { streams: ['_condor_stdout'] }],
    ['outputs that go nowhere', ['Out = "/dev/null"', 'Err = ""'], { streams: [] }],
    [
      'the paths of listed files',
      ['PreserveRelativePaths = true'],
      { preserveRelativePaths: true },
    ],
    ['other names for input', ['TransferInputRemaps = "a=b"'], { inputRemaps: 'a=b' }],
    ['renames by the shadow are its business', ['TransferOutputRemaps = "a=b;c=/d/e"'], {}],
    [
      'ON_EXIT_OR_EVICT, in any case',
      ['WhenToTransferOutput = "on_exit_or_evict"'],
      { when: 'on exit or evict' },
    ],
    ['SpoolOnEvict', ['SpoolOnEvict = false'], { spoolOnEvict: false }],
    [
      'ON_SUCCESS with an exit status',
      ['WhenToTransferOutput = "ON_SUCCESS"', 'JobSuccessExitCode = 7'],
      { when: 'on success', success: { code: 7, signal: undefined } },
    ],
    [
      'a signal that is a success',
      ['JobSuccessExitBySignal = true', 'JobSuccessExitSignal = 9'],
      { success: { code: undefined, signal: 9 } },
    ],
    [
      'a signal without its truth: HTCondor wants exit status 0',
      ['JobSuccessExitSignal = 9'],
      { success: { code: 0, signal: undefined } },
    ],
  ];
  for (const [name, lines, expected] of rows) {
    test(name, () => assert.deepEqual(plan(...lines), { ...plan(), ...expected }));
  }

  const wrong: [string, readonly string[], RegExp][] = [
    ['no address', ['TransferSocket = ""'], /: TransferSocket is missing; expected the address of/],
    ['no key', ['TransferKey = undefined'], /: TransferKey is missing; expected the key of/],
    [
      'no time',
      ['WhenToTransferOutput = undefined'],
      /: WhenToTransferOutput is missing; expected "ON_EXIT", /,
    ],
    [
      'another time',
      ['WhenToTransferOutput = "LATER"'],
      /: WhenToTransferOutput is "LATER"; expected "ON_EXIT", /,
    ],
    [
      'a path of this host',
      ['TransferOutput = "x,/etc/passwd"'],
      /: TransferOutput has "\/etc\/passwd"; expected paths of files and directories in the sandbox/,
    ],
    [
      'a way out',
      ['TransferOutput = "a/../../b"'],
      /: TransferOutput has "a\/\.\.\/\.\.\/b"; expec/,
    ],
    ['the sandbox itself', ['FailureFiles = "./"'], /: FailureFiles has "\.\/"; expected paths of/],
    [
      'a rename to a URL',
      ['TransferOutputRemaps = "a=b; c = S3://x/y"'],
      /: TransferOutputRemaps = "a=b; c = S3:\/\/x\/y" asks for output that goes to a URL, which/,
    ],
  ];
  for (const [name, lines, reason] of wrong) {
    test(`${name}: the fault says so`, () => {
      const read = readTransferPlan(ad([...PLAIN, ...lines]));
      assert.ok(!read.ok);
      assert.match(read.error.reason, reason);
      assert.doesNotMatch(read.error.reason, /1#abc/);
    });
  }
});

describe('any job ad', () => {
  test('makes a plan of paths in the sandbox, or a fault with a sentence', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('../a', '/b', 'c/', './d,e'),
    );
    const value = fc.oneof(
      text.map((one) => JSON.stringify(one)),
      fc.constantFrom('1', 'true', 'error', '{}'),
    );
    const attribute = fc.constantFrom(
      ...['TransferOutput', 'FailureFiles', 'TransferInputRemaps', 'TransferOutputRemaps', 'Cmd'],
      ...['Out', 'Err', 'WhenToTransferOutput', 'JobSuccessExitCode', 'PreserveRelativePaths'],
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(attribute, value), { maxLength: 6 }), (lines) => {
        const written = lines.map(([name, one]) => `${name} = ${one}`);
        const parsed = parseClassAd([...PLAIN, ...written].join('\n'), { syntax: 'old' });
        if (!parsed.ok) return;
        const read = readTransferPlan(parsed.value);
        if (!read.ok) {
          assert.match(read.error.reason, /^The job ad cannot be run: ./);
          return;
        }
        const { failureFiles, output } = read.value;
        const paths = [...failureFiles, ...(output.kind === 'listed' ? output.paths : [])];
        for (const path of paths) {
          const parts = path.replace(/\/$/, '').split('/');
          assert.ok(!parts.some((part) => ['', '.', '..'].includes(part)), path);
        }
      }),
    );
  });
});

describe('what goes back', () => {
  const exited = (code: number): JobEnd => ({ code, signal: undefined, coreDumped: false });
  const killed = (signal: number, coreDumped = false): JobEnd => ({
    code: undefined,
    signal,
    coreDumped,
  });
  const completed = (exit: JobEnd): ActivationEnd => ({ how: 'completed', exit });
  const streams = ['_condor_stdout', '_condor_stderr'];
  const listed = ['TransferOutput = "x"'];
  const evicting = [...listed, 'WhenToTransferOutput = "ON_EXIT_OR_EVICT"'];
  const succeeding = [...listed, 'WhenToTransferOutput = "ON_SUCCESS"', 'JobSuccessExitCode = 0'];
  const bySignal = [...listed, 'JobSuccessExitBySignal = true', 'JobSuccessExitSignal = 9'];

  const output = (final: boolean): OutputTransfer => ({
    what: 'files',
    files: { kind: 'listed', paths: ['x'] },
    streams,
    final,
  });
  const failure = (...paths: string[]): OutputTransfer => ({
    what: 'files',
    files: { kind: 'listed', paths },
    streams,
    final: true,
  });
  const nothing: OutputTransfer = { what: 'nothing' };

  const rows: [string, readonly string[], ActivationEnd, OutputTransfer][] = [
    ['an end', listed, completed(exited(3)), output(true)],
    ['a signal of its own', listed, completed(killed(11, true)), output(true)],
    ['an eviction', listed, { how: 'evicted' }, nothing],
    ['an eviction, ON_SUCCESS', succeeding, { how: 'evicted' }, nothing],
    ['an eviction, ON_EXIT_OR_EVICT', evicting, { how: 'evicted' }, output(false)],
    [
      'likewise, without the spool',
      [...evicting, 'SpoolOnEvict = false'],
      { how: 'evicted' },
      output(true),
    ],
    ['a removal that wants its output', listed, { how: 'removed with output' }, output(true)],
    ['a success', succeeding, completed(exited(0)), output(true)],
    ['a failure', succeeding, completed(exited(1)), failure()],
    ['a failure by a signal', succeeding, completed(killed(9)), failure()],
    [
      'a failure with files of its own',
      [...succeeding, 'FailureFiles = "log"'],
      completed(exited(1)),
      failure('log'),
    ],
    [
      'a failure with nothing to send',
      [...succeeding, 'Out = "/dev/null"', 'Err = "/dev/null"'],
      completed(exited(1)),
      nothing,
    ],
    ['the signal that is a success', bySignal, completed(killed(9)), output(true)],
    ['the same with a core file', bySignal, completed(killed(9, true)), failure()],
    ['an exit in its place', bySignal, completed(exited(0)), failure()],
  ];
  for (const [name, lines, end, expected] of rows) {
    test(name, () => assert.deepEqual(outputTransfer(plan(...lines), end), expected));
  }
});
