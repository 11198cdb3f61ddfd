/**
 * What was recorded of HTCondor's condor_procd 23.9.6: the exchanges of a client with it, and what
 * procd_ctl writes to it and reads from it.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcdRequest } from '../../../src/family/wire';

declare const __EYRIE_ROOT__: string;

/** A request and its reply, in hexadecimal digits. */
export interface Exchange {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly request: string;
  readonly reply: string;
  /** HTCondor's name of the result. */
  readonly error: string;
  readonly decoded?: unknown;
}

export interface Session {
  readonly clientPid: number;
  readonly exchanges: readonly Exchange[];
}

export interface ControlRun {
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

/** A row of the table of dialects. */
export interface VersionRange {
  readonly from: string;
  readonly to: string;
  readonly commands: Readonly<Record<string, number>>;
  readonly usageLayout: {
    readonly size: number;
    readonly fields: readonly { field: string; type: string; offset: number }[];
  };
}

function fixture(name: string): unknown {
  const file = path.join(__EYRIE_ROOT__, 'test/procd/fixtures', `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Groups allocated by procd: flags -G 7001 7002. */
export const allocatingSession = fixture('session-23.9.6-x86_64') as Session;
/** Groups chosen outside: flags -G 7001 7002 -E. */
export const associatingSession = fixture('session-23.9.6-associated-gid') as Session;
export const controlRuns = (fixture('procd_ctl-23.9.6') as { runs: readonly ControlRun[] }).runs;
export const versionRanges = (fixture('versions') as { ranges: readonly VersionRange[] }).ranges;

/** Our name of each of HTCondor's commands. */
export const COMMAND_NAMES: Readonly<Record<string, ProcdRequest['command']>> = {
  REGISTER_SUBFAMILY: 'register-subfamily',
  TRACK_ENVIRONMENT: 'track-environment',
  TRACK_LOGIN: 'track-login',
  TRACK_ALLOCATED_GID: 'track-allocated-group',
  TRACK_ASSOCIATED_GID: 'track-associated-group',
  USE_GLEXEC: 'use-glexec',
  SIGNAL_PROCESS: 'signal-process',
  SUSPEND_FAMILY: 'suspend-family',
  CONTINUE_FAMILY: 'continue-family',
  KILL_FAMILY: 'kill-family',
  GET_USAGE: 'get-usage',
  UNREGISTER_FAMILY: 'unregister-family',
  TAKE_SNAPSHOT: 'take-snapshot',
  DUMP: 'dump',
  QUIT: 'quit',
  TRACK_CGROUP: 'track-cgroup',
};

/** Our name of each field of HTCondor's usage record. */
export const USAGE_NAMES: Readonly<Record<string, string>> = {
  user_cpu_time: 'userCpu',
  sys_cpu_time: 'systemCpu',
  percent_cpu: 'percentCpu',
  max_image_size: 'maxImageSize',
  total_image_size: 'imageSize',
  total_resident_set_size: 'resident',
  total_proportional_set_size: 'proportional',
  total_proportional_set_size_available: 'hasProportional',
  num_procs: 'processes',
  block_reads: 'blockReads',
  block_writes: 'blockWrites',
  block_read_bytes: 'blockReadBytes',
  block_write_bytes: 'blockWriteBytes',
  m_instructions: 'instructions',
  io_wait: 'ioWait',
};

/** The bytes of hexadecimal digits. */
export function fromHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
