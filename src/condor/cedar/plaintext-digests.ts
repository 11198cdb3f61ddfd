import { createHash, type Hash } from 'node:crypto';

/** Bytes of SHA-256. */
const DIGEST_SIZE = 32;

/**
 * SHA-256 of what a connection has carried in clear, each way, packets whole. The first encrypted
 * packets vouch for it. ReliSock::RcvMsg::m_md_ctx and its kin in HTCondor's reli_sock.h.
 */
export class PlaintextDigests {
  private sent: Hash | undefined;
  private received: Hash | undefined;

  addSent(bytes: Buffer): void {
    this.sent = (this.sent ?? createHash('sha256')).update(bytes);
  }

  addReceived(bytes: Buffer): void {
    this.received = (this.received ?? createHash('sha256')).update(bytes);
  }

  /** What goes with our first encrypted packet, and with the peer's: the sender's own come first. */
  finish(): { readonly send: Buffer; readonly receive: Buffer } {
    const sent = this.sent?.digest() ?? Buffer.alloc(DIGEST_SIZE);
    const received = this.received?.digest() ?? Buffer.alloc(DIGEST_SIZE);
    return { send: Buffer.concat([sent, received]), receive: Buffer.concat([received, sent]) };
  }
}
