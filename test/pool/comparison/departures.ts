/**
 * Where our starter is known to differ from HTCondor's, and why that is right. An entry that no
 * job shows any more fails the test: it is to be removed.
 */
import type { Release } from '../support/releases';

/** One departure. */
export interface Departure {
  /** Where: a place of an outcome such as `ad ExitCode` or `file out`, or a pattern of places. */
  readonly place: string | RegExp;
  /** In which jobs by name; all where undefined. */
  readonly jobs?: readonly string[];
  /** With which release; both where undefined. */
  readonly release?: Release;
  /** In pools with cgroups; those without where undefined. */
  readonly within?: 'cgroups' | 'no cgroups';
  readonly reason: string;
}

/** A later version than 23.9.6 does it, and so do we with every version. */
const LATER_VERSIONS = 'what later versions do is better, and does no harm here';

/** All that are known. */
export const DEPARTURES: readonly Departure[] = [
  {
    place: /^ad (Recent)?(Block|StatsLifetime)/,
    reason: 'block I/O is counted by cgroups only, which these pools do not have',
  },
  {
    place: /^(event execute \d+|file report)$/,
    release: '25.14',
    reason: 'the sandbox is dir_<pid> itself, not a directory in it',
  },
  {
    place: /HoldReason|VacateReason|event (remote error|evicted|held) 1/,
    jobs: ['has an executable that cannot run'],
    reason: 'the same in our words, with the step that failed',
  },
  {
    place: /HoldReason|VacateReason|event (remote error|evicted|held) 1/,
    jobs: ['lacks an output'],
    release: '25.14',
    reason: 'the path of the sandbox, and one failure is not counted',
  },
  {
    place: 'ad SpooledOutputFiles',
    jobs: ['moves files', 'is vacated with its files'],
    reason: 'sorted, and with what the first run saved',
  },
  {
    place: 'ad ExecuteDirWasEncrypted',
    jobs: ['has an executable that cannot run'],
    release: '25.14',
    reason: 'the final ad is sent although the job never ran',
  },
  {
    place: 'file out',
    jobs: ['tells its environment'],
    reason: 'no Chirp yet; HOME and CONDOR_STARTER_PID with every version',
  },
  {
    place: 'file out',
    jobs: ['tells what it is'],
    reason: 'no signal is ignored; no oom_score_adj yet',
  },
  {
    place: 'file out',
    jobs: ['tells what is in its sandbox'],
    reason: 'no Chirp yet; a sandbox that is not nested with 25.14',
  },
  {
    place: /^(ad JobCurrent(Start|Finish)TransferOutputDate|files|(mode of|file) (out|err))$/,
    jobs: ['fails with ON_SUCCESS'],
    release: '23.9',
    reason: LATER_VERSIONS,
  },
  {
    place: /^(ad NumOutputTransferStarts|files|(mode of|file) (out|err|saved))$/,
    jobs: ['is vacated with its files'],
    reason:
      "what the first run saved comes back; HTCondor's starter forgets it where it is as it was",
  },
  {
    place: /^ad (RecentBlock|(Recent)?StatsLifetime)/,
    within: 'cgroups',
    reason: 'block I/O is counted from the start of the job only, not for the last 20 minutes',
  },
  {
    place: /^(event execute \d+|file report)$/,
    within: 'cgroups',
    release: '25.14',
    reason: 'the sandbox is dir_<pid> itself, not a directory in it',
  },
  {
    place: /^(ad (HoldReason|VacateReason)|event (remote error|evicted|held) 1)$/,
    jobs: ['needs too much memory'],
    within: 'cgroups',
    reason: 'the peak is what was measured, and is called so',
  },
  {
    place: /^ad (HoldReason|VacateReason)SubCode$/,
    jobs: ['needs too much memory'],
    within: 'cgroups',
    release: '23.9',
    reason: LATER_VERSIONS,
  },
  {
    place: /^ad (Exit(BySignal|Reason|Signal)|JobCoreDumped|ActivationExecutionDuration)$/,
    jobs: ['needs too much memory'],
    within: 'cgroups',
    reason: 'a hold tells how the job ended and how long it ran as well',
  },
];
