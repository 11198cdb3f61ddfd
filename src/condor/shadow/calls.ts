/**
 * The remote system calls that a starter makes, as a table. The shadow is the server: a request is
 * the call's number and its arguments, a reply the result and, where it is not below 0, the values.
 *
 * Source: condor_sys.h for numbers and symbols; NTsenders.cpp of HTCondor's condor_starter and
 * NTreceivers.cpp of its condor_shadow for what goes over the wire.
 */
import type { ClassAd } from '../classad';

/** What a value is on the wire. */
type WireType = 'int' | 'string' | 'ad';

/** One call. */
export interface CallRow {
  readonly number: number;
  /** HTCondor's name of the number. */
  readonly symbol: string;
  readonly arguments: readonly WireType[];
  /**
   * The values after the result. `result only`: none, and no errno where the result is below 0.
   * `none`: the shadow does not answer.
   */
  readonly reply: readonly WireType[] | 'result only' | 'none';
}

export const CALLS = {
  /** The whole job ad. */
  getJobInfo: { number: -63, symbol: 'CONDOR_get_job_info', arguments: [], reply: ['ad'] },
  /** Who the starter is, and where. */
  registerStarterInfo: {
    number: -77,
    symbol: 'CONDOR_register_starter_info',
    arguments: ['ad'],
    reply: [],
  },
  /** The job is about to be executed. */
  beginExecution: { number: -78, symbol: 'CONDOR_begin_execution', arguments: [], reply: [] },
  /** How the job stands. */
  registerJobInfo: {
    number: -81,
    symbol: 'CONDOR_register_job_info',
    arguments: ['ad'],
    reply: [],
  },
  /** How the job's process ended, told before an error that ends the activation. */
  jobTermination: { number: -82, symbol: 'CONDOR_job_termination', arguments: ['ad'], reply: [] },
  /** Wait status, exit reason, final update: the last call. */
  jobExit: {
    number: -65,
    symbol: 'CONDOR_job_exit',
    arguments: ['int', 'int', 'ad'],
    reply: [],
  },
  /** The ids that the job's owner has on the submit host: `Uid` and `Gid`. */
  getUserInfo: { number: -76, symbol: 'CONDOR_get_user_info', arguments: [], reply: ['ad'] },
  /** An event for the user's log. */
  logEvent: { number: 284, symbol: 'CONDOR_ulog', arguments: ['ad'], reply: 'none' },
  /**
   * Arguments: what the starter wants of the two sessions (nothing: two empty strings). Values: id,
   * info and key of the claim's session, then of that for file transfer.
   */
  getSecuritySessions: {
    number: 288,
    symbol: 'CONDOR_get_sec_session_info',
    arguments: ['string', 'string'],
    reply: ['string', 'string', 'string', 'string', 'string', 'string'],
  },
  /** Something that is no update happened, by `EventType`. */
  eventNotification: {
    number: 304,
    symbol: 'CONDOR_event_notification',
    arguments: ['ad'],
    reply: 'result only',
  },
} as const satisfies Record<string, CallRow>;

/** A call in the table. */
export type CallName = keyof typeof CALLS;

/** A value of the wire in JavaScript. */
interface ValueTypes {
  readonly int: number;
  readonly string: string;
  readonly ad: ClassAd;
}

type ValuesOf<Types extends readonly WireType[]> = {
  readonly [Index in keyof Types]: ValueTypes[Types[Index]];
};

/** A call's arguments. */
export type CallArguments<Name extends CallName> = ValuesOf<(typeof CALLS)[Name]['arguments']>;

/** The values of a call's reply. */
export type CallValues<Name extends CallName> = (typeof CALLS)[Name]['reply'] extends infer Reply
  ? Reply extends readonly WireType[]
    ? ValuesOf<Reply>
    : readonly []
  : never;
