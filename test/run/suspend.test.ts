/**
 * `eyrie suspend` and `eyrie continue`, by a job that counts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { asUser, type CommandResult, runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { isInGuest, needsProduct, skipIf } from '../support/need';
import { ROOT, type Starter, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';
import { shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());

const COUNT = 'echo ready; i=0; while :; do i=$((i+1)); echo $i > count; sleep 0.02; done';

function runEyrie(starter: Starter, args: readonly string[]): Promise<CommandResult> {
  const command = [program('eyrie'), ...args];
  const isOther = starter.uid !== process.geteuid?.();
  return runCommand(isOther ? asUser(starter.uid, command) : command);
}

interface Told {
  readonly state: string;
  readonly job?: { readonly starter: number };
}

/** What `eyrie ps` calls the state of a starter's job. */
async function stateOf(pid: number | undefined, starter: Starter): Promise<string | undefined> {
  const { stdout } = await runEyrie(starter, ['ps', '--json']);
  const { families } = JSON.parse(stdout) as { readonly families: readonly Told[] };
  return families.find(({ job }) => job?.starter === pid)?.state;
}

for (const starter of STARTERS) {
  for (const base of ['htcondor', '']) {
    // Without a cgroup the guest is a machine like this one, only slower.
    if (isInGuest && (base === '' || starter.uid !== ROOT.uid)) continue;
    const where = base === '' ? 'without a cgroup' : 'with a cgroup, where it gets one';
    describe(`a job of ${starter.name} ${where}`, { skip }, () => {
      test('stands still from eyrie suspend until eyrie continue', async (t) => {
        const site = makeSite(t, starter);
        const running = site.start(shell(COUNT), { knobs: { BASE_CGROUP: base } });
        t.after(() => running.process.kill('SIGQUIT'));
        await running.said('ready');
        const count = (): string => readFileSync(path.join(site.iwd, 'count'), 'utf8');
        const tell = (verb: string) => runEyrie(starter, [verb, String(running.process.pid)]);
        const suspended = await tell('suspend');
        assert.equal(suspended.status, 0, suspended.stderr);
        const before = count();
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.equal(count(), before);
        assert.equal(await stateOf(running.process.pid, starter), 'suspended');
        const continued = await tell('continue');
        assert.equal(continued.status, 0, continued.stderr);
        await waitUntil(() => count() !== before, 'the job to go on');
        assert.equal(await stateOf(running.process.pid, starter), 'running');
        running.process.kill('SIGQUIT');
        await running.ended;
      });
    });
  }
}

test('eyrie suspend names a job that does not run', { skip }, async () => {
  const { status, stderr } = await runCommand([program('eyrie'), 'suspend', '987654.3']);
  assert.equal(status, 1);
  assert.match(stderr, /^eyrie suspend: no job 987654\.3 runs here/);
});
