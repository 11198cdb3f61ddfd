/** GPUs of which a job has one: nodes that stand for them, for there are none on most machines. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { temporaryBase } from '../kernel/support/cgroups';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ROOT } from '../support/starters';
import { shell } from './support/ads';
import { makeSite, type Site, type TestEnd } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct());

/** A site with GPU-0 and GPU-1, and the options for a slot that has the second. */
function gpuSite(t: TestEnd): Site & { readonly nodes: string; readonly slot: readonly string[] } {
  const site = makeSite(t, ROOT);
  const list = [5, 7].map((minor, index) => {
    const node = path.join(site.directory, `nvidia${index}`);
    execFileSync('mknod', [node, 'c', '1', `${minor}`]);
    chmodSync(node, 0o666);
    return `GPU-${index}=${node}`;
  });
  site.configure(
    // The nodes must be in sight.
    `BASE_CGROUP = ${temporaryBase(t)}\nUSE_PROCD = false\nMOUNT_UNDER_SCRATCH = ""\nSTARTER_GPU_DEVICES = ${list.join(' ')}`,
  );
  const machine = path.join(site.directory, 'machine.ad');
  const resources = 'MachineResources = "Cpus Memory Disk GPUs"; GPUs = 1; AssignedGPUs = "GPU-1"';
  writeFileSync(machine, `[ Name = "slot1_1@x"; Cpus = 1; Memory = 500; ${resources} ]`);
  return { ...site, nodes: site.directory, slot: ['--machine-ad', machine] };
}

const look = (nodes: string): string =>
  `cd ${nodes}; for i in 0 1; do head -c 1 <nvidia$i >/dev/null && echo open $i; done; true`;

describe('a job by hand in a slot with one of two GPUs', { skip }, () => {
  test('can open its own only', async (t) => {
    const { nodes, slot, ...site } = gpuSite(t);
    const { stdout, stderr } = await site.run(shell(look(nodes)), { options: slot });
    assert.equal(stdout, 'open 1\n', stderr);
    assert.match(stderr, /nvidia0: Operation not permitted/);
  });

  test('can open both where STARTER_HIDE_GPU_DEVICES is false', async (t) => {
    const { nodes, slot, ...site } = gpuSite(t);
    const knobs = { STARTER_HIDE_GPU_DEVICES: 'false' };
    const { stdout } = await site.run(shell(look(nodes)), { options: slot, knobs });
    assert.equal(stdout, 'open 0\nopen 1\n');
  });

  test('is told by eyrie plan which is hidden', async (t) => {
    const { slot, ...site } = gpuSite(t);
    const { stdout } = await site.run(shell('exit 0'), { options: [...slot, '--dry-run'] });
    assert.match(stdout, /^ {2}hidden device +GPU-0 \(1:5\)$/m);
    assert.doesNotMatch(stdout, /GPU-1 \(/);
  });
});

test('a job by hand on the whole host can open all GPUs', { skip }, async (t) => {
  const { nodes, slot: _, ...site } = gpuSite(t);
  const { stdout } = await site.run(shell(look(nodes)));
  assert.equal(stdout, 'open 0\nopen 1\n');
});
