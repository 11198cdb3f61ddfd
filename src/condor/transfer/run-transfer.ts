/** The frame of a transfer in either direction: connect, say the key, transfer, let go. */
import type { Result } from '../../result';
import type { CedarConnection, WireError } from '../cedar/types';
import { statisticsOf } from './report';
import type { TransferFailure, TransferOutcome, TransferRequest } from './requests';
import { sendString } from './wire';

/**
 * Runs a transfer over a connection of its own. The connection is closed afterwards, however it
 * ended; the caller's signal breaks it at any time.
 */
export async function runTransfer(
  request: TransferRequest,
  command: number,
  transfer: (connection: CedarConnection) => Promise<TransferOutcome>,
): Promise<TransferOutcome> {
  if (request.signal?.aborted === true) return nothing(ABORTED);
  const connection = await connect(request, command);
  if (connection === undefined) return nothing(ABORTED);
  if (!connection.ok) return nothing(causeOf(request, connection.error));
  const outcome = await withAbort(request, connection.value, transfer);
  return { ...outcome, failure: outcome.failure && causeOf(request, outcome.failure) };
}

/** Connects; undefined where the caller ends the transfer before the peer has answered. */
async function connect(
  { connect: begin, signal }: TransferRequest,
  command: number,
): Promise<Result<CedarConnection, WireError> | undefined> {
  const connecting = begin(command);
  if (signal === undefined) return await connecting;
  let stop: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop);
  });
  const connection = await Promise.race([connecting, aborted]);
  signal.removeEventListener('abort', stop);
  if (connection === undefined) void connecting.then((late) => late.ok && late.value.destroy());
  return connection;
}

async function withAbort(
  request: TransferRequest,
  connection: CedarConnection,
  transfer: (connection: CedarConnection) => Promise<TransferOutcome>,
): Promise<TransferOutcome> {
  const abort = (): void => connection.destroy();
  if (isAborted(request)) abort();
  request.signal?.addEventListener('abort', abort);
  try {
    const sent: Result<void, WireError> = await sendString(connection, request.key);
    if (!sent.ok) return nothing(sent.error);
    const outcome = await transfer(connection);
    if (outcome.failure === undefined) await peerDone(connection);
    return outcome;
  } finally {
    request.signal?.removeEventListener('abort', abort);
    connection.close();
  }
}

/** Milliseconds that a peer has to close a connection on which all was said. */
const CLOSING_TIME = 1000;

/**
 * Waits until the peer has closed. A shadow transfers in a process of its own: that it has ended is
 * written to the user's log, and what we tell the shadow at once would come before it there.
 */
async function peerDone(connection: CedarConnection): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSING_TIME);
  });
  await Promise.race([connection.ended, patience]);
  clearTimeout(timer);
}

/** Whether the caller has ended the transfer. */
export function isAborted(request: Pick<TransferRequest, 'signal'>): boolean {
  return request.signal?.aborted ?? false;
}

const ABORTED: TransferFailure = {
  kind: 'aborted',
  reason: 'The file transfer was ended by this starter',
};

/** A broken connection is not the peer's fault where we broke it. */
function causeOf(request: TransferRequest, failure: TransferFailure): TransferFailure {
  return isAborted(request) ? ABORTED : failure;
}

function nothing(failure: TransferFailure): TransferOutcome {
  return { statistics: statisticsOf(0, 0), failure };
}
