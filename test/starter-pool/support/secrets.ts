/** The secrets of a played pool: nothing of them may be found where others can read. */
import { randomBytes } from 'node:crypto';
import type { SecuritySession } from '../../../src/condor/cedar';

export interface Secrets {
  /** SessionKey: of the startd with this starter. */
  readonly parent: SecuritySession;
  /** FamilySessionKey. */
  readonly family: SecuritySession;
  /** Of the claim; its id is public, its key is the end of ClaimId. */
  readonly claim: SecuritySession;
  readonly fileTransfer: SecuritySession;
  /** The key of the connection to the shadow. */
  readonly shadowKey: Buffer;
  /** TransferKey of the job's ad. */
  readonly transferKey: string;
}

/** Makes them, anew for each pool. */
export function makeSecrets(): Secrets {
  const name = word(8);
  return {
    parent: { id: `parent-${name}`, key: word(32) },
    family: { id: `family:${name}`, key: word(32) },
    claim: { id: `<127.0.0.1:9618>#${name}#1`, key: word(32) },
    fileTransfer: { id: `filetrans.<127.0.0.1:9618>#${name}#1`, key: word(32) },
    shadowKey: randomBytes(32),
    transferKey: `1#${word(12)}`,
  };
}

/** What is looked for, each in the form in which it would be written. */
export function secretTexts({
  claim,
  family,
  fileTransfer,
  parent,
  shadowKey,
  transferKey,
}: Secrets): readonly string[] {
  const keys = [parent, family, claim, fileTransfer].map(({ key }) => key);
  const hex = shadowKey.toString('hex');
  return [...keys, hex, hex.toUpperCase(), shadowKey.toString('base64'), transferKey];
}

function word(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
