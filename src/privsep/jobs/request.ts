/**
 * The fields of the requests about jobs. None of them names an id, a mount, a directory to be the root, a
 * cgroup or a namespace: those are the daemon's to choose, and a request that has such a field is refused.
 */
import os from 'node:os';
import type { RlimitName, RlimitValue } from '../../job/plan';
import { RESOURCES } from '../../kernel/plan-table';
import { err, ok, type Result } from '../../result';
import {
  bytes,
  either,
  type Field,
  flag,
  listOf,
  mapOf,
  matching,
  objectOf,
  oneOf,
  optional,
  readFields,
  text,
  wholeNumber,
} from '../control/fields';
import type { Json, JsonObject } from '../control/types';
import type { JobRequest, JobStream } from './types';

/** Bytes: PATH_MAX of linux/limits.h, and MAX_ARG_STRLEN, what execve(2) takes as one argument. */
const PATH_MAX = 4095;
const ARGUMENT_MAX = 128 * 1024 - 1;
/** More has no room in a request. */
const ARGUMENTS_MAX = 65_536;
const DESCRIPTORS_MAX = 8;

/** Of setrlimit(2). */
const RESOURCE_NAMES = Object.keys(RESOURCES) as readonly RlimitName[];

/** An identifier of a lease or a job: no path, no control characters. */
export const identifier = matching(/^[\w.-]+$/, 'an identifier', { max: 128 });

const path = bytes({ max: PATH_MAX });

/** A path of the job's view. */
const absolutePath: Field<string> = (value) => {
  const read = path(value);
  if (!read.ok) return read;
  return read.value.startsWith('/') ? read : err('expected an absolute path');
};

/** A path that stays below where it begins, as it is written; links on it are another matter. */
const pathBelow: Field<string> = (value) => {
  const read = path(value);
  if (!read.ok) return read;
  const isBelow = read.value
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..');
  return isBelow ? read : err('expected a path below the sandbox, without "." and ".."');
};

/** Where the job begins: what it may enter it could enter itself. */
const directory: Field<string> = (value) => {
  if (typeof value !== 'string' || !value.startsWith('/')) return pathBelow(value);
  const read = absolutePath(value);
  return read.ok && value.split('/').includes('..') ? err('expected a path without ".."') : read;
};

const variableName: Field<string> = (value) => {
  const read = bytes({ max: 4096 })(value);
  if (!read.ok) return read;
  return read.value.includes('=') ? err('expected a name without "="') : read;
};

const stream: Field<JobStream> = (value) => {
  const read = either(
    objectOf({ descriptor: wholeNumber(0, DESCRIPTORS_MAX - 1) }),
    objectOf({ path: pathBelow, append: optional(flag()) }),
  )(value);
  if (!read.ok) return err(`expected {descriptor} or {path, append}: ${read.error}`);
  return ok(
    'path' in read.value
      ? { path: read.value.path, append: read.value.append ?? false }
      : read.value,
  );
};

const limit: Field<RlimitValue> = (value) => {
  if (value === 'unlimited') return ok(value);
  const read = wholeNumber(0, Number.MAX_SAFE_INTEGER)(value);
  return read.ok ? read : err('expected a whole number, or "unlimited"');
};

const limits = mapOf(oneOf(...RESOURCE_NAMES), limit, RESOURCE_NAMES.length) as Field<
  ReadonlyMap<RlimitName, RlimitValue>
>;

const START = {
  lease: identifier,
  sandbox: identifier,
  command: absolutePath,
  arguments: optional(listOf(bytes({ min: 0, max: ARGUMENT_MAX }), ARGUMENTS_MAX)),
  environment: optional(mapOf(variableName, bytes({ min: 0, max: ARGUMENT_MAX }), ARGUMENTS_MAX)),
  directory: optional(directory),
  limits: optional(limits),
  streams: optional(
    objectOf({ input: optional(stream), output: optional(stream), error: optional(stream) }),
  ),
  chroot: optional(chrootName),
  nice: optional(wholeNumber(0, 19)),
  umask: optional(wholeNumber(0, 0o777)),
  cpus: optional(wholeNumber(1, 65_536)),
  memory: optional(wholeNumber(1, 2 ** 40)),
  keep: optional(flag()),
};

/** A friendly name, as NAMED_CHROOT has it: nothing that could be a path. */
function chrootName(value: Json | undefined): Result<string, string> {
  const read = text({ max: 256 })(value);
  if (!read.ok) return read;
  const isPath = read.value.includes('/') || read.value === '.' || read.value === '..';
  return isPath ? err('expected the name of a chroot, no path') : read;
}

/** Reads `job.start`. */
export function readStart(request: JsonObject): Result<JobRequest, string> {
  const read = readFields(request, START);
  if (!read.ok) return read;
  const { streams, ...rest } = read.value;
  return ok({
    ...rest,
    arguments: rest.arguments ?? [],
    environment: rest.environment ?? new Map(),
    limits: rest.limits ?? new Map(),
    keep: rest.keep ?? false,
    streams: {
      input: streams?.input ?? 'null',
      output: streams?.output ?? 'null',
      error: streams?.error ?? 'null',
    },
  });
}

/** A request about a job that was started. */
export interface JobReference {
  readonly job: string;
}

/** Reads a request with nothing but a job in it. */
export function readReference(request: JsonObject): Result<JobReference, string> {
  return readFields(request, { job: identifier });
}

/** A signal for a job's main process, or for all of its processes. */
export interface SignalRequest extends JobReference {
  readonly signal: number;
  readonly to: 'main' | 'family';
}

/** Signals by number, signal(7): the last one is SIGRTMAX. */
const SIGNAL_MAX = 64;

const signal: Field<number> = (value) => {
  const named = typeof value === 'string' ? numberOf(value) : undefined;
  if (named !== undefined) return ok(named);
  const read = wholeNumber(1, SIGNAL_MAX)(value);
  return read.ok ? read : err(`expected a signal, as "SIGTERM" or from 1 to ${SIGNAL_MAX}`);
};

function numberOf(name: string): number | undefined {
  return Object.entries(os.constants.signals).find(([known]) => known === name)?.[1];
}

/** Reads `job.signal`. */
export function readSignal(request: JsonObject): Result<SignalRequest, string> {
  const read = readFields(request, {
    job: identifier,
    signal,
    to: optional(oneOf('main', 'family')),
  });
  return read.ok ? ok({ ...read.value, to: read.value.to ?? 'main' }) : read;
}
