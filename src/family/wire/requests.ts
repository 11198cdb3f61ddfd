/**
 * What a client asks of a procd. The commands and their arguments are those of condor_procd; its
 * numbers for them are in `dialects.ts`, since they moved.
 */

/** Who asks: selects the pipe that the reply goes to, and proves nothing. */
export interface ClientId {
  readonly pid: number;
  /** Grows with each client that a process makes. */
  readonly serial: number;
}

/** Asks for one thing of a family, which is named by the pid of its root; 0: the family of all. */
type OfFamily<Command extends string> = { readonly command: Command; readonly root: number };

/** A request, as a client means it. */
export type ProcdRequest =
  | (OfFamily<'register-subfamily'> & {
      /** The pid with whose end the family is given up; 0: none. */
      readonly watcher: number;
      /** Seconds, the longest time between two snapshots; -1: no wish. */
      readonly interval: number;
    })
  /** Its processes carry all of these `_CONDOR_ANCESTOR_…` entries (`NAME=VALUE`). */
  | (OfFamily<'track-environment'> & { readonly ancestors: readonly string[] })
  | (OfFamily<'track-login'> & { readonly login: string })
  | OfFamily<'track-allocated-group'>
  | (OfFamily<'track-associated-group'> & { readonly gid: number })
  | (OfFamily<'track-cgroup'> & { readonly cgroup: string })
  /** glexec's time only: the family is signalled by a program, with this proxy file. */
  | (OfFamily<'use-glexec'> & { readonly proxy: string })
  | (OfFamily<'signal-process'> & { readonly signal: number })
  | OfFamily<'suspend-family'>
  | OfFamily<'continue-family'>
  | OfFamily<'kill-family'>
  | OfFamily<'get-usage'>
  | OfFamily<'unregister-family'>
  | { readonly command: 'take-snapshot' }
  | OfFamily<'dump'>
  | { readonly command: 'quit' };

/** The name of a command. */
export type ProcdCommand = ProcdRequest['command'];

/** Bytes in front of the arguments: pid, serial and command of the client, 4 each. */
export const HEADER_SIZE = 12;

/**
 * The longest request, PIPE_BUF: up to it the kernel writes a request in one piece, so that those of
 * several clients do not mix.
 */
export const REQUEST_SIZE_MAX = 4096;

/** How a command's arguments lie behind the header. */
export interface ArgumentShape {
  /** Bytes that it always has, those of a length included, which are the last of them. */
  readonly fixed: number;
  /** Bytes of the length of what follows; absent: nothing does. */
  readonly length?: 4 | 8;
}

/** procd's arguments by command. Nothing is padded. */
export const ARGUMENT_SHAPES: Readonly<Record<ProcdCommand, ArgumentShape>> = {
  'register-subfamily': { fixed: 12 },
  'track-environment': { fixed: 8, length: 4 },
  'track-login': { fixed: 8, length: 4 },
  'track-allocated-group': { fixed: 4 },
  'track-associated-group': { fixed: 8 },
  'track-cgroup': { fixed: 12, length: 8 },
  'use-glexec': { fixed: 8, length: 4 },
  'signal-process': { fixed: 8 },
  'suspend-family': { fixed: 4 },
  'continue-family': { fixed: 4 },
  'kill-family': { fixed: 4 },
  'get-usage': { fixed: 4 },
  'unregister-family': { fixed: 4 },
  'take-snapshot': { fixed: 0 },
  dump: { fixed: 4 },
  quit: { fixed: 0 },
};
