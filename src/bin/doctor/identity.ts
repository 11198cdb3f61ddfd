/**
 * Checks: who the starter is, and whom a job can be.
 */
import { hasCapability } from '../../kernel/proc/capabilities';
import { privilegeObstacles } from '../../kernel/probe/privilege';
import { type Check, type Finding, limited, preventsJobs, type Topic, works } from './check';
import type { Examination } from './examination';

const PRIVILEGE: Check = {
  id: 'privilege',
  title: 'privilege',
  neededFor: 'jobs with accounts of their own',
  run: ({ privilege }) => {
    const [first, ...others] = privilegeObstacles(privilege);
    if (first === undefined) {
      return works('root, with every capability that a starter uses');
    }
    if (privilege.uid !== 0) {
      return limited(`uid ${privilege.uid}, an ordinary user: jobs run as that user`, first.remedy);
    }
    const reasons = [first, ...others].map((obstacle) => obstacle.reason);
    return preventsJobs(reasons.join('; '), first.remedy);
  },
};

const LIMITS: Check = {
  id: 'raise-limits',
  title: 'raising limits',
  neededFor: 'CoreSize, StackSize',
  run: ({ privilege }) =>
    hasCapability(privilege.effective, 'CAP_SYS_RESOURCE')
      ? works('CAP_SYS_RESOURCE')
      : limited('no CAP_SYS_RESOURCE: at most the hard limits of the starter'),
};

/** The account of jobs that do not run as their owner, where no slot user is set. */
const NOBODY = 'nobody';

const ACCOUNTS: Check = {
  id: 'accounts',
  title: 'accounts',
  neededFor: "the job's ids, groups and HOME",
  run: ({ host, mode }) => (mode === 'root' ? fallbackAccount(host) : ownAccount(host)),
};

function fallbackAccount(host: Examination['host']): Finding {
  const account = host.account(NOBODY);
  return account === undefined
    ? limited(
        `there is no account ${NOBODY}: a job that does not run as its owner cannot run`,
        `useradd --system ${NOBODY}, or set SLOT<N>_USER`,
      )
    : works(`a job that does not run as its owner runs as ${NOBODY} (uid ${account.uid})`);
}

function ownAccount(host: Examination['host']): Finding {
  const account = host.accountById(host.uid);
  return account === undefined
    ? limited(`uid ${host.uid} has no account: a job knows itself by number only`)
    : works(`${account.name} (uid ${account.uid}, gid ${account.gid})`);
}

/** Who runs what. */
export const IDENTITY: Topic = { title: 'Identity', checks: [PRIVILEGE, LIMITS, ACCOUNTS] };
