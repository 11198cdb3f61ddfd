/** What a remote system call to the shadow can come to, beside its value. */
import type { WireError } from '../cedar/types';
import type { CallName } from './calls';

/** The shadow answered a call with a number below 0. */
export interface CallRefused {
  readonly kind: 'call-refused';
  /** The call's name in the table. */
  readonly call: CallName;
  /** What it returned, below 0. */
  readonly returned: number;
  /** Linux's number of the errno that came with it; 0: none did. */
  readonly errno: number;
}

/** Trouble with a call: the shadow is gone (or speaks nonsense), or it said no. */
export type CallError = WireError | CallRefused;
