/**
 * The life of one activation in a pool, as a pure state machine: `(life, event) → (life, actions)`.
 * What happens to the job's own processes is the life of a job (lifecycle.ts); this one is about
 * shadow, startd and files.
 *
 * ```
 *  preparing ──► receiving ──► waiting ──► running ──► sending ──► reporting ──► ended
 *      │ fault       │ fault    (suspended)   │  ▲         │  ▲         │  ▲        ▲
 *      │             │                        │  │         ▼  │         ▼  │        │
 *      └─────────────┴────► reporting         │  │        stranded: the job has    │
 *                                             │  │        ended and the shadow is  │
 *                                             ▼  │        gone ────────────────────┤
 *                                   no shadow: the lease runs ────────────────────►┘
 * ```
 *
 * A job without file transfer is neither received nor sent. Everything here is plain values, so a
 * life can be written to disk and read back. `activation.ts` carries out the actions.
 */
import { EXIT_STATUSES } from '../../condor/startd/exit-statuses';
import type { JobFault } from '../../job/faults';
import type { JobOutcome } from '../../job/result';
import { assertNever } from '../../result';
import type { LifeEvent } from '../lifecycle';
import {
  type PoolAction,
  type PoolEnding,
  type PoolEvent,
  type PoolLife,
  type PoolStep,
  type Report,
  type SendOrReport,
  type Stage,
} from './life-types';

/** How often output is sent before the job goes back to the queue: HTCondor's starter's number. */
export const OUTPUT_ATTEMPTS = 5;

/** A life whose starter has just been spawned. */
export function beginPoolLife(): PoolLife {
  return {
    stage: { name: 'preparing' },
    rules: undefined,
    ending: undefined,
    hard: false,
    suspended: false,
    connected: true,
    abandoned: false,
    failures: 0,
  };
}

/** The next step of a life. An event that has no meaning in a stage changes nothing. */
export function stepPoolLife(life: PoolLife, event: PoolEvent): PoolStep {
  switch (event.on) {
    case 'soft-kill':
    case 'hard-kill':
      return onKill(life, event.on === 'hard-kill', event.ending);
    case 'startd-lost':
      return onKill(life, true, { why: 'vacate' });
    case 'suspend':
    case 'continue':
      return onSuspension(life, event.on);
    case 'shadow-lost':
      return onShadowLost(life);
    case 'shadow-back':
      return onShadowBack(life);
    case 'lease-expired':
      return onLeaseExpired(life);
    default:
      return onProgress(life, event);
  }
}

type Progress = Extract<
  PoolEvent,
  {
    on:
      | 'prepared'
      | 'unfit'
      | 'input-received'
      | 'input-failed'
      | 'job-ended'
      | 'output-sent'
      | 'output-failed'
      | 'reported';
  }
>;

/** What comes of work that the edge was given. An answer that nobody waits for is ignored. */
function onProgress(life: PoolLife, event: Progress): PoolStep {
  const { stage } = life;
  switch (event.on) {
    case 'prepared':
      return stage.name === 'preparing' ? onPrepared({ ...life, rules: event.rules }) : stay(life);
    case 'unfit':
      return stage.name === 'preparing' ? report(life, fault(event.fault)) : stay(life);
    case 'input-received':
      return stage.name === 'receiving' ? launch(life) : stay(life);
    case 'input-failed':
      if (stage.name !== 'receiving') return stay(life);
      return report(life, event.fault ? fault(event.fault) : { how: 'not started' });
    case 'job-ended':
      return stage.name === 'running' ? onJobEnded(life, event.outcome) : stay(life);
    case 'output-sent':
      return stage.name === 'sending' ? report(life, stage.then) : stay(life);
    case 'output-failed':
      return stage.name === 'sending' ? onOutputFailed(life, stage, event.fault) : stay(life);
    case 'reported':
      return stage.name === 'reporting' ? leave(life, EXIT_STATUSES.NORMAL) : stay(life);
    default:
      return assertNever(event);
  }
}

function onPrepared(life: PoolLife): PoolStep {
  if (life.ending !== undefined) return report(life, endingReport(life.ending, 'not started'));
  return life.rules?.transfer
    ? go(life, { name: 'receiving' }, { do: 'receive-input' })
    : launch(life);
}

function launch(life: PoolLife): PoolStep {
  return life.suspended
    ? go(life, { name: 'waiting' })
    : go(life, { name: 'running' }, { do: 'launch' });
}

function onJobEnded(life: PoolLife, outcome: JobOutcome): PoolStep {
  if (life.abandoned) return leave(life, EXIT_STATUSES.LOST_SHADOW_CONNECTION);
  if (outcome.kind === 'held' && outcome.exit === undefined) {
    return hereOrStranded(life, reporting(fault(outcome.fault)));
  }
  const step = hereOrStranded(life, afterJob(life, outcome));
  return { ...step, actions: [{ do: 'tell-end', outcome }, ...step.actions] };
}

/** What is done with a job that ran and has ended. */
function afterJob({ ending, hard, rules }: PoolLife, outcome: JobOutcome): SendOrReport {
  if (outcome.kind === 'completed') {
    const output = { what: 'everything', final: true } as const;
    const then = { how: 'exited' } as const;
    return rules?.transfer ? { name: 'sending', output, then } : reporting(then);
  }
  // It was over a limit, not told to end: the shadow hears why, and holds it at once.
  if (outcome.kind === 'held' && ending === undefined) return reporting(fault(outcome.fault));
  const then = ending === undefined ? requeue() : endingReport(ending, 'requeue');
  if (hard || outcome.kind === 'lost' || !rules?.transfer) return reporting(then);
  const what = ending?.withOutput ? 'everything' : rules.onEvict;
  if (what === 'nothing') return reporting(then);
  const final = what === 'streams' || ending?.withOutput === true;
  return { name: 'sending', output: { what, final }, then };
}

/** Goes on if the shadow is there, else waits for it, as long as there is somebody to wait for. */
function hereOrStranded(life: PoolLife, next: SendOrReport): PoolStep {
  if (life.connected) return begin(life, next);
  if (life.ending !== undefined || !life.rules?.lease) return leave(life, EXIT_STATUSES.NORMAL);
  return go(life, { name: 'stranded', next });
}

function begin(life: PoolLife, next: SendOrReport): PoolStep {
  if (next.name === 'reporting') return report(life, next.report);
  const { failures } = life;
  return go(life, next, { do: 'send-output', output: next.output, failures });
}

function onOutputFailed(
  before: PoolLife,
  stage: Extract<Stage, { name: 'sending' }>,
  cause: JobFault | undefined,
): PoolStep {
  if (cause !== undefined && stage.then.how === 'exited') return report(before, fault(cause));
  const life = { ...before, failures: before.failures + 1 };
  // Who is being evicted has no time; and what the shadow does not want it need not have.
  if (life.ending !== undefined || cause !== undefined) {
    return report(life, stage.then.how === 'exited' ? requeue() : stage.then);
  }
  return life.failures < OUTPUT_ATTEMPTS ? hereOrStranded(life, stage) : report(life, requeue());
}

function onKill(before: PoolLife, hard: boolean, wish: PoolEnding): PoolStep {
  const ending = before.ending ?? wish;
  const life: PoolLife = { ...before, ending, hard: before.hard || hard };
  switch (life.stage.name) {
    case 'preparing':
    case 'reporting':
    case 'ended':
      return stay(life);
    case 'receiving':
      return stopTransfer(report(life, endingReport(ending, 'not started')));
    case 'waiting':
      return report(life, endingReport(ending, 'not started'));
    case 'running':
      return act(life, { do: 'tell-job', event: killEvent(ending, hard) });
    case 'sending':
      return hard ? stopTransfer(report(life, cutShort(life.stage.then))) : stay(life);
    case 'stranded':
      return leave(life, EXIT_STATUSES.NORMAL);
    default:
      return assertNever(life.stage);
  }
}

/** What is told of a job whose output was not sent: that it must run again, if it ran to its end. */
function cutShort(then: Report): Report {
  return then.how === 'exited' ? requeue() : then;
}

/**
 * The life of the job hears no fault: who holds it is the shadow. A startd does not say whether it
 * wants a slot back or ends a job that is removed; HTCondor's starter takes RemoveKillSig for both.
 */
function killEvent({ why }: PoolEnding, hard: boolean): LifeEvent {
  const ending = { why: why === 'vacate' ? 'remove' : why } as const;
  return { on: hard ? 'hard-kill' : 'soft-kill', ending };
}

function onSuspension(life: PoolLife, on: 'suspend' | 'continue'): PoolStep {
  const suspended = on === 'suspend';
  if (life.suspended === suspended) return stay(life);
  const now = { ...life, suspended };
  if (life.stage.name === 'waiting') return launch(now);
  if (life.stage.name !== 'running') return stay(now);
  return act(now, { do: 'tell-job', event: { on } }, { do: 'tell-state' });
}

function onShadowLost(before: PoolLife): PoolStep {
  const life = { ...before, connected: false };
  if (!before.connected) return stay(before);
  const { stage } = life;
  switch (stage.name) {
    case 'preparing':
    case 'waiting':
      return leave(life, life.ending ? EXIT_STATUSES.NORMAL : EXIT_STATUSES.LOST_SHADOW_CONNECTION);
    case 'receiving':
      return stopTransfer(
        leave(life, life.ending ? EXIT_STATUSES.NORMAL : EXIT_STATUSES.LOST_SHADOW_CONNECTION),
      );
    case 'running':
      if (life.ending !== undefined) return stay(life);
      return life.rules?.lease ? act(life, { do: 'start-lease' }) : abandon(life);
    case 'sending':
      return stopTransfer(strand(life, stage));
    case 'reporting':
      // A shadow that is told of a fault or an eviction hangs up when it has heard enough.
      return stage.report.how === 'exited'
        ? strand(life, stage)
        : leave(life, EXIT_STATUSES.NORMAL);
    case 'stranded':
    case 'ended':
      return stay(life);
    default:
      return assertNever(stage);
  }
}

/** Waits for another shadow with the job's end in hand. */
function strand(life: PoolLife, next: SendOrReport): PoolStep {
  const step = hereOrStranded(life, next);
  return step.life.stage.name === 'stranded'
    ? { ...step, actions: [...step.actions, { do: 'start-lease' }] }
    : step;
}

/** Kills a job that nobody will ever ask for. */
function abandon(life: PoolLife): PoolStep {
  const ending = life.ending ?? { why: 'vacate' };
  const gone = { ...life, abandoned: true, hard: true, ending };
  return act(gone, { do: 'tell-job', event: killEvent(ending, true) });
}

function onShadowBack(before: PoolLife): PoolStep {
  const life = { ...before, connected: true };
  if (before.connected || before.abandoned) return stay(before);
  const stop = { do: 'stop-lease' } as const;
  if (life.stage.name === 'running') return act(life, stop);
  if (life.stage.name !== 'stranded') return stay(life);
  const step = begin(life, life.stage.next);
  return { ...step, actions: [stop, ...step.actions] };
}

function onLeaseExpired(life: PoolLife): PoolStep {
  if (life.connected) return stay(life);
  if (life.stage.name === 'stranded') return leave(life, EXIT_STATUSES.LOST_SHADOW_CONNECTION);
  return life.stage.name === 'running' ? abandon(life) : stay(life);
}

/**
 * Why a shadow that wants to go on with the job cannot: what there is would end by its coming, for
 * the one before it is lost with it. Undefined: it can.
 */
export function whyNoReconnect({ abandoned, ending, rules, stage }: PoolLife): string | undefined {
  switch (stage.name) {
    case 'preparing':
    case 'receiving':
    case 'waiting':
      return 'The job has not begun';
    case 'reporting':
      if (stage.report.how !== 'exited') return 'The job is being given back';
      break;
    case 'ended':
      return 'The job is gone';
    case 'running':
    case 'sending':
    case 'stranded':
  }
  if (abandoned) return 'The job is being ended: it was without a shadow for too long';
  if (!rules?.lease) return 'The job has no lease: it does not outlive its shadow';
  // One that is ended while it runs can still be told of; later there is no time for another one.
  return ending === undefined || stage.name === 'running' ? undefined : 'The job is being ended';
}

function report(life: PoolLife, what: Report): PoolStep {
  return go(life, reporting(what), { do: 'report', report: what });
}

function reporting(what: Report): Extract<Stage, { name: 'reporting' }> {
  return { name: 'reporting', report: what };
}

function fault(cause: JobFault): Report {
  return { how: 'fault', fault: cause };
}

function requeue(): Report {
  return { how: 'requeue' };
}

/** A policy's hold is told as the fault that it is; every other end as what it did to the job. */
function endingReport(ending: PoolEnding, how: 'requeue' | 'not started'): Report {
  return ending.fault === undefined ? { how } : fault(ending.fault);
}

function stopTransfer(step: PoolStep): PoolStep {
  return { ...step, actions: [{ do: 'stop-transfer' }, ...step.actions] };
}

function leave(life: PoolLife, status: number): PoolStep {
  return go(life, { name: 'ended' }, { do: 'stop-lease' }, { do: 'leave', status });
}

function go(life: PoolLife, stage: Stage, ...actions: PoolAction[]): PoolStep {
  return { life: { ...life, stage }, actions };
}

function act(life: PoolLife, ...actions: PoolAction[]): PoolStep {
  return { life, actions };
}

function stay(life: PoolLife): PoolStep {
  return { life, actions: [] };
}
