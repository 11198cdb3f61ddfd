/**
 * The commands that a starter answers, and the numbers of signals. Tables and look-ups; pure.
 *
 * Source: condor_commands.h and dc_service.h of condor_includes; Starter::Init and
 * Starter::RemoteHold of condor_starter.V6.1.
 */
import type { MessageReader } from '../cedar/types';

/** Who may send a command: the security session that it must come with. */
export type CommandSession =
  /** Of the startd with this starter (SessionKey). */
  | 'parent'
  /** Of all daemons below one master (FamilySessionKey). */
  | 'family'
  /** Of the claim: the submit side. */
  | 'claim'
  /** Of the job's owner, made by CREATE_JOB_OWNER_SEC_SESSION. */
  | 'owner';

/** One command. */
export interface CommandRow {
  readonly number: number;
  readonly sessions: readonly CommandSession[];
  /** What comes, and what goes back. */
  readonly payload: string;
}

const DAEMONS = ['parent', 'family'] as const;

/** DC_BASE of condor_commands.h. */
const DC_BASE = 60000;

export const COMMANDS = {
  DC_RAISESIGNAL: { number: DC_BASE, sessions: DAEMONS, payload: 'int signal → nothing' },
  DC_RECONFIG: { number: DC_BASE + 4, sessions: DAEMONS, payload: 'nothing → nothing' },
  DC_RECONFIG_FULL: { number: DC_BASE + 12, sessions: DAEMONS, payload: 'nothing → nothing' },
  DC_OFF_GRACEFUL: { number: DC_BASE + 5, sessions: DAEMONS, payload: 'nothing → nothing' },
  DC_OFF_FAST: { number: DC_BASE + 6, sessions: DAEMONS, payload: 'nothing → nothing' },
  DC_NOP: {
    number: DC_BASE + 11,
    sessions: ['parent', 'family', 'claim', 'owner'],
    payload: 'nothing → nothing',
  },
  STARTER_VACATE_JOB: {
    number: 1500,
    sessions: DAEMONS,
    payload: 'string reason, int code, int subcode, int soft → int 1',
  },
  CA_CMD: { number: 1200, sessions: ['claim'], payload: 'ad → ad' },
  CREATE_JOB_OWNER_SEC_SESSION: { number: 1501, sessions: ['claim'], payload: 'ad → ad' },
  START_SSHD: { number: 1502, sessions: ['owner'], payload: 'ad → ad, then sshd' },
  STARTER_PEEK: { number: 1503, sessions: ['owner'], payload: 'ad → ad, files, int' },
  UPDATE_GSI_CRED: { number: 487, sessions: ['claim'], payload: 'file → int' },
  DELEGATE_GSI_CRED_STARTER: { number: 500, sessions: ['claim'], payload: 'delegation → int' },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

/** What the starter sends: to its startd, with the parent's session. */
export const DC_CHILDALIVE = DC_BASE + 8;

/** Further numbers that do nothing: DC_NOP_READ … DC_NOP_ADVERTISE_MASTER. */
const FIRST_NOP = DC_BASE + 20;
const LAST_NOP = DC_BASE + 29;

/** The command of a number; undefined: a starter does not answer it. */
export function findCommand(number: number): CommandName | undefined {
  if (number >= FIRST_NOP && number <= LAST_NOP) return 'DC_NOP';
  const names = Object.keys(COMMANDS) as CommandName[];
  return names.find((name) => COMMANDS[name].number === number);
}

/** Whether a command may come with a session. */
export function admits(name: CommandName, session: CommandSession): boolean {
  return (COMMANDS[name].sessions as readonly CommandSession[]).includes(session);
}

/** What a signal asks of a starter. */
export type SignalRequest =
  | 'suspend'
  | 'continue'
  /** Vacate: the job gets its kill signal and time to end. */
  | 'soft-kill'
  /** Vacate at once: no time, no output. */
  | 'hard-kill'
  | 'checkpoint'
  | 'remove'
  | 'hold'
  | 'reconfigure';

/** One signal. */
export interface SignalRow {
  readonly number: number;
  readonly request: SignalRequest;
}

/**
 * The signals of DC_RAISESIGNAL: HTCondor's own, which no process can send by kill(2), and those of
 * Linux that a starter understands either way.
 */
export const SIGNALS = {
  DC_SIGSUSPEND: { number: 100, request: 'suspend' },
  DC_SIGCONTINUE: { number: 101, request: 'continue' },
  DC_SIGSOFTKILL: { number: 102, request: 'soft-kill' },
  DC_SIGHARDKILL: { number: 103, request: 'hard-kill' },
  DC_SIGPCKPT: { number: 104, request: 'checkpoint' },
  DC_SIGREMOVE: { number: 105, request: 'remove' },
  DC_SIGHOLD: { number: 106, request: 'hold' },
  SIGHUP: { number: 1, request: 'reconfigure' },
  SIGQUIT: { number: 3, request: 'hard-kill' },
  SIGUSR1: { number: 10, request: 'remove' },
  SIGTERM: { number: 15, request: 'soft-kill' },
} as const satisfies Record<string, SignalRow>;

/** What a signal's number asks for; undefined: nothing. */
export function signalRequest(number: number): SignalRequest | undefined {
  return Object.values<SignalRow>(SIGNALS).find((row) => row.number === number)?.request;
}

/** What STARTER_VACATE_JOB asks for. */
export interface VacateRequest {
  /** `hold`: the job is to be held with this code; `vacate`: it goes back to the queue. */
  readonly kind: 'vacate' | 'hold';
  readonly reason: string;
  readonly code: number;
  readonly subcode: number;
  /** Whether the job gets its kill signal and time; else it is killed at once. */
  readonly soft: boolean;
}

/** Codes from here on are reasons to vacate (VACATE_CODE of condor_holdcodes.h), not to hold. */
const FIRST_VACATE_CODE = 1000;

/** Reads the payload of STARTER_VACATE_JOB. The answer is the int 1, at once. */
export function readVacateRequest(message: MessageReader): VacateRequest {
  const reason = message.string();
  const code = message.int();
  const subcode = message.int();
  const soft = message.int() !== 0;
  const isVacate = code >= FIRST_VACATE_CODE || code <= 0 || subcode <= -FIRST_VACATE_CODE;
  return { kind: isVacate ? 'vacate' : 'hold', reason, code, subcode, soft };
}
