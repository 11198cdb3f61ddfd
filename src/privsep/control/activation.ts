/**
 * Sockets that systemd has opened for this process, sd_listen_fds(3): those of a socket unit with
 * `Accept=no`, one daemon for all connections. Pure.
 */
import { err, ok, type Result } from '../../result';

/** Descriptors of listening sockets. */
export interface ActivatedSockets {
  readonly control: number;
  /** For connections that `condor_procd --inetd` hands over. */
  readonly handovers: number | undefined;
}

/** SD_LISTEN_FDS_START. */
const FIRST = 3;

/** FileDescriptorName= of the second socket. */
const HANDOVERS = 'inetd';

/**
 * Reads what systemd says in the environment. A single socket is the control socket, whatever its name;
 * of two, the one that is named `inetd` is for connections that are handed over.
 *
 * @returns undefined: it says nothing to this process; a sentence where it says what cannot be used
 */
export function activatedSockets(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): Result<ActivatedSockets | undefined, string> {
  const { LISTEN_FDNAMES, LISTEN_FDS, LISTEN_PID } = environment;
  if (LISTEN_PID !== String(pid)) return ok(undefined);
  const count = /^\d{1,3}$/.test(LISTEN_FDS ?? '') ? Number(LISTEN_FDS) : 0;
  const names = (LISTEN_FDNAMES ?? '').split(':');
  const isHandovers = (index: number): boolean => names[index] === HANDOVERS;
  if (count === 1 && !isHandovers(0)) return ok({ control: FIRST, handovers: undefined });
  if (count === 2 && isHandovers(0) !== isHandovers(1)) {
    const [control, handovers] = isHandovers(1) ? [FIRST, FIRST + 1] : [FIRST + 1, FIRST];
    return ok({ control, handovers });
  }
  return err(
    `LISTEN_FDS is ${LISTEN_FDS ?? 'missing'} with the names '${LISTEN_FDNAMES ?? ''}': expected one ` +
      `socket, or two of which one has FileDescriptorName=${HANDOVERS}`,
  );
}
