/**
 * The messages of the control endpoint: requests `{id, op, …}`, replies `{id, ok: true, …}` or
 * `{id, ok: false, error, text}`, events `{event, …}`. Pure. The frames they travel in: `frames.ts`.
 */
import { err, ok, type Result } from '../../result';
import { isObject } from './fields';
import type { ControlError, Json, JsonObject } from './types';

/** Of the protocol; a later one understands what an earlier one had. */
export const PROTOCOL_VERSION = 1;

/** How a client names a request; the reply has the same. */
export type RequestId = number | string;

const ID_MAX = 64;
const OPERATION_MAX = 64;

/** A request that has the form of one. */
export interface ControlRequest {
  readonly id: RequestId;
  readonly op: string;
  /** The rest. */
  readonly fields: JsonObject;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a message. @returns undefined where it is no object of JSON */
export function decodeMessage(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value = JSON.parse(decoder.decode(bytes)) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a request as far as all have the same form. An error says what was expected. */
export function decodeRequest(bytes: Uint8Array): Result<ControlRequest, string> {
  const message = decodeMessage(bytes);
  if (message === undefined) return err('expected an object of JSON in UTF-8');
  const { id, op, ...fields } = message;
  if (!isRequestId(id)) {
    return err(`id: expected a whole number, or a text of 1 to ${ID_MAX} characters`);
  }
  if (typeof op !== 'string' || op.length === 0 || op.length > OPERATION_MAX) {
    return err(`op: expected the name of an operation`);
  }
  return ok({ id, op, fields });
}

function isRequestId(id: Json | undefined): id is RequestId {
  if (typeof id === 'string') return id.length > 0 && id.length <= ID_MAX;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0;
}

/** The reply to a request that was carried out. */
export function successReply(id: RequestId, fields: JsonObject): JsonObject {
  return { ...fields, id, ok: true };
}

/** The reply to one that was not. @param id null: what came is no request */
export function failureReply(
  id: RequestId | null,
  { code, details, text }: ControlError,
): JsonObject {
  return { ...details, id, ok: false, error: code, text };
}
