/**
 * The values of which the life of an activation is made: stages, events, actions. life.ts says what
 * follows from what.
 */
import type { JobFault } from '../../job/faults';
import type { JobOutcome } from '../../job/result';
import type { LifeEvent } from '../lifecycle';

/** What is to be sent back of a job that is ended before its own end. */
export type EvictTransfer =
  | 'nothing'
  /** ON_EXIT_OR_EVICT: all its output; the shadow keeps it for the next start. */
  | 'everything'
  /** TRANSFER_STDIO_ON_EVICT: what it said so far goes to its owner. */
  | 'streams';

/** What is fixed once the job is known. */
export interface PoolRules {
  /** Files are moved by file transfer. */
  readonly transfer: boolean;
  readonly onEvict: EvictTransfer;
  /** The job outlives its shadow for a while: it has a lease. */
  readonly lease: boolean;
}

/** Why the activation is to end before the job does. */
export interface PoolEnding {
  readonly why: 'vacate' | 'remove' | 'hold';
  /** The shadow is to hold the job for this: a policy of the startd. */
  readonly fault?: JobFault;
  /** Its owner wants what there is of its output: `condor_rm -transfer` of 25.x. */
  readonly withOutput?: boolean;
}

/** How the shadow is told of the end. */
export type Report =
  /** By its own end. */
  | { readonly how: 'exited' }
  /** It was ended: the job goes back to the queue, or is what its owner made of it. */
  | { readonly how: 'requeue' }
  /** It never ran. */
  | { readonly how: 'not started' }
  /** It must be held. */
  | { readonly how: 'fault'; readonly fault: JobFault };

/** Where an activation stands. */
export type Stage =
  /** Until the job's sandbox is there. */
  | { readonly name: 'preparing' }
  | { readonly name: 'receiving' }
  /** All is there, and the job is suspended before it began. */
  | { readonly name: 'waiting' }
  /** From the launch to the end of the job's family. */
  | { readonly name: 'running' }
  /** `then`: what the shadow is told afterwards. */
  | { readonly name: 'sending'; readonly output: Output; readonly then: Report }
  /** The shadow is being told. */
  | { readonly name: 'reporting'; readonly report: Report }
  /** The job has ended and nobody is there to hear it; `next`: what is done when somebody is. */
  | { readonly name: 'stranded'; readonly next: SendOrReport }
  | { readonly name: 'ended' };

/** Something to send. */
export interface Output {
  readonly what: 'everything' | 'streams';
  /** The job is done with it: it goes to its owner, not to the spool. */
  readonly final: boolean;
}

/** Something that is left to do once the job has ended. */
export type SendOrReport = Extract<Stage, { name: 'sending' | 'reporting' }>;

/** A life: its stage, and what has been said so far. */
export interface PoolLife {
  readonly stage: Stage;
  /** Undefined until the job is known. */
  readonly rules: PoolRules | undefined;
  /** The first reason to end that was given. */
  readonly ending: PoolEnding | undefined;
  /** There is no time for anything but the end. */
  readonly hard: boolean;
  readonly suspended: boolean;
  /** The shadow is there. */
  readonly connected: boolean;
  /** The lease ran out. */
  readonly abandoned: boolean;
  /** Output transfers that failed. */
  readonly failures: number;
}

/** What can happen to a life. */
export type PoolEvent =
  /** The shadow gave the job, and its sandbox is there. */
  | { readonly on: 'prepared'; readonly rules: PoolRules }
  /** The job cannot be run. */
  | { readonly on: 'unfit'; readonly fault: JobFault }
  | { readonly on: 'input-received' }
  /** Without a fault: another attempt, later and perhaps elsewhere, may go well. */
  | { readonly on: 'input-failed'; readonly fault: JobFault | undefined }
  /** The job's family is gone, or its launch failed. */
  | { readonly on: 'job-ended'; readonly outcome: JobOutcome }
  | { readonly on: 'output-sent' }
  /** Likewise. */
  | { readonly on: 'output-failed'; readonly fault: JobFault | undefined }
  | { readonly on: 'reported' }
  | { readonly on: 'shadow-lost' }
  | { readonly on: 'shadow-back' }
  | { readonly on: 'lease-expired' }
  | { readonly on: 'startd-lost' }
  | { readonly on: 'soft-kill'; readonly ending: PoolEnding }
  | { readonly on: 'hard-kill'; readonly ending: PoolEnding }
  | { readonly on: 'suspend' }
  | { readonly on: 'continue' };

/** What the edge must do. */
export type PoolAction =
  | { readonly do: 'receive-input' }
  | { readonly do: 'launch' }
  | { readonly do: 'tell-job'; readonly event: LifeEvent }
  /** Tells shadow and startd that the job is suspended, or is not any more. */
  | { readonly do: 'tell-state' }
  /** Tells them that the job has ended. */
  | { readonly do: 'tell-end'; readonly outcome: JobOutcome }
  | { readonly do: 'send-output'; readonly output: Output; readonly failures: number }
  /** Stops a transfer; nothing is heard of it any more. */
  | { readonly do: 'stop-transfer' }
  | { readonly do: 'report'; readonly report: Report }
  | { readonly do: 'start-lease' }
  | { readonly do: 'stop-lease' }
  /** Cleans up and exits. */
  | { readonly do: 'leave'; readonly status: number };

/** A life after an event, and what follows from it. */
export interface PoolStep {
  readonly life: PoolLife;
  readonly actions: readonly PoolAction[];
}
