/**
 * The knobs that only a starter in a pool has, read at once.
 *
 * Source: JobInfoCommunicator::startUpdateTimer, JICShadow and DaemonKeepAlive of HTCondor.
 */
import { ok, type Result } from '../../result';
import type { Config, KnobError } from '../config';
import { childAlivePlan, type ChildAlivePlan } from './child-alive';

/** What they say. Times are in seconds. */
export interface StarterKnobs {
  readonly updates: UpdateRhythm;
  readonly childAlive: ChildAlivePlan;
  /** Without a byte of the shadow for so long it counts as gone. */
  readonly shadowTimeout: number;
  /** An owner without an account here may run jobs, with the ids of the submit side. */
  readonly softUidDomain: boolean;
  readonly useUserNamespaces: boolean;
  readonly transferStdioOnEvict: boolean;
}

/** When shadow and startd are told how the job is. */
export interface UpdateRhythm {
  /** From the job's start to the first update, no longer than `interval`. */
  readonly first: number;
  readonly interval: number;
}

/** Reads them. @returns the first one that is set wrongly */
export function readStarterKnobs(config: Config): Result<StarterKnobs, KnobError> {
  const wrong: KnobError[] = [];
  const take = <T extends number | boolean>(read: Result<T, KnobError>, otherwise: T): T => {
    if (read.ok) return read.value;
    wrong.push(read.error);
    return otherwise;
  };
  const interval = take(config.integer('STARTER_UPDATE_INTERVAL'), 1);
  const hungAfter = take(config.integer('STARTER_NOT_RESPONDING_TIMEOUT'), 1);
  const knobs = {
    updates: {
      first: Math.min(take(config.integer('STARTER_INITIAL_UPDATE_INTERVAL'), 0), interval),
      interval,
    },
    childAlive: childAlivePlan(
      hungAfter,
      take(config.integer('STARTER_FIRST_CHILDALIVE_DELAY'), 0),
    ),
    shadowTimeout: take(config.integer('STARTER_UPLOAD_TIMEOUT'), 1),
    softUidDomain: take(config.boolean('SOFT_UID_DOMAIN'), false),
    useUserNamespaces: take(config.boolean('USE_USER_NAMESPACES'), false),
    transferStdioOnEvict: take(config.boolean('TRANSFER_STDIO_ON_EVICT'), false),
  };
  const [first] = wrong;
  return first === undefined ? ok(knobs) : { ok: false, error: first };
}
