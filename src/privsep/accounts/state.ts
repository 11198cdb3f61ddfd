/**
 * What is remembered of accounts and leases: everything that a daemon must know that comes after one
 * that was killed. Plain values; a change makes a new state.
 */
import { isObject } from '../control/fields';
import type { Json, JsonObject } from '../control/types';
import { err, ok, type Result } from '../../result';
import { isCgroupName } from './cgroup-name';
import type { LeasedAccount, LeaseFamily } from './types';

/** An account that was added. */
export interface StoredAccount {
  readonly name: string;
  /** When it was added: the name may be somebody else's one day. */
  readonly uid: number;
  /** Undefined: it is a guest account. */
  readonly owner: string | undefined;
  /** It was removed while it was leased: it goes with its last lease. */
  readonly removed: boolean;
  /** Why it cannot be leased, where something could not be cleaned: a sentence. */
  readonly trouble: string | undefined;
}

/**
 * Where a sandbox is in its life. What takes time is written down before it is begun: `making`,
 * `to-account`, `to-client` and `removing` are done again, or undone, by whoever finds them.
 */
export const SANDBOX_STEPS = [
  'making',
  'client',
  'to-account',
  'account',
  'to-client',
  'removing',
] as const;
export type SandboxStep = (typeof SANDBOX_STEPS)[number];

/** A sandbox of a lease. */
export interface StoredSandbox {
  /** The directory's name below `--execute`. */
  readonly id: string;
  /** Permission bits that it has whenever it was given. */
  readonly mode: number;
  readonly step: SandboxStep;
}

/** A lease, until its account is clean again. */
export interface StoredLease {
  readonly id: string;
  readonly owner: string;
  readonly kind: 'local' | 'guest';
  readonly account: LeasedAccount;
  readonly client: number;
  /** The client's own group, which its sandboxes get. */
  readonly clientGroup: number;
  readonly start: number;
  readonly expiry: number;
  /** What ran on it is being ended, and its account cleaned; undefined: it is in force. */
  readonly over: 'released' | 'expired' | undefined;
  readonly sandboxes: readonly StoredSandbox[];
  readonly families: readonly LeaseFamily[];
}

/** A sandbox that was the client's when its lease ended. */
export interface LeftSandbox {
  readonly id: string;
  readonly lease: string;
  readonly client: number;
  /** When it is removed. Seconds since 1970; 0: it is being removed. */
  readonly until: number;
}

export interface State {
  /** Which start of the machine families are of: /proc/sys/kernel/random/boot_id. */
  readonly boot: string;
  readonly accounts: readonly StoredAccount[];
  readonly leases: readonly StoredLease[];
  readonly left: readonly LeftSandbox[];
}

const VERSION = 1;

export function emptyState(boot: string): State {
  return { boot, accounts: [], leases: [], left: [] };
}

/** The text of a state. */
export function printState(state: State): string {
  return `${JSON.stringify({ version: VERSION, ...state })}\n`;
}

/**
 * Reads a state that was printed. Whatever is not as it was written is an error: what an account must be
 * cleaned of cannot be guessed.
 *
 * @returns a sentence: what is wrong, and where
 */
export function parseState(text: string): Result<State, string> {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    return err(`it is not JSON: ${(error as Error).message}`);
  }
  try {
    const { version, ...fields } = objectAt(json, 'it');
    if (version !== VERSION) {
      return err(`its version is ${JSON.stringify(version)}, expected ${VERSION}`);
    }
    return ok({
      boot: textAt(fields, 'boot'),
      accounts: listAt(fields, 'accounts').map(readAccount),
      leases: listAt(fields, 'leases').map(readLease),
      left: listAt(fields, 'left').map(readLeft),
    });
  } catch (error) {
    if (error instanceof Damage) return err(error.message);
    throw error;
  }
}

/** What is wrong with a state; it leaves this file as a value only. */
class Damage extends Error {}

function readAccount(json: Json): StoredAccount {
  const fields = objectAt(json, 'an account');
  return {
    name: textAt(fields, 'name'),
    uid: idAt(fields, 'uid'),
    owner: optionalTextAt(fields, 'owner'),
    removed: flagAt(fields, 'removed'),
    trouble: optionalTextAt(fields, 'trouble'),
  };
}

function readLease(json: Json): StoredLease {
  const fields = objectAt(json, 'a lease');
  const id = textAt(fields, 'id');
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Damage('a lease has an id of another form');
  const kind = textAt(fields, 'kind');
  if (kind !== 'local' && kind !== 'guest') throw new Damage(`a lease is of kind "${kind}"`);
  const over = optionalTextAt(fields, 'over');
  if (over !== undefined && over !== 'released' && over !== 'expired') {
    throw new Damage(`a lease is over by "${over}"`);
  }
  return {
    id,
    owner: textAt(fields, 'owner'),
    kind,
    account: readLeasedAccount(fields.account),
    client: numberAt(fields, 'client'),
    clientGroup: numberAt(fields, 'clientGroup'),
    start: numberAt(fields, 'start'),
    expiry: numberAt(fields, 'expiry'),
    over,
    sandboxes: listAt(fields, 'sandboxes').map(readSandbox),
    families: listAt(fields, 'families').map(readFamily),
  };
}

function readLeasedAccount(json: Json | undefined): LeasedAccount {
  const fields = objectAt(json, 'the account of a lease');
  return {
    name: textAt(fields, 'name'),
    uid: idAt(fields, 'uid'),
    gid: idAt(fields, 'gid'),
    home: textAt(fields, 'home'),
    shell: textAt(fields, 'shell'),
    groups: listAt(fields, 'groups').map((group) => numberAt({ group }, 'group')),
  };
}

function readSandbox(json: Json): StoredSandbox {
  const fields = objectAt(json, 'a sandbox');
  const step = SANDBOX_STEPS.find((each) => each === fields.step);
  if (step === undefined) throw new Damage(`a sandbox is at step ${JSON.stringify(fields.step)}`);
  const mode = numberAt(fields, 'mode');
  if (mode > 0o777) throw new Damage(`a sandbox has mode ${mode}`);
  return { id: directoryAt(fields, 'id'), mode, step };
}

function readFamily(json: Json): LeaseFamily {
  const fields = objectAt(json, 'a family');
  const cgroup = optionalTextAt(fields, 'cgroup');
  if (cgroup !== undefined && !isCgroupName(cgroup)) {
    throw new Damage(`a family has the cgroup "${cgroup}"`);
  }
  return { pid: idAt(fields, 'pid'), birthday: numberAt(fields, 'birthday'), cgroup };
}

function readLeft(json: Json): LeftSandbox {
  const fields = objectAt(json, 'a left sandbox');
  return {
    id: directoryAt(fields, 'id'),
    lease: textAt(fields, 'lease'),
    client: numberAt(fields, 'client'),
    until: numberAt(fields, 'until'),
  };
}

function objectAt(json: Json | undefined, what: string): JsonObject {
  if (!isObject(json)) throw new Damage(`${what} is no object`);
  return json;
}

function listAt(fields: JsonObject, name: string): readonly Json[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new Damage(`${name} is no list`);
  return value as readonly Json[];
}

function textAt(fields: JsonObject, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Damage(`${name} is no text`);
  return value;
}

function optionalTextAt(fields: JsonObject, name: string): string | undefined {
  return fields[name] === undefined ? undefined : textAt(fields, name);
}

/** What is one name in a directory. */
function directoryAt(fields: JsonObject, name: string): string {
  const value = textAt(fields, name);
  if (!/^dir_[0-9a-z_]+$/.test(value)) throw new Damage(`${name} is "${value}"`);
  return value;
}

function flagAt(fields: JsonObject, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw new Damage(`${name} is not true or false`);
  return value;
}

function numberAt(fields: JsonObject, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new Damage(`${name} is no whole number`);
  }
  return value;
}

/** A uid, gid or pid that is not 0. */
function idAt(fields: JsonObject, name: string): number {
  const value = numberAt(fields, name);
  if (value === 0) throw new Damage(`${name} is 0`);
  return value;
}
