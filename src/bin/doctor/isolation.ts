/**
 * Checks: what a launch does for every job, each tried for real. Root tries mount and chroot in a
 * probe child; for an ordinary user, whose process cannot make a user namespace itself (Node has
 * more than one thread: unshare(2)), a small plan is launched instead.
 */
import { userNamespaceObstacle, readUserNamespaceFacts } from '../../kernel/probe/user-namespaces';
import type { ProbeName } from '../../kernel/probe/probes';
import type { Trial } from '../../kernel/probe/trial-plans';
import { isAtOrBelow } from '../../kernel/proc/mount-tree';
import { type Check, limited, missing, preventsJobs, type Topic, works } from './check';
import type { Examination } from './examination';
import { launchTrial } from './launch-trial';
import { errnoText } from '../../kernel/errno';

const CONTAINER_REMEDY =
  'in a container: let its seccomp filter and security module allow it (--privileged does)';

const USER_NAMESPACE: Check = {
  id: 'user-namespace',
  title: 'user namespace',
  neededFor: 'isolation without root',
  run: async (examination) => {
    const known = userNamespaceObstacle(readUserNamespaceFacts());
    const refused = known?.reason ?? (await refusal(examination, 'user-namespace'));
    if (refused === undefined) {
      return works('made one');
    }
    // clone(2) names a chroot as another reason for EPERM.
    const remedy = known?.remedy ?? `${CONTAINER_REMEDY}; outside a chroot`;
    return examination.mode === 'root' ? limited(refused, remedy) : preventsJobs(refused, remedy);
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
      const refused = await refusal(examination, probe);
      return refused === undefined
        ? works('made one')
        : preventsJobs(
            refused,
            `sysctl user.max_${kind === 'mount' ? 'mnt' : 'pid'}_namespaces must not be 0; ${CONTAINER_REMEDY}`,
          );
    },
  };
}

const MOUNTS: Check = {
  id: 'mounts',
  title: 'tmpfs and bind mounts',
  neededFor: 'MOUNT_UNDER_SCRATCH, EXECUTE',
  run: async (examination) => {
    const refused = await refusalInMode(examination, 'mounts');
    return refused === undefined ? works('mounted both') : preventsJobs(refused, CONTAINER_REMEDY);
  },
};

const PROC: Check = {
  id: 'proc',
  title: 'a new /proc',
  neededFor: 'a job that sees itself only',
  run: async (examination) => {
    const refused = await launchTrial(examination, 'proc');
    if (refused === undefined) {
      return works('mounted one in a PID namespace');
    }
    const covers = coversOfProc(examination);
    return covers.length === 0
      ? preventsJobs(refused, CONTAINER_REMEDY)
      : preventsJobs(
          `${refused}: parts of /proc are mounted over (${covers.join(', ')})`,
          'start it where all of /proc is to be seen (a container: --security-opt systempaths=unconfined)',
        );
  },
};

const CHROOT: Check = {
  id: 'chroot',
  title: 'chroot',
  neededFor: 'RequestedChroot',
  run: async (examination) => {
    const refused = await refusalInMode(examination, 'chroot');
    return refused === undefined ? works('allowed') : missing(refused, CONTAINER_REMEDY);
  },
};

const GROUPS: Check = {
  id: 'groups',
  title: 'supplementary groups',
  neededFor: "files of the job's groups",
  run: ({ mode, privilege }) => {
    if (mode === 'rootless') {
      return limited(
        'the job keeps the groups of the starter: a user namespace denies setgroups(2)',
      );
    }
    return privilege.ids.setgroups
      ? works("the account's own")
      : preventsJobs('setgroups(2) is denied in this user namespace', 'map it with newgidmap(1)');
  },
};

/** What a probe child was refused, in words; undefined: nothing. */
async function refusal(examination: Examination, name: ProbeName): Promise<string | undefined> {
  const attempts = await examination.probe(name);
  if (!attempts.ok) {
    return attempts.error;
  }
  const refused = attempts.value.find((attempt) => attempt.result < 0);
  return refused && `${refused.call}: ${errnoText(-refused.result)}`;
}

function refusalInMode(
  examination: Examination,
  name: Trial & ProbeName,
): Promise<string | undefined> {
  return examination.mode === 'root' ? refusal(examination, name) : launchTrial(examination, name);
}

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
