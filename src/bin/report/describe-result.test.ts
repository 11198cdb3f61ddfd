import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LaunchPlan, Step } from '../../job/plan';
import type { JobOutcome, JobResult } from '../../job/result';
import { describeResult } from './describe-result';
import type { RunAccount } from './describe-result';

const SANDBOX = '/var/lib/execute/dir_42';

const EXEC: Step = { op: 'exec', path: '/bin/true', argv: ['/bin/true'], envp: [] };

const RICH_PLAN: LaunchPlan = {
  namespaces: ['mount', 'pid'],
  identity: { uid: 1000, gid: 100, groups: [100, 27] },
  setup: [
    { op: 'pin', slot: 0, path: SANDBOX },
    { op: 'pin', slot: 5, path: '/dev/null' },
    { op: 'tmpfs', target: '/var/lib/execute', flags: ['nosuid'], options: 'mode=0755,size=64k' },
    { op: 'bind', source: 0, target: SANDBOX },
    { op: 'pin', slot: 7, path: 'tmp', base: 0 },
    { op: 'bind', source: 7, target: '/tmp' },
    { op: 'tmpfs', target: '/dev/shm', flags: ['nosuid'], options: 'mode=1777' },
    { op: 'tmpfs', target: '/root', flags: ['ro'], options: 'mode=0,size=4k' },
    { op: 'bind', source: 5, target: '/etc/shadow' },
    { op: 'pin', slot: 7, path: '/cvmfs' },
    { op: 'bind', source: 7, target: '/cvmfs' },
    { op: 'remount', target: '/cvmfs', flags: ['ro', 'nosuid'] },
    { op: 'remount', target: '/var/lib/execute', flags: ['ro', 'nosuid'] },
  ],
  job: [
    { op: 'nice', increment: 5 },
    { op: 'affinity', cpus: [0, 2] },
    { op: 'rlimit', resource: 'core', soft: 0, hard: 0 },
    { op: 'rlimit', resource: 'cpu', soft: 'unlimited', hard: 'unlimited' },
    { op: 'rlimit', resource: 'as', soft: 2 ** 30, hard: 2 ** 30 },
    { op: 'rlimit', resource: 'nofile', soft: 1024, hard: 4096 },
    { op: 'drop-bounding-set' },
    { op: 'no-new-privs' },
    EXEC,
  ],
};

const COMPLETED: JobResult = {
  cluster: 7,
  proc: 0,
  outcome: { kind: 'completed', exit: { code: 0, signal: undefined, coreDumped: false } },
  pid: 4242,
  times: { started: 1000, ended: 1000.03125 },
  usage: { userCpu: 0.004, systemCpu: 0.003, maxResident: 3482 },
  sandbox: { size: 12, entries: 5 },
};

const ACCOUNT: RunAccount = {
  plan: RICH_PLAN,
  sandbox: SANDBOX,
  notes: ['MOUNT_UNDER_SCRATCH: there is no directory /x here: skipped'],
  phases: [
    { name: 'plan', milliseconds: 1.25 },
    { name: 'launch', milliseconds: 4 },
    { name: 'job', milliseconds: 31.25 },
  ],
  result: COMPLETED,
};

/** The headline of an outcome, without the job's number. */
function headline(outcome: JobOutcome): string {
  const text = describeResult({ ...ACCOUNT, result: { ...COMPLETED, outcome } }, false);
  return (text.split('\n')[0] ?? '').replace('eyrie: job 7.0 ', '');
}

/** What the account says about one thing; undefined: nothing. */
function about(thing: string, account: RunAccount): string | undefined {
  const line = describeResult(account, false)
    .split('\n')
    .find((each) => each.startsWith(`  ${thing} `));
  return line?.slice(2 + thing.length).trim();
}

describe('the account of a run', () => {
  test('tells what was isolated, what it took and how it ended', () => {
    assert.equal(
      describeResult(ACCOUNT, false),
      `eyrie: job 7.0 ended with exit status 0
  processes  a PID namespace: the job sees itself and its children only
  account    uid 1000, gid 100, groups 27
  sandbox    /var/lib/execute/dir_42
  private    /tmp, /dev/shm
  read-only  /cvmfs
  hidden     /root, /etc/shadow
  rights     no capabilities ever, none from set-uid programs
  limits     nice +5, CPUs 0 2, core 0 B, as 1 GiB, nofile 1024
  note       MOUNT_UNDER_SCRATCH: there is no directory /x here: skipped
  used       31 ms of wall time, CPU 4.0 ms user and 3.0 ms system, 3.4 MiB of memory at most, 12 KiB in the sandbox (5 entries)
  took       37 ms in all, plan 1.3 ms, launch 4.0 ms, job 31 ms
`,
    );
  });

  test('says so where the job sees the processes of the host', () => {
    const plan: LaunchPlan = { ...RICH_PLAN, namespaces: ['mount'] };
    assert.match(about('processes', { ...ACCOUNT, plan }) ?? '', /the job sees all of them/);
  });

  test('names the user namespace of a rootless run, whose groups are left alone', () => {
    const plan: LaunchPlan = {
      ...RICH_PLAN,
      namespaces: ['user', 'mount', 'pid'],
      identity: { uid: 1000, gid: 1000, groups: undefined },
    };
    assert.equal(about('account', { ...ACCOUNT, plan }), 'uid 1000, gid 1000, in a user namespace');
  });

  test('names the root of a chroot, and paths as the job sees them', () => {
    const plan: LaunchPlan = {
      ...RICH_PLAN,
      setup: [
        { op: 'pin', slot: 0, path: SANDBOX },
        { op: 'pin', slot: 7, path: 'tmp', base: 0 },
        { op: 'bind', source: 7, target: '/images/sl7/tmp' },
        { op: 'pin', slot: 5, path: '/dev/null' },
        { op: 'bind', source: 5, target: '/images/sl7/dev/null' },
      ],
      job: [{ op: 'chroot', path: '/images/sl7' }, EXEC],
    };
    assert.equal(about('root', { ...ACCOUNT, plan }), '/images/sl7');
    assert.equal(about('private', { ...ACCOUNT, plan }), '/tmp');
    assert.equal(about('hidden', { ...ACCOUNT, plan }), undefined);
    assert.equal(about('rights', { ...ACCOUNT, plan }), 'no capabilities');
    assert.equal(about('limits', { ...ACCOUNT, plan }), undefined);
  });

  test('is short where no plan could be made', () => {
    const fault = { cause: 'badJobAd', subcode: 0, reason: 'Cmd is missing' } as const;
    const result: JobResult = {
      ...COMPLETED,
      outcome: { kind: 'held', fault, exit: undefined },
      usage: undefined,
      sandbox: undefined,
      times: undefined,
    };
    assert.equal(
      describeResult({ ...ACCOUNT, plan: undefined, notes: [], phases: [], result }, false),
      `eyrie: job 7.0 was held: Cmd is missing (hold code 6, subcode 0)
  took  0.0 ms in all
`,
    );
  });

  test('is coloured for a terminal only: green where all is well, else red', () => {
    assert.match(
      describeResult(ACCOUNT, true),
      /^eyrie: job 7\.0 \x1b\[32mended with exit status 0\x1b\[0m\n/,
    );
    const outcome: JobOutcome = { kind: 'lost', reason: 'init was killed' };
    const lost = describeResult({ ...ACCOUNT, result: { ...COMPLETED, outcome } }, true);
    assert.match(lost, /\x1b\[31mwas lost/);
    assert.doesNotMatch(describeResult(ACCOUNT, false), /\x1b/);
  });
});

describe('the end of a job in words', () => {
  const exit = { code: undefined, signal: undefined, coreDumped: false };
  const fault = { cause: 'cannotOpenOutput', subcode: 2, reason: 'cannot open /x' } as const;
  const rows: readonly (readonly [outcome: JobOutcome, text: string])[] = [
    [{ kind: 'completed', exit: { ...exit, code: 3 } }, 'ended with exit status 3'],
    [
      { kind: 'completed', exit: { ...exit, signal: 11, coreDumped: true } },
      'was ended by SIGSEGV (signal 11) and left a core file',
    ],
    [{ kind: 'completed', exit: { ...exit, signal: 40 } }, 'was ended by signal 40'],
    [
      { kind: 'evicted', ending: { why: 'remove' }, exit: { ...exit, signal: 15 } },
      'was told to end (remove) and was ended by SIGTERM (signal 15)',
    ],
    [{ kind: 'held', fault, exit: undefined }, 'was held: cannot open /x (hold code 7, subcode 2)'],
    [
      { kind: 'held', fault, exit: { ...exit, code: 0 } },
      'ended with exit status 0 and was held: cannot open /x (hold code 7, subcode 2)',
    ],
    [{ kind: 'lost', reason: 'init was killed' }, 'was lost: init was killed'],
  ];
  for (const [outcome, text] of rows) {
    test(`reads: ${text}`, () => assert.equal(headline(outcome), text));
  }
});
