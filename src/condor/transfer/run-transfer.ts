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
  const connection = await request.connect(command);
  if (!connection.ok) return nothing(causeOf(request, connection.error));
  const outcome = await withAbort(request, connection.value, transfer);
  return { ...outcome, failure: outcome.failure && causeOf(request, outcome.failure) };
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
    return sent.ok ? await transfer(connection) : nothing(sent.error);
  } finally {
    request.signal?.removeEventListener('abort', abort);
    connection.close();
  }
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
