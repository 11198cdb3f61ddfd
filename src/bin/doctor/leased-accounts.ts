/** Checks: what PRIVSEP = daemon needs, where the site wants it. */
import { connectControl } from '../../privsep/control/client';
import { usesDaemon } from '../../starter/leased/choice';
import {
  type Check,
  type Finding,
  limited,
  missing,
  preventsJobs,
  type Topic,
  works,
} from './check';
import type { Examination } from './examination';

const DAEMON: Check = {
  id: 'process-control-daemon',
  title: 'PRIVSEP = daemon',
  neededFor: 'jobs on accounts that a daemon leases',
  run: examine,
};

async function examine({ config }: Examination): Promise<Finding> {
  if (!config.ok) return missing('the configuration cannot be read (above)');
  const wanted = usesDaemon(config.value);
  if (!wanted.ok) return preventsJobs(wanted.error, 'set it as the sentence says');
  if (!wanted.value) return works('not wanted (PRIVSEP)');
  const socket = config.value.path('PROCD_CONTROL');
  if (!socket.ok || socket.value === undefined) {
    return preventsJobs('PROCD_CONTROL is empty', 'name the socket of the daemon');
  }
  const client = await connectControl(socket.value);
  if (!client.ok) {
    return preventsJobs(client.error, 'start condor_procd with --control: condor_procd(8)');
  }
  const listed = await client.value.request('account.list');
  client.value.close();
  if (!listed.ok) return preventsJobs(listed.error.text, 'list this user in its clients file');
  const { accounts } = listed.value;
  const count = Array.isArray(accounts) ? accounts.length : 0;
  if (count === 0) return limited('the daemon has no accounts', 'eyrie account add USER');
  return works(`${socket.value}: ${count} ${count === 1 ? 'account' : 'accounts'}`);
}

/** What jobs on leased accounts need. */
export const LEASED_ACCOUNTS: Topic = { title: 'leased accounts', checks: [DAEMON] };
