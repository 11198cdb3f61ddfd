/**
 * Hostile jobs, and somebody who comes in.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { makeImage, MOUNT_POINTS } from '../run/support/image';
import { makeSite } from '../run/support/site';
import { compiled } from '../support/compiled';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ORDINARY_USER, ROOT, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';
import { atTerminal, enter, holdJob, recordPlace, startEnter, WAIT } from './support';

const skip = skipIf(needsProduct()) || skipIf(needsRoot());

/** What a hunter counted: `mem: 12 refused, 0 worked`. */
function counts(text: string): ReadonlyMap<string, readonly [refused: number, worked: number]> {
  return new Map(
    [...text.matchAll(/^(\w+): (\d+) refused, (\d+) worked$/gm)].map(
      ([, name = '', refused, worked]) => [name, [Number(refused), Number(worked)]],
    ),
  );
}

describe('a job that waits for somebody to come in', { skip }, () => {
  for (const [starter, pidNamespaces] of [
    [ROOT, 'true'],
    [ROOT, 'false'],
    [ORDINARY_USER, 'true'],
  ] as const) {
    test(`of ${starter.name}, with USE_PID_NAMESPACES = ${pidNamespaces}, gets at nobody before he is a program of the job’s`, async (t) => {
      const site = makeSite(t, starter);
      const hunter = path.join(site.iwd, 'hunter');
      copyFileSync(compiled('hunter'), hunter);
      const running = site.start(
        { Cmd: hunter, Arguments: "'8'", Iwd: site.iwd },
        { knobs: { USE_PID_NAMESPACES: pidNamespaces }, timeout: 120 },
      );
      await running.said('ready\n');
      const name = `${running.process.pid}`;
      let entered = 0;
      for (; running.process.exitCode === null; entered += 1) {
        await startEnter(starter, [name, '--', '/bin/true']).ended;
      }
      const { stdout } = await running.ended;
      const met = Number(/^met: (\d+)$/m.exec(stdout)?.[1]);
      assert.ok(met > 0, `${entered} came in and none was met: ${stdout}`);
      const tried = counts(stdout);
      assert.equal(tried.size, 10, stdout);
      for (const [what, [, worked]] of tried) assert.equal(worked, 0, `${what}: ${stdout}`);
      assert.ok(
        [...tried.values()].some(([refused]) => refused > 0),
        stdout,
      );
    });
  }
});

for (const starter of STARTERS) {
  describe(`a shell in an image of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    /** A site with an image, in which /bin/sh is a link to wherever the test wants. */
    function imageSite(t: Parameters<typeof makeSite>[0]) {
      const site = makeSite(t, starter);
      const image = path.join(site.directory, 'image');
      makeImage(image);
      for (const place of MOUNT_POINTS) mkdirSync(path.join(image, place), { recursive: true });
      site.configure(`NAMED_CHROOT = small=${image}`);
      const inside = (file: string): string => path.join(image, 'usr/bin', file);
      renameSync(inside('sh'), inside('realsh'));
      const ad = { RequestedChroot: 'small', Cmd: '/bin/realsh' };
      return { site, image, inside, more: { ad } };
    }

    test('is that of the image, with the image’s root and nothing of the host', async (t) => {
      const { site, inside, more } = imageSite(t);
      symlinkSync('realsh', inside('sh'));
      const job = await holdJob(t, site, WAIT, more);
      const { stdout, stderr } = await enter(
        starter,
        job,
        'cat /etc/image; ls /etc; pwd -P; id -u',
      );
      assert.match(stdout, /^image\nimage\n\/.*\/dir_\d+\n65534\n$/, stderr);
    });

    test('that is not there is told in a sentence', async (t) => {
      const { site, more } = imageSite(t);
      const job = await holdJob(t, site, WAIT, more);
      const { status, stderr } = await startEnter(starter, [job.name]).ended;
      assert.match(
        stderr,
        /there is no shell in the root directory of job .*: none of .*\/bin\/sh; name a command/,
      );
      assert.equal(status, 127);
    });

    test('that is the job’s own program has no more than the job', async (t) => {
      const { site, inside, more } = imageSite(t);
      copyFileSync(compiled('hunter'), inside('sh'));
      const job = await holdJob(t, site, WAIT, more);
      // What was pushed into the caller's terminal would be what bash reads there.
      const after = 'bash -c "read -r -t 1 x; echo \\"typed <\\$x>\\""; ls -d /tmp/owned';
      const { stdout } = await atTerminal(starter, [job.name], { after }).ended;
      assert.match(stdout, /ran as-shell/);
      assert.doesNotMatch(stdout, /descriptor \d+ is open/);
      assert.match(stdout, /Uid:\t65534\t65534\t65534\t65534/);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
        assert.match(stdout, new RegExp(`${set}:\\t0000000000000000`));
      }
      assert.match(stdout, /NoNewPrivs:\t1/);
      assert.doesNotMatch(stdout, /(setuid|parent ptrace|TIOCCONS): ok/);
      assert.match(
        stdout,
        /typed <>/,
        'nothing of what it pushed has come to the caller’s terminal',
      );
      assert.match(stdout, /\/tmp\/owned.*No such file/);
    });

    test('that is a script of /proc/self/exe is no way to our program', async (t) => {
      const { site, inside, more } = imageSite(t);
      writeFileSync(inside('sh'), '#!/proc/self/exe\n', { mode: 0o755 });
      const job = await holdJob(t, site, WAIT, more);
      const { status } = await startEnter(starter, [job.name], { timeout: 20 }).ended;
      assert.notEqual(status, 0);
    });
  });
}

describe('what runs inside before the command does', { skip }, () => {
  for (const starter of STARTERS) {
    test(`is a copy of ours that nobody can write to, in a job of ${starter.name}`, async (t) => {
      const job = await holdJob(t, makeSite(t, starter), WAIT);
      const running = startEnter(starter, [job.name, '--', 'sh', '-c', 'echo in; sleep 100']);
      await waitUntil(() => running.stdout() === 'in\n', 'the command');
      const pid = running.process.pid ?? 0;
      const relay = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
      const copy = `/proc/${relay}/exe`;
      assert.match(readlinkSync(copy), /^\/memfd:eyrie-enter/);
      assert.throws(() => writeFileSync(copy, 'x', { flag: 'r+' }), /EPERM|ETXTBSY/);
      running.process.kill('SIGTERM');
      await running.ended;
    });
  }
});

describe('the records of running jobs', { skip }, () => {
  test('that an ordinary user forged lead root to nothing of anybody else’s', async (t) => {
    const job = await holdJob(t, makeSite(t, ORDINARY_USER), WAIT);
    const file = path.join(recordPlace(ORDINARY_USER), `${job.starter}.json`);
    const record = JSON.parse(readFileSync(file, 'utf8')) as Record<string, never>;
    const rewrite = (change: object): void =>
      writeFileSync(file, JSON.stringify({ ...record, ...change }));
    const own = readFileSync('/proc/self/stat', 'utf8');
    const ownStart = own.slice(own.lastIndexOf(')') + 2).split(' ')[19];
    // A process of root's as the job.
    rewrite({ init: { pid: process.pid, startTime: ownStart } });
    const other = await enter(ROOT, job, 'id -u');
    assert.match(other.stderr, /has ended/);
    assert.equal(other.stdout, '');
    // Root's ids as the job's.
    rewrite({ entry: { ...(record['entry'] as unknown as object), identity: { uid: 0, gid: 0 } } });
    const root = await enter(ROOT, job, 'id -u');
    assert.match(root.stderr, /check the plan|cannot/);
    assert.equal(root.stdout, '');
    // Another user's.
    rewrite({ entry: { ...(record['entry'] as unknown as object), identity: { uid: 1, gid: 1 } } });
    const another = await enter(ROOT, job, 'id -u');
    assert.equal(another.stdout, '');
    assert.notEqual(another.status, 0);
    // No namespaces and no dropping of anything: it is the user's own, then, all the same.
    rewrite({ entry: { ...(record['entry'] as unknown as object), steps: [], namespaces: [] } });
    const bare = await enter(
      ROOT,
      job,
      'id -u; grep CapEff /proc/self/status; readlink /proc/self/ns/user',
    );
    assert.match(bare.stdout, /^65534\nCapEff:\t0000000000000000\nuser:\[\d+\]\n$/, bare.stderr);
    rewrite({});
    assert.equal((await enter(ROOT, job, 'id -u')).stdout, '65534\n');
  });
});
