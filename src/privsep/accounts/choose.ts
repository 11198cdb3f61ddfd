/** Which accounts a lease may be on, by what is remembered. Changes nothing. */
import { err, ok, type Result } from '../../result';
import type { ControlError } from '../control/types';
import type { State, StoredAccount, StoredLease } from './state';

export type AccountState = 'free' | 'leased' | 'draining' | 'quarantined';

/** What state an account is in. */
export function stateOfAccount(account: StoredAccount, state: State): AccountState {
  if (account.trouble !== undefined) return 'quarantined';
  const leases = leasesOn(account.name, state);
  if (account.removed || leases.some(({ over }) => over !== undefined)) return 'draining';
  return leases.length > 0 ? 'leased' : 'free';
}

/** The leases on an account that have not come to their end, those that are over included. */
export function leasesOn(account: string, { leases }: State): readonly StoredLease[] {
  return leases.filter((lease) => lease.account.name === account);
}

/** Who asks for a lease. */
export interface Asking {
  readonly owner: string;
  readonly client: number;
  /** The name of an account. */
  readonly prefer: string | undefined;
}

/**
 * A lease that the same client has for the same owner on the account that it would like to have: it is
 * used again, so that two leases never share a guest.
 */
export function leaseToShare(
  { client, owner, prefer }: Asking,
  state: State,
  now: number,
): StoredLease | undefined {
  if (prefer === undefined) return undefined;
  return leasesOn(prefer, state).find(
    (lease) =>
      lease.owner === owner &&
      lease.client === client &&
      lease.over === undefined &&
      lease.expiry > now,
  );
}

/**
 * The accounts that a lease may be on, the best one first: the owner's own one and no other, else all
 * free guests.
 *
 * @param taken names of guests that somebody is just getting
 */
export function accountsFor(
  { owner, prefer }: Asking,
  state: State,
  taken: ReadonlySet<string>,
): Result<readonly StoredAccount[], ControlError> {
  const own = state.accounts.find((account) => account.owner === owner);
  if (own !== undefined) {
    const why = whyNotOwn(own);
    return why === undefined ? ok([own]) : err({ code: 'not-allowed', text: why });
  }
  const free = state.accounts.filter(
    (account) =>
      account.owner === undefined &&
      !taken.has(account.name) &&
      stateOfAccount(account, state) === 'free',
  );
  if (free.length === 0) return err(busy(state));
  return ok([...free].sort((a, b) => Number(b.name === prefer) - Number(a.name === prefer)));
}

function whyNotOwn({ name, removed, trouble }: StoredAccount): string | undefined {
  if (removed) return `${name} was removed: it goes with its last lease`;
  return trouble && `${name} is quarantined: ${trouble}`;
}

/** Why no guest can be had. */
export function busy({ accounts }: State): ControlError {
  const guests = accounts.filter(({ owner }) => owner === undefined);
  const sick = guests.filter(({ trouble }) => trouble !== undefined).length;
  if (guests.length === 0) {
    return {
      code: 'no-account',
      text: 'there is no guest account, and this owner has none (eyrie account add)',
    };
  }
  const quarantined = sick === 0 ? '' : `, ${sick} of them quarantined`;
  return { code: 'busy', text: `none of ${guests.length} guest accounts is free${quarantined}` };
}
