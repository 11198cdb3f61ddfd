/**
 * Launching a plan: one native call makes eyrie-init, and pipes tell the rest. native/launch.h has
 * the picture of who says what.
 */
import os from 'node:os';
import type { LaunchPlan } from '../job/plan';
import { err, ok } from '../result';
import * as border from './border';
import type { LaunchError, LaunchOptions, StartLaunch } from './launch-types';
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
  const descriptors = options.descriptors ?? [];
  if (descriptors.length > DESCRIPTORS_MAX) {
    return err({ call: `hand on ${descriptors.length} descriptors`, errno: EMFILE });
  }
  const encoded = encodePlan(plan, descriptors.length);
  if (!encoded.ok) {
    const { place, reason } = encoded.error;
    return err({ call: `encode the plan${placeWords(plan, place)}: ${reason}`, errno: EINVAL });
  }
  const { returned, result } = border.launch(encoded.value.bytes, request(options));
  if (returned < 0) return err(refusal(plan, encoded.value, -returned, result));
  return ok(new RunningLaunch(plan, result));
};

function request({
  descriptors = [],
  cgroup = -1,
}: LaunchOptions): StructValues<typeof LAUNCH_REQUEST> {
  return {
    program: nativeDescriptor('eyrie-init'),
    cgroup,
    descriptor_count: descriptors.length,
    descriptors,
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
