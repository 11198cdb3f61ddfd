/**
 * A job's sandbox as a file system of its own, which cannot grow over what the slot has of disk.
 *
 * Source: the manual's STARTD_ENFORCE_DISK_LIMITS and LVM_… knobs: HTCondor's starter has a logical
 * volume for it. Its sentence for jobs that fill theirs, and subcode 104 of condor_holdcodes.h.
 */
import { evaluate } from '../condor/classad';
import type { KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import type { JobFault } from './faults';
import { knobError } from './knob-error';
import type { PlanMode } from './plan-input';
import { type AmountSource, readAmount } from './read-amount';

/** A file system for one sandbox, as plain data. */
export interface ScratchDisk {
  /** `tmpfs`: in memory. `loop`: in a file without a name beside the sandboxes. */
  readonly kind: 'tmpfs' | 'loop';
  /** Bytes that it has room for. */
  readonly size: number;
  /** Bytes from which on the job is held. */
  readonly limit: number;
  /** Whether space is taken only when it is written to. */
  readonly isThin: boolean;
}

const KIB = 1024;
const MIB = 2 ** 20;

/** What a disk is planned from. */
export interface ScratchDiskInput extends AmountSource {
  readonly mode: PlanMode;
}

/** A planned disk. */
export interface PlannedDisk {
  /** Undefined: the sandbox is a directory like any other. */
  readonly disk: ScratchDisk | undefined;
  readonly notes: readonly string[];
}

/** Plans it. */
export function planScratchDisk(input: ScratchDiskInput): Result<PlannedDisk, KnobError> {
  const kind = input.config.choice('STARTER_SCRATCH_DISK');
  if (!kind.ok) return kind;
  if (kind.value === 'directory') return ok({ disk: undefined, notes: [] });
  if (input.mode !== 'root') {
    const note = 'STARTER_SCRATCH_DISK has no effect: the starter is not root, and cannot mount';
    return ok({ disk: undefined, notes: [note] });
  }
  const size = readAmount(input, 'STARTER_SCRATCH_DISK_SIZE');
  if (!size.ok) return size;
  if (size.value === undefined) {
    return knobError(input.config, 'STARTER_SCRATCH_DISK_SIZE', 'it gives no size for this slot');
  }
  const disk =
    kind.value === 'tmpfs' ? inMemory(size.value * KIB) : inFile(input, size.value * KIB);
  return disk.ok ? ok({ disk: disk.value, notes: [] }) : disk;
}

function inMemory(size: number): Result<ScratchDisk, KnobError> {
  return ok({ kind: 'tmpfs', size, limit: size, isThin: true });
}

/** A thin one has more room than the job may use: so most jobs are held before a write fails. */
function inFile(input: ScratchDiskInput, size: number): Result<ScratchDisk, KnobError> {
  const { config, jobAd, machineAd } = input;
  const thin = config.boolean('LVM_USE_THIN_PROVISIONING', { my: jobAd, target: machineAd });
  if (!thin.ok) return thin;
  if (thin.value) {
    const extra = config.integer('LVM_THIN_LV_EXTRA_SIZE_MB');
    if (!extra.ok) return extra;
    return ok({ kind: 'loop', size: size + extra.value * MIB, limit: size, isThin: true });
  }
  const margin = readMargin(input);
  if (!margin.ok) return margin;
  return ok({ kind: 'loop', size, limit: size * margin.value, isThin: false });
}

function readMargin({ config, jobAd, machineAd }: ScratchDiskInput): Result<number, KnobError> {
  const knob = 'LVM_THICK_LV_MARGIN';
  const expression = config.expression(knob);
  if (!expression.ok) return expression;
  if (expression.value === undefined) return ok(1);
  const value = evaluate(expression.value, { my: machineAd, target: jobAd });
  const share = value.type === 'integer' || value.type === 'real' ? Number(value.value) : NaN;
  return share > 0 && share <= 1
    ? ok(share)
    : knobError(config, knob, 'expected a number above 0, up to 1');
}

/** How full a disk is, bytes. */
export interface DiskFill {
  readonly used: number;
  readonly free: number;
  readonly limit: number;
}

/** Bytes: a large write fails as a whole where less is free. */
const LARGE_WRITE = MIB;

/** JobOutOfResources's subcode for disk. */
const DISK = 104;

/** Why a job is held that has filled its disk; undefined: it has not. */
export function diskFault({ free, limit, used }: DiskFill): JobFault | undefined {
  if (used < limit && free >= Math.min(LARGE_WRITE, limit / 16)) return undefined;
  const reason =
    `Job has exceeded allocated disk (${(limit / MIB).toFixed(1)} MB). ` +
    'Consider increasing the value of request_disk.';
  return { cause: 'outOfResources', subcode: DISK, reason };
}

/** A disk in words, for a person. */
export function describeDisk({ isThin, kind, limit, size }: ScratchDisk): string {
  const where =
    kind === 'tmpfs' ? 'in memory' : `in a file, ${isThin ? 'as it is used' : 'set aside whole'}`;
  return `a file system of ${mebibytes(size)}, ${where}; held from ${mebibytes(limit)} on`;
}

function mebibytes(bytes: number): string {
  return `${Math.round((bytes / MIB) * 10) / 10} MiB`;
}
