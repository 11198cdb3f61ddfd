import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type InputChanges,
  mustPlan,
  mustRefuse,
  PLAIN_HOST,
  planInput,
  setupLines,
} from '../../../test/plan/inputs';
import {
  directory,
  file,
  type HostFacts,
  memoryHost,
  type Node,
} from '../../../test/plan/memory-host';

const SANDBOX = '/var/lib/condor/execute/dir_42';

/** The steps about the tree: without the sandbox's own descriptor and the streams. */
function treeOf(changes: InputChanges): readonly string[] {
  return setupLines(planInput(changes)).slice(8);
}

function hostWith(nodes: Record<string, Node>, facts?: HostFacts) {
  return memoryHost({ ...PLAIN_HOST, ...nodes }, facts);
}

const EXECUTE_STEPS = [
  'mount a tmpfs on /var/lib/condor/execute [nosuid,nodev,noexec,mode=0755,size=64k]',
  `make the directory ${SANDBOX} [mode 0755]`,
  `bind ${SANDBOX} on ${SANDBOX}`,
];
const SEAL_EXECUTE = 'change the mount /var/lib/condor/execute [ro,nosuid,nodev,noexec]';

describe('every job', () => {
  test('has an EXECUTE with its own sandbox in it and nothing else', () => {
    assert.deepEqual(treeOf({}), [...EXECUTE_STEPS, SEAL_EXECUTE]);
  });

  test('has its sandbox where it really is, when EXECUTE is given through a link', () => {
    const host = hostWith({ '/scratch': '/data/scratch', '/data/scratch': directory() });
    const lines = setupLines(planInput({ host, execute: '/scratch' }));
    assert.equal(lines[0], 'open /data/scratch/dir_42 [for mounting]');
    assert.ok(lines.includes('bind /data/scratch/dir_42 on /data/scratch/dir_42'));
    assert.ok(!lines.some((line) => line.includes(' /scratch')));
  });
});

describe('MOUNT_UNDER_SCRATCH', () => {
  test('backs each directory with one of the same name in the sandbox, open to all and sticky', () => {
    assert.deepEqual(treeOf({ policy: { mountUnderScratch: ['/tmp', '/var/tmp'] } }), [
      `make the directory ${SANDBOX}/tmp [mode 1777, owner 1000:1000]`,
      `make the directory ${SANDBOX}/var [mode 0755, owner 1000:1000]`,
      `make the directory ${SANDBOX}/var/tmp [mode 1777, owner 1000:1000]`,
      `open ${SANDBOX}/tmp [for mounting]`,
      `bind ${SANDBOX}/tmp on /tmp`,
      `open ${SANDBOX}/var/tmp [for mounting]`,
      `bind ${SANDBOX}/var/tmp on /var/tmp`,
      ...EXECUTE_STEPS,
      SEAL_EXECUTE,
    ]);
  });

  test('binds a link to a directory where the link leads, once', () => {
    const host = memoryHost({ ...PLAIN_HOST, '/var/tmp': '/tmp' });
    const lines = treeOf({ host, policy: { mountUnderScratch: ['/var/tmp', '/tmp'] } });
    assert.deepEqual(
      lines.filter((line) => line.startsWith('bind')),
      [`bind ${SANDBOX}/var/tmp on /tmp`, EXECUTE_STEPS[2]],
    );
  });

  test('skips a directory that does not exist, with a note', () => {
    const { notes } = mustPlan(planInput({ policy: { mountUnderScratch: ['/scratch'] } }));
    assert.ok(notes.includes('MOUNT_UNDER_SCRATCH: there is no directory /scratch here: skipped'));
  });

  test('skips a directory inside EXECUTE, with a note', () => {
    const listed = '/var/lib/condor/execute';
    const { notes } = mustPlan(planInput({ policy: { mountUnderScratch: [listed] } }));
    assert.match(notes.join(), /execute is inside EXECUTE/);
  });

  test('makes a directory above EXECUTE private and brings the sandbox back in it', () => {
    const host = hostWith({ '/tmp/execute': directory() });
    const execute = '/tmp/execute';
    assert.deepEqual(treeOf({ host, execute, policy: { mountUnderScratch: ['/tmp'] } }), [
      'make the directory /tmp/execute/dir_42/tmp [mode 1777, owner 1000:1000]',
      'open /tmp/execute/dir_42/tmp [for mounting]',
      'bind /tmp/execute/dir_42/tmp on /tmp',
      'make the directory /tmp/execute [mode 0755]',
      'mount a tmpfs on /tmp/execute [nosuid,nodev,noexec,mode=0755,size=64k]',
      'make the directory /tmp/execute/dir_42 [mode 0755]',
      'bind /tmp/execute/dir_42 on /tmp/execute/dir_42',
      'change the mount /tmp/execute [ro,nosuid,nodev,noexec]',
    ]);
  });

  test('brings back an Iwd that it covers, if the job itself can reach it', () => {
    const host = hostWith({ '/tmp/work/here': directory(0o755, 1000) });
    const lines = treeOf({
      host,
      spec: { iwd: '/tmp/work/here' },
      policy: { mountUnderScratch: ['/tmp'] },
    });
    assert.equal(lines[0], 'open /tmp/work/here [for mounting, as the job]');
    const bindTmp = lines.indexOf(`bind ${SANDBOX}/tmp on /tmp`);
    assert.deepEqual(lines.slice(bindTmp + 1, bindTmp + 3), [
      'make the directory /tmp/work/here [mode 0755]',
      'bind /tmp/work/here on /tmp/work/here',
    ]);
  });

  const listedIwds: readonly [string, string, string[]][] = [
    ['an Iwd that is itself listed', '/tmp', ['/tmp']],
    ['a listed Iwd below another listed directory', '/var/tmp', ['/var', '/var/tmp']],
    ['an Iwd in the sandbox', SANDBOX, ['/var']],
    ["an Iwd in another job's sandbox", '/var/lib/condor/execute/dir_7', ['/var']],
    ['an Iwd elsewhere', '/home/alice/work', ['/tmp']],
  ];
  for (const [title, iwd, mountUnderScratch] of listedIwds) {
    test(`does not bring back ${title}`, () => {
      const lines = treeOf({ spec: { iwd }, policy: { mountUnderScratch } });
      assert.ok(!lines.some((line) => line.includes('as the job')), lines.join('\n'));
    });
  }

  for (const listed of ['/', '/proc', '/proc/sys']) {
    test(`cannot be ${listed}`, () => {
      const host = hostWith({ '/proc/sys': directory() });
      const error = mustRefuse(planInput({ host, policy: { mountUnderScratch: [listed] } }));
      assert.equal(
        error.reason,
        `MOUNT_UNDER_SCRATCH: ${listed} cannot be private to a job; take it off the list`,
      );
    });
  }

  test('says that a program in a private directory cannot be executed', () => {
    const { notes } = mustPlan(
      planInput({ spec: { command: '/tmp/prog' }, policy: { mountUnderScratch: ['/tmp'] } }),
    );
    assert.ok(
      notes.includes('/tmp/prog is in /tmp, of which the job has its own (MOUNT_UNDER_SCRATCH)'),
    );
  });
});

describe('MOUNT_PRIVATE_DEV_SHM', () => {
  test('mounts a tmpfs without a size on /dev/shm', () => {
    const lines = treeOf({ policy: { privateDevShm: true } });
    assert.equal(lines[0], 'mount a tmpfs on /dev/shm [nosuid,nodev,mode=1777]');
  });

  test('mounts it where the host has its shared memory', () => {
    const host = memoryHost({ ...PLAIN_HOST, '/dev/shm': '/run/shm', '/run/shm': directory() });
    assert.match(treeOf({ host, policy: { privateDevShm: true } })[0] ?? '', / on \/run\/shm /);
  });
});

describe('MOUNT_READ_ONLY', () => {
  const MOUNTS = [
    { mountPoint: '/', type: 'ext4', flags: ['relatime'] },
    { mountPoint: '/home', type: 'nfs4', flags: ['nosuid', 'nodev', 'relatime'] },
    { mountPoint: '/home/group', type: 'nfs4', flags: ['noexec'] },
    { mountPoint: '/proc', type: 'proc', flags: ['nosuid', 'nodev', 'noexec'] },
    { mountPoint: '/tmp', type: 'tmpfs', flags: [] },
  ] as const;

  test('binds a tree on itself and makes each of its mounts read-only with the flags it had', () => {
    const host = hostWith({}, { mounts: MOUNTS });
    assert.deepEqual(treeOf({ host, policy: { readOnly: ['/home'] } }), [
      'open /home [for mounting]',
      'bind /home on /home',
      'make the mounts below /home private',
      ...EXECUTE_STEPS,
      'change the mount /home [ro,nosuid,nodev]',
      'change the mount /home/group [ro,noexec]',
      SEAL_EXECUTE,
    ]);
  });

  test('takes the flags of the mount that a directory is on', () => {
    const host = hostWith({ '/home/alice/data': directory() }, { mounts: MOUNTS });
    const lines = treeOf({ host, policy: { readOnly: ['/home/alice/data'] } });
    assert.ok(lines.includes('change the mount /home/alice/data [ro,nosuid,nodev]'));
  });

  test('of the root makes all read-only but what is private, and the kernel’s file systems', () => {
    const host = hostWith({}, { mounts: MOUNTS });
    const policy = { readOnly: ['/'], mountUnderScratch: ['/tmp'] };
    const lines = treeOf({ host, policy });
    assert.ok(!lines.includes('bind / on /'));
    assert.deepEqual(
      lines.filter((line) => line.startsWith('change')),
      [
        'change the mount / [ro]',
        'change the mount /home [ro,nosuid,nodev]',
        'change the mount /home/group [ro,noexec]',
        SEAL_EXECUTE,
      ],
    );
  });

  test('holds for an Iwd that is brought back', () => {
    const host = hostWith({ '/tmp/work': directory(0o755, 1000) }, { mounts: MOUNTS });
    const policy = { readOnly: ['/'], mountUnderScratch: ['/tmp'] };
    const lines = treeOf({ host, spec: { iwd: '/tmp/work' }, policy });
    assert.ok(lines.includes('change the mount /tmp/work [ro]'), lines.join('\n'));
  });

  test('holds for an Iwd that is brought back, where the private directory has the tree', () => {
    const host = hostWith({ '/tmp/site/work': directory(0o755, 1000) }, { mounts: MOUNTS });
    const policy = { readOnly: ['/tmp/site'], mountUnderScratch: ['/tmp'] };
    const input = planInput({ host, spec: { iwd: '/tmp/site/work' }, policy });
    assert.ok(setupLines(input).includes('change the mount /tmp/site/work [ro]'));
    assert.ok(!mustPlan(input).notes.some((note) => note.includes('skipped')));
  });

  test('holds for a tree inside an Iwd that is brought back, with its mounts', () => {
    const mounts = [
      ...MOUNTS,
      { mountPoint: '/tmp/work/in/nfs', type: 'nfs4', flags: [] },
    ] as const;
    const host = hostWith({ '/tmp/work/in/nfs': directory() }, { mounts });
    const policy = { readOnly: ['/tmp/work/in'], mountUnderScratch: ['/tmp'] };
    const lines = treeOf({ host, spec: { iwd: '/tmp/work' }, policy });
    assert.ok(
      lines.indexOf('bind /tmp/work/in on /tmp/work/in') >
        lines.indexOf('bind /tmp/work on /tmp/work'),
    );
    assert.ok(lines.includes('change the mount /tmp/work/in [ro]'), lines.join('\n'));
    assert.ok(lines.includes('change the mount /tmp/work/in/nfs [ro]'));
    assert.ok(!lines.includes('change the mount /tmp/work [ro]'));
  });

  test('needs no tree inside another', () => {
    const lines = treeOf({ policy: { readOnly: ['/home/alice/work', '/home', '/home'] } });
    assert.equal(lines.filter((line) => line.startsWith('bind /home')).length, 1);
  });

  test('is skipped with a note where a private directory is in its place', () => {
    const policy = { readOnly: ['/tmp'], mountUnderScratch: ['/tmp'] };
    const { notes } = mustPlan(planInput({ policy }));
    assert.ok(notes.includes("MOUNT_READ_ONLY: the job does not see the host's /tmp: skipped"));
  });

  test('says that mounts of the automounter come in no more', () => {
    const mounts = [...MOUNTS, { mountPoint: '/home/auto', type: 'autofs', flags: [] }];
    const host = hostWith({}, { mounts });
    const input = planInput({ host, policy: { readOnly: ['/home'] } });
    assert.match(mustPlan(input).notes.join('\n'), /the automounter mounts below \/home\/auto/);
    assert.ok(!setupLines(input).some((line) => line.includes('change the mount /home/auto')));
  });

  test('names a tree that does not exist', () => {
    assert.deepEqual(mustRefuse(planInput({ policy: { readOnly: ['/cvmfs'] } })), {
      cause: 'site',
      knob: 'MOUNT_READ_ONLY',
      reason: 'MOUNT_READ_ONLY: there is no /cvmfs here; create it or take it off the list',
    });
  });
});

describe('HIDE_PATHS', () => {
  test('covers a directory with an empty one that nobody may enter, a file with /dev/null', () => {
    const host = hostWith({ '/etc/condor': directory(), '/etc/shadow': file(0o600) });
    const lines = treeOf({ host, policy: { hidden: ['/etc/condor', '/etc/shadow'] } });
    assert.deepEqual(lines, [
      'open /dev/null [for mounting]',
      'mount a tmpfs on /etc/condor [ro,nosuid,nodev,noexec,mode=0,size=4k]',
      'bind /dev/null on /etc/shadow',
      ...EXECUTE_STEPS,
      SEAL_EXECUTE,
    ]);
  });

  test('covers what is in an Iwd that is brought back into a private directory', () => {
    const host = hostWith({ '/tmp/work/key': file(0o600), '/tmp/other': file(0o600) });
    const lines = treeOf({
      host,
      spec: { iwd: '/tmp/work' },
      policy: { hidden: ['/tmp/work/key', '/tmp/other'], mountUnderScratch: ['/tmp'] },
    });
    assert.ok(
      lines.indexOf('bind /dev/null on /tmp/work/key') >
        lines.indexOf('bind /tmp/work on /tmp/work'),
      lines.join('\n'),
    );
    assert.ok(!lines.includes('bind /dev/null on /tmp/other'));
  });

  test('hides what a link leads to, and needs nothing for what does not exist', () => {
    const host = hostWith({ '/etc/secret': '/srv/secret', '/srv/secret': directory() });
    const lines = treeOf({ host, policy: { hidden: ['/etc/secret', '/none'] } });
    assert.match(lines[0] ?? '', /^mount a tmpfs on \/srv\/secret /);
  });

  test('wins over MOUNT_UNDER_SCRATCH, with a note', () => {
    const policy = { hidden: ['/var/tmp'], mountUnderScratch: ['/var/tmp', '/tmp'] };
    const input = planInput({ policy });
    assert.ok(
      mustPlan(input).notes.includes(
        'MOUNT_UNDER_SCRATCH: /var/tmp is hidden by HIDE_PATHS: skipped',
      ),
    );
    assert.ok(!setupLines(input).some((line) => line.endsWith('on /var/tmp')));
  });

  test('has nothing to do below a private directory', () => {
    const host = hostWith({ '/tmp/secret': directory() });
    const lines = treeOf({
      host,
      policy: { hidden: ['/tmp/secret'], mountUnderScratch: ['/tmp'] },
    });
    assert.ok(!lines.some((line) => line.includes('secret')));
  });

  test("covers a part of /proc after the job's own is mounted", () => {
    const host = hostWith({ '/proc/kcore': file(0o400) });
    const lines = treeOf({ host, policy: { pidNamespace: true, hidden: ['/proc/kcore'] } });
    assert.deepEqual(lines.slice(-2), [
      'mount a proc on /proc [nosuid,nodev,noexec]',
      'bind /dev/null on /proc/kcore',
    ]);
  });

  test('cannot hide EXECUTE', () => {
    assert.equal(
      mustRefuse(planInput({ policy: { hidden: ['/var'] } })).reason,
      "HIDE_PATHS: /var would hide EXECUTE (/var/lib/condor/execute) and with it the job's own sandbox",
    );
  });

  for (const path of ['/', '/proc']) {
    test(`cannot hide ${path}`, () => {
      const { reason } = mustRefuse(planInput({ policy: { hidden: [path] } }));
      assert.equal(reason, `HIDE_PATHS: ${path} is needed to start a job; take it off the list`);
    });
  }
});

describe('USE_PID_NAMESPACES', () => {
  test('mounts a /proc of the job’s own, as the last step', () => {
    const input = planInput({ policy: { pidNamespace: true, privateDevShm: true } });
    assert.equal(setupLines(input).at(-1), 'mount a proc on /proc [nosuid,nodev,noexec]');
    assert.deepEqual(mustPlan(input).plan.namespaces, ['mount', 'pid']);
  });

  test("leaves the host's /proc where it is off, and says what that means", () => {
    const { plan, notes } = mustPlan(planInput());
    assert.ok(!plan.setup.some(({ op }) => op === 'proc'));
    assert.match(notes.join(), /USE_PID_NAMESPACES is off/);
  });
});
