/** Operations of the endpoint itself: `ping` and `reload`. */
import { ok } from '../../result';
import { readFields } from './fields';
import { PROTOCOL_VERSION } from './protocol';
import type { AnyOperation, ControlPart, JsonObject, Operation } from './types';

/** What they are made of. */
export interface OwnFacts {
  /** Of Eyrie. */
  readonly version: string;
  /** Of the other endpoint, the pipes: a release of HTCondor. */
  readonly dialect: string;
  /** Reads all files again. @returns sentences: warnings */
  readonly reload: () => readonly string[];
}

/** The part with operations of the endpoint itself. */
export function ownPart({ dialect, reload, version }: OwnFacts): ControlPart {
  const operations: readonly AnyOperation[] = [
    simple('ping', () => ({ version, protocol: PROTOCOL_VERSION, dialect })),
    { ...simple('reload', () => ({ warnings: reload() })), changes: true, rootOnly: true },
  ];
  return { operations };
}

/** An operation without fields that takes no time. */
function simple(name: string, answer: () => JsonObject): Operation<unknown> {
  return {
    name,
    changes: false,
    read: (request) => readFields(request, {}),
    perform: () => Promise.resolve(ok(answer())),
  };
}
