/**
 * Inputs of the planner for tests: a plain job on a plain host, of which each test changes what it is
 * about.
 */
import assert from 'node:assert/strict';
import { describeAllSteps } from '../../src/job/describe-plan';
import type { JobFault } from '../../src/job/faults';
import type { HostView } from '../../src/job/host';
import type { IsolationPolicy } from '../../src/job/isolation-policy';
import type { PlanError, PlanInput, PlannedJob } from '../../src/job/plan-input';
import { planJob } from '../../src/job/plan-job';
import type { JobSpec } from '../../src/job/spec';
import { ALICE, device, directory, memoryHost, type Node } from './memory-host';

/** What every host of these tests has. */
export const PLAIN_HOST: Readonly<Record<string, Node>> = {
  '/tmp': directory(0o1777),
  '/var/tmp': directory(0o1777),
  '/dev/shm': directory(0o1777),
  '/dev/null': device,
  '/dev/zero': device,
  '/dev/full': device,
  '/dev/random': device,
  '/dev/urandom': device,
  '/dev/tty': device,
  '/proc': directory(0o555),
  '/home/alice/work': directory(0o755, 1000),
  '/var/lib/condor/execute': directory(),
};

const PLAIN_SPEC: JobSpec = {
  cluster: 1,
  proc: 0,
  owner: 'alice',
  uidDomain: undefined,
  runAsOwner: undefined,
  command: '/bin/true',
  arguments: [],
  environment: new Map(),
  iwd: '/home/alice/work',
  stdin: { kind: 'null' },
  stdout: { kind: 'inherit' },
  stderr: { kind: 'inherit' },
  x509UserProxy: undefined,
  requestedChroot: undefined,
  signals: { soft: 15, remove: 15, hold: 15 },
  killTimeout: undefined,
  coreSize: 0,
  stackSize: undefined,
  request: { cpus: 1, memory: undefined, disk: undefined },
};

/** No knob on but what every job has. */
export const PLAIN_POLICY: IsolationPolicy = {
  pidNamespace: false,
  cgroupNamespace: false,
  mountUnderScratch: [],
  privateDevShm: false,
  namedChroots: new Map(),
  readOnly: [],
  hidden: [],
  noNewPrivs: false,
  addressSpace: undefined,
  niceIncrement: 0,
  cpus: undefined,
  wrapper: undefined,
  notes: [],
};

/** What a test changes; parts are merged into the plain ones. */
export interface InputChanges {
  readonly spec?: Partial<JobSpec>;
  readonly policy?: Partial<IsolationPolicy>;
  readonly host?: HostView;
  readonly mode?: PlanInput['mode'];
  readonly execute?: string;
}

/** Makes an input: a job of alice's in `EXECUTE/dir_42`, started by root unless told otherwise. */
export function planInput(changes: InputChanges = {}): PlanInput {
  const execute = changes.execute ?? '/var/lib/condor/execute';
  return {
    spec: { ...PLAIN_SPEC, ...changes.spec },
    policy: { ...PLAIN_POLICY, ...changes.policy },
    host: changes.host ?? memoryHost(PLAIN_HOST),
    identity: { account: ALICE },
    environment: new Map([['_CONDOR_SCRATCH_DIR', `${execute}/dir_42`]]),
    sandbox: { executeDirectory: execute, directory: `${execute}/dir_42` },
    mode: changes.mode ?? 'root',
  };
}

/** The setup steps in words, as `eyrie plan` shows them, without numbers. */
export function setupLines(input: PlanInput): readonly string[] {
  return lines(input, 'setup');
}

/** The job's steps in words. */
export function jobLines(input: PlanInput): readonly string[] {
  return lines(input, 'job');
}

function lines(input: PlanInput, phase: 'setup' | 'job'): readonly string[] {
  return describeAllSteps(mustPlan(input).plan)[phase].map(({ action, detail }) =>
    detail === '' ? action : `${action} [${detail}]`,
  );
}

/** The plan of an input that has one. */
export function mustPlan(input: PlanInput): PlannedJob {
  const planned = planJob(input);
  assert.ok(planned.ok, JSON.stringify(planned));
  return planned.value;
}

/** The sentence of an input that has no plan. */
export function mustRefuse(input: PlanInput): JobFault | PlanError {
  const planned = planJob(input);
  assert.ok(!planned.ok, 'a plan was made');
  return planned.error;
}
