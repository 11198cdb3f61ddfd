/** Figures of the daemon, as the starter has them. What is not of the right type is left out. */
import type { MemoryMarks } from '../../job/memory-peak';
import type { JobUsage, Pressure } from '../../job/result';
import { isObject } from '../control/fields';
import type { Json, JsonObject } from '../control/types';
import type { JobWitness } from './types';

/** A number of an object; undefined: there is none. */
export function numberOf(fields: JsonObject, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Reads the fields of `usage`. */
export function readUsage(fields: Json | undefined): JobUsage | undefined {
  if (!isObject(fields)) return undefined;
  const of = (name: string): number | undefined => numberOf(fields, name);
  const image = of('maxImageSize');
  return {
    userCpu: of('userCpu') ?? 0,
    systemCpu: of('systemCpu') ?? 0,
    maxResident: of('maxResident') ?? 0,
    // A look before the job's first instruction saw nothing.
    imageSize: image === 0 ? undefined : image,
    proportional: of('proportional'),
    blockReads: of('blockReads'),
    blockWrites: of('blockWrites'),
    blockReadBytes: of('blockReadBytes'),
    blockWriteBytes: of('blockWriteBytes'),
    pressure: readPressure(fields['pressure']),
  };
}

function readPressure(fields: Json | undefined): Pressure | undefined {
  if (!isObject(fields)) return undefined;
  const [cpu, memory, io] = ['cpu', 'memory', 'io'].map((name) => numberOf(fields, name));
  return { cpu, memory, io };
}

/** Reads `memory` of `usage`. */
export function readMemory(fields: Json | undefined): MemoryMarks | undefined {
  if (!isObject(fields)) return undefined;
  const [held, cache] = [numberOf(fields, 'held'), numberOf(fields, 'cache')];
  if (held === undefined || cache === undefined) return undefined;
  return { held, cache, peak: numberOf(fields, 'peak') };
}

/** Reads `outOfMemory` of the event `ended`. */
export function readOutOfMemory(fields: Json | undefined): JobWitness['outOfMemory'] {
  if (!isObject(fields)) return undefined;
  return {
    kills: numberOf(fields, 'kills') ?? 0,
    overLimit: fields['overLimit'] === true,
    limit: numberOf(fields, 'limit'),
  };
}
