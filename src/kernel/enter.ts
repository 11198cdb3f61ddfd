/**
 * A command inside a running job: eyrie-enter does the work, native/enter/enter.h has the picture.
 */
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import os from 'node:os';
import type { LaunchPlan, StepFailure } from '../job/plan';
import { err, ok, type Result } from '../result';
import * as border from './border';
import type { LaunchError } from './launch-types';
import { nativeDescriptor } from './native-files';
import { encodePlan } from './plan-codec';
import { type ChildEnd, reapChild } from './reap';
import { readRecords } from './record-pipe';
import { LAUNCH_RECORD_SIZE } from './records';
import { ENTER_REQUEST, ENTER_STAGES, LAUNCH_CALLS } from './structs';

/** Where to, and what. */
export interface Entry {
  /** `job/entry-plan.ts` makes it. */
  readonly plan: LaunchPlan;
  /** The job's eyrie-init: its pid, and its /proc/PID, open. */
  readonly target: { readonly pid: number; readonly directory: number };
  /** cgroup.procs files, open for writing. */
  readonly cgroups: readonly number[];
  /** Who to be before anything of the job is entered; undefined: the caller. */
  readonly user: EntryUser | undefined;
  /** Whether the command gets a pseudo-terminal, for which the caller's 0 and 1 are one; else pipes. */
  readonly terminal: boolean;
}

/** An ordinary user. */
export interface EntryUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** How a command inside ended. */
export interface EntryEnd extends ChildEnd {
  /** The job ended, and the command with it. */
  readonly withJob: boolean;
}

/** A command that is on its way in, or inside. */
export interface RunningEntry {
  /** Ends it; the terminal is given back as after any other end. */
  stop(): void;
  readonly ended: Promise<Result<EntryEnd, StepFailure | LaunchError>>;
}

const { E2BIG, EINVAL, EIO, EMFILE } = os.constants.errno;
const { SIGTERM } = os.constants.signals;

/** Goes in. Standard input, output and error are the caller's 0, 1 and 2. Main thread only. */
export function startEntry(entry: Entry): Result<RunningEntry, LaunchError> {
  const encoded = encodePlan(entry.plan, 0);
  if (!encoded.ok) {
    return err({ call: `encode the plan: ${encoded.error.reason}`, errno: EINVAL });
  }
  const words = argumentsOf(entry);
  if (words.length > ENTER_REQUEST.arguments[1]) return err({ call: 'hand on ids', errno: E2BIG });
  if (entry.cgroups.length > ENTER_REQUEST.cgroups[1]) {
    return err({ call: 'hand on cgroups', errno: EMFILE });
  }
  const terminal = border.saveTerminal(0);
  const { returned, result } = border.enter(encoded.value.bytes, {
    program: nativeDescriptor('eyrie-enter'),
    target: entry.target.directory,
    streams: [0, 1, 2],
    cgroup_count: entry.cgroups.length,
    cgroups: entry.cgroups,
    argument_count: ARGUMENTS,
    argument_bytes: words.length,
    arguments: words,
  });
  if (returned < 0) {
    return err({ call: `start eyrie-enter: ${LAUNCH_CALLS[result.call] ?? ''}`, errno: -returned });
  }
  return ok({
    stop: () => void border.pidfdSignal(result.pidfd, SIGTERM),
    ended: follow(result.report, result.pidfd, terminal),
  });
}

const ARGUMENTS = 5;

/** argv, a NUL after each. */
function argumentsOf({ cgroups, target, terminal, user }: Entry): Buffer {
  const ids = user === undefined ? '-' : `${user.uid}:${user.gid}:${user.groups.join(',')}`;
  const kind = terminal ? 'terminal' : 'pipes';
  const words = ['eyrie-enter', `${target.pid}`, kind, `${cgroups.length}`, ids];
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
}

type Record =
  | { readonly failure: StepFailure | LaunchError }
  | { readonly status: number; readonly withJob: boolean };

/** Reads the report to its end and gives back all that was held. */
async function follow(
  report: number,
  pidfd: number,
  terminal: Buffer | undefined,
): Promise<Result<EntryEnd, StepFailure | LaunchError>> {
  const records: Record[] = [];
  await readRecords(report, LAUNCH_RECORD_SIZE, (bytes) => records.push(decode(bytes)));
  const end = await reapChild(pidfd);
  fs.closeSync(pidfd);
  // It does so itself, but when it is killed.
  if (terminal !== undefined) border.restoreTerminal(0, terminal);
  for (const record of records) if ('failure' in record) return err(record.failure);
  const [last] = records;
  if (last === undefined || !('status' in last)) return err(lost(end));
  const signal = last.status & 0x7f;
  return ok({
    code: signal === 0 ? (last.status >> 8) & 0xff : undefined,
    signal: signal === 0 ? undefined : signal,
    withJob: last.withJob,
  });
}

/** enum launch_record's kinds, native/launch.h and native/enter/enter.h. */
const FAILED = 2;
const PHASE_OF_INIT = 0;

function decode(bytes: Buffer): Record {
  const [kind, phase, index = 0] = [0, 4, 8].map((offset) => bytes.readUInt32LE(offset));
  const number = bytes.readInt32LE(12);
  if (kind !== FAILED) return { status: number, withJob: index !== 0 };
  return phase === PHASE_OF_INIT
    ? { failure: { call: ENTER_STAGES[index] ?? 'start', errno: number } }
    : { failure: { phase: 'job', index, errno: number } };
}

function lost(end: ChildEnd | undefined): LaunchError {
  const how = end?.signal === undefined ? `status ${end?.code ?? 0}` : `signal ${end.signal}`;
  return { call: `follow eyrie-enter, which ended with ${how}`, errno: EIO };
}
