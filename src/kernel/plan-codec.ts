/**
 * A LaunchPlan as bytes for the native interpreter. Pure. What a plan may say is judged there, in
 * native/plan.c; here only that is refused which bytes cannot carry.
 */
import type { Buffer } from 'node:buffer';
import type { LaunchPlan, RlimitValue, Step, StepFailure } from '../job/plan';
import { assertNever, err, ok, type Result } from '../result';
import {
  bitsOf,
  MOUNT_FLAGS,
  NAMESPACES,
  OPEN_MODES,
  PLAN_LIMIT,
  PLAN_MAGIC,
  PLAN_NONE,
  PLAN_VERSION,
  PROPAGATIONS,
  RESOURCES,
  STEPS,
  STREAMS,
} from './plan-table';
import { PlanWriter } from './plan-writer';

/** A step's place in its plan. */
export type StepPlace = Pick<StepFailure, 'phase' | 'index'>;

/** A plan's bytes. */
export interface EncodedPlan {
  /** Aligned to 8, as the interpreter wants it. */
  readonly bytes: Buffer;
  /** The step that the byte at an offset belongs to; undefined: the header. */
  stepAt(offset: number): StepPlace | undefined;
}

/** Why a plan cannot be written as bytes. */
export interface PlanError {
  /** Undefined: the header, or the whole. */
  readonly place: StepPlace | undefined;
  /** `uid is 4294967296: expected a 32-bit number`. */
  readonly reason: string;
}

/** A field: a number, a text, a limit, a CPU mask, or a list of texts. */
type FieldValue = number | string | bigint | Uint32Array | readonly string[];

/** All ones: RLIM_INFINITY. */
const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** Offset of `length` in the header. */
const LENGTH_OFFSET = 8;

/**
 * Encodes a plan.
 *
 * @param descriptorCount how many descriptors the launch hands on, for `inherit` steps.
 */
export function encodePlan(
  plan: LaunchPlan,
  descriptorCount: number,
): Result<EncodedPlan, PlanError> {
  const writer = new PlanWriter();
  const header = writeHeader(writer, plan, descriptorCount);
  if (header !== undefined) return err({ place: undefined, reason: header });

  const places: (StepPlace & { readonly offset: number })[] = [];
  for (const phase of ['setup', 'job'] as const) {
    for (const [index, step] of plan[phase].entries()) {
      places.push({ phase, index, offset: writer.offset });
      const reason = writeStep(writer, step);
      if (reason !== undefined) return err({ place: { phase, index }, reason });
    }
  }
  if (writer.offset > PLAN_LIMIT) {
    const limit = `arguments and environment must stay below ${PLAN_LIMIT}`;
    return err({ place: undefined, reason: `it takes ${writer.offset} bytes: ${limit}` });
  }
  writer.setNumber(LENGTH_OFFSET, writer.offset);
  return ok({
    bytes: writer.finish(),
    stepAt: (offset) => places.findLast((place) => place.offset <= offset),
  });
}

/** Writes header and groups; gives what is wrong. */
function writeHeader(
  writer: PlanWriter,
  plan: LaunchPlan,
  descriptorCount: number,
): string | undefined {
  const { uid, gid, groups } = plan.identity;
  // Ascending and each once: so the kernel gives them back, and the interpreter compares.
  const ascending = [...new Set(groups)].sort((a, b) => a - b);
  const numbers = {
    magic: PLAN_MAGIC,
    version: PLAN_VERSION,
    length: 0,
    namespaces: bitsOf(NAMESPACES, plan.namespaces),
    uid,
    gid,
    'number of groups': groups === undefined ? PLAN_NONE : ascending.length,
    'number of descriptors': descriptorCount,
    'number of setup steps': plan.setup.length,
    'number of job steps': plan.job.length,
  };
  for (const [name, value] of [...Object.entries(numbers), ...ascending.map((g) => ['group', g])]) {
    const reason = writeNumber(writer, value as number);
    if (reason !== undefined) return `${name} ${reason}`;
  }
  writer.alignTo8();
  return undefined;
}

/** Writes one record; gives what is wrong. */
function writeStep(writer: PlanWriter, step: Step): string | undefined {
  const begin = writer.offset;
  writer.number(STEPS[step.op].number);
  writer.number(0);
  for (const value of fieldsOf(step)) {
    const reason = writeField(writer, value);
    if (reason !== undefined) return `a field ${reason}`;
  }
  writer.alignTo8();
  writer.setNumber(begin + 4, writer.offset - begin);
  return undefined;
}

function writeField(writer: PlanWriter, value: FieldValue): string | undefined {
  if (typeof value === 'number') return writeNumber(writer, value);
  if (typeof value === 'bigint') {
    writer.limit(value);
    return undefined;
  }
  if (value instanceof Uint32Array) {
    writer.words(value);
    return undefined;
  }
  const texts = typeof value === 'string' ? [value] : value;
  const broken = texts.find((text) => text.includes('\0'));
  if (broken !== undefined) return `holds a NUL character: ${JSON.stringify(broken)}`;
  if (typeof value === 'string') writer.text(value);
  else writer.strings(value);
  return undefined;
}

function writeNumber(writer: PlanWriter, value: number): string | undefined {
  if (!Number.isInteger(value) || value < 0 || value > PLAN_NONE) {
    return `is ${value}: expected a whole number from 0 to ${PLAN_NONE}`;
  }
  writer.number(value);
  return undefined;
}

/** A step's fields in the order of its row in the table. */
function fieldsOf(step: Step): readonly FieldValue[] {
  switch (step.op) {
    case 'pin':
      return [step.slot, step.base ?? PLAN_NONE, Number(step.asJob ?? false), step.path];
    case 'inherit':
      return [step.slot, step.index];
    case 'open':
      return openFields(step);
    case 'dup':
      return [step.slot, step.fd];
    case 'close-from':
      return [step.fd];
    case 'propagation':
      return [PROPAGATIONS[step.kind], step.path];
    case 'tmpfs':
    case 'proc':
    case 'cgroup-files':
      return [bitsOf(MOUNT_FLAGS, step.flags), step.target, step.options];
    case 'bind':
      return [step.source, step.target];
    case 'remount':
      return [bitsOf(MOUNT_FLAGS, step.flags), step.target];
    case 'mkdir':
      return mkdirFields(step);
    case 'touch':
      return [step.mode, step.path];
    case 'symlink':
      return [step.target, step.path];
    case 'chroot':
      return [step.path];
    case 'chdir':
      return [step.path, step.fallback ?? ''];
    case 'rlimit':
      return [RESOURCES[step.resource], limitOf(step.soft), limitOf(step.hard)];
    case 'nice':
      return [step.increment];
    case 'umask':
      return [step.mask];
    case 'affinity':
      return [cpuMask(step.cpus)];
    case 'exec':
      return [step.path, step.argv, step.envp];
    case 'setsid':
    case 'session-keyring':
    case 'cgroup-namespace':
    case 'drop-bounding-set':
    case 'ids':
    case 'drop-capabilities':
    case 'no-new-privs':
    case 'parent-death-signal':
    case 'default-signals':
      return [];
    default:
      return assertNever(step);
  }
}

function openFields(step: Extract<Step, { op: 'open' }>): readonly FieldValue[] {
  return [
    step.slot,
    step.base ?? PLAN_NONE,
    OPEN_MODES[step.mode],
    Number(step.follow),
    step.permissions,
    STREAMS[step.stream],
    step.path,
  ];
}

function mkdirFields(step: Extract<Step, { op: 'mkdir' }>): readonly FieldValue[] {
  const { uid, gid } = step.owner ?? { uid: PLAN_NONE, gid: PLAN_NONE };
  return [step.mode, Number(step.parents), uid, gid, step.path];
}

/** A limit that is no whole number stays one that is refused. */
function limitOf(value: RlimitValue): FieldValue {
  if (value === 'unlimited') return UNLIMITED;
  return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : value;
}

/** CPU n is bit n. The kernel reads the mask in 64-bit words. */
function cpuMask(cpus: readonly number[]): Uint32Array {
  const words = new Uint32Array((Math.floor(Math.max(0, ...cpus) / 64) + 1) * 2);
  for (const cpu of cpus) {
    const word = Math.floor(cpu / 32);
    words[word] = (words[word] ?? 0) | (1 << (cpu % 32));
  }
  return words;
}
