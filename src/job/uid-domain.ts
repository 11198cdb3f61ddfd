/**
 * Whether a name of an account means the same person here as where a job comes from.
 *
 * Source: JICShadow::sameUidDomain of HTCondor's condor_starter; the manual's UID_DOMAIN,
 * TRUST_UID_DOMAIN, TRUST_LOCAL_UID_DOMAIN and SOFT_UID_DOMAIN.
 */
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';

/** Where a job comes from. */
export type Submitter =
  /** Somebody on this host, by hand: the job counts as coming from this host's UID_DOMAIN. */
  { readonly kind: 'hand' } | SubmittingShadow;

/** A shadow. */
export interface SubmittingShadow {
  readonly kind: 'shadow';
  /** The name of its host in the DNS, looked up by its address; where it has none, the address. */
  readonly hostname: string;
  /** Its address is one of this host's. */
  readonly isLocal: boolean;
  /**
   * What the shadow says of the owner's ids, for an owner who has no account here. To be asked for
   * only where the site has SOFT_UID_DOMAIN; undefined: nobody asked, or the shadow does not say.
   */
  readonly userIds?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * True if accounts are shared.
 *
 * A submitting host's word for its domain is not enough: its own name must be in that domain, too,
 * unless the site trusts it, or the host is this one.
 *
 * @param claimed the job ad's UidDomain.
 */
export function sharesAccounts(
  submitter: Submitter,
  claimed: string | undefined,
  config: Config,
): Result<boolean, KnobError> {
  if (submitter.kind === 'hand') return ok(true);
  const own = config.string('UID_DOMAIN');
  if (own === undefined || claimed?.toLowerCase() !== own.toLowerCase()) return ok(false);
  const trustedLocally = config.boolean('TRUST_LOCAL_UID_DOMAIN');
  if (!trustedLocally.ok) return trustedLocally;
  if (trustedLocally.value && submitter.isLocal) return ok(true);
  const trusted = config.boolean('TRUST_UID_DOMAIN');
  return trusted.ok ? ok(trusted.value || isInDomain(submitter.hostname, own)) : trusted;
}

/** True for the domain itself and for names below it. */
function isInDomain(hostname: string, domain: string): boolean {
  const name = hostname.toLowerCase();
  const suffix = domain.toLowerCase();
  return name === suffix || name.endsWith(suffix.startsWith('.') ? suffix : `.${suffix}`);
}
