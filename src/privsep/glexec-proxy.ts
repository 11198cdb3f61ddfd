/** A job's X.509 proxy file: whether it can be read, and until when it is valid. */
import type * as Crypto from 'node:crypto';
import fs from 'node:fs';
import type { JobFault } from '../job/faults';
import { err, ok, type Result } from '../result';

/** Bytes: a chain of proxies has a few thousand. */
const SIZE_MAX = 1 << 20;

/** Nobody but its owner may read the key in it. */
export const PROXY_MODE = 0o600;

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Reads a proxy file. No job may be able to exchange it.
 *
 * @returns its text; a sentence where it cannot be
 */
export function readProxyFile(file: string): Result<string, string> {
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NONBLOCK);
    const facts = fs.fstatSync(fd);
    if (!facts.isFile()) return err(`${file} is no regular file`);
    if (facts.size > SIZE_MAX) return err(`${file} has ${facts.size} bytes; no proxy is that long`);
    return ok(fs.readFileSync(fd, 'latin1'));
  } catch (thrown) {
    return err(`it cannot be read: ${(thrown as Error).message}`);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/**
 * Gives a proxy that came with a job's input the mode that gLExec demands.
 *
 * @returns a sentence where it is no file of ours
 */
export function protectProxyFile(file: string): Result<void, string> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    fs.fchmodSync(fd, PROXY_MODE);
    return ok(undefined);
  } catch (thrown) {
    return err(`it cannot be protected: ${(thrown as Error).message}`);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/**
 * When the first of a proxy's certificates expires, in seconds since 1970; a sentence where the file
 * is no proxy, or one has expired.
 */
export function proxyExpiry(file: string): Result<number, string> {
  const text = readProxyFile(file);
  if (!text.ok) return text;
  const { X509Certificate } = loadCrypto();
  try {
    const ends = (text.value.match(CERTIFICATES) ?? []).map(
      (certificate) => Date.parse(new X509Certificate(certificate).validTo) / 1000,
    );
    const first = Math.min(...ends);
    if (!Number.isFinite(first)) return err(`${file} holds no certificate`);
    const when = new Date(first * 1000).toISOString();
    return first * 1000 > Date.now() ? ok(first) : err(`${file} expired on ${when}`);
  } catch (thrown) {
    return err(`${file} cannot be understood: ${(thrown as Error).message}`);
  }
}

/** Milliseconds: longer no timer waits, and a proxy may have been renewed meanwhile. */
const LOOK_MS = 60_000;

/**
 * Looks at a proxy now and then; it may be exchanged for one that holds longer.
 *
 * @param before seconds before its expiry at which `end` is called
 * @returns the way to stop that
 */
export function watchExpiry(
  file: string,
  before: number,
  end: (fault: JobFault) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const holds = proxyExpiry(file);
    const left = holds.ok ? holds.value * 1000 - Date.now() - before * 1000 : 0;
    if (left <= 0) {
      end({ cause: 'corruptedCredential', subcode: 0, reason: 'Proxy about to expire' });
      return;
    }
    timer = setTimeout(look, Math.min(left, LOOK_MS)).unref();
  };
  look();
  return () => clearTimeout(timer);
}

/** It takes time to load, and a starter without gLExec needs none of it by hand. */
function loadCrypto(): typeof Crypto {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- said above
  return require('node:crypto') as typeof Crypto;
}
