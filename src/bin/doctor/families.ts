/**
 * Checks: by what condor_procd follows the processes of a job here. A job by hand needs none of it:
 * what loses its parent falls to eyrie-init.
 */
import { startProcessTable } from '../../kernel/process-table';
import type { ProcessMeans } from '../../kernel/process-table-types';
import { errnoText } from '../../kernel/errno';
import { ok, type Result } from '../../result';
import { type Check, type Finding, limited, missing, type Topic, works } from './check';

/** Starts the same helper that condor_procd has, and asks it. */
async function findMeans(): Promise<Result<ProcessMeans, string>> {
  const table = await startProcessTable();
  if (!table.ok) {
    const { call, errno } = table.error;
    return { ok: false, error: `cannot ${call}: ${errnoText(errno)}` };
  }
  table.value.close();
  return ok(table.value.means);
}

function meansCheck(
  id: string,
  title: string,
  neededFor: string,
  judge: (means: ProcessMeans) => Finding,
): Check {
  return {
    id,
    title,
    neededFor,
    run: async () => {
      const means = await findMeans();
      return means.ok ? judge(means.value) : missing(means.error, 'install Eyrie whole');
    },
  };
}

/** The strongest way of those that this host has; without any, a child can be lost. */
function judgeTracking({ cgroups, events, why }: ProcessMeans): Finding {
  if (events) return works('the kernel tells of every fork and exit');
  if (cgroups !== undefined) {
    const version = cgroups === 'v2' ? 'version 2' : "version 1's freezer";
    return works(`a cgroup for each family (${version}); process events: ${why ?? 'none'}`);
  }
  return limited(
    `process events: ${why ?? 'none'}; children that lose their parent between two snapshots can be lost`,
    'run condor_procd as root, on a kernel with CONFIG_PROC_EVENTS or where it may make cgroups',
  );
}

function judgeAccounting({ accounting }: ProcessMeans): Finding {
  return accounting
    ? works('the kernel tells what each process used, however short it lived')
    : limited(
        'CPU time of short-lived processes is known only where their parent waited for them',
        'run condor_procd as root, on a kernel with CONFIG_TASKSTATS',
      );
}

function judgeForkers({ cgroups, forkers }: ProcessMeans): Finding {
  if (forkers) return works("perf events tell of CLONE_PARENT's children too");
  if (cgroups !== undefined) return works('by its cgroup, where a family has one');
  return limited(
    "a child made with CLONE_PARENT is taken for its maker's sibling",
    'run condor_procd as root, where perf_event_open(2) works or it may make cgroups',
  );
}

/** Process families. */
export const FAMILIES: Topic = {
  title: 'Process families',
  checks: [
    meansCheck('family-tracking', 'tracking', 'condor_procd: losing no process', judgeTracking),
    meansCheck('family-forkers', 'real forkers', 'condor_procd: hostile children', judgeForkers),
    meansCheck('family-accounting', 'accounting', 'condor_procd: CPU time', judgeAccounting),
  ],
};
