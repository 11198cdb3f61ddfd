/**
 * The jobs that HTCondor's starter and ours are compared by.
 */
import { burn } from '../../support/burn';
import { waitUntil } from '../../support/wait';
import type { JobOptions } from '../support/jobs';
import { FOREVER, type LongJob } from '../support/long-jobs';
import type { JobState } from '../support/events';
import type { Pool } from '../support/pool';

/** A job, and what is done to it. */
export interface ComparedJob extends JobOptions {
  /** For the ledger. */
  readonly name: string;
  readonly script: string;
  /** How it ends; completed where undefined. */
  readonly ends?: JobState;
  /** Done once it runs; it then has `$REPORT`. */
  readonly meanwhile?: (pool: Pool, long: LongJob) => Promise<unknown>;
}

const ENDS_BY_TERM = `trap 'echo TERM >>$REPORT; echo kept >saved; exit 0' TERM\n`;
const SECOND_RUN = `[ "$(grep -c ^/pool/execute $REPORT)" -gt 1 ] && exit 0\n`;

const tool =
  (...words: readonly string[]) =>
  (pool: Pool, { job }: LongJob): Promise<unknown> =>
    pool.ask(words[0] ?? '', [...words.slice(1), job.id]);

const WHILE_SUSPENDED: ComparedJob = {
  name: 'is suspended for a while',
  script: 'while [ ! -e "$(dirname $REPORT)/go" ]; do sleep 0.1; done',
  async meanwhile(pool, long) {
    await pool.ask('condor_suspend', [long.job.id]);
    await pool.wait(long.job, 'suspended');
    await pool.ask('condor_continue', [long.job.id]);
    await pool.wait(long.job, 'running');
    await pool.ask('touch', [`${long.job.inside}/go`]);
  },
};

/** Allocates as many MiB, once HTCondor 23.9 has moved it into its cgroup. */
const touch = (mebibytes: number): string =>
  `sleep 1; dd if=/dev/zero bs=${mebibytes}M count=1 2>/dev/null | (sleep 2; cat >/dev/null)`;

/** Removes a job of which an update has been told. */
async function removeWhenMeasured(pool: Pool, { job }: LongJob): Promise<void> {
  await waitUntil(() => pool.events(job).some(({ number }) => number === 6), 'its size', 30);
  await pool.ask('condor_rm', [job.id]);
}

/** Jobs whose resources are limited and counted by a cgroup. */
export const CGROUP_JOBS: readonly ComparedJob[] = (
  [
    { name: 'uses CPU time', script: burn(1) },
    { name: 'uses memory', script: touch(100) },
    {
      name: 'writes to a disk',
      script: 'dd if=/dev/zero of=file bs=1M count=8 conv=fsync 2>&-; rm file',
    },
    { name: 'needs too much memory', script: touch(300), ends: 'held' },
    { name: 'is removed', script: FOREVER, ends: 'removed', meanwhile: removeWhenMeasured },
    WHILE_SUSPENDED,
  ] satisfies readonly ComparedJob[]
)
  // Whoever takes over a slot has its memory.
  .map((job) => ({ ...job, lines: 'request_memory = 200' }));

/** All others. */
export const COMPARED_JOBS: readonly ComparedJob[] = [
  { name: 'exits with 0', script: 'echo out; echo err >&2' },
  { name: 'exits with 3', script: 'exit 3' },
  { name: 'dies by SIGKILL', script: 'kill -9 $$' },
  { name: 'dies by SIGSEGV', script: 'kill -11 $$' },
  {
    name: 'moves files',
    script: 'cat in tree/a; echo changed >>in; echo new >new; mkdir d; echo x >d/x; ln -s new link',
    lines: 'transfer_input_files = in, tree',
    files: { in: 'in\n', 'tree/a': 'a\n' },
  },
  {
    name: 'names its output',
    script: 'mkdir -p d/e; echo x >d/e/x; echo y >y',
    lines:
      'transfer_output_files = d, y\ntransfer_output_remaps = "y=z"\npreserve_relative_paths = true',
  },
  {
    name: 'lacks an output',
    script: 'echo said; echo a >a',
    lines: 'transfer_output_files = a, missing',
    ends: 'held',
  },
  {
    name: 'fails with ON_SUCCESS',
    script: 'echo said; echo a >a; exit 1',
    lines: 'when_to_transfer_output = ON_SUCCESS\nsuccess_exit_code = 0\nmax_retries = 0',
  },
  {
    name: 'has an executable that cannot run',
    script: '',
    files: { 'run.sh': '#!/no/such/interpreter\n' },
    ends: 'held',
  },
  {
    name: 'tells its environment',
    script: `env | sed -n 's/^\\([A-Za-z_][A-Za-z_0-9]*\\)=.*/\\1/p' | grep -v ANCESTOR | LC_ALL=C sort -u
env | grep -E '^(HOME|USER|LOGNAME|PATH|SHELL|TMPDIR|TEMP|TMP|BATCH_SYSTEM|.*THREADS.*)=' | LC_ALL=C sort`,
  },
  {
    name: 'tells what it is',
    script: `id; umask; nice; ulimit -a; pwd; grep -E '^(Sig(Blk|Ign)|Cap|Seccomp:|NoNewPrivs)' /proc/self/status
for fd in 0 1 2 3 4 5 6 7 8 9; do readlink /proc/$$/fd/$fd; done; cat /proc/self/oom_score_adj`,
  },
  {
    name: 'tells what is in its sandbox',
    script: `ls -A | grep -v update | LC_ALL=C sort; stat -c '%a %U %G %n' . .job.ad .machine.ad _condor_stdout`,
  },
  {
    name: 'is removed',
    script: ENDS_BY_TERM + FOREVER,
    ends: 'removed',
    meanwhile: tool('condor_rm'),
  },
  {
    name: 'is held',
    script: ENDS_BY_TERM + FOREVER,
    ends: 'held',
    meanwhile: tool('condor_hold', '-reason', 'for now'),
  },
  {
    name: 'is vacated with its files',
    script: SECOND_RUN + ENDS_BY_TERM + FOREVER,
    lines: 'when_to_transfer_output = ON_EXIT_OR_EVICT',
    meanwhile: tool('condor_vacate_job'),
  },
  {
    name: 'is vacated fast',
    script: SECOND_RUN + ENDS_BY_TERM + FOREVER,
    meanwhile: tool('condor_vacate_job', '-fast'),
  },
  WHILE_SUSPENDED,
];
