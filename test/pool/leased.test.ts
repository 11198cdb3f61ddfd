/**
 * PRIVSEP = daemon in a pool whose daemons are an ordinary user's: jobs run on an account that the process
 * control daemon leases.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipIf } from '../support/need';
import { waitUntil } from '../support/wait';
import { INSIDE } from './support/our-starter';
import { type Pool, startPool } from './support/pool';
import { needsPools, RELEASES } from './support/releases';
import { UIDS } from './support/submit';

const KNOBS = { PRIVSEP: 'daemon', PROCD_CONTROL: '/run/leasing/control' };

/** Starts the daemon beside the pool; alice may ask it, and bob is its only guest. */
const DAEMON = `umask 022; mkdir /run/leasing; cd /run/leasing
(umask 077; echo alice >clients; echo bob >users)
setsid ${INSIDE}/bin/condor_procd -A /run/leasing/pipe --on-demand --idle 3600 -L /run/leasing/log \\
  --control /run/leasing/control --users /run/leasing/users --clients /run/leasing/clients \\
  --accounts /run/leasing/accounts --execute /run/leasing/execute </dev/null >/dev/null 2>errors &
for _ in $(seq 300); do
  ${INSIDE}/bin/eyrie account add bob --control /run/leasing/control --dedicated && exit 0
  sleep 0.1
done
cat errors; exit 1`;

const SUBMIT = `executable = job.sh
output = out
error = err
should_transfer_files = YES
when_to_transfer_output = ON_EXIT
transfer_input_files = input
`;

const REPORT = `#!/bin/sh
id -u; id -G; pwd; cat input; ls -d /proc/[0-9]* | wc -l
echo result >'a result'; chmod 600 'a result'; echo oh >&2; exit 3
`;

const accounts = async (pool: Pool): Promise<string> => {
  const words = ['account', 'list', '--control', '/run/leasing/control'];
  return pool.ask(`${INSIDE}/bin/eyrie`, words, { as: 'root' });
};

for (const release of RELEASES) {
  const name = `a pool of HTCondor ${release} whose jobs run on leased accounts`;
  describe(name, { skip: skipIf(needsPools()) }, () => {
    let pool: Pool;
    const endings: (() => Promise<void>)[] = [];
    before(async () => {
      pool = await startPool(
        { after: (end) => endings.push(end) },
        { release, starter: 'eyrie', as: 'alice', knobs: KNOBS },
      );
      const { status, stdout, stderr } = await pool.namespace.run(['sh', '-ec', DAEMON]);
      assert.equal(status, 0, stdout + stderr);
    });
    after(async () => {
      for (const end of endings.reverse()) await end();
    });

    test('runs a job as the guest, with its files, and gives the account back', async () => {
      const files = { 'job.sh': REPORT, input: 'the input\n' };
      const job = await pool.submit(SUBMIT, { files });
      await pool.wait(job, 'completed', 60);
      assert.equal((await pool.historyAd(job)).ExitCode, 3, pool.starterLog());
      const [uid, groups, directory, input, processes] = pool.read(job, 'out').split('\n');
      assert.deepEqual([uid, groups], [`${UIDS.bob}`, `${UIDS.bob}`]);
      assert.equal(path.dirname(directory ?? ''), '/run/leasing/execute');
      assert.equal(input, 'the input');
      assert.ok(Number(processes) <= 4, `it sees ${processes} processes`);
      assert.equal(pool.read(job, 'a result'), 'result\n');
      assert.equal(pool.read(job, 'err'), 'oh\n');
      await waitUntil(
        async () => /bob +guest +free/.test(await accounts(pool)),
        'a free guest',
        30,
      );
      const left = await pool.ask('ls', ['-A', '/run/leasing/execute']);
      assert.equal(left, '');
    });

    test('removes a job, all of it', async () => {
      const script = '#!/bin/sh\nsetsid sleep 7654322 & sleep 7654322\n';
      const job = await pool.submit(SUBMIT, { files: { 'job.sh': script, input: '' } });
      await pool.wait(job, 'running', 60);
      assert.match(await accounts(pool), /bob +guest +leased/);
      await pool.ask('condor_rm', [job.id]);
      await pool.wait(job, 'removed', 60);
      const sleeping = async () => (await pool.tool('pgrep', ['-f', 'sleep 7654322'])).stdout;
      await waitUntil(async () => (await sleeping()) === '', 'the end of the job', 60);
      await waitUntil(
        async () => /bob +guest +free/.test(await accounts(pool)),
        'a free guest',
        30,
      );
    });
  });
}
