/**
 * Values of the policy's knobs that need more than the configuration's own kinds: numbers by HTCondor's
 * rules, paths, named directories.
 */
import { type ClassAd, evaluate, type Scope, type Value } from '../condor/classad';
import type { Config, KnobError, KnobName } from '../condor/config';
import { ok, type Result } from '../result';
import { knobError } from './knob-error';
import { normalizeAbsolute } from './paths';

/** The two ads that a knob's expression can speak of. */
export interface PolicyAds {
  readonly jobAd: ClassAd;
  readonly machineAd: ClassAd;
}

const MIB = 2 ** 20;

/** HTCondor's answer to an expression that gives no number. */
const FALLBACK_NICE = 10;
const MOST_NICE = 19;

/** The paths of a list, canonical but for links. */
export function readPaths(
  config: Config,
  knob: KnobName<'list-expression'>,
  scope: Scope,
): Result<readonly string[], KnobError> {
  const list = config.list(knob, scope);
  if (!list.ok) return list;
  const paths: string[] = [];
  for (const text of list.value) {
    const path = normalizeAbsolute(text);
    if (path === undefined) {
      return knobError(config, knob, `"${text}" is not an absolute path without ".."`);
    }
    paths.push(path);
  }
  return ok(paths);
}

/** NAMED_CHROOT: `NAME=/directory, …`. */
export function readNamedChroots(config: Config): Result<Map<string, string>, KnobError> {
  const list = config.list('NAMED_CHROOT');
  if (!list.ok) return list;
  const chroots = new Map<string, string>();
  for (const entry of list.value) {
    const [, name, path] = /^([^=]+)=(.*)$/.exec(entry) ?? [];
    const directory = normalizeAbsolute(path ?? '');
    if (name === undefined || directory === undefined) {
      return knobError(config, 'NAMED_CHROOT', `"${entry}" is not NAME=/directory without ".."`);
    }
    chroots.set(name, directory);
  }
  return ok(chroots);
}

/**
 * STARTER_RLIMIT_AS in bytes: MiB, MY being the machine ad and TARGET the job ad. Undefined where the
 * expression is undefined or not above 0.
 */
export function readAddressSpace(
  config: Config,
  { jobAd, machineAd }: PolicyAds,
): Result<number | undefined, KnobError> {
  const expression = config.expression('STARTER_RLIMIT_AS');
  if (!expression.ok) return expression;
  if (expression.value === undefined) return ok(undefined);
  const value = evaluate(expression.value, { my: machineAd, target: jobAd });
  if (value.type === 'undefined') return ok(undefined);
  const mebibytes = numberOf(value);
  if (mebibytes === undefined) {
    return knobError(config, 'STARTER_RLIMIT_AS', `it gives ${value.type}, not a number of MiB`);
  }
  const bytes = Math.trunc(mebibytes) * MIB;
  return ok(bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined);
}

/** JOB_RENICE_INCREMENT, evaluated in the job ad and brought into 0–19, as HTCondor does it. */
export function readNiceIncrement(
  config: Config,
  { jobAd, machineAd }: PolicyAds,
): Result<{ readonly increment: number; readonly notes: readonly string[] }, KnobError> {
  const expression = config.expression('JOB_RENICE_INCREMENT');
  if (!expression.ok) return expression;
  if (expression.value === undefined) return ok({ increment: 0, notes: [] });
  const value = evaluate(expression.value, { my: jobAd, target: machineAd });
  const number = numberOf(value);
  if (number === undefined) {
    const note = `JOB_RENICE_INCREMENT gives ${value.type}, not a number: ${FALLBACK_NICE} is taken`;
    return ok({ increment: FALLBACK_NICE, notes: [note] });
  }
  const increment = Math.min(Math.max(Math.trunc(number), 0), MOST_NICE);
  return ok({ increment, notes: [] });
}

function numberOf(value: Value): number | undefined {
  switch (value.type) {
    case 'boolean':
      return value.value ? 1 : 0;
    case 'integer':
    case 'real':
      return Number.isNaN(Number(value.value)) ? undefined : Number(value.value);
    default:
      return undefined;
  }
}

/** What says which CPUs are a slot's. */
export interface SlotCpus {
  readonly config: Config;
  /** `slot1`, `slot1_2`; N is its first number. */
  readonly slotName: string;
  readonly assignedCpus?: string | undefined;
}

/**
 * The CPUs of a slot where ENFORCE_CPU_AFFINITY is on: those that the startd has assigned, else those
 * of SLOT<N>_CPU_AFFINITY, else CPU N-1.
 *
 * Source: OsProc::makeCpuAffinityMask of HTCondor's condor_starter.
 */
export function readCpus(
  { assignedCpus, config, slotName }: SlotCpus,
  scope: Scope,
): Result<readonly number[] | undefined, KnobError> {
  const isEnforced = config.boolean('ENFORCE_CPU_AFFINITY', scope);
  if (!isEnforced.ok) return isEnforced;
  const slot = Number(/\d+/.exec(slotName)?.[0] ?? 0);
  if (!isEnforced.value || slot < 1) return ok(undefined);
  const assigned = assignedCpus?.split(/[\s,]+/).filter((text) => text !== '') ?? [];
  if (assigned.length > 0) {
    const wrong = assigned.find((text) => !isCpu(text));
    const trouble = `the startd assigned "${assignedCpus}", where "${wrong}" is no CPU's number`;
    return wrong === undefined
      ? ok(assigned.map(Number))
      : knobError(config, 'ENFORCE_CPU_AFFINITY', trouble);
  }
  const knob = `SLOT${slot}_CPU_AFFINITY` as const;
  const list = config.list(knob);
  if (!list.ok) return list;
  if (list.value.length === 0) return ok([slot - 1]);
  const wrong = list.value.find((text) => !isCpu(text));
  return wrong === undefined
    ? ok(list.value.map(Number))
    : knobError(config, knob, `"${wrong}" is not the number of a CPU, counted from 0`);
}

function isCpu(text: string): boolean {
  return /^\d{1,5}$/.test(text);
}
