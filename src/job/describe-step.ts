/**
 * Steps of a plan in words. Each is a phrase that stands after "cannot" as well as in a numbered list:
 * `bind /data on /mnt`.
 */
import { assertNever } from '../result';
import type { RlimitValue, Slot, Step } from './plan';

/** A step in words. */
export interface StepText {
  /** What is done, as an infinitive without "to". */
  readonly action: string;
  /** How: options, modes, limits; empty where there is nothing to add. */
  readonly detail: string;
}

/** Words for all steps of a plan, in its order: what a slot holds depends on the steps before. */
export function describeSteps(steps: readonly Step[]): readonly StepText[] {
  const held = new Map<Slot, string>();
  return steps.map((step) => {
    const text = describeStep(step, (slot) => held.get(slot) ?? `slot ${slot}`);
    if (step.op === 'pin' || step.op === 'open') {
      held.set(step.slot, pathOf(step, held));
    } else if (step.op === 'inherit') {
      held.set(step.slot, `the starter's ${streamName(step.index)}`);
    }
    return text;
  });
}

type Holder = (slot: Slot) => string;

function pathOf(step: Step & { op: 'pin' | 'open' }, held: ReadonlyMap<Slot, string>): string {
  return step.base === undefined ? step.path : `${held.get(step.base) ?? ''}/${step.path}`;
}

/** What the starter hands on first are its standard streams: plan-streams.ts. */
function streamName(index: number): string {
  return ['stdin', 'stdout', 'stderr'][index] ?? `descriptor ${index}`;
}

function describeStep(step: Step, holder: Holder): StepText {
  switch (step.op) {
    case 'pin':
    case 'inherit':
    case 'open':
    case 'dup':
    case 'close-from':
      return describeDescriptorStep(step, holder);
    case 'propagation':
    case 'tmpfs':
    case 'proc':
    case 'bind':
    case 'remount':
      return describeMountStep(step, holder);
    case 'mkdir':
    case 'touch':
    case 'symlink':
      return describeFileStep(step);
    default:
      return describeProcessStep(step);
  }
}

type DescriptorStep = Step & { op: 'pin' | 'inherit' | 'open' | 'dup' | 'close-from' };

function describeDescriptorStep(step: DescriptorStep, holder: Holder): StepText {
  switch (step.op) {
    case 'pin': {
      const path = step.base === undefined ? step.path : `${holder(step.base)}/${step.path}`;
      return {
        action: `open ${path}`,
        detail: step.asJob ? 'for mounting, as the job' : 'for mounting',
      };
    }
    case 'inherit':
      return { action: `take the starter's ${streamName(step.index)}`, detail: '' };
    case 'open': {
      const path = step.base === undefined ? step.path : `${holder(step.base)}/${step.path}`;
      const links = step.follow ? '' : ', no link followed';
      return {
        action: `open ${path} as ${step.stream}`,
        detail: `${step.mode}, as the job${links}`,
      };
    }
    case 'dup':
      return { action: `make ${holder(step.slot)} descriptor ${step.fd}`, detail: '' };
    case 'close-from':
      return { action: `close all descriptors from ${step.fd} up`, detail: '' };
    default:
      return assertNever(step);
  }
}

type MountStep = Step & { op: 'propagation' | 'tmpfs' | 'proc' | 'bind' | 'remount' };

function describeMountStep(step: MountStep, holder: Holder): StepText {
  switch (step.op) {
    case 'propagation':
      return step.kind === 'slave'
        ? { action: `keep mounts below ${step.path} from going out to the host`, detail: '' }
        : { action: `make the mounts below ${step.path} private`, detail: '' };
    case 'tmpfs':
    case 'proc': {
      const options = [...step.flags, ...(step.options === '' ? [] : [step.options])];
      return { action: `mount a ${step.op} on ${step.target}`, detail: options.join(',') };
    }
    case 'bind':
      return { action: `bind ${holder(step.source)} on ${step.target}`, detail: '' };
    case 'remount':
      return { action: `change the mount ${step.target}`, detail: step.flags.join(',') };
    default:
      return assertNever(step);
  }
}

function describeFileStep(step: Step & { op: 'mkdir' | 'touch' | 'symlink' }): StepText {
  switch (step.op) {
    case 'mkdir': {
      const owner = step.owner === undefined ? '' : `, owner ${step.owner.uid}:${step.owner.gid}`;
      return {
        action: `make the directory ${step.path}`,
        detail: `mode ${octal(step.mode)}${owner}`,
      };
    }
    case 'touch':
      return { action: `make the file ${step.path}`, detail: `mode ${octal(step.mode)}` };
    case 'symlink':
      return { action: `make ${step.path} a link to ${step.target}`, detail: '' };
    default:
      return assertNever(step);
  }
}

type ProcessStep = Exclude<
  Step,
  DescriptorStep | MountStep | { op: 'mkdir' } | { op: 'touch' } | { op: 'symlink' }
>;

function describeProcessStep(step: ProcessStep): StepText {
  switch (step.op) {
    case 'chroot':
      return { action: `make ${step.path} the root directory`, detail: '' };
    case 'chdir': {
      const fallback =
        step.fallback === undefined ? '' : `, or ${step.fallback} where it is missing`;
      return { action: `go to the directory ${step.path}`, detail: `as the job${fallback}` };
    }
    case 'rlimit': {
      const hard = step.hard === step.soft ? '' : `hard limit ${limit(step.hard)}`;
      return { action: `limit ${step.resource} to ${limit(step.soft)}`, detail: hard };
    }
    case 'cgroup-files':
      return {
        action: `show the job's cgroup on ${step.target}`,
        detail: [...step.flags, ...(step.options === '' ? [] : [step.options])].join(','),
      };
    case 'nice':
      return { action: `raise the nice value by ${step.increment}`, detail: '' };
    case 'umask':
      return { action: `set the umask to ${octal(step.mask)}`, detail: '' };
    case 'affinity':
      return { action: `stay on CPU ${step.cpus.join(', ')}`, detail: '' };
    case 'exec':
      return {
        action: `execute ${step.path}`,
        detail: step.argv.length > 1 ? step.argv.slice(1).map(quote).join(' ') : '',
      };
    default:
      return { action: PLAIN_ACTIONS[step.op], detail: '' };
  }
}

/** Steps that have nothing but their name. */
const PLAIN_ACTIONS = {
  setsid: 'start a session',
  'session-keyring': 'join a fresh session keyring',
  'default-signals': 'reset all signals',
  'cgroup-namespace': "make the job's cgroup the root of what it sees of cgroups",
  'drop-bounding-set': 'empty the capability bounding set',
  ids: "take the job's ids",
  'drop-capabilities': 'drop all capabilities',
  'no-new-privs': 'forbid new privileges',
  'parent-death-signal': 'ask to be killed when eyrie-init dies',
} as const satisfies Partial<Record<Step['op'], string>>;

function limit(value: RlimitValue): string {
  return String(value);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** As a shell would need it, so that an empty argument or one with blanks can be seen. */
function quote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
