/**
 * /proc/PID/status: proc(5), section "/proc/pid/status".
 */
import { err, ok, type Result } from '../../result';
import type { CapabilitySet } from './capabilities';
import { readKernelFile } from './read';

/** Four ids of a process, credentials(7). */
export interface Ids {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
  readonly filesystem: number;
}

/** What a process is and may do. */
export interface ProcessStatus {
  readonly name: string;
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: Ids;
  readonly gid: Ids;
  /** Supplementary groups. */
  readonly groups: readonly number[];
  readonly threads: number;
  readonly capabilities: {
    readonly inheritable: CapabilitySet;
    readonly permitted: CapabilitySet;
    readonly effective: CapabilitySet;
    readonly bounding: CapabilitySet;
    readonly ambient: CapabilitySet;
  };
  readonly noNewPrivs: boolean;
  /** Undefined: a kernel without seccomp(2) shows no such line. */
  readonly seccomp: 'disabled' | 'strict' | 'filter' | undefined;
}

const SECCOMP_MODES = ['disabled', 'strict', 'filter'] as const;

/**
 * Parses a status file.
 *
 * @returns the status, or a sentence with the line that is missing or not understood
 */
export function parseStatus(text: string): Result<ProcessStatus, string> {
  const lines = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) {
      lines.set(line.slice(0, colon), line.slice(colon + 1).trim());
    }
  }
  const missing: string[] = [];
  const reader = fieldReader(lines, missing);
  const status: ProcessStatus = {
    name: reader.text('Name'),
    pid: reader.number('Pid'),
    parentPid: reader.number('PPid'),
    uid: reader.ids('Uid'),
    gid: reader.ids('Gid'),
    groups: reader.text('Groups').split(/\s+/).filter(Boolean).map(Number),
    threads: reader.number('Threads'),
    capabilities: {
      inheritable: reader.set('CapInh'),
      permitted: reader.set('CapPrm'),
      effective: reader.set('CapEff'),
      bounding: reader.set('CapBnd'),
      ambient: reader.set('CapAmb'),
    },
    noNewPrivs: lines.get('NoNewPrivs') === '1',
    seccomp: SECCOMP_MODES[Number(lines.get('Seccomp') ?? Number.NaN)],
  };
  return missing.length === 0
    ? ok(status)
    : err(`/proc/PID/status has no line that proc(5) describes for ${missing.join(', ')}`);
}

/** The status of a process by pid, or of this one. */
export function readStatus(pid: number | 'self' = 'self'): Result<ProcessStatus, string> {
  const text = readKernelFile(`/proc/${pid}/status`);
  return text.ok ? parseStatus(text.value) : text;
}

/** Readers of one field each; what cannot be read is named in `missing`. */
function fieldReader(lines: ReadonlyMap<string, string>, missing: string[]) {
  const matching = (name: string, form: RegExp): string => {
    const value = lines.get(name);
    if (value === undefined || !form.test(value)) {
      missing.push(name);
      return '0';
    }
    return value;
  };
  return {
    text: (name: string): string => matching(name, /^/),
    number: (name: string): number => Number(matching(name, /^\d+$/)),
    set: (name: string): CapabilitySet => BigInt(`0x${matching(name, /^[0-9a-f]{1,16}$/)}`),
    ids: (name: string): Ids => {
      const [real, effective, saved, filesystem] = matching(name, /^\d+(\s+\d+){3}$/).split(/\s+/);
      return {
        real: Number(real),
        effective: Number(effective),
        saved: Number(saved),
        filesystem: Number(filesystem),
      };
    },
  };
}
