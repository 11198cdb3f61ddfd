import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type InputChanges,
  jobLines,
  mustPlan,
  mustRefuse,
  PLAIN_HOST,
  planInput,
  setupLines,
} from '../../../test/plan/inputs';
import {
  device,
  directory,
  file,
  memoryHost,
  type Node,
  without,
} from '../../../test/plan/memory-host';

const SANDBOX = '/var/lib/condor/execute/dir_42';

/** An image that has all mount points of a job. */
const WHOLE_IMAGE: Readonly<Record<string, Node>> = {
  '/img/usr/bin': directory(),
  '/img/bin': 'usr/bin',
  '/img/etc': directory(),
  '/img/tmp': directory(0o1777),
  '/img/dev': directory(),
  '/img/proc': directory(),
  '/img/var/lib/condor/execute': directory(),
};

function inImage(image: Record<string, Node>, changes: InputChanges = {}) {
  return planInput({
    host: memoryHost({ ...PLAIN_HOST, ...image }),
    ...changes,
    spec: { requestedChroot: 'el9', ...changes.spec },
    policy: { pidNamespace: true, namedChroots: new Map([['el9', '/img']]), ...changes.policy },
  });
}

/** Without the sandbox's descriptor and the streams. */
function treeOf(image: Record<string, Node>, changes: InputChanges = {}): readonly string[] {
  return setupLines(inImage(image, changes)).slice(8);
}

function node(name: string): readonly string[] {
  return [
    `make the file /img/dev/${name} [mode 0666]`,
    `open /dev/${name} [for mounting]`,
    `bind /dev/${name} on /img/dev/${name}`,
  ];
}

const IMAGE_STEPS = [
  'open /img [for mounting]',
  'bind /img on /img',
  'change the mount /img [nodev]',
];
const DEV_STEPS = [
  'mount a tmpfs on /img/dev [nosuid,nodev,noexec,mode=0755,size=64k]',
  ...['null', 'zero', 'full', 'random', 'urandom', 'tty'].flatMap(node),
  'make /img/dev/fd a link to /proc/self/fd',
  'make /img/dev/stdin a link to /proc/self/fd/0',
  'make /img/dev/stdout a link to /proc/self/fd/1',
  'make /img/dev/stderr a link to /proc/self/fd/2',
  'make the directory /img/dev/shm [mode 0755]',
  'mount a tmpfs on /img/dev/shm [nosuid,nodev,mode=1777]',
];
const SANDBOX_STEPS = [
  'mount a tmpfs on /img/var/lib/condor/execute [nosuid,nodev,noexec,mode=0755,size=64k]',
  `make the directory /img${SANDBOX} [mode 0755]`,
  `bind ${SANDBOX} on /img${SANDBOX}`,
];
const SEALS = [
  'change the mount /img/dev [ro,nosuid,nodev,noexec]',
  'change the mount /img/var/lib/condor/execute [ro,nosuid,nodev,noexec]',
];
const PROC = 'mount a proc on /img/proc [nosuid,nodev,noexec]';

describe('a job in a chroot', () => {
  test('has the image, a /dev and /proc of its own, and its sandbox at the same path', () => {
    assert.deepEqual(treeOf(WHOLE_IMAGE), [
      ...IMAGE_STEPS,
      ...DEV_STEPS,
      ...SANDBOX_STEPS,
      ...SEALS,
      PROC,
    ]);
  });

  test('changes its root, then goes to its Iwd, or to the sandbox where the image lacks that', () => {
    const lines = jobLines(inImage(WHOLE_IMAGE));
    const chroot = lines.indexOf('make /img the root directory');
    const chdir = lines.indexOf(
      `go to the directory /home/alice/work [as the job, or ${SANDBOX} where it is missing]`,
    );
    assert.ok(chroot >= 0 && chdir > chroot, lines.join('\n'));
  });

  test('has private directories at their places in the image', () => {
    const lines = treeOf(WHOLE_IMAGE, { policy: { mountUnderScratch: ['/tmp'] } });
    assert.deepEqual(lines.slice(0, 1), [
      `make the directory ${SANDBOX}/tmp [mode 1777, owner 1000:1000]`,
    ]);
    assert.ok(lines.includes(`bind ${SANDBOX}/tmp on /img/tmp`));
    assert.ok(!lines.some((line) => line.endsWith('on /tmp')));
  });

  test('finds a private directory through the links of the image, once', () => {
    const image = { ...WHOLE_IMAGE, '/img/var/tmp': '/tmp' };
    const lines = treeOf(image, { policy: { mountUnderScratch: ['/tmp', '/var/tmp'] } });
    assert.equal(lines.filter((line) => line.startsWith(`bind ${SANDBOX}/`)).length, 1);
  });

  test('skips a private directory that neither the image nor the host has, with a note', () => {
    const { notes } = mustPlan(
      inImage(WHOLE_IMAGE, { policy: { mountUnderScratch: ['/scratch'] } }),
    );
    assert.deepEqual(notes, [
      'MOUNT_UNDER_SCRATCH: neither the chroot nor the host has /scratch: skipped',
    ]);
  });

  test('sees processes of its account only, where it has no PID namespace, and a note says so', () => {
    const changes = { policy: { pidNamespace: false } };
    assert.match(mustPlan(inImage(WHOLE_IMAGE, changes)).notes.join(), /USE_PID_NAMESPACES is off/);
    const lines = treeOf(WHOLE_IMAGE, changes);
    assert.equal(lines.at(-1), 'mount a proc on /img/proc [nosuid,nodev,noexec,hidepid=invisible]');
  });

  test('has its sandbox at the path that it was told, when EXECUTE is given through a link', () => {
    const image = {
      ...WHOLE_IMAGE,
      '/scratch': '/data/scratch',
      '/data/scratch': directory(),
      '/img/scratch': directory(),
    };
    const lines = treeOf(image, { execute: '/scratch' });
    assert.ok(lines.includes('bind /data/scratch/dir_42 on /img/scratch/dir_42'), lines.join('\n'));
  });

  test('does without a device that the host lacks', () => {
    const host = without(PLAIN_HOST, '/dev/tty');
    const lines = treeOf(WHOLE_IMAGE, { host: memoryHost({ ...host, ...WHOLE_IMAGE }) });
    assert.ok(!lines.some((line) => line.includes('tty')));
  });
});

describe('an image that lacks a mount point', () => {
  test('is rebuilt in a tmpfs at that level: entries bound, links made again', () => {
    const image = without(WHOLE_IMAGE, '/img/proc');
    const lines = treeOf({ ...image, '/img/.version': file() });
    assert.deepEqual(lines.slice(3, lines.indexOf(DEV_STEPS[0] ?? '')), [
      'open /img [for mounting]',
      'mount a tmpfs on /img [nosuid,nodev,noexec,mode=0755,size=64k]',
      'make the file /img/.version [mode 0644]',
      'open /img/.version [for mounting]',
      'bind /img/.version on /img/.version',
      'make /img/bin a link to usr/bin',
      ...['dev', 'etc', 'tmp', 'usr', 'var'].flatMap(boundDirectory),
      'make the directory /img/proc [mode 0755]',
    ]);
    assert.ok(lines.includes('change the mount /img [ro,nosuid,nodev,noexec]'));
  });

  test('is rebuilt deep down where the sandbox belongs, and only there', () => {
    const image = without(WHOLE_IMAGE, '/img/var/lib/condor/execute');
    const lines = treeOf({
      ...image,
      '/img/var/lib/rpm': directory(),
      '/img/var/lib/dbus/machine-id': '/etc/machine-id',
    });
    assert.deepEqual(lines.filter((line) => line.includes('/img/var/')).slice(0, 9), [
      'open /img/var/lib [for mounting]',
      'mount a tmpfs on /img/var/lib [nosuid,nodev,noexec,mode=0755,size=64k]',
      ...['dbus', 'rpm'].flatMap((name) => boundDirectory(`var/lib/${name}`)),
      'make the directory /img/var/lib/condor/execute [mode 0755]',
    ]);
    assert.ok(!lines.includes('mount a tmpfs on /img [nosuid,nodev,noexec,mode=0755,size=64k]'));
  });

  test('needs no rebuilding below a directory that is private', () => {
    const image = without(WHOLE_IMAGE, '/img/var/lib/condor/execute');
    const whole = { ...image, '/img/var': directory() };
    const lines = treeOf(whole, { policy: { mountUnderScratch: ['/var'] } });
    const bindVar = lines.indexOf(`bind ${SANDBOX}/var on /img/var`);
    assert.equal(
      lines[bindVar + 1 + DEV_STEPS.length],
      'make the directory /img/var/lib/condor/execute [mode 0755]',
    );
    assert.equal(lines.filter((line) => line.startsWith('mount a tmpfs')).length, 3);
  });

  test('is refused where something else than a directory is in the way', () => {
    assert.equal(
      mustRefuse(inImage({ ...WHOLE_IMAGE, '/img/dev': file() })).reason,
      'NAMED_CHROOT: the chroot "el9" (/img) cannot be used: /dev is not a directory in /img, and ' +
        '/dev has to be mounted there',
    );
  });
});

/** Steps that bring an entry of the image back. */
function boundDirectory(name: string): readonly string[] {
  const path = `/img/${name}`;
  return [
    `make the directory ${path} [mode 0755]`,
    `open ${path} [for mounting]`,
    `bind ${path} on ${path}`,
  ];
}

describe('knobs about the host, in a chroot', () => {
  test('MOUNT_READ_ONLY of a tree that has the image makes the image read-only', () => {
    const lines = treeOf(WHOLE_IMAGE, { policy: { readOnly: ['/'] } });
    assert.ok(lines.includes('change the mount /img [ro,nodev]'));
  });

  test('MOUNT_READ_ONLY of a part of the image holds for that part', () => {
    const lines = treeOf(WHOLE_IMAGE, { policy: { readOnly: ['/img/etc', '/home'] } });
    assert.ok(lines.includes('bind /img/etc on /img/etc'));
    assert.ok(lines.includes('change the mount /img/etc [ro,nodev]'));
    assert.ok(!lines.some((line) => line.includes('/home')));
  });

  test('HIDE_PATHS counts for what is in the image', () => {
    const image = { ...WHOLE_IMAGE, '/img/etc/shadow': file(0o600), '/etc/shadow': file(0o600) };
    const lines = treeOf(image, { policy: { hidden: ['/etc/shadow', '/img/etc/shadow'] } });
    assert.equal(lines[0], 'open /dev/null [for mounting]');
    assert.deepEqual(
      lines.filter((line) => line.includes('shadow')),
      ['bind /dev/null on /img/etc/shadow'],
    );
  });
});

describe('RequestedChroot', () => {
  test('that the site does not know is refused with the names that it knows', () => {
    const input = inImage(WHOLE_IMAGE, {
      policy: {
        namedChroots: new Map([
          ['sl7', '/a'],
          ['alma', '/b'],
        ]),
      },
    });
    assert.deepEqual(mustRefuse(input), {
      cause: 'cannotCreateProcess',
      subcode: 0,
      reason: 'RequestedChroot names "el9", which is no chroot here: this host has alma, sl7',
    });
    assert.match(
      mustRefuse(inImage(WHOLE_IMAGE, { policy: { namedChroots: new Map() } })).reason,
      /this host has none$/,
    );
  });

  test("that names the host's own root means no chroot", () => {
    const input = inImage(WHOLE_IMAGE, { policy: { namedChroots: new Map([['el9', '/']]) } });
    assert.ok(!mustPlan(input).plan.job.some(({ op }) => op === 'chroot'));
  });

  test('of an image that is not safe is refused with what is wrong', () => {
    const image = { ...WHOLE_IMAGE, '/img': directory(0o777) };
    assert.equal(
      mustRefuse(inImage(image)).reason,
      'NAMED_CHROOT: the chroot "el9" is not safe: /img can be written by others (mode 0777): ' +
        'chmod go-w it',
    );
  });

  test('of an image that has EXECUTE in it is refused', () => {
    const image = { ...WHOLE_IMAGE, '/img/scratch': directory() };
    assert.match(
      mustRefuse(inImage(image, { execute: '/img/scratch' })).reason,
      /EXECUTE \(\/img\/scratch\) is in it/,
    );
  });

  test('of a directory of the invoking user is granted rootless only', () => {
    const image = { ...WHOLE_IMAGE, '/img': directory(0o755, 1000), '/dev/null': device };
    const host = memoryHost({ ...PLAIN_HOST, ...image }, { uid: 1000 });
    assert.ok(mustPlan(inImage(image, { host, mode: 'rootless' })));
    assert.match(mustRefuse(inImage(image)).reason, /owned by uid 1000/);
  });
});
