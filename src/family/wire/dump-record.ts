/**
 * The body of a dump: families, each before its subfamilies, with their processes.
 *
 * Source: ProcFamilyDump and ProcFamilyProcessDump of proc_family_io.h.
 */

/** A process in a dump. */
export interface DumpedProcess {
  readonly pid: number;
  readonly ppid: number;
  /** Clock ticks from the host's boot to the process's birth; proc(5), stat's starttime. */
  readonly birthday: number;
  /** CPU seconds, whole. */
  readonly userCpu: number;
  readonly systemCpu: number;
}

/** A family in a dump. */
export interface DumpedFamily {
  /** Root of the family above; 0: there is none. */
  readonly parentRoot: number;
  readonly root: number;
  /** 0: none. */
  readonly watcher: number;
  readonly processes: readonly DumpedProcess[];
}

const FAMILY_SIZE = 16;
const PROCESS_SIZE = 32;

/** The body of a dump. */
export function encodeDump(families: readonly DumpedFamily[]): Buffer {
  const count = families.reduce((sum, { processes }) => sum + processes.length, 0);
  const bytes = Buffer.alloc(4 + families.length * FAMILY_SIZE + count * PROCESS_SIZE);
  let at = bytes.writeInt32LE(families.length, 0);
  for (const { parentRoot, processes, root, watcher } of families) {
    at = bytes.writeInt32LE(parentRoot, at);
    at = bytes.writeInt32LE(root, at);
    at = bytes.writeInt32LE(watcher, at);
    at = bytes.writeInt32LE(processes.length, at);
    for (const member of processes) at = writeProcess(bytes, at, member);
  }
  return bytes;
}

/** A body as far as it has come: whole with its length, or how many bytes it has at least. */
export type DumpSoFar =
  | { readonly whole: true; readonly families: readonly DumpedFamily[]; readonly size: number }
  | { readonly whole: false; readonly atLeast: number };

/** More than a machine has: what is read must not grow without end by a peer's word. */
const COUNT_MAX = 10_000_000;

/**
 * Reads a body; what follows it is not looked at.
 *
 * @returns undefined where a count is none
 */
export function decodeDump(bytes: Buffer): DumpSoFar | undefined {
  if (bytes.length < 4) return { whole: false, atLeast: 4 };
  const families: DumpedFamily[] = [];
  const count = bytes.readInt32LE(0);
  if (count < 0 || count > COUNT_MAX) return undefined;
  let at = 4;
  for (let index = 0; index < count; index += 1) {
    if (bytes.length < at + FAMILY_SIZE) return { whole: false, atLeast: at + FAMILY_SIZE };
    const length = bytes.readInt32LE(at + 12);
    if (length < 0 || length > COUNT_MAX) return undefined;
    const end = at + FAMILY_SIZE + length * PROCESS_SIZE;
    if (bytes.length < end) return { whole: false, atLeast: end };
    families.push({
      parentRoot: bytes.readInt32LE(at),
      root: bytes.readInt32LE(at + 4),
      watcher: bytes.readInt32LE(at + 8),
      processes: readProcesses(bytes, at + FAMILY_SIZE, length),
    });
    at = end;
  }
  return { whole: true, families, size: at };
}

function writeProcess(bytes: Buffer, at: number, member: DumpedProcess): number {
  bytes.writeInt32LE(member.pid, at);
  bytes.writeInt32LE(member.ppid, at + 4);
  bytes.writeBigUInt64LE(BigInt(Math.trunc(member.birthday)), at + 8);
  bytes.writeBigInt64LE(BigInt(Math.trunc(member.userCpu)), at + 16);
  return bytes.writeBigInt64LE(BigInt(Math.trunc(member.systemCpu)), at + 24);
}

function readProcesses(bytes: Buffer, start: number, count: number): readonly DumpedProcess[] {
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * PROCESS_SIZE;
    return {
      pid: bytes.readInt32LE(at),
      ppid: bytes.readInt32LE(at + 4),
      birthday: Number(bytes.readBigUInt64LE(at + 8)),
      userCpu: Number(bytes.readBigInt64LE(at + 16)),
      systemCpu: Number(bytes.readBigInt64LE(at + 24)),
    };
  });
}
