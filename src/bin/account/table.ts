/** The daemon's accounts as a table for people. */
import { printableLine } from '../../printable';
import { accountById } from '../../kernel/accounts';
import type { Json, JsonObject } from '../../privsep/control/types';

/** An account, as `account.list` tells it. */
export interface ListedAccount {
  readonly account: string;
  readonly kind: string;
  readonly owner: string | undefined;
  readonly state: string;
  /** Why it is quarantined, or cannot be used. */
  readonly remarks: readonly string[];
  readonly leases: readonly ListedLease[];
  readonly pids: readonly number[];
}

export interface ListedLease {
  readonly owner: string;
  readonly client: number;
  /** Seconds since 1970. */
  readonly expiry: number;
}

/** Reads the daemon's answer; undefined: it is another one than expected. */
export function readAccounts({ accounts }: JsonObject): readonly ListedAccount[] | undefined {
  if (!isList(accounts)) return undefined;
  const read = accounts.map(readAccount);
  return read.every((one) => one !== undefined) ? read : undefined;
}

function readAccount(json: Json): ListedAccount | undefined {
  if (!isObject(json)) return undefined;
  const { account, families, kind, leases, owner, processes, reason, state, unusable } = json;
  if (typeof account !== 'string' || typeof kind !== 'string' || typeof state !== 'string') {
    return undefined;
  }
  const read = isList(leases) ? leases.map(readLease) : [];
  return {
    ...{ account, kind, state },
    owner: typeof owner === 'string' ? owner : undefined,
    remarks: [reason, unusable].filter((text) => typeof text === 'string'),
    leases: read.filter((lease) => lease !== undefined),
    pids: numbersOf(processes ?? families),
  };
}

function readLease(json: Json): ListedLease | undefined {
  if (!isObject(json)) return undefined;
  const { client, expiry, owner } = json;
  return typeof owner === 'string' && typeof client === 'number' && typeof expiry === 'number'
    ? { owner, client, expiry }
    : undefined;
}

function numbersOf(json: Json | undefined): readonly number[] {
  return isList(json) ? json.filter((each) => typeof each === 'number') : [];
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

function isObject(json: Json): json is JsonObject {
  return typeof json === 'object' && json !== null && !isList(json);
}

const TITLES = ['ACCOUNT', 'KIND', 'STATE', 'OWNER', 'CLIENT', 'UNTIL', 'PROCESSES'] as const;

/** Pids that one line has. */
const PIDS_SHOWN = 8;

/**
 * A line for the titles, and one for each lease, or for an account without one:
 *
 * ```
 * ACCOUNT KIND   STATE       OWNER       CLIENT UNTIL            PROCESSES
 * guest1  guest  leased      mary@site   condor 2031-05-01 12:00 4711 4712
 * guest2  guest  quarantined -           -      -                -
 *   guest2: Cannot clean /tmp: …
 * john    local  free        john@site   -      -                -
 * ```
 *
 * @param nameOf the name of a uid; undefined: it has none
 */
export function accountLines(
  accounts: readonly ListedAccount[],
  nameOf: (uid: number) => string | undefined = (uid) => accountById(uid)?.name,
): readonly string[] {
  if (accounts.length === 0) return ['The daemon has no accounts: eyrie account add USER'];
  const rows = accounts.map((account) => ({ account, cells: rowsOf(account, nameOf) }));
  const widths = TITLES.map((title, at) =>
    Math.max(
      title.length,
      ...rows.flatMap(({ cells }) => cells.map((row) => row[at]?.length ?? 0)),
    ),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join(' ')
      .trimEnd();
  return [
    line(TITLES),
    ...rows.flatMap(({ account, cells }) => [
      ...cells.map(line),
      ...account.remarks.map((text) => `  ${account.account}: ${printableLine(text)}`),
    ]),
  ];
}

/** What of an account is not its lease's stands in its first line only. */
function rowsOf(
  { account, kind, leases, owner, pids, state }: ListedAccount,
  nameOf: (uid: number) => string | undefined,
): readonly (readonly string[])[] {
  const own = owner === undefined ? '-' : printableLine(owner);
  if (leases.length === 0) return [[account, kind, state, own, '-', '-', processes(pids)]];
  return leases.map((lease, at) => [
    ...(at === 0 ? [account, kind, state] : ['', '', '']),
    printableLine(lease.owner),
    nameOf(lease.client) ?? `${lease.client}`,
    minute(lease.expiry),
    at === 0 ? processes(pids) : '',
  ]);
}

function processes(pids: readonly number[]): string {
  if (pids.length === 0) return '-';
  const shown = pids.slice(0, PIDS_SHOWN).join(' ');
  return pids.length > PIDS_SHOWN ? `${shown} and ${pids.length - PIDS_SHOWN} more` : shown;
}

/** In the local time zone: `2031-05-01 12:00`. */
function minute(seconds: number): string {
  const time = new Date(seconds * 1000);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
