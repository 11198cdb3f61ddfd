/**
 * Policies that a running job is held to: expressions over what it asked for and what it uses, each
 * with what is done when it is true.
 */
import {
  type ClassAd,
  evaluate,
  type Expression,
  integerValue,
  printExpression,
  realValue,
} from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import type { JobFault } from './faults';
import { knobError } from './knob-error';
import type { JobUsage } from './result';
import { setUsage } from './usage-attributes';

const ACTIONS = ['log', 'suspend', 'hold', 'kill'] as const;

/** What is done where a policy applies. */
export type PolicyAction = (typeof ACTIONS)[number];

/** One policy. */
export interface JobPolicy {
  readonly name: string;
  readonly applies: Expression;
  readonly action: PolicyAction;
}

/** All of a site's, and how often they are asked. */
export interface JobPolicies {
  readonly policies: readonly JobPolicy[];
  /** Seconds. */
  readonly interval: number;
}

/** Reads STARTER_JOB_POLICIES, and what it names. */
export function readJobPolicies(config: Config): Result<JobPolicies, KnobError> {
  const names = config.list('STARTER_JOB_POLICIES');
  if (!names.ok) return names;
  const interval = config.integer('STARTER_JOB_POLICY_INTERVAL');
  if (!interval.ok) return interval;
  const policies: JobPolicy[] = [];
  for (const name of names.value) {
    const policy = readPolicy(config, name);
    if (!policy.ok) return policy;
    policies.push(policy.value);
  }
  return ok({ policies, interval: interval.value });
}

function readPolicy(config: Config, name: string): Result<JobPolicy, KnobError> {
  if (!/^\w+$/.test(name)) {
    return knobError(config, 'STARTER_JOB_POLICIES', `"${name}" is no name for a knob`);
  }
  const knob = `STARTER_JOB_POLICY_${name}` as const;
  const applies = config.expression(knob);
  if (!applies.ok) return applies;
  if (applies.value === undefined) {
    return knobError(config, 'STARTER_JOB_POLICIES', `it names ${name}, but ${knob} is not set`);
  }
  const actionKnob = `${knob}_ACTION` as const;
  // Names that are patterns have no defaults.
  const word = (config.string(actionKnob) ?? 'hold').toLowerCase();
  const action = ACTIONS.find((one) => one === word);
  return action === undefined
    ? knobError(config, actionKnob, `expected ${ACTIONS.join(', ')}`)
    : ok({ name, applies: applies.value, action });
}

/** How a job stands. */
export interface JobMeasures {
  readonly usage: JobUsage;
  /** Seconds since the job's first instruction. */
  readonly wallTime: number;
  readonly processes: number | undefined;
  readonly sandbox: { readonly size: number; readonly entries: number } | undefined;
}

/** The policies that apply to a job now. An expression that is not true, error included, does not. */
export function applyingPolicies(
  { policies }: JobPolicies,
  ads: { readonly jobAd: ClassAd; readonly machineAd: ClassAd },
  measures: JobMeasures,
): readonly JobPolicy[] {
  const my = withMeasures(ads.jobAd, measures);
  return policies.filter(({ applies }) => {
    const value = evaluate(applies, { my, target: ads.machineAd });
    return value.type === 'boolean' && value.value;
  });
}

function withMeasures(jobAd: ClassAd, measures: JobMeasures): ClassAd {
  const { processes, sandbox, usage, wallTime } = measures;
  const ad = jobAd.copy();
  setUsage(ad, { pid: undefined, started: undefined, usage, sandbox });
  const cpu = usage.userCpu + usage.systemCpu;
  ad.set('RemoteWallClockTime', realValue(wallTime));
  ad.set('CpusUsage', realValue(wallTime > 0 ? cpu / wallTime : 0));
  if (processes !== undefined) ad.set('NumPids', integerValue(processes));
  return ad;
}

/** JobOutOfResources's subcodes: condor_holdcodes.h of HTCondor. */
const SUBCODES: Readonly<Record<string, number>> = {
  CPU: 101,
  MEMORY: 102,
  VIRTUAL_MEMORY: 102,
  DISK: 104,
};

/** Why a job is held for a policy. */
export function policyFault({ applies, name }: JobPolicy): JobFault {
  const reason = `Job is over its limits by the policy ${name}: ${printExpression(applies)}`;
  return { cause: 'outOfResources', subcode: SUBCODES[name.toUpperCase()] ?? 0, reason };
}
