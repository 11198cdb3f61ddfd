/**
 * Certificate requests and the little of DER that they and a chain of certificates need. Pure.
 *
 * Sources: RFC 2986, section 4 (CertificationRequest); RFC 4055, section 5 (sha256WithRSAEncryption and
 * its NULL); X.690, sections 8.1 (tag and length), 8.6 (bit string), 8.19 (object identifier), 10.1.
 */
import { err, ok, type Result } from '../../result';

/** Tags of X.690 and X.680; a constructed one has 0x20 in it. */
const TAGS = {
  integer: 0x02,
  bitString: 0x03,
  null: 0x05,
  objectIdentifier: 0x06,
  sequence: 0x30,
  /** Context-specific, constructed, number 0. */
  attributes: 0xa0,
} as const;

const SHA256_WITH_RSA = [1, 2, 840, 113549, 1, 1, 11] as const;

/** Lengths from here on are written as a count of bytes, then the bytes. */
const LONG_LENGTH = 0x80;

/** Bytes of a length: four tell more than any buffer has. */
const LENGTH_BYTES_MAX = 4;

/**
 * What a request's signature is over: version 0, no name (who signs it gives the name), the key, no
 * attributes.
 *
 * @param publicKey a SubjectPublicKeyInfo, in DER
 */
export function requestInfo(publicKey: Buffer): Buffer {
  return element(
    TAGS.sequence,
    element(TAGS.integer, Buffer.of(0)),
    element(TAGS.sequence),
    publicKey,
    element(TAGS.attributes),
  );
}

/**
 * A request.
 *
 * @param info of {@link requestInfo}
 * @param signature of it: RSA with PKCS #1 padding, over a SHA-256 digest
 */
export function certificateRequest(info: Buffer, signature: Buffer): Buffer {
  const algorithm = element(
    TAGS.sequence,
    element(TAGS.objectIdentifier, identifier(SHA256_WITH_RSA)),
    element(TAGS.null),
  );
  // The first byte counts the bits at the end that do not belong to the string.
  const bits = element(TAGS.bitString, Buffer.of(0), signature);
  return element(TAGS.sequence, info, algorithm, bits);
}

/**
 * Sequences that stand one after another, as certificates in a chain do, with their tags and lengths.
 * What is in them is not looked at.
 *
 * @param most how many there may be
 * @returns a sentence's end where that is not what the bytes are
 */
export function splitSequences(bytes: Buffer, most: number): Result<readonly Buffer[], string> {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (found.length === most) return err(`holds more than ${most} certificates`);
    const end = endOfSequence(bytes, at);
    if (end === undefined) return err(`is not DER at byte ${at} of ${bytes.length}`);
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return ok(found);
}

function endOfSequence(bytes: Buffer, at: number): number | undefined {
  const first = bytes[at + 1];
  if (bytes[at] !== TAGS.sequence || first === undefined) return undefined;
  const count = first < LONG_LENGTH ? 0 : first - LONG_LENGTH;
  const body = at + 2 + count;
  const isIndefinite = first === LONG_LENGTH;
  if (isIndefinite || count > LENGTH_BYTES_MAX || body > bytes.length) return undefined;
  const end = body + (count === 0 ? first : bytes.readUIntBE(at + 2, count));
  return end <= bytes.length ? end : undefined;
}

function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), length(body.length), body]);
}

/** In as few bytes as it takes: X.690, 10.1. */
function length(value: number): Buffer {
  if (value < LONG_LENGTH) return Buffer.of(value);
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.of(LONG_LENGTH + bytes.length, ...bytes);
}

/** The first two numbers share a byte; of each other, seven bits a byte, all but the last marked. */
function identifier([first = 0, second = 0, ...rest]: readonly number[]): Buffer {
  const bytes = rest.flatMap((value) => {
    const groups = [value & 0x7f];
    for (let left = value >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return Buffer.of(first * 40 + second, ...bytes);
}
