/** A procd that gives families control groups, and jobs whose starter has made one. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { processesBelow } from '../../src/kernel/cgroups/empty';
import { hierarchies, temporaryBase } from '../kernel/support/cgroups';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { isAlive } from '../support/processes';
import { waitUntil } from '../support/wait';
import { familyOf, startJob, UNTIL_END } from './support/hand-jobs';
import { serveAndConnect, startOurProcd } from './support/our-procd';
import { startShell } from './support/shells';

const second = hierarchies().find(({ version }) => version === 2)?.root;
const skip = skipIf(needsProduct() ?? needsRoot() ?? (second ? undefined : 'cgroup v2'));

test(
  "a job's family has all of its cgroup, which stays as its starter has made it",
  { skip },
  async (t) => {
    const { address } = await startOurProcd(t, { flags: ['--cgroups', 'always'] });
    const base = temporaryBase(t);
    const script = `(setsid sleep 600 &)\necho runs\n${UNTIL_END}`;
    const job = startJob(t, address, script, { BASE_CGROUP: base, USE_PID_NAMESPACES: 'false' });
    await job.said('runs');
    const place = path.join(second ?? '', base);
    const family = await familyOf(t, address, job, { snapshot: true });
    const known = family?.processes.map(({ pid }) => pid) ?? [];
    const daemon = processesBelow(place).filter((pid) => known.includes(pid));
    assert.ok(daemon.length >= 3, `init, the job and its daemon: ${known.join(' ')}`);
    const directories = readdirSync(place, { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      directories.filter((name) => name.includes('eyrie-family')),
      [],
    );
    job.process.kill('SIGKILL');
    await waitUntil(() => processesBelow(place).length === 0, 'procd to kill all of the job');
  },
);

test(
  'a family whose root shares a cgroup with others gets one of its own below, and they live on',
  { skip },
  async (t) => {
    const { ask, register } = await serveAndConnect(t, { flags: ['--cgroups', 'always'] });
    const shared = path.join(second ?? '', `eyrie-test-shared-${process.pid}`);
    mkdirSync(shared);
    const [root, neighbour] = [startShell(t), startShell(t)];
    t.after(async () => {
      neighbour.kill();
      await waitUntil(() => processesBelow(shared).length === 0, 'the end of all');
      rmdirSync(shared);
    });
    for (const { pid } of [root, neighbour]) writeFileSync(`${shared}/cgroup.procs`, `${pid}`);
    assert.equal(await register(root.pid), 'success');
    const unified = /^0::(.*)$/m.exec(readFileSync(`/proc/${root.pid}/cgroup`, 'utf8'))?.[1] ?? '';
    assert.match(unified, new RegExp(`^/${path.basename(shared)}/eyrie-family-${root.pid}-`));
    await ask({ command: 'kill-family', root: root.pid });
    assert.ok(!isAlive(root.pid));
    assert.ok(isAlive(neighbour.pid));
    await ask({ command: 'unregister-family', root: root.pid });
  },
);
