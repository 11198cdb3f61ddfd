/**
 * eyrie-init and eyrie-tree, built with AddressSanitizer and UndefinedBehaviorSanitizer, at real
 * work: where a sanitizer finds something, the program ends by a signal and says nothing more.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import type { LaunchPlan, Step } from '../../src/job/plan';
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
  const request = { program, cgroup: -1, descriptor_count: 0, descriptors: [] };
  const { returned, result } = border.launch(encoded.value.bytes, request);
  fs.closeSync(program);
  assert.equal(returned, 0);
  const launch: string[] = [];
  let code: number | undefined;
  fs.writeSync(result.go, 'g');
  fs.closeSync(result.go);
  await readRecords(result.launch, LAUNCH_RECORD_SIZE, (bytes) => {
    const record = decodeLaunchRecord(bytes);
    launch.push(
      record.kind === 'born' ? 'born' : `${record.phase} ${record.index} ${record.errno}`,
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
    assert.deepEqual(counts(workOn(parent, ['chown', '0', '1', '1', 'top'])), [300, 101, 0]);
    assert.deepEqual(counts(workOn(parent, ['remove', 'top'])), [300, 101, 0]);
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
