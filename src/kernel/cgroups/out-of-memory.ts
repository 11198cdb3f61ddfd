/**
 * Whether a job ran out of memory: how often the kernel had to kill a process of it, and whether the
 * job's own limit was the reason or the whole machine's.
 *
 * Source: memory.events and memory.events.local of cgroup-v2.rst; memory.oom_control and
 * cgroup.event_control of cgroup-v1/memory.rst.
 */
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { eventDescriptor } from '../border';
import { readFields, readNumber, writeText } from './files';
import type { CgroupPart } from './make-cgroup';

/** What the kernel has counted. */
export interface OutOfMemory {
  /** Processes that were killed for want of memory. */
  readonly kills: number;
  /** False: the machine had none, and the job was below its limit. */
  readonly overLimit: boolean;
}

/** Looks at the counts. */
export function readOutOfMemory(parts: readonly CgroupPart[]): OutOfMemory {
  const part = memoryPart(parts);
  if (part === undefined) return { kills: 0, overLimit: false };
  const { directory, version } = part;
  if (version === 1) {
    const kills = readFields(directory, 'memory.oom_control').get('oom_kill') ?? 0;
    return { kills, overLimit: wasAtLimit(directory) };
  }
  const kills = readFields(directory, 'memory.events').get('oom_kill') ?? 0;
  // What the job does to parts of its own that it has limited is its own business.
  const hits = ['', '/job'].map((part) => localHits(`${directory}${part}`));
  return { kills, overLimit: hits.some((count) => (count ?? 1) > 0) };
}

/** How often a limit of this cgroup itself was hit; undefined before Linux 5.2. */
function localHits(directory: string): number | undefined {
  return readFields(directory, 'memory.events.local').get('oom');
}

/** How near to its limit a job has been whom its limit killed: as HTCondor's starter judges it. */
const NEAR = 0.9;

/** Version 1 counts refusals (memory.failcnt), but newer kernels do not any more. */
function wasAtLimit(directory: string): boolean {
  const limit = readNumber(directory, 'memory.limit_in_bytes') ?? Infinity;
  return (readNumber(directory, 'memory.max_usage_in_bytes') ?? 0) >= limit * NEAR;
}

/** Milliseconds between the kernel's word that it will kill and the kill, at most. */
const PATIENCE = 1000;

/**
 * Version 1 kills one process of the job and leaves the others: tells when that has happened. In version
 * 2 the job dies whole, and that is enough of a word.
 *
 * @returns the way to stop
 */
export function watchOutOfMemory(parts: readonly CgroupPart[], tell: () => void): () => void {
  const part = memoryPart(parts);
  if (part?.version !== 1) return () => undefined;
  const event = eventDescriptor();
  if (event < 0) return () => undefined;
  let isOver = false;
  const control = fs.openSync(`${part.directory}/memory.oom_control`, 'r');
  writeText(part.directory, 'cgroup.event_control', `${event} ${control}`);
  const listen = (): void => {
    // One of libuv's threads waits in there; `stop` wakes it.
    fs.read(event, Buffer.alloc(8), 0, 8, null, (error) => {
      if (isOver || error !== null) {
        fs.closeSync(control);
        fs.closeSync(event);
        return;
      }
      void hasKilled(parts).then((killed) => {
        if (killed && !isOver) tell();
      });
      listen();
    });
  };
  listen();
  return () => {
    isOver = true;
    fs.writeSync(event, Buffer.from(BigUint64Array.of(1n).buffer));
  };
}

/** The word comes before the kill, and also where a cgroup above ran out of memory. */
async function hasKilled(parts: readonly CgroupPart[]): Promise<boolean> {
  const before = performance.now();
  while (readOutOfMemory(parts).kills === 0) {
    if (performance.now() - before > PATIENCE) return false;
    await pause(5);
  }
  return true;
}

function memoryPart(parts: readonly CgroupPart[]): CgroupPart | undefined {
  return parts.find(({ controllers }) => controllers.includes('memory'));
}
