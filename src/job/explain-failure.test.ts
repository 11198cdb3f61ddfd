import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type InputChanges, mustPlan, PLAIN_HOST, planInput } from '../../test/plan/inputs';
import { directory, memoryHost } from '../../test/plan/memory-host';
import { explainFailure } from './explain-failure';
import { holdCode, type JobFault } from './faults';
import type { Step, StepFailure } from './plan';
import { SLOTS } from './slots';

const WORDS: Readonly<Record<number, string>> = {
  1: 'Operation not permitted',
  2: 'No such file or directory',
  6: 'No such device or address',
  8: 'Exec format error',
  13: 'Permission denied',
  40: 'Too many levels of symbolic links',
  124: 'Wrong medium type',
};

/** What is said when the first step for which `which` holds fails. */
function explain(
  changes: InputChanges,
  which: (step: Step) => boolean,
  errno: number,
): JobFault & { at: StepFailure; of: number } {
  const { plan } = mustPlan(planInput(changes));
  const index = plan.setup.findIndex(which);
  const at: StepFailure =
    index >= 0
      ? { phase: 'setup', index, errno }
      : { phase: 'job', index: plan.job.findIndex(which), errno };
  const fault = explainFailure(plan, at, (number) => WORDS[number] ?? `errno ${number}`);
  return { ...fault, at, of: plan[at.phase].length };
}

describe('explainFailure()', () => {
  test('says what could not be done, which step that was, and why', () => {
    const { reason, subcode, of } = explain({}, ({ op }) => op === 'bind', 13);
    const sandbox = '/var/lib/condor/execute/dir_42';
    assert.equal(
      reason,
      `cannot bind ${sandbox} on ${sandbox} (setup step 5 of ${of}): Permission denied`,
    );
    assert.equal(subcode, 13);
  });

  const holds: readonly [string, (step: Step) => boolean, number][] = [
    ['standard input', (step) => step.op === 'open' && step.stream === 'stdin', 8],
    ['standard output', (step) => step.op === 'open' && step.stream === 'stdout', 7],
    ['standard error', (step) => step.op === 'open' && step.stream === 'stderr', 7],
    ['the working directory', ({ op }) => op === 'chdir', 14],
    [
      'the working directory, to bind it back',
      (step) => step.op === 'pin' && step.asJob === true,
      14,
    ],
    [
      'the working directory, which is no directory',
      (step) => step.op === 'bind' && step.source === SLOTS.iwd,
      14,
    ],
    ["the account's ids", ({ op }) => op === 'ids', 23],
    ['the program', ({ op }) => op === 'exec', 6],
    ['a mount', ({ op }) => op === 'tmpfs', 6],
  ];
  for (const [title, which, code] of holds) {
    test(`holds with code ${code} for ${title}`, () => {
      const changes: InputChanges = {
        host: memoryHost({ ...PLAIN_HOST, '/tmp/work': directory() }),
        policy: { mountUnderScratch: ['/tmp'] },
        spec: {
          iwd: '/tmp/work',
          stdin: { kind: 'file', path: '/in', append: false },
          stdout: { kind: 'file', path: '/out', append: false },
          stderr: { kind: 'file', path: '/err', append: false },
        },
      };
      assert.equal(holdCode(explain(changes, which, 13)), code);
    });
  }

  test("tells a missing program from one that the job's own directories cover", () => {
    const isExec = ({ op }: Step): boolean => op === 'exec';
    const spec = { command: '/tmp/prog' };
    assert.match(explain({ spec }, isExec, 2).reason, /the interpreter that its first line names/);
    const covered = explain({ spec, policy: { mountUnderScratch: ['/tmp'] } }, isExec, 2);
    assert.match(covered.reason, /No such file or directory; the job has a \/tmp of its own$/);
    const readOnly = explain({ spec, policy: { readOnly: ['/tmp'] } }, isExec, 2);
    assert.match(readOnly.reason, /the interpreter/);
    const inIwd = { command: '/tmp/work/prog', iwd: '/tmp/work' };
    const boundBack = explain({ spec: inIwd, policy: { mountUnderScratch: ['/tmp'] } }, isExec, 2);
    assert.match(boundBack.reason, /the interpreter/);
  });

  test('names the root directory of a job that finds no program in a chroot', () => {
    const host = memoryHost({ ...PLAIN_HOST, '/img/usr': directory() });
    const policy = { namedChroots: new Map([['img', '/img']]) };
    const { reason } = explain(
      { host, policy, spec: { requestedChroot: 'img' } },
      ({ op }) => op === 'exec',
      2,
    );
    assert.match(reason, /; the job's root directory is \/img$/);
  });

  const hints: readonly [string, InputChanges, (step: Step) => boolean, number, RegExp][] = [
    [
      'a FIFO without a reader',
      { spec: { stdout: { kind: 'file', path: '/fifo', append: false } } },
      (step) => step.op === 'open' && step.path === '/fifo',
      6,
      /it is a FIFO that nothing reads from$/,
    ],
    [
      'a FIFO without a writer',
      { spec: { stdin: { kind: 'file', path: '/fifo', append: false } } },
      (step) => step.op === 'open' && step.path === '/fifo',
      6,
      /it is a FIFO that nothing writes to$/,
    ],
    [
      'a stream of the wrong type',
      {},
      ({ op }) => op === 'open',
      124,
      /a file, a FIFO, a terminal/,
    ],
    ['a program of the wrong format', {}, ({ op }) => op === 'exec', 8, /begins with "#!"$/],
    ['a link where none is followed', {}, ({ op }) => op === 'pin', 40, /none is followed$/],
    [
      'a /proc that the kernel refuses rootless',
      { mode: 'rootless', host: memoryHost(PLAIN_HOST, { uid: 1000 }) },
      ({ op }) => op === 'proc',
      1,
      /something covers a part of the host's \/proc/,
    ],
  ];
  for (const [title, changes, which, errno, expected] of hints) {
    test(`explains ${title}`, () => {
      assert.match(explain(changes, which, errno).reason, expected);
    });
  }

  test('leaves links to the job where the job follows them', () => {
    assert.match(explain({}, ({ op }) => op === 'chdir', 40).reason, /symbolic links$/);
  });

  test('calls it a bug when the step is not in the plan', () => {
    const { plan } = mustPlan(planInput());
    const failure: StepFailure = { phase: 'setup', index: 999, errno: 1 };
    assert.throws(
      () => explainFailure(plan, failure, String),
      /setup step 1000, which its plan lacks/,
    );
  });
});
