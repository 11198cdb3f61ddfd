/**
 * The families of this machine: those that procds tell of, and those of running jobs that none knows.
 */
import { familyUsage } from '../../family/usage';
import { accountById } from '../../kernel/accounts';
import { isFrozen } from '../../kernel/proc/stillness';
import { type RunningJob, runningJobs } from '../running/read-records';
import type { ProcdQuestions, ToldFamily } from './ask-procd';
import { procdAddresses } from './procd-addresses';
import { childrenOf, nameOf, stateOf, uidOf } from './process-facts';
import type { Family, FamilyListing } from './types';

/**
 * Lists the families.
 *
 * @param address of the only procd to ask; undefined: all that are known, and /proc
 */
export async function listFamilies(
  questions: ProcdQuestions,
  address: string | undefined,
): Promise<FamilyListing> {
  const jobs = runningJobs();
  const addresses = address === undefined ? procdAddresses(jobs) : [{ address, isExpected: true }];
  const families: Family[] = [];
  const troubles: string[] = [];
  for (const { address: each, isExpected } of addresses) {
    const told = await questions.families(each);
    if (told.ok) families.push(...ofProcd(told.value, each, jobs));
    else if (isExpected || told.error.why !== 'absent') troubles.push(told.error.message);
  }
  const known = new Set(families.map(({ pid }) => pid));
  const others = address === undefined ? jobs.filter(({ init }) => !known.has(init.pid)) : [];
  const all = [...families, ...others.flatMap(ofProc)];
  return { time: Date.now() / 1000, families: inOrder(all), troubles };
}

/** Each family before those below it, which stand in the order of their pids. */
export function inOrder(families: readonly Family[]): readonly Family[] {
  const keys = new Set(families.map(keyOf));
  const below = new Map<string, Family[]>();
  for (const family of families) {
    const above = `${family.procd ?? ''} ${family.parent ?? 0}`;
    const key = keys.has(above) && above !== keyOf(family) ? above : '';
    below.set(key, [...(below.get(key) ?? []), family]);
  }
  const ordered: Family[] = [];
  const visit = (key: string): void => {
    const found = below.get(key) ?? [];
    below.delete(key);
    for (const family of found.sort((a, b) => a.pid - b.pid)) {
      ordered.push(family);
      visit(keyOf(family));
    }
  };
  visit('');
  // A procd that tells of a circle is wrong, but what it tells of is there.
  for (const family of families) if (!ordered.includes(family)) ordered.push(family);
  return ordered;
}

/** Two procds may know one process, each for itself. */
function keyOf({ pid, procd }: Family): string {
  return `${procd ?? ''} ${pid}`;
}

function ofProcd(
  told: readonly ToldFamily[],
  procd: string,
  jobs: readonly RunningJob[],
): readonly Family[] {
  return told.map(({ parentRoot, processes, root, usage }) => {
    const job = jobs.find(({ init }) => init.pid === root);
    const pids = processes.map(({ pid }) => pid);
    return {
      pid: root,
      parent: parentRoot === 0 ? undefined : parentRoot,
      job,
      user: job?.user ?? userOf(root),
      command: job?.command ?? nameOf(root) ?? '',
      // Of a job's family eyrie-init is never stopped.
      state: stateOf(
        job === undefined ? pids : pids.filter((pid) => pid !== root),
        isFrozen(job?.pid ?? root),
      ),
      usage: { ...usage, resident: usage.resident, proportional: usage.proportional },
      procd,
    };
  });
}

function ofProc(job: RunningJob): readonly Family[] {
  const used = familyUsage(job.init.pid);
  if (used === undefined) return [];
  const age = Math.max(0.01, Date.now() / 1000 - job.since);
  return [
    {
      pid: job.init.pid,
      parent: undefined,
      job,
      user: job.user,
      command: job.command,
      state: stateOf(childrenOf(job.init.pid), isFrozen(job.pid ?? job.init.pid)),
      usage: {
        ...used,
        percentCpu: (100 * (used.userCpu + used.systemCpu)) / age,
        proportional: undefined,
      },
      procd: undefined,
    },
  ];
}

const users = new Map<number, string>();

function userOf(pid: number): string {
  const uid = uidOf(pid);
  if (uid === undefined) return '';
  const name = users.get(uid) ?? accountById(uid)?.name ?? `${uid}`;
  users.set(uid, name);
  return name;
}
