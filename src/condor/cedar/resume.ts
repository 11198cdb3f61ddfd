/**
 * How a session that both sides know is taken up again, without authentication:
 *
 *     client → 60010, { Command, Sid, … }        in clear
 *     server → { ReturnCode = "AUTHORIZED", … }   in clear, if the client has asked for it
 *     both encrypt with the session's key
 *
 * Rules: SecMan and DaemonCommandProtocol of HTCondor (condor_secman.cpp, daemon_command.cpp).
 */
import { randomBytes } from 'node:crypto';
import { booleanValue, ClassAd, integerValue, stringValue } from '../classad';

/** The command that everything begins with; condor_commands.h. */
export const DC_AUTHENTICATE = 60010;

/** What a server answers; SecMan's and DaemonCommandProtocol's ATTR_SEC_RETURN_CODE. */
export type ReturnCode = 'AUTHORIZED' | 'DENIED' | 'SID_NOT_FOUND';

const NONCE_SIZE = 33;

/** A nonce for a request or a reply. */
export function makeNonce(): string {
  return randomBytes(NONCE_SIZE).toString('base64');
}

/** What a client asks. */
export interface ResumeRequest {
  readonly command: number;
  /** The address that was connected to. */
  readonly address: string;
  /** Where the client can be reached. */
  readonly ownAddress: string;
  /** The client's `$CondorVersion: … $`. */
  readonly version: string;
  readonly sessionId: string;
  readonly nonce: string;
}

/** The ad of a request that is answered. HTCondor 25 reads literals only, and 100 at the most. */
export function resumeRequestAd(request: ResumeRequest): ClassAd {
  return new ClassAd()
    .set('Command', integerValue(BigInt(request.command)))
    .set('ConnectSinful', stringValue(request.address))
    .set('CryptoMethods', stringValue('AES'))
    .set('Nonce', stringValue(request.nonce))
    .set('RemoteVersion', stringValue(request.version))
    .set('ResumeResponse', booleanValue(true))
    .set('ServerCommandSock', stringValue(request.ownAddress))
    .set('Sid', stringValue(request.sessionId))
    .set('UseSession', stringValue('YES'));
}

/** The ad of a reply. */
export function resumeReplyAd(code: ReturnCode, version: string, nonce: string): ClassAd {
  return new ClassAd()
    .set('ReturnCode', stringValue(code))
    .set('RemoteVersion', stringValue(version))
    .set('Nonce', stringValue(nonce));
}

/**
 * The value that an attribute of such an ad spells out. Nothing is evaluated: who sent the ad is not
 * known yet, and an expression of some lines can take all memory.
 */
export function literalOf(ad: ClassAd, name: string): string | number | boolean | undefined {
  const expression = ad.get(name);
  if (expression?.kind !== 'literal') return undefined;
  const { value } = expression;
  if (value.type === 'integer') return Number(value.value);
  return value.type === 'string' || value.type === 'boolean' ? value.value : undefined;
}
