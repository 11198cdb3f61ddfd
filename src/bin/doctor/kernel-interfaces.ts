/**
 * Checks: calls of newer kernels, tried for real.
 */
import { constants } from 'node:os';
import type { KernelCall } from '../../kernel/probe/kernel-calls';
import { errnoText } from '../../kernel/errno';
import {
  type Check,
  type Finding,
  limited,
  missing,
  preventsJobs,
  type Topic,
  works,
} from './check';

const { EINVAL, ENOSYS } = constants.errno;

/** What a call is good for, since when Linux has it, and what becomes of jobs without it. */
interface CallRow {
  readonly call: KernelCall;
  readonly title: string;
  readonly neededFor: string;
  readonly since: string;
  /** Jobs run all the same: in words, how. `prevents`: they do not. `later`: nothing uses it yet. */
  readonly without: { readonly fallback: string } | 'prevents' | 'later';
}

const CALLS: readonly CallRow[] = [
  {
    call: 'memfd',
    title: 'sealed memfd',
    neededFor: 'handing the plan to a launch',
    since: '3.17',
    without: 'prevents',
  },
  {
    call: 'pidfd',
    title: 'pidfd',
    neededFor: 'signals despite reused pids',
    since: '5.4',
    without: 'prevents',
  },
  {
    call: 'clone3',
    title: 'clone3',
    neededFor: 'starting jobs',
    since: '5.3',
    without: { fallback: 'clone(2) does it' },
  },
  {
    call: 'clone_into_cgroup',
    title: 'CLONE_INTO_CGROUP',
    neededFor: 'jobs born in their cgroup',
    since: '5.7',
    without: 'later',
  },
  {
    call: 'openat2',
    title: 'openat2',
    neededFor: 'safe paths in sandboxes',
    since: '5.6',
    without: { fallback: 'paths are walked one name at a time' },
  },
  {
    call: 'close_range',
    title: 'close_range',
    neededFor: 'descriptors closed at exec',
    since: '5.9',
    without: { fallback: '/proc/self/fd is read instead' },
  },
  {
    call: 'session_keyring',
    title: 'session keyring',
    neededFor: "jobs without the starter's keys",
    since: '2.6.10',
    without: 'prevents',
  },
  {
    call: 'seccomp',
    title: 'seccomp',
    neededFor: 'filters of system calls',
    since: '4.14',
    without: 'later',
  },
  {
    call: 'landlock',
    title: 'Landlock',
    neededFor: 'limits to what a job opens',
    since: '5.13',
    without: 'later',
  },
];

function callCheck(row: CallRow): Check {
  return {
    id: row.call.replaceAll('_', '-'),
    title: row.title,
    neededFor: row.neededFor,
    run: async ({ probe }) => {
      const attempts = await probe('kernel-calls');
      if (!attempts.ok) {
        return lacking(row, attempts.error, undefined);
      }
      const result = attempts.value.find((each) => each.call === row.call)?.result ?? -EINVAL;
      return result < 0 ? judge(row, -result) : works(describeAnswer(row, result));
    },
  };
}

function describeAnswer(row: CallRow, result: number): string {
  return row.call === 'landlock' ? `version ${result} of its interface` : 'works';
}

/** Eyrie does without keyrings where the kernel has none, for then there is none to share. */
function judge(row: CallRow, errno: number): Finding {
  if (row.call === 'session_keyring' && errno === ENOSYS) {
    return limited('this kernel has no keyrings');
  }
  const remedy = `Linux ${row.since} or newer, and in a container a seccomp filter that allows it`;
  return lacking(row, errnoText(errno), remedy);
}

function lacking(row: CallRow, why: string, remedy: string | undefined): Finding {
  if (row.without === 'prevents') {
    return preventsJobs(why, remedy);
  }
  return row.without === 'later'
    ? missing(why, remedy)
    : limited(`${why}: ${row.without.fallback}`, remedy);
}

/** Newer calls. */
export const KERNEL_INTERFACES: Topic = {
  title: 'Kernel interfaces',
  checks: CALLS.map(callCheck),
};
