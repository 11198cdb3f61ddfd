/**
 * What a hostile job finds out about its starter where both are one ordinary user, and the last words
 * of a starter that has no log.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntil } from '../support/wait';
import { describeInPools } from './support/each-pool';
import { runScript, submitScript } from './support/jobs';
import { FOREVER, startLongJob } from './support/long-jobs';

/** Tries to read all that /proc has of a process, and says for each whether that went well. */
const SPY = `spy() {
  for what in environ maps mem auxv; do
    if dd if=/proc/$1/$what of=/dev/null bs=1 count=0 2>/dev/null; then echo "$2 $what open"
    else echo "$2 $what shut"; fi
  done
  if ls -l /proc/$1/fd >/dev/null 2>&1 && [ -n "$(ls /proc/$1/fd)" ]; then echo "$2 fd open"
  else echo "$2 fd shut"; fi
  if readlink /proc/$1/cwd >/dev/null; then echo "$2 cwd open"; else echo "$2 cwd shut"; fi
}\n`;

/** The starter is what the sandbox is named after; HTCondor's of 23.9 tells its job no more. */
const FIND_STARTER = `starter=$(echo $_CONDOR_SCRATCH_DIR | sed 's/.*dir_//; s:/.*::')\n`;

const THINGS = ['environ', 'maps', 'mem', 'auxv', 'fd', 'cwd'];

/** What a spy says of a process of which everything, or nothing, can be read. */
const all = (who: string, how: 'open' | 'shut'): readonly string[] =>
  THINGS.map((thing) => `${who} ${thing} ${how}`);

describeInPools("a job of its starter's own user", { slots: 3, as: 'alice' }, (pool, judged) => {
  test('can look into processes of that user, but not into its starter', async () => {
    const script = `${SPY}${FIND_STARTER}sleep 60 & spy $! other; kill $!
      spy $starter starter
      tr '\\0' '\\n' </proc/$starter/environ | grep -c CONDOR_PRIVATE_INHERIT`;
    const { job } = await runScript(pool(), script);
    const lines = pool().read(job, 'out').trimEnd().split('\n');
    const isOurs = judged.starter === 'eyrie';
    assert.deepEqual(lines, [
      ...all('other', 'open'),
      ...all('starter', isOurs ? 'shut' : 'open'),
      // HTCondor's starter leaves the keys of its claim in its environment.
      isOurs ? '0' : '1',
    ]);
  });

  if (judged.starter === 'htcondor') return;

  test('cannot look into what else runs beside it', async () => {
    const script = `${SPY}
      for pid in $(grep -lE '^Name:.eyrie-init' /proc/[0-9]*/status | cut -d/ -f3); do
        name=$(cat /proc/$pid/comm) && spy $pid "$name"
      done`;
    const { job } = await runScript(pool(), script);
    const lines = [...new Set(pool().read(job, 'out').trimEnd().split('\n'))].sort();
    assert.deepEqual(lines, [...all('eyrie-init', 'shut')].sort());
  });

  test('does not open a debugger by a signal', async () => {
    const long = await startLongJob(
      pool(),
      `trap 'sleep 0.5; cat /proc/net/tcp >>$REPORT; echo end >>$REPORT; exit 0' TERM
      kill -USR1 $CONDOR_STARTER_PID\n${FOREVER}`,
    );
    await long.said('end');
    // 127.0.0.1:9229, where Node's debugger listens.
    assert.doesNotMatch(long.report(), /0100007F:240D 00000000:0000 0A/);
    await pool().ask('condor_rm', [long.job.id]);
  });
});

const ROOTLESS = { USE_USER_NAMESPACES: 'True', USE_PID_NAMESPACES: 'True' };

describeInPools(
  'a job in a user namespace',
  { slots: 1, as: 'alice', knobs: ROOTLESS, only: 'eyrie' },
  (pool) => {
    test('does not see its starter', async () => {
      const script = `${SPY}spy $CONDOR_STARTER_PID starter; id -un; cat in >made`;
      const { job } = await runScript(pool(), script, {
        lines: 'transfer_input_files = in',
        files: { in: 'text' },
      });
      const lines = pool().read(job, 'out').trimEnd().split('\n');
      assert.deepEqual(lines, [...all('starter', 'shut'), 'alice']);
      assert.equal(pool().read(job, 'made'), 'text');
    });
  },
);

const NO_LOG = { 'STARTER.MAX_STARTER_LOG': 'a lot' };

describeInPools(
  'a starter that cannot open its log',
  { slots: 1, knobs: NO_LOG, only: 'eyrie' },
  (pool) => {
    test('says why in the directory of logs', async () => {
      const job = await submitScript(pool(), 'exit 0');
      await waitUntil(
        () => /MAX_STARTER_LOG/.test(pool().starterLog()),
        () => `the starter's last words: ${pool().starterLog()}`,
        30,
      );
      assert.match(
        pool().starterLog(),
        /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d \(pid:\d+\) The starter cannot begin: MAX_STARTER_LOG = a lot /m,
      );
      await pool().ask('condor_rm', [job.id]);
    });
  },
);
