/**
 * HTCondor's procd and ours are told the same, by HTCondor's own procd_ctl, while the same happens to
 * their processes: every answer must be the same, but for numbers that no two runs share.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needsPools, type Release, RELEASES } from '../pool/support/releases';
import { needsRoot, skipIf } from '../support/need';
import { isAlive } from '../support/processes';
import { waitUntil } from '../support/wait';
import { Scenario } from './support/scenario';
import { startSide, type Whose } from './support/sides';

const skip = skipIf(needsRoot() ?? needsPools());

/** What a scenario makes of a daemon, as words to compare. */
type Story = (scenario: Scenario) => Promise<void>;

/** Whose daemon is judged; EYRIE_PROCD=htcondor asks whether a story is the same twice. */
const JUDGED: Whose = process.env.EYRIE_PROCD === 'htcondor' ? 'htcondor' : 'ours';

/** Runs a story with both daemons. */
async function compare(
  test: Parameters<typeof startSide>[0],
  release: Release,
  story: Story,
  more: readonly string[] = [],
): Promise<void> {
  const run = async (whose: Whose): Promise<readonly string[]> => {
    const scenario = new Scenario(await startSide(test, whose, release, more));
    await story(scenario);
    return scenario.record;
  };
  // One after the other: a group or an environment would be found by both.
  const theirs = await run('htcondor');
  const ours = await run(JUDGED);
  assert.ok(theirs.length > 0, 'nothing was compared');
  assert.deepEqual(ours, theirs);
}

for (const release of RELEASES) {
  describe(
    `procd_ctl of HTCondor ${release} gets the same answers from both daemons`,
    { skip },
    () => {
      test('about families that are registered, wrongly too, and unregistered', (t) =>
        compare(t, release, async (scenario) => {
          const { side } = scenario;
          const job = await scenario.shell('job', side.top);
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('LIST');
          await scenario.ctl('REGISTER_FAMILY', job.pid, side.top.pid, 15);
          await scenario.ctl('REGISTER_FAMILY', job.pid, side.top.pid, 15);
          await scenario.ctl('REGISTER_FAMILY', 999999, side.top.pid, 15);
          await scenario.ctl('REGISTER_FAMILY', 1, side.top.pid, 15);
          await scenario.ctl('REGISTER_FAMILY', -1, side.top.pid, 15);
          await scenario.ctl('REGISTER_FAMILY', job.pid, -1, 15);
          await scenario.ctl('REGISTER_FAMILY', job.pid, side.top.pid, -2);
          await scenario.ctl('DUMP');
          await scenario.ctl('UNREGISTER_FAMILY', side.top.pid);
          await scenario.ctl('UNREGISTER_FAMILY', 999999);
          await scenario.ctl('UNREGISTER_FAMILY', job.pid);
          await scenario.ctl('UNREGISTER_FAMILY', job.pid);
          await scenario.ctl('DUMP');
        }));

      test('about what a family forks, and what it had before', (t) =>
        compare(t, release, async (scenario) => {
          const { side } = scenario;
          const job = await scenario.shell('job', side.top);
          await scenario.sleeper('before', job);
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('REGISTER_FAMILY', job.pid, side.top.pid, 15);
          await scenario.sleeper('after', job);
          const inner = await scenario.shell('inner', job);
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('DUMP', job.pid);
          await scenario.ctl('REGISTER_FAMILY', inner.pid, job.pid, 60);
          await scenario.sleeper('innermost', inner);
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('DUMP');
          await scenario.ctl('LIST', job.pid);
          await scenario.ctl('GET_USAGE', job.pid);
          await scenario.ctl('GET_USAGE', inner.pid);
          await scenario.ctl('UNREGISTER_FAMILY', job.pid);
          await scenario.ctl('DUMP');
          await scenario.ctl('GET_USAGE');
        }));

      test('and both stop, continue, signal and kill the same processes', (t) =>
        compare(t, release, async (scenario) => {
          const { side } = scenario;
          const job = await scenario.shell('job', side.top);
          await scenario.ctl('REGISTER_FAMILY', job.pid, side.top.pid, 15);
          await scenario.sleeper('child', job);
          const inner = await scenario.shell('inner', job);
          await scenario.ctl('REGISTER_FAMILY', inner.pid, job.pid, 15);
          await scenario.sleeper('grandchild', inner);
          await scenario.ctl('SUSPEND_FAMILY', job.pid);
          await scenario.states();
          await scenario.ctl('CONTINUE_FAMILY', job.pid);
          await scenario.states();
          await scenario.ctl('SIGNAL_PROCESS', 19, inner.pid);
          await scenario.states();
          await scenario.ctl('KILL_FAMILY', inner.pid);
          await scenario.states();
          await scenario.ctl('SUSPEND_FAMILY', job.pid);
          await scenario.ctl('KILL_FAMILY', job.pid);
          await scenario.states();
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('GET_USAGE', job.pid);
          await scenario.ctl('KILL_FAMILY', job.pid);
          await scenario.ctl('SIGNAL_PROCESS', 15, job.pid);
          await scenario.ctl('UNREGISTER_FAMILY', job.pid);
          await scenario.ctl('UNREGISTER_FAMILY', inner.pid);
          await scenario.ctl('SUSPEND_FAMILY', 999999);
          await scenario.ctl('CONTINUE_FAMILY', 999999);
          await scenario.ctl('KILL_FAMILY', 999999);
          await scenario.ctl('SIGNAL_PROCESS', 15, 999999);
          await scenario.ctl('DUMP', 999999);
          await scenario.ctl('GET_USAGE', 999999);
        }));

      test('about a family whose watcher is gone, was never there, or is younger', (t) =>
        compare(t, release, async (scenario) => {
          const { side } = scenario;
          const watcher = await scenario.sleeper('watcher', side.top);
          const job = await scenario.shell('job', side.top);
          const other = await scenario.shell('other', side.top);
          const younger = await scenario.sleeper('younger', side.top);
          await scenario.ctl('REGISTER_FAMILY', job.pid, watcher, 15);
          await scenario.ctl('REGISTER_FAMILY', other.pid, younger, 15);
          await scenario.sleeper('child', job);
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('DUMP');
          process.kill(watcher, 'SIGKILL');
          await waitUntil(() => !isAlive(watcher), 'the watcher to end');
          await side.top.tell(`wait ${watcher}; echo`);
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('DUMP');
          await scenario.ctl('GET_USAGE', job.pid);
          await scenario.ctl('REGISTER_FAMILY', other.pid, 999999, 15);
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('DUMP');
          await scenario.ctl('REGISTER_FAMILY', other.pid, 0, 15);
          await scenario.ctl('SNAPSHOT');
          await scenario.ctl('DUMP');
        }));

      test('about orphans that a group finds', (t) =>
        compare(
          t,
          release,
          async (scenario) => {
            const { side } = scenario;
            const job = await scenario.shell('job', side.top);
            await scenario.ctl('REGISTER_FAMILY', job.pid, side.top.pid, 15);
            await scenario.ctl('TRACK_BY_ASSOCIATED_GID', 7403, job.pid);
            await scenario.ctl('TRACK_BY_ASSOCIATED_GID', 7403, job.pid);
            await scenario.ctl('TRACK_BY_ASSOCIATED_GID', 7999, job.pid);
            await scenario.ctl('TRACK_BY_ASSOCIATED_GID', 7404, 999999);
            await scenario.orphan('orphan', job, 'setpriv --groups 7403');
            await scenario.ctl('SNAPSHOT');
            await scenario.ctl('DUMP');
            await scenario.ctl('KILL_FAMILY', job.pid);
            await scenario.states();
          },
          ['-G', '7401', '7410', '-E'],
        ));

      test('about the end: both go and say so', (t) =>
        compare(t, release, async (scenario) => {
          const { side } = scenario;
          await scenario.ctl('QUIT');
          const { status } = await side.daemon.ended;
          scenario.note(`status ${status}`);
          await scenario.ctl('SNAPSHOT');
        }));

      test('about words that are none', (t) =>
        compare(t, release, async (scenario) => {
          const { side } = scenario;
          await scenario.ctl('NONSENSE');
          await scenario.ctl('REGISTER_FAMILY');
          await scenario.ctl('REGISTER_FAMILY', side.top.pid, side.top.pid, 0);
          await scenario.ctl('SIGNAL_PROCESS', 'KILL');
          await scenario.ctl('get_usage', side.top.pid);
        }));
    },
  );
}
