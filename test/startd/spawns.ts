/** Recorded spawns: the environment that a real startd gave to a starter, and what it means. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TREE } from '../support/root';

const DIRECTORY = path.join(TREE, 'test/startd/fixtures');

/** One recording. `parsed` was made by an independent reader. */
export interface Spawn {
  readonly name: string;
  readonly argv?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly parsed?: ParsedSpawn;
}

interface ParsedSession {
  readonly id: string;
  readonly key: string;
}

interface ParsedSocket {
  readonly fd: number;
  readonly peer: string;
  readonly peerVersion: string;
  readonly crypto: null | {
    readonly keyHex: string;
    readonly ctrEnc: number;
    readonly ctrDec: number;
    readonly ivEnc: string;
    readonly ivDec: string;
  };
}

interface ParsedSpawn {
  readonly parentPid: number;
  readonly parentSinful: string;
  readonly sockets: readonly [ParsedSocket, ParsedSocket];
  readonly sharedPort: { readonly fullName: string; readonly fd: number };
  readonly sessionKey: ParsedSession;
  readonly familySessionKey: ParsedSession;
}

/** Reads a recording by its name without `.json`. */
export function readSpawn(name: string): Spawn {
  const text = readFileSync(path.join(DIRECTORY, `${name}.json`), 'utf8');
  return { name, ...(JSON.parse(text) as Omit<Spawn, 'name'>) };
}

/** Spawns with the shared port daemon, whose meaning is known. */
export const SHARED_PORT_SPAWNS = ['spawn-23.9.6', 'spawn-25.14.1'].map(readSpawn);

/** A spawn with USE_SHARED_PORT = False. */
export const OWN_PORT_SPAWN = readSpawn('spawn-23.9.6-no-shared-port');

export const SPAWNS = [...SHARED_PORT_SPAWNS, OWN_PORT_SPAWN];

/** One thing said on the connection of a startd and its starter, in old syntax, a line an item. */
export interface LinkEvent {
  readonly fromStartd?: string;
  readonly toStartd?: number;
  readonly ad: readonly string[];
}

/** What a real startd of a version and its own starter said to each other for one job. */
export function readLink(version: '23.9.6' | '25.14.1'): readonly LinkEvent[] {
  const text = readFileSync(path.join(DIRECTORY, `link-${version}.json`), 'utf8');
  return (JSON.parse(text) as { readonly events: readonly LinkEvent[] }).events;
}
