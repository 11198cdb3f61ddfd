/**
 * The key of a proxy that is to be delegated to here: it is made here, and never leaves this host. What
 * comes back is a certificate for it, and the chain of those that signed it.
 *
 * Source: RFC 3820, section 3; X509Credential of HTCondor's DelegationInterface.cpp for the
 * key's kind and the order in the file.
 */
import type * as Crypto from 'node:crypto';
import { err, ok, type Result } from '../../result';
import { certificateRequest, requestInfo, splitSequences } from './certificate-request';

/** As HTCondor's own. */
const KEY_BITS = 2048;

/** Certificates that a chain may have: as many as OpenSSL follows at most. */
const CHAIN_MAX = 100;

/** Waits for its certificate. */
export interface ProxyKey {
  /** The certificate request, in DER. */
  readonly request: Buffer;
  /**
   * The proxy file, once the certificate is there: certificate, key, the issuers. Secret.
   *
   * @param chain the new certificate and its issuers, nearest first, in DER one after another
   * @returns a sentence where that is no proxy for this key
   */
  proxyFile(chain: Buffer): Result<Buffer, string>;
}

/**
 * Makes a key; that takes a moment, in which other work goes on.
 *
 * @returns a sentence where the system's OpenSSL makes none
 */
export function makeProxyKey(): Promise<Result<ProxyKey, string>> {
  const crypto = loadCrypto();
  return new Promise((resolve) => {
    crypto.generateKeyPair('rsa', { modulusLength: KEY_BITS }, (error, publicKey, privateKey) => {
      resolve(
        error === null
          ? ok(keyOf(publicKey, privateKey))
          : err(`No key could be made for an X.509 proxy: ${error.message}`),
      );
    });
  });
}

function keyOf(publicKey: Crypto.KeyObject, privateKey: Crypto.KeyObject): ProxyKey {
  const info = requestInfo(publicKey.export({ type: 'spki', format: 'der' }));
  return {
    request: certificateRequest(info, loadCrypto().sign('sha256', info, privateKey)),
    proxyFile(chain) {
      try {
        return proxyFile(privateKey, chain);
      } catch (thrown) {
        return err(`${WHAT} cannot be understood: ${(thrown as Error).message}`);
      }
    },
  };
}

/** Throws where OpenSSL cannot read a certificate, or the key in one. */
function proxyFile(key: Crypto.KeyObject, chain: Buffer): Result<Buffer, string> {
  const certificates = readChain(chain);
  if (!certificates.ok) return certificates;
  const [proxy, issuer] = certificates.value;
  if (proxy === undefined || issuer === undefined) {
    const count = certificates.value.length;
    return err(`${WHAT} has ${count} certificates; expected one for the new key and its issuer's`);
  }
  if (!proxy.checkPrivateKey(key)) {
    return err(`${WHAT} begins with a certificate for another key than the one it was asked for`);
  }
  if (!proxy.verify(issuer.publicKey)) {
    return err(`${WHAT} begins with a certificate that the next one in it has not signed`);
  }
  const [first, ...issuers] = certificates.value.map((certificate) => certificate.toString());
  const secret = key.export({ type: 'pkcs8', format: 'pem' }) as string;
  return ok(Buffer.from([first, secret, ...issuers].join('')));
}

const WHAT = 'The chain of the delegated X.509 proxy';

function readChain(chain: Buffer): Result<readonly Crypto.X509Certificate[], string> {
  const { X509Certificate } = loadCrypto();
  const parts = splitSequences(chain, CHAIN_MAX);
  if (!parts.ok) return err(`${WHAT} ${parts.error}`);
  return ok(parts.value.map((part) => new X509Certificate(part)));
}

/** It takes time to load, and few jobs have proxies. */
function loadCrypto(): typeof Crypto {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- said above
  return require('node:crypto') as typeof Crypto;
}
