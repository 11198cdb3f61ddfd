/**
 * The table of what can be wrong with a job: cause → HTCondor hold code, and the rule for its
 * subcode. Numbers and names are HTCondor's CONDOR_HOLD_CODE (condor_holdcodes.h, and the manual's
 * appendix of job ClassAd attributes, HoldReasonCode).
 */

/** One row: the hold code and HTCondor's name for it. Several causes may share a code. */
interface FaultRow {
  readonly code: number;
  readonly name: string;
}

export const FAULTS = {
  corruptedCredential: { code: 4, name: 'CorruptedCredential' },
  /** The job ad lacks something, or says something that cannot be. */
  badJobAd: { code: 6, name: 'FailedToCreateProcess' },
  /** The job asks for something that this starter does not have. */
  notSupported: { code: 6, name: 'FailedToCreateProcess' },
  /** The job's surroundings (mounts, limits, ids …) could not be made. */
  cannotCreateProcess: { code: 6, name: 'FailedToCreateProcess' },
  /** Everything was there, and execve(2) of the job's command failed. */
  cannotExecute: { code: 6, name: 'FailedToCreateProcess' },
  /** The site's USER_JOB_WRAPPER says so. */
  wrapperFailed: { code: 6, name: 'FailedToCreateProcess' },
  cannotOpenOutput: { code: 7, name: 'UnableToOpenOutput' },
  cannotOpenInput: { code: 8, name: 'UnableToOpenInput' },
  transferOutputFailed: { code: 12, name: 'TransferOutputError' },
  transferInputFailed: { code: 13, name: 'TransferInputError' },
  cannotUseIwd: { code: 14, name: 'IwdError' },
  cannotUseAccount: { code: 23, name: 'FailedToAccessUserAccount' },
  /** condor_glexec_setup failed. */
  glexecSetupFailed: { code: 28, name: 'GlexecChownSandboxToUser' },
  /** condor_glexec_cleanup failed. */
  glexecCleanupFailed: { code: 30, name: 'GlexecChownSandboxToCondor' },
  outOfResources: { code: 34, name: 'JobOutOfResources' },
  cannotSwitchGroup: { code: 49, name: 'CannotSwitchPrimaryGroup' },
} as const satisfies Record<string, FaultRow>;

/** A cause in the table. */
export type FaultCause = keyof typeof FAULTS;

/** Whether a word is one. */
export function isFaultCause(word: string): word is FaultCause {
  return Object.hasOwn(FAULTS, word);
}

/**
 * The job is at fault, or must be held: a cause from the table and a sentence that a person can
 * act on. `subcode` is errno where a system call failed, else 0.
 */
export interface TableFault {
  readonly cause: FaultCause;
  readonly subcode: number;
  readonly reason: string;
}

/**
 * Somebody else says so, with a code of HTCondor's own: a startd whose policy holds the job (21,
 * StartdHeldJob), a shadow at the other end of a file transfer. From 1000 on a code is no hold but a
 * reason to leave the slot.
 */
export interface PeerFault {
  readonly cause: 'peer';
  readonly code: number;
  readonly subcode: number;
  readonly reason: string;
}

export type JobFault = TableFault | PeerFault;

/** The HTCondor hold code of a fault. */
export function holdCode(fault: JobFault): number {
  return fault.cause === 'peer' ? fault.code : FAULTS[fault.cause].code;
}
