/**
 * The controllers of cgroup v2, as the kernel keeps them: what the product counts on
 * (Documentation/admin-guide/cgroup-v2.rst).
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { type CommandResult, type RunningCommand, startCommand } from '../support/command';
import { needsControllers, needsRoot, skipIf } from '../support/need';
import { waitUntil } from '../support/wait';

const ROOT = '/sys/fs/cgroup';
const MIB = 1024 * 1024;

/** A cgroup that is emptied and removed when the test ends. */
class Cgroup {
  constructor(readonly directory: string) {}

  write(file: string, text: string | number): void {
    writeFileSync(path.join(this.directory, file), String(text));
  }

  read(file: string): string {
    return readFileSync(path.join(this.directory, file), 'utf8').trim();
  }

  /** A number of a file with lines such as `oom_kill 1`. */
  number(file: string, key: string): number {
    const line = this.read(file)
      .split('\n')
      .find((each) => each.startsWith(`${key} `));
    return Number(line?.slice(key.length + 1));
  }

  /** Starts a shell script inside. */
  start(script: string): RunningCommand {
    const enter = `echo $$ >${this.directory}/cgroup.procs || exit 99`;
    return startCommand(['sh', '-c', `${enter}\n${script}`]);
  }

  run(script: string): Promise<CommandResult> {
    return this.start(script).ended;
  }

  child(name: string): Cgroup {
    const directory = path.join(this.directory, name);
    mkdirSync(directory);
    return new Cgroup(directory);
  }

  async remove(): Promise<void> {
    this.write('cgroup.kill', 1);
    await waitUntil(() => this.number('cgroup.events', 'populated') === 0, 'an empty cgroup');
    const children = readdirSync(this.directory, { withFileTypes: true });
    for (const each of children.filter((entry) => entry.isDirectory())) {
      rmdirSync(path.join(this.directory, each.name));
    }
    rmdirSync(this.directory);
  }
}

/** A cgroup below the root, whose children have these controllers as well. */
function cgroup(t: TestContext, controllers: readonly string[]): Cgroup {
  const enabled = controllers.map((name) => `+${name}`).join(' ');
  new Cgroup(ROOT).write('cgroup.subtree_control', enabled);
  const made = new Cgroup(ROOT).child(`eyrie-test-${process.pid}-${Math.random()}`);
  t.after(() => made.remove());
  return made;
}

describe("cgroup v2's controllers", { skip: skipIf(needsControllers(2) ?? needsRoot()) }, () => {
  test('memory.max is where a process is killed, and memory.events counts it', async (t) => {
    const group = cgroup(t, ['memory']);
    group.write('memory.max', 32 * MIB);
    const small = await group.run('exec dd if=/dev/zero of=/dev/null bs=8M count=1');
    assert.equal(small.status, 0, small.stderr);
    assert.equal(group.number('memory.events', 'oom_kill'), 0);
    const large = await group.run('exec dd if=/dev/zero of=/dev/null bs=64M count=1');
    assert.equal(large.signal, 'SIGKILL');
    assert.equal(group.number('memory.events', 'oom_kill'), 1);
    const peak = Number(group.read('memory.peak'));
    assert.ok(peak > 31 * MIB && peak <= 32 * MIB, `peak ${peak}`);
  });

  test('memory.oom.group makes all processes die of one that asks too much', async (t) => {
    const group = cgroup(t, ['memory']);
    group.write('memory.max', 32 * MIB);
    group.write('memory.oom.group', 1);
    const { signal } = await group.run('dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 100');
    assert.equal(signal, 'SIGKILL');
    assert.equal(group.number('memory.events', 'oom_group_kill'), 1);
  });

  test('memory.high slows down, and kills nobody', async (t) => {
    const group = cgroup(t, ['memory']);
    group.write('memory.high', 8 * MIB);
    const { status, stderr } = await group.run('exec dd if=/dev/zero of=/dev/null bs=9M count=1');
    assert.equal(status, 0, stderr);
    assert.ok(group.number('memory.events', 'high') > 0);
  });

  test('pids.max is where fork fails', async (t) => {
    const group = cgroup(t, ['pids']);
    group.write('pids.max', 5);
    const { status } = await group.run(
      'for i in 1 2 3 4 5 6 7; do sleep 100 >/dev/null 2>&1 & done',
    );
    assert.notEqual(status, 0);
    assert.ok(group.number('pids.events', 'max') > 0);
    assert.ok(group.read('cgroup.procs').split('\n').length <= 5);
  });

  test('cgroup.freeze stops all processes until it is taken back', async (t) => {
    const group = cgroup(t, ['cpu']);
    group.start('while :; do :; done').ended.catch(() => undefined);
    await waitUntil(() => group.number('cpu.stat', 'usage_usec') > 100_000, 'a busy shell');
    group.write('cgroup.freeze', 1);
    await waitUntil(() => group.number('cgroup.events', 'frozen') === 1, 'a frozen cgroup');
    const before = group.number('cpu.stat', 'usage_usec');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(group.number('cpu.stat', 'usage_usec'), before);
    group.write('cgroup.freeze', 0);
    await waitUntil(() => group.number('cpu.stat', 'usage_usec') > before + 50_000, 'it to go on');
  });

  test('cgroup.kill ends all processes, those of children and the frozen too', async (t) => {
    const group = cgroup(t, []);
    const outer = group.start('sleep 100 & sleep 100 & wait');
    const child = group.child('inner');
    const inner = child.start('exec sleep 100');
    await waitUntil(() => child.read('cgroup.procs') !== '', 'a process in the child');
    await waitUntil(() => group.read('cgroup.procs').split('\n').length === 3, 'three processes');
    group.write('cgroup.freeze', 1);
    group.write('cgroup.kill', 1);
    const ends = await Promise.all([outer.ended, inner.ended]);
    assert.deepEqual(
      ends.map(({ signal }) => signal),
      ['SIGKILL', 'SIGKILL'],
    );
    await waitUntil(() => group.number('cgroup.events', 'populated') === 0, 'an empty cgroup');
  });

  test('cpu.weight divides a processor that two want', async (t) => {
    const group = cgroup(t, ['cpu', 'cpuset']);
    group.write('cpuset.cpus', 0);
    group.write('cgroup.subtree_control', '+cpu');
    const [light, heavy] = [100, 300].map((weight) => {
      const child = group.child(`weight-${weight}`);
      child.write('cpu.weight', weight);
      child.start('while :; do :; done').ended.catch(() => undefined);
      return child;
    }) as [Cgroup, Cgroup];
    const usage = (): [number, number] => [
      light.number('cpu.stat', 'usage_usec'),
      heavy.number('cpu.stat', 'usage_usec'),
    ];
    await waitUntil(() => usage().every((each) => each > 50_000), 'two busy shells');
    const before = usage();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const after = usage();
    const ratio = (after[1] - before[1]) / (after[0] - before[0]);
    assert.ok(ratio > 2.7 && ratio < 3.3, `3:1 was ${ratio}:1`);
  });
});
