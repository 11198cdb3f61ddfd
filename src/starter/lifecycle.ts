/**
 * The life of one job, as a pure state machine: `(life, event) → (life, actions)`.
 *
 * ```
 *            launch-failed                         exited, lost
 *   starting ────────────────────────────────────────────► ended
 *      │ started                                             ▲
 *      ▼            soft-kill              timeout,          │
 *   running ───────────────► stopping ─────────────► killing ┤
 *      │  ▲                     hard-kill               ▲    │
 *      ▼  │ suspend, continue                           │    │
 *   (suspended) ────────────────────────────────────────┘    │
 *                         hard-kill                exited ───┘
 * ```
 *
 * Everything here is plain values, so a life can be written to disk and read back. Signals, timers,
 * pipes and child exits become events at the edge (`supervise.ts`), which also carries out the
 * actions.
 */
import type { JobFault } from '../job/faults';
import type { JobSignals } from '../job/spec';
import type { JobExit } from '../kernel/launch-types';
import { assertNever } from '../result';

const SIGKILL = 9;
const SIGCONT = 18;
const SIGSTOP = 19;

/** Why a job is being ended before its own end. */
export type Ending =
  | { readonly why: 'vacate' }
  | { readonly why: 'remove' }
  /** With a fault, the job is to be held for it; without, whoever said so holds it. */
  | { readonly why: 'hold'; readonly fault?: JobFault };

/** What is fixed for the whole of a life. */
export interface LifeRules {
  readonly signals: JobSignals;
  /**
   * Seconds from a soft kill to the hard one; undefined where somebody else escalates (a startd).
   */
  readonly killTimeout: number | undefined;
}

/** How a life ended. */
export type Outcome =
  /** The job ended by itself. */
  | { readonly kind: 'completed'; readonly exit: JobExit }
  /** The job ended because it was told to, or was killed. */
  | { readonly kind: 'evicted'; readonly ending: Ending; readonly exit: JobExit }
  /** The job could not run, or ran and must be held; `exit` where it ran. */
  | { readonly kind: 'held'; readonly fault: JobFault; readonly exit: JobExit | undefined }
  /** Its init ended without telling how the job ended; nothing of the job is left. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Where a life stands. */
export type Phase =
  /** The job has been told to end, or to stand still, and is told again when it can hear it. */
  | { readonly name: 'starting'; readonly ending?: Ending; readonly suspended?: boolean }
  | { readonly name: 'running'; readonly suspended: boolean }
  | { readonly name: 'stopping'; readonly ending: Ending }
  | { readonly name: 'killing'; readonly ending: Ending }
  | { readonly name: 'ended'; readonly outcome: Outcome };

/** A life: its phase and its rules. */
export interface Life {
  readonly phase: Phase;
  readonly rules: LifeRules;
}

/** What can happen to a life. */
export type LifeEvent =
  /** The job's exec succeeded; `pid` is its host pid, where that is known. */
  | { readonly on: 'started'; readonly pid?: number | undefined }
  /** The launch failed before the job's first instruction. */
  | { readonly on: 'launch-failed'; readonly fault: JobFault }
  /** The main process ended and nothing of the family is left. */
  | { readonly on: 'exited'; readonly exit: JobExit }
  | { readonly on: 'lost'; readonly reason: string }
  | { readonly on: 'soft-kill'; readonly ending: Ending }
  | { readonly on: 'hard-kill'; readonly ending: Ending }
  | { readonly on: 'kill-timeout' }
  | { readonly on: 'suspend' }
  | { readonly on: 'continue' };

/** What the edge must do. */
export type LifeAction =
  | { readonly do: 'signal-job'; readonly signal: number }
  | { readonly do: 'signal-family'; readonly signal: number }
  | { readonly do: 'start-kill-timer'; readonly seconds: number }
  | { readonly do: 'stop-kill-timer' };

/** A life after an event, and what follows from it. */
export interface LifeStep {
  readonly life: Life;
  readonly actions: readonly LifeAction[];
}

/** A life whose job was cloned and has not yet run. */
export function beginLife(rules: LifeRules): Life {
  return { phase: { name: 'starting' }, rules };
}

/** The next step of a life. An event that has no meaning in a phase changes nothing. */
export function stepLife(life: Life, event: LifeEvent): LifeStep {
  switch (life.phase.name) {
    case 'starting':
      return whileStarting(life, life.phase, event);
    case 'running':
      return whileRunning(life, life.phase.suspended, event);
    case 'stopping':
    case 'killing':
      return whileEnding(life, life.phase, event);
    case 'ended':
      return stay(life);
    default:
      return assertNever(life.phase);
  }
}

/**
 * That the job runs is heard of a little after it does: a soft kill that comes in between must not
 * be a hard one. It waits, but no longer than it would for the job; so does a suspension.
 */
function whileStarting(
  life: Life,
  phase: Extract<Phase, { name: 'starting' }>,
  event: LifeEvent,
): LifeStep {
  const { ending } = phase;
  switch (event.on) {
    case 'started':
      return onStarted(life, phase);
    case 'launch-failed':
      return end(life, { kind: 'held', fault: event.fault, exit: undefined });
    case 'suspend':
    case 'continue':
      return go(life, { ...phase, suspended: event.on === 'suspend' });
    case 'soft-kill':
      return ending === undefined
        ? go(life, { ...phase, ending: event.ending }, ...killTimer(life))
        : stay(life);
    case 'kill-timeout':
      return ending === undefined ? stay(life) : kill(life, ending);
    case 'hard-kill':
      return kill(life, ending ?? event.ending);
    default:
      return ifEnded(life, event, ending);
  }
}

function onStarted(
  life: Life,
  { ending, suspended = false }: Extract<Phase, { name: 'starting' }>,
): LifeStep {
  if (ending !== undefined) return go(life, { name: 'stopping', ending }, softSignal(life, ending));
  const actions = suspended ? [signalFamily(SIGSTOP)] : [];
  return go(life, { name: 'running', suspended }, ...actions);
}

function whileRunning(life: Life, suspended: boolean, event: LifeEvent): LifeStep {
  switch (event.on) {
    case 'suspend':
      return suspended
        ? stay(life)
        : go(life, { name: 'running', suspended: true }, signalFamily(SIGSTOP));
    case 'continue':
      return suspended
        ? go(life, { name: 'running', suspended: false }, signalFamily(SIGCONT))
        : stay(life);
    case 'soft-kill':
      return stopSoftly(life, event.ending, suspended);
    case 'hard-kill':
      return kill(life, event.ending);
    default:
      return ifEnded(life, event, undefined);
  }
}

function whileEnding(
  life: Life,
  phase: Extract<Phase, { name: 'stopping' | 'killing' }>,
  event: LifeEvent,
): LifeStep {
  switch (event.on) {
    case 'kill-timeout':
    case 'hard-kill':
      return phase.name === 'killing' ? stay(life) : kill(life, phase.ending);
    case 'launch-failed':
      // It failed because it was killed, which is nobody's fault.
      return end(life, { kind: 'lost', reason: 'it was killed before it had begun' });
    default:
      return ifEnded(life, event, phase.ending);
  }
}

/** The events that end a life in every phase but the last. */
function ifEnded(life: Life, event: LifeEvent, ending: Ending | undefined): LifeStep {
  if (event.on === 'lost') return end(life, { kind: 'lost', reason: event.reason });
  if (event.on !== 'exited') return stay(life);
  if (ending === undefined) return end(life, { kind: 'completed', exit: event.exit });
  if (ending.why === 'hold' && ending.fault !== undefined) {
    return end(life, { kind: 'held', fault: ending.fault, exit: event.exit });
  }
  return end(life, { kind: 'evicted', ending, exit: event.exit });
}

function stopSoftly(life: Life, ending: Ending, suspended: boolean): LifeStep {
  return go(
    life,
    { name: 'stopping', ending },
    // A stopped process would see the signal only when continued, and its time would run out.
    ...(suspended ? [signalFamily(SIGCONT)] : []),
    softSignal(life, ending),
    ...killTimer(life),
  );
}

/** The signal that asks the job's main process to end. */
function softSignal({ rules: { signals } }: Life, { why }: Ending): LifeAction {
  const signal = { vacate: signals.soft, remove: signals.remove, hold: signals.hold }[why];
  return { do: 'signal-job', signal };
}

function killTimer({ rules: { killTimeout } }: Life): readonly LifeAction[] {
  return killTimeout === undefined ? [] : [{ do: 'start-kill-timer', seconds: killTimeout }];
}

function kill(life: Life, ending: Ending): LifeStep {
  return go(life, { name: 'killing', ending }, { do: 'stop-kill-timer' }, signalFamily(SIGKILL));
}

function end(life: Life, outcome: Outcome): LifeStep {
  return go(life, { name: 'ended', outcome }, { do: 'stop-kill-timer' });
}

function signalFamily(signal: number): LifeAction {
  return { do: 'signal-family', signal };
}

function go(life: Life, phase: Phase, ...actions: LifeAction[]): LifeStep {
  return { life: { ...life, phase }, actions };
}

function stay(life: Life): LifeStep {
  return { life, actions: [] };
}
