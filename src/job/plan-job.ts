/**
 * The planner: a checked job, the site's policy and the host's facts become a LaunchPlan. Pure: the
 * same input gives the same plan, which `eyrie plan` prints and the launch obeys.
 */
import { type Result, err, ok } from '../result';
import { chooseImage } from './tree/choose-image';
import type { JobFault } from './faults';
import type { Identity, IdMaps, LaunchPlan, Namespace, Step } from './plan';
import { planImageTree } from './tree/image-tree';
import {
  type FoundSandbox,
  type PlanError,
  type PlanInput,
  type PlannedJob,
  knobFault,
} from './plan-input';
import { planLimits } from './plan-limits';
import { placeSandbox } from './tree/execute-directory';
import { type TreeSteps, planHostTree } from './tree/host-tree';
import { planNoTree } from './tree/no-tree';
import { hasPidNamespace } from './tree/proc';
import { planProcess } from './plan-process';
import { planStreams } from './plan-streams';
import { isAtOrBelow, joinPath, lastComponent } from './paths';
import { SLOTS } from './slots';
import { wrapperFault } from './wrapper';

/**
 * Plans the launch of a job.
 *
 * @returns the plan and notes for a person; a JobFault where the job asks for what it cannot have; a
 *   PlanError where the configuration or the host has to change.
 */
export function planJob(input: PlanInput): Result<PlannedJob, JobFault | PlanError> {
  const refusal = refuse(input);
  if (refusal !== undefined) {
    return err(refusal);
  }
  const sandbox = findSandbox(input);
  if (!sandbox.ok) {
    return sandbox;
  }
  const tree = planTree(input, sandbox.value);
  if (!tree.ok) {
    return tree;
  }
  const misplaced = wrapperFault(input, tree.value.root);
  if (misplaced !== undefined) {
    return err(misplaced);
  }
  const { steps, root, notes } = tree.value;
  const streams = planStreams(input.spec);
  const limits = planLimits(input.spec, input.policy, input.host);
  const plan: LaunchPlan = {
    ...launchFrame(input),
    setup: [...beginSetup(input, sandbox.value), ...streams.open, ...steps],
    job: planProcess(input, { limits: limits.steps, streams: streams.dup, root }),
  };
  return ok({
    plan,
    notes: [...modeNotes(input), ...input.policy.notes, ...notes, ...limits.notes],
  });
}

/** The sandbox, for the steps that go by its descriptor; what surrounds it, where it can be covered. */
function beginSetup({ mode }: PlanInput, sandbox: FoundSandbox): readonly Step[] {
  const pin: Step = { op: 'pin', slot: SLOTS.sandbox, path: sandbox.path };
  const isCovered = mode === 'root' || mode === 'rootless';
  return isCovered ? [pin, ...coverSandboxes(sandbox)] : [pin];
}

/**
 * The start of every other setup. In, Out and Err are files of the host and opened while it is all there, but
 * for the sandboxes of others: jobs of one account could read each other's that way.
 */
function coverSandboxes({ execute, path }: FoundSandbox): readonly Step[] {
  return [
    // Slave: mounts of the automounter still come in, and none of ours goes out to the host.
    { op: 'propagation', path: '/', kind: 'slave' },
    ...placeSandbox(execute, lastComponent(path)).steps,
  ];
}

function findSandbox({ host, sandbox }: PlanInput): Result<FoundSandbox, PlanError> {
  const { executeDirectory, directory } = sandbox;
  const fact = host.stat(executeDirectory);
  if (fact?.kind !== 'directory') {
    return err(knobFault('EXECUTE', `there is no directory ${executeDirectory}; create it`));
  }
  const execute = fact.realPath;
  if (execute === '/' || isAtOrBelow(execute, '/proc')) {
    return err(knobFault('EXECUTE', `${executeDirectory} cannot hold sandboxes; name another`));
  }
  return ok({ execute, path: joinPath(execute, lastComponent(directory)) });
}

function planTree(
  input: PlanInput,
  sandbox: FoundSandbox,
): Result<TreeSteps, JobFault | PlanError> {
  if (input.mode === 'daemon') {
    return ok({ steps: [], notes: [], root: undefined });
  }
  if (input.mode === 'unprivileged') {
    return planNoTree(input);
  }
  const image = chooseImage(input);
  if (!image.ok) {
    return image;
  }
  return image.value === undefined
    ? planHostTree(input, sandbox)
    : planImageTree(input, image.value, sandbox);
}

/** What no plan can be made for. */
function refuse({ mode, host, identity }: PlanInput): JobFault | PlanError | undefined {
  const { account } = identity;
  if (mode === 'rootless' && !host.userNamespaces) {
    return {
      cause: 'site',
      knob: undefined,
      reason:
        'this kernel lets ordinary users make no user namespace, without which a job cannot be ' +
        'isolated: run as root, or allow it (see eyrie doctor)',
    };
  }
  const changesIds = mode === 'root' || mode === 'daemon';
  if (changesIds && (account.uid === 0 || account.gid === 0)) {
    return {
      cause: 'cannotUseAccount',
      subcode: 0,
      reason: `the account ${account.name} has the rights of root (uid ${account.uid}, gid ${account.gid}): no job runs under it`,
    };
  }
  return undefined;
}

/** Namespaces and ids. */
function launchFrame(
  input: PlanInput,
): Pick<LaunchPlan, 'namespaces' | 'identity'> & { idMaps?: IdMaps } {
  const pid: readonly Namespace[] = hasPidNamespace(input) ? ['pid'] : [];
  if (input.mode === 'root' || input.mode === 'daemon') {
    const { uid, gid, groups } = input.identity.account;
    // Ascending, as the kernel keeps them: what is read back can then be compared.
    const ascending = [...new Set(groups)].sort((a, b) => a - b);
    const namespaces: readonly Namespace[] = input.mode === 'root' ? ['mount', ...pid] : [];
    return { namespaces, identity: { uid, gid, groups: ascending } };
  }
  const { uid, gid } = input.glexec?.mapped ?? input.host;
  if (input.mode === 'unprivileged') {
    return { namespaces: [], identity: { uid, gid, groups: undefined } };
  }
  // The job keeps its own, non-zero ids: being uid 0 in there would make exec give it capabilities.
  const identity: Identity = { uid, gid, groups: undefined };
  return {
    namespaces: ['user', 'mount', ...pid],
    identity,
    idMaps: {
      uid: [{ inside: uid, outside: uid, count: 1 }],
      gid: [{ inside: gid, outside: gid, count: 1 }],
    },
  };
}

function modeNotes({ glexec, mode, identity }: PlanInput): readonly string[] {
  if (glexec !== undefined) {
    const whom = glexec.mapped === undefined ? 'the account' : identity.account.name;
    const known = glexec.mapped === undefined ? ', whose ids take the place of the ids here' : '';
    return [`glexec: the job runs as ${whom} that gLExec maps its proxy to${known}`];
  }
  return mode !== 'rootless'
    ? []
    : [
        `rootless: the job runs as ${identity.account.name} itself, in a user namespace; it can have no ` +
          'other account, and of directories that other accounts own no chroot',
      ];
}
