/**
 * Why a transferred program could not be executed, where the kernel's word leaves that open: it says
 * "No such file" of a script whose interpreter is missing.
 */
import fs from 'node:fs';
import { fromBytes } from '../../byte-text';
import type { SandboxFiles } from '../../condor/transfer/types';
import type { JobOutcome } from '../../job/result';
import { printableLine } from '../../printable';

/** Bytes of the first line that the kernel looks at: BINPRM_BUF_SIZE. */
const FIRST_LINE = 256;

type NotExecuted = Extract<JobOutcome, { kind: 'held' }>;

/** Whether all was there, and the program could not be executed. */
export function wasNotExecuted(outcome: JobOutcome): outcome is NotExecuted {
  return outcome.kind === 'held' && outcome.fault.cause === 'cannotExecute';
}

/** The same outcome; of a script it is told which interpreter it names. */
export async function explainExec(
  outcome: NotExecuted,
  files: SandboxFiles,
  program: string,
): Promise<JobOutcome> {
  const interpreter = await interpreterOf(files, program);
  if (interpreter === undefined) return outcome;
  const reason = `${outcome.fault.reason} (the first line names ${printableLine(interpreter)})`;
  return { ...outcome, fault: { ...outcome.fault, reason } };
}

/** What stands behind `#!`, as far as it is a path; undefined: the file is no script. */
async function interpreterOf(files: SandboxFiles, program: string): Promise<string | undefined> {
  const opened = await files.openFile(program);
  if (!opened.ok) return undefined;
  const { descriptor } = opened.value;
  try {
    const buffer = Buffer.alloc(FIRST_LINE);
    const length = fs.readSync(descriptor, buffer, 0, FIRST_LINE, 0);
    const text = fromBytes(buffer.subarray(0, length));
    return /^#![ \t]*([^\s]+)/.exec(text)?.[1];
  } finally {
    fs.closeSync(descriptor);
  }
}
