/**
 * Launching a plan: one native call makes eyrie-init, and pipes tell the rest. native/launch.h has
 * the picture of who says what.
 */
import fs from 'node:fs';
import os from 'node:os';
import type { LaunchPlan } from '../job/plan';
import { err, ok, type Result } from '../result';
import * as border from './border';
import type { ApartKeeper, Launch, LaunchError, LaunchOptions, StartLaunch } from './launch-types';
import { nativeDescriptor } from './native-files';
import { type EncodedPlan, encodePlan, type StepPlace } from './plan-codec';
import { RunningLaunch } from './running-launch';
import {
  LAUNCH_CALLS,
  type LAUNCH_REQUEST,
  type LAUNCH_RESULT,
  type StructValues,
} from './structs';

/** Length of the array in struct launch_request. */
const DESCRIPTORS_MAX = 64;

const { EINVAL, EMFILE } = os.constants.errno;

/**
 * Starts a plan, see {@link StartLaunch}. Must be called on the main thread: init's parent-death
 * signal follows the thread that made it.
 *
 * @throws where the native part is not installed.
 */
export const startLaunch: StartLaunch = (plan, options = {}) => {
  const launched = launchBy(border.launch, plan, options);
  return launched.ok ? ok(new RunningLaunch(plan, launched.value)) : launched;
};

/** A launch whose eyrie-init somebody else is to start, with the argument {@link APART}. */
export interface PackedLaunch {
  /** What must become eyrie-init's standard input; open until `follow` or `discard`. */
  readonly parcel: number;
  /**
   * The launch, once eyrie-init has told its pid, or that it comes to nothing.
   *
   * @param child whoever starts it, as our child: it ends after eyrie-init
   */
  follow(
    child: { readonly pid: number; readonly pidfd: number },
    keeper: ApartKeeper,
  ): Promise<Launch>;
  /** Gives it up. */
  discard(): void;
}

/** eyrie-init's argument where it is started so: native/init/apart.h. */
export const APART = 'apart';

/** Prepares a launch for an eyrie-init that somebody else starts, as another user for example. */
export function packLaunch(
  plan: LaunchPlan,
  descriptors: readonly number[],
): Result<PackedLaunch, LaunchError> {
  const packed = launchBy(border.packLaunch, plan, { descriptors });
  if (!packed.ok) return packed;
  const { parcel, ...pipes } = packed.value;
  return ok({
    parcel,
    async follow({ pid, pidfd }, keeper) {
      fs.closeSync(parcel);
      const launch = new RunningLaunch(plan, { ...pipes, parcel, pid, pidfd }, keeper);
      await launch.introduced;
      return launch;
    },
    discard() {
      for (const fd of [parcel, pipes.go, pipes.launch, pipes.status, pipes.control]) {
        fs.closeSync(fd);
      }
    },
  });
}

/** Encodes a plan and gives it to one of the two native calls. */
function launchBy(
  call: typeof border.launch,
  plan: LaunchPlan,
  options: LaunchOptions,
): Result<StructValues<typeof LAUNCH_RESULT>, LaunchError> {
  const descriptors = options.descriptors ?? [];
  if (descriptors.length > DESCRIPTORS_MAX) {
    return err({ call: `hand on ${descriptors.length} descriptors`, errno: EMFILE });
  }
  const encoded = encodePlan(plan, descriptors.length);
  if (!encoded.ok) {
    const { place, reason } = encoded.error;
    return err({ call: `encode the plan${placeWords(plan, place)}: ${reason}`, errno: EINVAL });
  }
  const { returned, result } = call(encoded.value.bytes, request(options));
  return returned < 0 ? err(refusal(plan, encoded.value, -returned, result)) : ok(result);
}

function request({
  descriptors = [],
  cgroups,
}: LaunchOptions): StructValues<typeof LAUNCH_REQUEST> {
  return {
    program: nativeDescriptor('eyrie-init'),
    cgroup: cgroups?.birth?.init ?? -1,
    job_cgroup: cgroups?.birth?.job ?? -1,
    descriptor_count: descriptors.length,
    descriptors,
    joined_count: cgroups?.joined.length ?? 0,
    joined: cgroups?.joined ?? [],
  };
}

/** What the native call failed at. */
function refusal(
  plan: LaunchPlan,
  encoded: EncodedPlan,
  errno: number,
  result: StructValues<typeof LAUNCH_RESULT>,
): LaunchError {
  const call = LAUNCH_CALLS[result.call] ?? '';
  const place = encoded.stepAt(result.offset);
  return { call: call === 'check the plan' ? `${call}${placeWords(plan, place)}` : call, errno };
}

function placeWords(plan: LaunchPlan, place: StepPlace | undefined): string {
  if (place === undefined) return '';
  const { phase, index } = place;
  return ` (${phase} step ${index}, ${plan[phase][index]?.op ?? 'none'})`;
}
