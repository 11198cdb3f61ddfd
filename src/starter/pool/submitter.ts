/**
 * Where a job of a shadow comes from: what decides whether its owner's name means anything here.
 *
 * Source: JICShadow::sameUidDomain of HTCondor's condor_starter, which goes by the name that the
 * shadow's address has in the DNS and by nothing that the shadow says.
 */
import dns from 'node:dns/promises';
import os from 'node:os';
import { parseSinful } from '../../condor/cedar';
import type { SubmittingShadow } from '../../job/uid-domain';
import { callTrouble } from './greet';
import type { ShadowLink } from './shadow-link';
import type { PoolSite } from './site';

/** Finds it out. Nobody is asked for what does not matter: a name server may be slow. */
export async function findSubmitter(
  { config, inheritance, knobs, log }: PoolSite,
  shadow: ShadowLink,
): Promise<SubmittingShadow> {
  const sinful = parseSinful(inheritance.shadow.peer);
  const address = sinful.ok ? sinful.value.host : inheritance.shadow.peer;
  const isLocal = isOwnAddress(address);
  const trusted = config.boolean('TRUST_UID_DOMAIN');
  const isNamed = isLocal || (trusted.ok && trusted.value);
  const hostname = isNamed ? address : await nameOf(address);
  const submitter = { kind: 'shadow', hostname, isLocal } as const;
  if (!knobs.softUidDomain) return submitter;
  const user = await shadow.calls.getUserInfo();
  if (!user.ok) {
    log.always(`The shadow does not tell the owner's ids: ${callTrouble(user.error)}`);
    return submitter;
  }
  const uid = user.value.integer('Uid');
  const gid = user.value.integer('Gid');
  return uid === undefined || gid === undefined
    ? submitter
    : { ...submitter, userIds: { uid, gid } };
}

function isOwnAddress(address: string): boolean {
  const interfaces = Object.values(os.networkInterfaces());
  return interfaces.some((own) => own?.some((each) => each.address === address));
}

/**
 * The name of an address, if the name has that address as well: who rules over the addresses alone
 * could claim any name. The address itself where it has none.
 */
async function nameOf(address: string): Promise<string> {
  try {
    const { hostname } = await dns.lookupService(address, 0);
    const addresses = await dns.lookup(hostname, { all: true });
    return addresses.some((each) => each.address === address) ? hostname : address;
  } catch {
    return address;
  }
}
