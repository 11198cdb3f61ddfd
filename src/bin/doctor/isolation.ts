/**
 * Checks: what a launch does for every job, each tried for real.
 */
import type { ProbeName } from '../../kernel/probe/probes';
import { readUserNamespaceFacts, userNamespaceObstacle } from '../../kernel/probe/user-namespaces';
import { isAtOrBelow } from '../../kernel/proc/mount-tree';
import { tryInMode, tryLaunch, tryProbe } from './attempts';
import { type Check, limited, missing, preventsJobs, type Topic, works } from './check';
import type { Examination } from './examination';

const USER_NAMESPACE: Check = {
  id: 'user-namespace',
  title: 'user namespace',
  neededFor: 'isolation without root',
  run: async (examination) => {
    const known = userNamespaceObstacle(readUserNamespaceFacts());
    const refusal =
      known === undefined
        ? await tryProbe(examination, 'user-namespace')
        : { words: known.reason, remedy: known.remedy };
    if (refusal === undefined) {
      return works('made one');
    }
    // Root does without.
    return examination.mode === 'root'
      ? limited(refusal.words, refusal.remedy)
      : preventsJobs(refusal.words, refusal.remedy);
  },
};

/** A namespace of root's, or one inside a new user namespace. */
function namespaceCheck(kind: 'mount' | 'pid', title: string, neededFor: string): Check {
  return {
    id: `${kind}-namespace`,
    title,
    neededFor,
    run: async (examination) => {
      const name = `${kind}-namespace` as const;
      const probe: ProbeName = examination.mode === 'root' ? name : `rootless-${name}`;
      const refusal = await tryProbe(examination, probe);
      return refusal ? preventsJobs(refusal.words, refusal.remedy) : works('made one');
    },
  };
}

const MOUNTS: Check = {
  id: 'mounts',
  title: 'tmpfs and bind mounts',
  neededFor: 'MOUNT_UNDER_SCRATCH, EXECUTE',
  run: async (examination) => {
    const refusal = await tryInMode(examination, 'mounts');
    return refusal ? preventsJobs(refusal.words, refusal.remedy) : works('mounted both');
  },
};

const WHOLE_PROC =
  'start it where all of /proc is seen; in a container: --security-opt systempaths=unconfined';

const PROC: Check = {
  id: 'proc',
  title: 'a new /proc',
  neededFor: 'a job that sees itself only',
  run: async (examination) => {
    const refusal = await tryLaunch(examination, 'proc');
    if (refusal === undefined) {
      return works('mounted one in a PID namespace');
    }
    const covers = coversOfProc(examination);
    // The kernel's rule against a user namespace that would uncover what a container hides.
    return examination.mode === 'rootless' && covers.length > 0
      ? preventsJobs(`refused: parts of /proc are mounted over (${covers.join(', ')})`, WHOLE_PROC)
      : preventsJobs(refusal.words, refusal.remedy);
  },
};

const CHROOT: Check = {
  id: 'chroot',
  title: 'chroot',
  neededFor: 'RequestedChroot',
  run: async (examination) => {
    const refusal = await tryInMode(examination, 'chroot');
    return refusal ? missing(refusal.words, refusal.remedy) : works('allowed');
  },
};

const GROUPS: Check = {
  id: 'groups',
  title: 'supplementary groups',
  neededFor: "files of the job's groups",
  run: ({ mode }) =>
    mode === 'root'
      ? works("the account's own")
      : limited("the starter's: a user namespace denies setgroups(2)"),
};

/** An empty directory by design, over which the kernel lets anything be mounted. */
const HARMLESS = '/proc/sys/fs/binfmt_misc';

function coversOfProc({ mounts }: Examination): readonly string[] {
  const points = mounts.map((mount) => mount.mountPoint);
  return points.filter(
    (point) => isAtOrBelow(point, '/proc') && point !== '/proc' && !isAtOrBelow(point, HARMLESS),
  );
}

/** What every job gets. */
export const ISOLATION: Topic = {
  title: 'Isolation',
  checks: [
    USER_NAMESPACE,
    namespaceCheck('mount', 'mount namespace', 'every job'),
    namespaceCheck('pid', 'PID namespace', 'USE_PID_NAMESPACES'),
    MOUNTS,
    PROC,
    CHROOT,
    GROUPS,
  ],
};
