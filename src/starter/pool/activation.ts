/**
 * The edge of an activation's life: events go in one after another, and what the state machine in
 * life.ts asks for is done by `ActivationWork`.
 */
import type { JobFault } from '../../job/faults';
import type { JobOutcome } from '../../job/result';
import { assertNever } from '../../result';
import type { LifeEvent } from '../lifecycle';
import { beginPoolLife, stepPoolLife } from './life';
import type { Output, PoolAction, PoolEvent, PoolLife, PoolRules, Report } from './life-types';

/** How preparing, or a transfer, went. Without a fault it may go well another time. */
export type Attempt<T = undefined> =
  | { readonly went: 'well'; readonly value: T }
  | { readonly went: 'wrong'; readonly fault: JobFault | undefined };

/**
 * What an activation consists of. Each is called when its turn has come, and never after `leave`.
 * None of them throws or rejects for anything but a bug.
 */
export interface ActivationWork {
  /** Gets the job from the shadow and makes its sandbox. Without a fault: the shadow is gone. */
  prepare(): Promise<Attempt<PoolRules>>;
  receiveInput(stop: AbortSignal): Promise<Attempt>;
  /** Runs the job to its end; it hears events through `tellJob`. */
  launch(): Promise<JobOutcome>;
  tellJob(event: LifeEvent): void;
  /** Tells shadow and startd at once how the job stands. */
  tellState(): void;
  tellEnd(outcome: JobOutcome): void;
  /** @param failures how many attempts went before. */
  sendOutput(output: Output, failures: number, stop: AbortSignal): Promise<Attempt>;
  /** Tells the shadow of the end. False: it was gone before it answered. */
  report(report: Report): Promise<boolean>;
  startLease(): void;
  stopLease(): void;
  /** Cleans up. */
  leave(): Promise<void>;
  /** Told after each event that changed the stage; for the log. */
  onStage(life: PoolLife, event: PoolEvent): void;
}

/** An activation that is under way. */
export interface Activation {
  /** Feeds an event from outside into its life. */
  readonly post: (event: PoolEvent) => void;
  readonly life: PoolLife;
  /** Resolves with the starter's exit status when all is cleaned up. */
  readonly ended: Promise<number>;
}

/** Begins an activation. */
export function beginActivation(work: ActivationWork): Activation {
  let life = beginPoolLife();
  let transfer: AbortController | undefined;
  /** What may still touch the sandbox. */
  const atWork = new Set<Promise<unknown>>();
  let settle: (status: number) => void;
  let fail: (bug: unknown) => void;
  const ended = new Promise<number>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });

  function post(event: PoolEvent): void {
    const before = life.stage;
    const step = stepPoolLife(life, event);
    life = step.life;
    if (life.stage !== before) work.onStage(life, event);
    for (const action of step.actions) carryOut(action);
  }

  /** What is done when work is; what it throws is a bug, and ends the activation. */
  function follow<T>(done: Promise<T>, then: (result: T) => void): void {
    done.then(then).catch(fail);
  }

  function atSandbox<T>(done: Promise<T>): Promise<T> {
    atWork.add(done);
    return done.finally(() => atWork.delete(done));
  }

  async function leave(): Promise<void> {
    await Promise.allSettled(atWork);
    await work.leave();
  }

  function beginTransfer(
    begin: (stop: AbortSignal) => Promise<Attempt>,
    done: AttemptEvents,
  ): void {
    const own = new AbortController();
    transfer = own;
    follow(atSandbox(begin(own.signal)), (attempt) => {
      if (own.signal.aborted) return;
      post(attempt.went === 'well' ? { on: done.well } : { on: done.wrong, fault: attempt.fault });
    });
  }

  function carryOut(action: PoolAction): void {
    switch (action.do) {
      case 'receive-input':
        return beginTransfer((stop) => work.receiveInput(stop), INPUT_EVENTS);
      case 'send-output': {
        const { failures, output } = action;
        return beginTransfer((stop) => work.sendOutput(output, failures, stop), OUTPUT_EVENTS);
      }
      case 'stop-transfer':
        return transfer?.abort();
      case 'launch':
        return follow(atSandbox(work.launch()), (outcome) => post({ on: 'job-ended', outcome }));
      case 'tell-job':
        return work.tellJob(action.event);
      case 'tell-state':
        return work.tellState();
      case 'tell-end':
        return work.tellEnd(action.outcome);
      case 'report':
        return follow(work.report(action.report), (isHeard) => {
          if (isHeard) post({ on: 'reported' });
        });
      case 'start-lease':
        return work.startLease();
      case 'stop-lease':
        return work.stopLease();
      case 'leave':
        return follow(leave(), () => settle(action.status));
      default:
        return assertNever(action);
    }
  }

  follow(atSandbox(work.prepare()), (prepared) => {
    if (prepared.went === 'well') post({ on: 'prepared', rules: prepared.value });
    else if (prepared.fault !== undefined) post({ on: 'unfit', fault: prepared.fault });
    else post({ on: 'shadow-lost' });
  });

  return {
    post,
    get life() {
      return life;
    },
    ended,
  };
}

interface AttemptEvents {
  readonly well: 'input-received' | 'output-sent';
  readonly wrong: 'input-failed' | 'output-failed';
}

const INPUT_EVENTS = { well: 'input-received', wrong: 'input-failed' } as const;
const OUTPUT_EVENTS = { well: 'output-sent', wrong: 'output-failed' } as const;
