/** From a plan to the request for a job: only what a client may ask for is left of it. */
import type { LaunchPlan, Step } from '../../job/plan';
import type { JobSpec } from '../../job/spec';
import { err, ok, type Result } from '../../result';
import type { JsonObject } from '../control/types';
import type { TableFault } from '../../job/faults';
import type { StartableJob } from '../types';
import { type OpenedStream, openStream } from './streams';

/** A request that is ready to be sent. */
export interface StartRequest {
  readonly fields: JsonObject;
  readonly descriptors: readonly number[];
  /** Closes the descriptors that were opened for it. */
  close(): void;
}

/** Makes the request; the streams outside of the sandbox are opened with this process's own rights. */
export function startRequest(
  { plan, slot, spec }: StartableJob,
  named: { readonly lease: string; readonly sandbox: string },
): Result<StartRequest, TableFault> {
  const streams = openStreams(spec);
  if (!streams.ok) return streams;
  const { descriptors, fields } = streams.value;
  const { arguments: words, command, requestedChroot: chroot } = spec;
  return ok({
    descriptors,
    close: () => streams.value.close(),
    fields: {
      ...named,
      command,
      arguments: words,
      environment: environmentOf(plan),
      streams: fields,
      limits: limitsOf(plan, spec),
      ...processOf(plan),
      ...(chroot === undefined ? {} : { chroot }),
      ...(slot.cpus === undefined ? {} : { cpus: slot.cpus }),
      ...(slot.memory === undefined ? {} : { memory: slot.memory }),
    },
  });
}

function environmentOf({ job }: LaunchPlan): JsonObject {
  const exec = job.at(-1);
  const entries = exec?.op === 'exec' ? exec.envp : [];
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

/** Where the job begins, and how it is treated. */
function processOf({ job }: LaunchPlan): JsonObject {
  const fields: Record<string, string | number> = {};
  for (const step of job) {
    if (step.op === 'chdir') fields['directory'] = step.path;
    if (step.op === 'nice') fields['nice'] = step.increment;
    if (step.op === 'umask') fields['umask'] = step.mask;
  }
  return fields;
}

/** What the job or this starter's site asks for; the rest is as the daemon's site has it. */
function limitsOf({ job }: LaunchPlan, { stackSize }: JobSpec): JsonObject {
  const asked = (step: Step): step is Step & { op: 'rlimit' } =>
    step.op === 'rlimit' &&
    (['core', 'as'].includes(step.resource) ||
      (step.resource === 'stack' && stackSize !== undefined));
  return Object.fromEntries(job.filter(asked).map(({ resource, soft }) => [resource, soft]));
}

interface OpenedStreams {
  readonly fields: JsonObject;
  readonly descriptors: readonly number[];
  close(): void;
}

function openStreams(spec: JobSpec): Result<OpenedStreams, TableFault> {
  const { stderr, stdin, stdout } = spec;
  const opened: OpenedStream[] = [];
  const close = (): void => {
    for (const stream of opened.splice(0)) stream.close();
  };
  const fields: Record<string, JsonObject> = {};
  const descriptors: number[] = [];
  for (const [name, from, stream] of [
    ['input', stdin, 'stdin'],
    ['output', stdout, 'stdout'],
    ['error', stderr, 'stderr'],
  ] as const) {
    if (from.kind === 'null') continue;
    if (from.kind === 'sandbox') {
      fields[name] = { path: from.name, append: from.append };
      continue;
    }
    // Two descriptions of one file have an offset each and would write over one another.
    const same = name === 'error' && isSameFile(stdout, from) ? fields['output'] : undefined;
    if (same !== undefined) {
      fields[name] = same;
      continue;
    }
    const one = openStream(stream, from);
    if (!one.ok) {
      close();
      return err(one.error);
    }
    opened.push(one.value);
    fields[name] = { descriptor: descriptors.length };
    descriptors.push(one.value.descriptor);
  }
  return ok({ fields, descriptors, close });
}

function isSameFile(one: JobSpec['stdout'], other: JobSpec['stdout']): boolean {
  return one.kind === 'file' && other.kind === 'file' && one.path === other.path;
}
