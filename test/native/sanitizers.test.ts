/**
 * eyrie-init, eyrie-tree and eyrie-account, built with AddressSanitizer and UndefinedBehaviorSanitizer, at real
 * work: where a sanitizer finds something, the program ends by a signal and says nothing more.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import type { LaunchPlan, Step } from '../../src/job/plan';
import { encodeGoRecord } from '../../src/kernel/records';
import * as border from '../../src/kernel/border';
import { encodePlan } from '../../src/kernel/plan-codec';
import { reapChild } from '../../src/kernel/reap';
import { readRecords } from '../../src/kernel/record-pipe';
import {
  decodeExitRecord,
  decodeLaunchRecord,
  EXIT_RECORD_SIZE,
  LAUNCH_RECORD_SIZE,
} from '../../src/kernel/records';
import { NOBODY, planOf } from '../kernel/support/plans';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { sanitized } from './sanitized';

const skip = skipIf(needsRoot());

/** Runs a plan with the sanitized init: what its pipes said, and how it ended itself. */
async function run(plan: LaunchPlan) {
  const encoded = encodePlan(plan, 0);
  assert.ok(encoded.ok);
  const program = fs.openSync(sanitized('eyrie-init'), 'r');
  const none = { cgroup: -1, job_cgroup: -1, joined_count: 0, joined: [] };
  const request = { program, ...none, descriptor_count: 0, descriptors: [] };
  const { returned, result } = border.launch(encoded.value.bytes, request);
  fs.closeSync(program);
  assert.equal(returned, 0);
  const launch: string[] = [];
  let code: number | undefined;
  fs.writeSync(result.go, encodeGoRecord(undefined));
  fs.closeSync(result.go);
  await readRecords(result.launch, LAUNCH_RECORD_SIZE, (bytes) => {
    const record = decodeLaunchRecord(bytes);
    launch.push(
      record.kind !== 'failed' ? record.kind : `${record.phase} ${record.index} ${record.errno}`,
    );
  });
  await readRecords(result.status, EXIT_RECORD_SIZE, (bytes) => {
    code = decodeExitRecord(bytes).code;
  });
  const init = await reapChild(result.pidfd);
  fs.closeSync(result.control);
  fs.closeSync(result.pidfd);
  return { launch, code, init };
}

describe('the sanitized eyrie-init', { skip }, () => {
  const source = { op: 'pin', slot: 0, path: '/usr/bin' } as const;
  const setup: readonly Step[] = [
    source,
    {
      op: 'open',
      slot: 1,
      path: '/dev/null',
      mode: 'read',
      follow: true,
      permissions: 0,
      stream: 'stdin',
    },
    { op: 'tmpfs', target: '/mnt', flags: ['nosuid'], options: 'mode=0755' },
    {
      op: 'mkdir',
      path: '/mnt/a/b',
      mode: 0o700,
      parents: true,
      owner: { uid: NOBODY, gid: NOBODY },
    },
    { op: 'touch', path: '/mnt/f', mode: 0o600 },
    { op: 'symlink', target: 'f', path: '/mnt/l' },
    { op: 'bind', source: 0, target: '/mnt/a/b' },
    { op: 'remount', target: '/mnt/a/b', flags: ['ro'] },
    { op: 'proc', target: '/proc', flags: [], options: '' },
  ];
  const before: readonly Step[] = [
    { op: 'setsid' },
    { op: 'session-keyring' },
    { op: 'dup', slot: 1, fd: 0 },
    { op: 'rlimit', resource: 'core', soft: 0, hard: 0 },
    { op: 'nice', increment: 1 },
    { op: 'umask', mask: 0o77 },
    { op: 'affinity', cpus: [0] },
    { op: 'chdir', path: '/nonexistent', fallback: '/mnt' },
    { op: 'drop-bounding-set' },
  ];
  const after: readonly Step[] = [{ op: 'no-new-privs' }, { op: 'close-from', fd: 3 }];
  const leftBehind = '(setsid sleep 300 &) ; (trap "" TERM; sleep 300 &) ; exit 9';

  for (const namespaces of [['pid'], []] as const) {
    const where = namespaces.length > 0 ? 'with' : 'without';

    test(`carries out every step and ends a family, ${where} a PID namespace`, async () => {
      // Without a PID namespace, a proc of another one cannot be mounted over the host's.
      const steps = setup.filter(({ op }) => op !== 'proc' || namespaces.length > 0);
      const plan = planOf({ namespaces, setup: steps, before, after, run: leftBehind });
      assert.deepEqual(await run(plan), {
        launch: ['born'],
        code: 9,
        init: { code: 0, signal: undefined },
      });
    });
  }

  test('reports a step that fails, of setup and of the job', async () => {
    const missing = { op: 'pin', slot: 2, path: '/nonexistent' } as const;
    const inSetup = await run(planOf({ setup: [source, missing], run: 'true' }));
    assert.deepEqual(inSetup.launch, ['setup 2 2']);
    const inJob = await run(planOf({ before: [{ op: 'chroot', path: '/bin/sh' }], run: 'true' }));
    assert.equal(inJob.launch.length, 2);
    assert.deepEqual(inJob.init, { code: 0, signal: undefined });
  });
});

/** No id, in an entry of an access list. */
const NONE = 0xffffffff;

describe('the sanitized eyrie-tree', { skip }, () => {
  /** Makes a tree that is deep, wide, linked and closed, and works on it. */
  function workOn(parent: string, args: readonly string[]): Buffer {
    const fd = fs.openSync(parent, 'r');
    const { status, signal, stdout, stderr } = spawnSync(sanitized('eyrie-tree'), args, {
      stdio: ['ignore', 'pipe', 'pipe', fd],
    });
    fs.closeSync(fd);
    assert.equal(signal, null, stderr.toString());
    assert.equal(status, 0, stderr.toString());
    return stdout;
  }

  test('measures, gives away and removes', (t) => {
    const parent = temporaryDirectory(t);
    const script = `mkdir top; cd top; i=0
      while [ $i -lt 100 ]; do mkdir d$i; : > f$i; ln f$i h$i; ln -s /etc l$i; cd d$i; i=$((i+1)); done
      chmod 0 .`;
    execFileSync('sh', ['-ec', script], { cwd: parent });
    const counts = (report: Buffer) => [0, 8, 32].map((at) => Number(report.readBigUInt64LE(at)));
    assert.deepEqual(counts(workOn(parent, ['measure', 'top'])), [300, 101, 0]);
    const chown = ['chown', '0', '1', '1', '700', 'top'];
    // Each of two hundred names is of a file with two of them.
    assert.deepEqual(counts(workOn(parent, chown)), [0, 0, 200]);
    execFileSync('sh', ['-c', 'find top -name "h*" -delete; mknod top/d0/n c 1 3'], {
      cwd: parent,
    });
    assert.deepEqual(counts(workOn(parent, chown)), [0, 0, 1]);
    execFileSync('rm', ['top/d0/n'], { cwd: parent });
    const list = `os.setxattr('top/f0', 'system.posix_acl_access', struct.pack('<I' + 'HHI' * 5, 2, 1, 7,
      ${NONE}, 2, 7, 9, 4, 0, ${NONE}, 16, 7, ${NONE}, 32, 0, ${NONE}))`;
    execFileSync('python3', ['-c', `import os, struct\n${list}`], { cwd: parent });
    assert.deepEqual(counts(workOn(parent, chown)), [200, 101, 0]);
    // It is the directory itself that is worked in.
    execFileSync('sh', ['-c', 'chown -hR 1 top; chown 0 top top/d0; : > top/mine'], {
      cwd: parent,
    });
    assert.equal(counts(workOn(`${parent}/top`, ['remove-owned', '1']))[2], 0);
    assert.deepEqual(fs.readdirSync(`${parent}/top`).sort(), ['d0', 'mine']);
    assert.deepEqual(counts(workOn(parent, ['remove', 'top'])), [1, 2, 0]);
    assert.deepEqual(fs.readdirSync(parent), []);
  });

  test('notes the path of a failure, however long', (t) => {
    const parent = temporaryDirectory(t);
    const name = 'n'.repeat(200);
    const script = `mkdir top; cd top; for i in 1 2 3 4 5 6 7 8; do mkdir ${name}; cd ${name}; done
      : > stone; chattr +i stone; pwd -P`;
    const deepest = execFileSync('sh', ['-ec', script], { cwd: parent, encoding: 'utf8' }).trim();
    const report = workOn(parent, ['remove', 'top']);
    execFileSync('chattr', ['-i', `${deepest}/stone`]);
    const path = report.toString('utf8', 48, report.indexOf(0, 48));
    assert.ok(path.endsWith(`${name}/stone`), path);
    assert.ok(path.length < 1024);
    assert.equal(Number(report.readBigUInt64LE(32)), 1);
  });
});

describe('the sanitized eyrie-account', { skip }, () => {
  /** A uid of no account, and of nobody else. */
  const UID = 61077;

  function ask(...args: readonly string[]): Buffer {
    const proc = fs.openSync('/proc', 'r');
    const { signal, status, stderr, stdout } = spawnSync(sanitized('eyrie-account'), args, {
      stdio: ['ignore', 'pipe', 'pipe', proc],
    });
    fs.closeSync(proc);
    assert.equal(signal, null, stderr.toString());
    assert.equal(status, 0, stderr.toString());
    return stdout;
  }

  test('finds processes, kills them, and removes IPC objects', () => {
    const started = spawnSync('setpriv', [
      ...[`--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', 'sh', '-c'],
      'ipcmk -M 4096 -S 1 -Q > /dev/null; sleep 1000 > /dev/null 2>&1 & echo $!',
    ]);
    const pid = Number(started.stdout.toString());
    const processes = ask('processes');
    const uids = new Map<number, number>();
    for (let at = 0; at < processes.length; at += 16) {
      uids.set(processes.readInt32LE(at), processes.readUInt32LE(at + 4));
    }
    assert.equal(uids.get(pid), UID);
    assert.equal(uids.get(process.pid), 0);
    assert.equal(ask('end', '0', String(pid), '1').readUInt32LE(4), 0, 'it is another process');
    assert.ok(fs.existsSync(`/proc/${pid}/exe`));
    assert.equal(ask('kill', '5000', String(UID)).readUInt32LE(4), 0);
    assert.ok(!fs.existsSync(`/proc/${pid}/exe`));
    const removed = ask('remove-ipc', String(UID));
    assert.deepEqual([removed.readUInt32LE(0), removed.readUInt32LE(4)], [3, 0]);
  });

  test('refuses root, and whatever is no number', () => {
    for (const args of [
      ['kill', '5', '0'],
      ['kill', '5', '-1'],
      ['kill', '5', '4294967295'],
      ['kill', '5', '4294967296'],
      ['kill', '5', '1x'],
      ['kill', '5', ''],
      ['kill', '5'],
      ['remove-ipc', '0'],
      ['end', '5', '1', '1'],
      ['end', '5', '0', '1'],
      [],
      ['?'],
    ]) {
      const { status } = spawnSync(sanitized('eyrie-account'), args, {
        stdio: ['ignore', 'pipe', 'pipe', 'ignore'],
      });
      assert.equal(status, 2, args.join(' '));
    }
  });
});
