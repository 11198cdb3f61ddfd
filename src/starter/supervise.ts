/**
 * The edge of a job's life: turns what the launch tells into events, and carries out the
 * actions of the state machine in `lifecycle.ts`.
 */
import type { JobFault } from '../job/faults';
import type { StepFailure } from '../job/plan';
import type { Launch, LaunchError, LaunchRefusal } from '../kernel/launch-types';
import { assertNever, ok, type Result } from '../result';
import {
  beginLife,
  type LifeAction,
  type LifeEvent,
  type LifeRules,
  type Outcome,
  type Phase,
  stepLife,
} from './lifecycle';

/** A job that is being watched. */
export interface SupervisedJob {
  /** Feeds an event from outside (a signal, a command) into the job's life. */
  readonly post: (event: LifeEvent) => void;
  readonly phase: Phase;
  /** Resolves when the life has ended and nothing of the family is left. */
  readonly outcome: Promise<Outcome>;
}

/** What supervision needs beside the launch. */
export interface Supervision {
  readonly rules: LifeRules;
  /**
   * What must be done between clone and go; undefined: nothing.
   *
   * @returns one more supplementary group for the job; or why it must not run
   */
  prepare?(): Promise<Result<number | undefined, JobFault>>;
  /** Sends a signal to all processes of the job; undefined: the launch does. */
  signalFamily?(signal: number): void;
  /** Words and hold code for a step, or another call of the launch, that failed. */
  explain(failure: StepFailure | LaunchError | LaunchRefusal): JobFault;
  /** Told of each event before it takes effect; for the times. */
  onEvent?(event: LifeEvent): void;
  /** Told after each event that changed the phase; for the log. */
  onPhase?(phase: Phase, event: LifeEvent): void;
}

/**
 * Lets a launch go and watches it to its end.
 *
 * @param launch cloned, not yet told to go.
 */
export function superviseJob(launch: Launch, supervision: Supervision): SupervisedJob {
  let life = beginLife(supervision.rules);
  let killTimer: NodeJS.Timeout | undefined;
  let settle: (outcome: Outcome) => void;
  const ended = new Promise<Outcome>((resolve) => {
    settle = resolve;
  });

  function carryOut(action: LifeAction): void {
    switch (action.do) {
      case 'signal-job':
        return launch.signalJob(action.signal);
      case 'signal-family':
        return supervision.signalFamily === undefined
          ? launch.signalFamily(action.signal)
          : supervision.signalFamily(action.signal);
      case 'start-kill-timer':
        killTimer = setTimeout(() => post({ on: 'kill-timeout' }), action.seconds * 1000);
        return;
      case 'stop-kill-timer':
        return clearTimeout(killTimer);
      default:
        return assertNever(action);
    }
  }

  function post(event: LifeEvent): void {
    supervision.onEvent?.(event);
    const before = life.phase;
    const step = stepLife(life, event);
    life = step.life;
    for (const action of step.actions) carryOut(action);
    if (life.phase === before) return;
    supervision.onPhase?.(life.phase, event);
    if (life.phase.name === 'ended') settle(life.phase.outcome);
  }

  async function begin(): Promise<LifeEvent> {
    const prepared = (await preparation()) ?? ok(undefined);
    if (!prepared.ok) {
      launch.cancel();
      return { on: 'launch-failed', fault: prepared.error };
    }
    const launched = await launch.go(prepared.value);
    return launched.ok
      ? { on: 'started', pid: launched.value }
      : { on: 'launch-failed', fault: supervision.explain(launched.error) };
  }

  /** A job that is killed meanwhile need not wait. */
  function preparation(): Promise<Result<number | undefined, JobFault> | undefined> {
    const ready = supervision.prepare?.() ?? Promise.resolve(undefined);
    return Promise.race([ready, launch.exited.then(() => undefined)]);
  }

  async function watch(): Promise<Outcome> {
    post(await begin());
    const exited = await launch.exited;
    post(
      exited.ok
        ? { on: 'exited', exit: exited.value }
        : { on: 'lost', reason: exited.error.reason },
    );
    return ended;
  }

  return {
    post,
    get phase() {
      return life.phase;
    },
    outcome: watch(),
  };
}
