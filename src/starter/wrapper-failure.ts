/** Whether the site's wrapper says that it could not run the job. */
import fs from 'node:fs';
import os from 'node:os';
import { fromBytes } from '../byte-text';
import type { JobFault } from '../job/faults';
import type { JobResult } from '../job/result';
import { WRAPPER_FAILURE, wrapperFailure } from '../job/wrapper';
import { errnoText } from '../kernel/errno';
import type { FileAgent } from '../kernel/file-agent';
import type { PrivilegedSteps, Sandbox } from '../privsep/types';
import type { PreparedJob } from './prepare';
import { surroundingsFault } from './run-job';

/** Bytes of what a wrapper wrote that are told to anybody. */
const LENGTH_MAX = 1024;

/**
 * The result of a job that ended by itself, in the light of what its wrapper says. The file is read
 * with the job's ids: anybody in the sandbox may have put something else in its place.
 */
export async function judgeWrapper(
  result: JobResult,
  prepared: PreparedJob,
  steps: PrivilegedSteps,
  sandbox: Sandbox,
): Promise<JobResult> {
  const isOver = result.outcome.kind === 'completed';
  if (prepared.policy.wrapper === undefined || !isOver) return result;
  const fault = await readFailure(prepared, steps, sandbox);
  if (fault === undefined) return result;
  return { ...result, outcome: { kind: 'held', fault, exit: undefined } };
}

async function readFailure(
  { identity }: PreparedJob,
  steps: PrivilegedSteps,
  sandbox: Sandbox,
): Promise<JobFault | undefined> {
  const files = await steps.openSandboxFiles(sandbox, { ...identity.account, names: [] });
  if (!files.ok) {
    const { call, errno } = files.error;
    return surroundingsFault(`Cannot ${call}: ${errnoText(errno)}`, errno);
  }
  try {
    return await readFile(files.value);
  } finally {
    files.value.close();
  }
}

async function readFile(files: FileAgent): Promise<JobFault | undefined> {
  const there = await files.stat(WRAPPER_FAILURE);
  if (!there.ok && there.error.errno === os.constants.errno.ENOENT) return undefined;
  const opened = await files.openFile(WRAPPER_FAILURE);
  if (!opened.ok) return wrapperFailure(`(cannot read why: ${errnoText(opened.error.errno)})`);
  const { descriptor } = opened.value;
  const bytes = Buffer.alloc(LENGTH_MAX);
  const length = fs.readSync(descriptor, bytes, 0, LENGTH_MAX, 0);
  fs.closeSync(descriptor);
  return wrapperFailure(fromBytes(bytes.subarray(0, length)));
}
