/** The records of eyrie-init's pipes as bytes: native/launch.h. Pure. */
import { Buffer } from 'node:buffer';
import { PLAN_NONE } from './plan-table';
import {
  CONTROL_RECORD,
  EXIT_RECORD,
  GO_RECORD,
  LAUNCH_RECORD,
  type StructFields,
} from './structs';
import type { JobExit } from './launch-types';

const MICROSECONDS = 1e6;

/** Who a signal is for: the kinds of control_record. */
export const CONTROL_KINDS = { job: 1, family: 2 } as const;

/** A launch_record: the job's process was born, or something failed. */
export type LaunchRecord =
  | { readonly kind: 'born'; readonly pid: number | undefined }
  /** Init's own pid, where another process than the starter has made it. */
  | { readonly kind: 'apart'; readonly pid: number }
  | {
      readonly kind: 'failed';
      readonly phase: 'init' | 'setup' | 'job';
      readonly index: number;
      readonly errno: number;
    };

/** Bytes of a record of fixed size. */
export const LAUNCH_RECORD_SIZE = sizeOf(LAUNCH_RECORD);
export const EXIT_RECORD_SIZE = sizeOf(EXIT_RECORD);

const PHASES = ['init', 'setup', 'job'] as const;
const BORN = 1;
const APART = 3;

/** Decodes a launch_record. */
export function decodeLaunchRecord(bytes: Buffer): LaunchRecord {
  const [kind, phase, index] = [0, 4, 8].map((offset) => bytes.readUInt32LE(offset));
  const number = bytes.readInt32LE(12);
  if (kind === BORN) return { kind: 'born', pid: number > 0 ? number : undefined };
  if (kind === APART) return { kind: 'apart', pid: number };
  return { kind: 'failed', phase: PHASES[phase ?? 0] ?? 'init', index: index ?? 0, errno: number };
}

/** Decodes an exit_record; the status is as wait(2) gives it. */
export function decodeExitRecord(bytes: Buffer): JobExit {
  const status = bytes.readInt32LE(0);
  const [user, system, maxResident, blocksIn, blocksOut] = [8, 16, 24, 32, 40].map((offset) =>
    Number(bytes.readBigUInt64LE(offset)),
  ) as [number, number, number, number, number];
  const signal = status & 0x7f;
  return {
    code: signal === 0 ? (status >> 8) & 0xff : undefined,
    signal: signal === 0 ? undefined : signal,
    coreDumped: (status & 0x80) !== 0,
    usage: {
      userCpu: user / MICROSECONDS,
      systemCpu: system / MICROSECONDS,
      maxResident,
      blocksIn,
      blocksOut,
    },
  };
}

/** Encodes a go_record, with one more supplementary group for the job or none. */
export function encodeGoRecord(group: number | undefined): Buffer {
  const bytes = Buffer.alloc(sizeOf(GO_RECORD));
  bytes.writeUInt32LE(group ?? PLAN_NONE, 0);
  return bytes;
}

/** Encodes a control_record. */
export function encodeControlRecord(whom: keyof typeof CONTROL_KINDS, signal: number): Buffer {
  const bytes = Buffer.alloc(sizeOf(CONTROL_RECORD));
  bytes.writeUInt32LE(CONTROL_KINDS[whom], 0);
  bytes.writeUInt32LE(signal, 4);
  return bytes;
}

/** The records have no padding: each field is at a multiple of its size. */
function sizeOf(fields: StructFields): number {
  return Object.values(fields).reduce((size, type) => size + (type === 'uint64' ? 8 : 4), 0);
}
