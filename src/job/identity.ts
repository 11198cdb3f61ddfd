/**
 * Who a job runs as.
 *
 * ```
 *   gLExec has said whom it maps the job's proxy to ──────────► mapped
 *   the starter cannot change ids ───────────────────────────► self
 *   the site and the job allow it, and the owner's name means
 *   the same here as where the job comes from ───────────────► owner
 *     (an owner without an account: the ids that the shadow
 *     says, where the site has SOFT_UID_DOMAIN)
 *   else: SLOT<N>_USER, NOBODY_SLOT_USER ────────────────────► slot
 *         nobody ────────────────────────────────────────────► nobody
 *   the process control daemon says (PRIVSEP = daemon) ──────► leased
 * ```
 *
 * Never root, and never somebody else in place of an account that should be there and is not.
 *
 * Source: JICShadow::initUserPriv, sameUidDomain and checkDedicatedExecuteAccounts of HTCondor's
 * condor_starter, init_user_ids of its condor_utils; the manual's "User Accounts in HTCondor on
 * Unix Platforms".
 */
import type { ClassAd } from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import { err, ok, type Result } from '../result';
import { isDedicated } from './dedicated-account';
import type { MappedIds } from './glexec-mode';
import type { JobFault } from './faults';
import type { Account, HostView } from './host';
import { knobError } from './knob-error';
import type { JobSpec } from './spec';
import { type Submitter, sharesAccounts } from './uid-domain';

/** The rule by which an account was found. */
export type IdentityKind = 'owner' | 'slot' | 'nobody' | 'self' | 'mapped' | 'leased';

/** Who a job runs as. */
export interface Identity {
  readonly account: Account;
  readonly kind: IdentityKind;
  /** Every process of the account is this job's: it is used by one job at a time. */
  readonly dedicated: boolean;
}

/** What decides it. */
export interface IdentityInput {
  readonly spec: Pick<JobSpec, 'owner' | 'runAsOwner' | 'uidDomain'>;
  readonly config: Config;
  readonly host: Pick<HostView, 'uid' | 'gid' | 'privileged' | 'account' | 'accountById'>;
  /** For expressions in knobs. */
  readonly jobAd: ClassAd;
  /** The slot's name without its host: `slot1_2`. */
  readonly slotName: string;
  /** Where the job comes from. */
  readonly submitter: Submitter;
  /** Whom gLExec maps the job's proxy to, where it has told. */
  readonly mapped?: MappedIds | undefined;
}

/**
 * Finds the account of a job.
 *
 * @returns a fault where the job's own account cannot be used (it is held, whoever else could run
 * it), a knob's error where the site's accounts cannot.
 */
export function chooseIdentity(input: IdentityInput): Result<Identity, JobFault | KnobError> {
  const { config, host } = input;
  if (input.mapped !== undefined) return mappedIdentity(host, input.mapped);
  if (!host.privileged) return ownIdentity(host);
  const asOwner = mayRunAsOwner(input);
  if (!asOwner.ok) return asOwner;
  const { owner } = input.spec;
  const found =
    asOwner.value && owner !== undefined ? ownerAccount(owner, input) : slotAccount(input);
  if (!found.ok) return found;
  const dedicated = isDedicated(found.value.account.name, config);
  return dedicated.ok ? ok({ ...found.value, dedicated: dedicated.value }) : dedicated;
}

/** The ids are gLExec's word, its own choice of group included; name and home are the password file's. */
function mappedIdentity(
  host: IdentityInput['host'],
  { gid, uid }: MappedIds,
): Result<Identity, JobFault> {
  const named = host.accountById(uid) ?? { name: `${uid}`, groups: [], home: '' };
  const account: Account = { ...named, uid, gid };
  const root = rootPart(account);
  if (root === undefined) return ok({ account, kind: 'mapped', dedicated: false });
  return unusable(
    `gLExec maps the job's proxy to ${account.name}, which has ${root}, and no job runs as root`,
  );
}

type FoundAccount = Pick<Identity, 'account' | 'kind'>;

/** The starter's own account, which need not be in the password file. */
function ownIdentity(host: IdentityInput['host']): Result<Identity, JobFault> {
  const { uid, gid } = host;
  const account = host.accountById(uid) ?? { name: `${uid}`, uid, gid, groups: [], home: '' };
  if (uid === 0) {
    return unusable(
      'The starter is root but lacks the capabilities to become another account, and no job runs ' +
        'as root; start it as an ordinary user, or with CAP_SETUID, CAP_SETGID and CAP_SYS_ADMIN',
    );
  }
  return ok({ account, kind: 'self', dedicated: false });
}

/** What the site allows (the default), what the job wants (the default), and what names mean. */
function mayRunAsOwner({
  config,
  jobAd,
  spec,
  submitter,
}: IdentityInput): Result<boolean, KnobError> {
  const allowed = config.boolean('STARTER_ALLOW_RUNAS_OWNER', { target: jobAd });
  if (!allowed.ok || !allowed.value || spec.runAsOwner === false) {
    return allowed.ok ? ok(false) : allowed;
  }
  return sharesAccounts(submitter, spec.uidDomain, config);
}

function ownerAccount(owner: string, input: IdentityInput): Result<FoundAccount, JobFault> {
  const account = input.host.account(owner) ?? submittersAccount(owner, input.submitter);
  if (account === undefined) {
    return unusable(
      `The job's owner ${owner} has no account here; make the account, or let the job run as ` +
        'another one (RunAsOwner = false in its ad, or the knob STARTER_ALLOW_RUNAS_OWNER)',
    );
  }
  const root = rootPart(account);
  if (root !== undefined) {
    return unusable(`The job's owner ${owner} has ${root}, and no job runs as root`);
  }
  return ok({ account, kind: 'owner' });
}

/** An owner who is known where the job comes from and has no account here: SOFT_UID_DOMAIN. */
function submittersAccount(owner: string, submitter: Submitter): Account | undefined {
  if (submitter.kind === 'hand' || submitter.userIds === undefined) return undefined;
  const { uid, gid } = submitter.userIds;
  if (!isId(uid) || !isId(gid)) return undefined;
  return { name: owner, uid, gid, groups: [gid], home: '' };
}

/** True for what the kernel takes for an id: -1, as 32 bits, means that there is none. */
function isId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id < 2 ** 32 - 1;
}

/** The account of a job that does not run as its owner. */
function slotAccount({ config, host, slotName }: IdentityInput): Result<FoundAccount, KnobError> {
  const knob = slotKnob(slotName, config) ?? 'NOBODY_SLOT_USER';
  const set = config.string(knob);
  const name = set ?? 'nobody';
  const account = host.account(name);
  if (account === undefined) {
    return knobError(config, knob, `${name} has no account here; name one that exists`);
  }
  const root = rootPart(account);
  if (root !== undefined) {
    return knobError(
      config,
      knob,
      `${name} has ${root}, and no job runs as root; name another one`,
    );
  }
  return ok({ account, kind: set === undefined ? 'nobody' : 'slot' });
}

/** The knob that names the account of a slot, where it is set: SLOT1_2_USER for slot1_2. */
function slotKnob(slotName: string, config: Config): `SLOT${string}_USER` | undefined {
  const number = /^slot(\d+(?:_\d+)?)$/i.exec(slotName)?.[1];
  if (number === undefined) return undefined;
  const knob = `SLOT${number}_USER` as const;
  return config.string(knob) === undefined ? undefined : knob;
}

/** What of an account is root's. */
function rootPart({ uid, gid }: Account): string | undefined {
  if (uid === 0) return 'the uid 0';
  return gid === 0 ? 'the gid 0' : undefined;
}

function unusable(reason: string): Result<never, JobFault> {
  return err({ cause: 'cannotUseAccount', subcode: 0, reason });
}
