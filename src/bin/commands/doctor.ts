/**
 * `eyrie doctor`: what this host can do for jobs, what is missing and how to get it.
 */
import { CONTROL_GROUPS } from '../doctor/control-groups';
import {
  type Check,
  type CheckedRow,
  type Finding,
  preventsJobs,
  type Topic,
} from '../doctor/check';
import { type Examination, openExamination } from '../doctor/examination';
import { FAMILIES } from '../doctor/families';
import { IDENTITY } from '../doctor/identity';
import { ISOLATION } from '../doctor/isolation';
import { KERNEL_INTERFACES } from '../doctor/kernel-interfaces';
import { GLEXEC } from '../doctor/glexec';
import { LEASED_ACCOUNTS } from '../doctor/leased-accounts';
import { OTHER_PROGRAMS } from '../doctor/other-programs';
import { PROGRAM } from '../doctor/program';
import { SANDBOXES } from '../doctor/sandboxes';
import { formatJson, formatTable } from '../doctor/table';
import { TRIAL } from '../doctor/trial-job';
import { obstacleLine, settle } from '../doctor/verdict';
import type { CommandIo, DoctorOptions } from '../options/types';
import { mayColour } from '../output';

/** In this order; causes before their consequences, the trial job last. */
const TOPICS: readonly Topic[] = [
  PROGRAM,
  IDENTITY,
  KERNEL_INTERFACES,
  ISOLATION,
  SANDBOXES,
  CONTROL_GROUPS,
  FAMILIES,
  GLEXEC,
  LEASED_ACCOUNTS,
  OTHER_PROGRAMS,
  TRIAL,
];

/** A job can run here, by hand, as this user. */
const CAN_RUN = 0;
const CANNOT_RUN = 1;

/**
 * Checks everything and prints it, as a table or as JSON.
 *
 * @returns the exit status: 0 if a job could run here, else 1, and a line on standard error says
 *   what stands in the way
 */
export async function runDoctor(options: DoctorOptions, io: CommandIo): Promise<number> {
  const examination = openExamination(options);
  if (!examination.ok) {
    io.stderr.write(`eyrie doctor: no job can run here: ${examination.error}\n`);
    return CANNOT_RUN;
  }
  const rows = await checkAll(examination.value);
  const color = mayColour(io.stdout, process.env);
  io.stdout.write(options.json ? formatJson(rows) : formatTable(rows, color));
  const obstacle = obstacleLine(rows);
  if (obstacle !== undefined) {
    io.stderr.write(`eyrie doctor: ${obstacle}\n`);
    return CANNOT_RUN;
  }
  if (!options.json) {
    io.stdout.write('\nA job can run here.\n');
  }
  return CAN_RUN;
}

/** One after the other: probes share the machine with jobs that run. */
async function checkAll(examination: Examination): Promise<readonly CheckedRow[]> {
  const rows: CheckedRow[] = [];
  for (const topic of TOPICS) {
    for (const check of topic.checks) {
      const { id, title, neededFor } = check;
      rows.push({ topic: topic.title, id, title, neededFor, ...(await find(check, examination)) });
    }
  }
  return settle(rows);
}

/** Half an installation makes checks throw, and finding that out is what a doctor is for. */
async function find(check: Check, examination: Examination): Promise<Finding> {
  try {
    return await check.run(examination);
  } catch (error) {
    return preventsJobs(`cannot be checked: ${(error as Error).message}`);
  }
}
