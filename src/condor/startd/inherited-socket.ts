/**
 * One socket as HTCondor writes it into CONDOR_INHERIT: fields with a `*` after each. Pure.
 *
 * Source: Sock::serialize, Sock::serializeCryptoInfo, ReliSock::serialize and SafeSock::serialize of
 * condor_io.
 */
import { err, ok, type Result } from '../../result';
import type { InheritedCrypto, InheritedSocket } from './types';

/** The fields that every socket begins with; a UDP socket has no others. */
const BASE_FIELDS = [
  'descriptor',
  'state',
  'timeout',
  'authentication tried',
  'length of the user',
  'length of the second name',
  'user',
  'peer version',
  'special state',
  'peer',
] as const;

/** Then the digits of the key, 0 for none; and where there is one, these. */
const KEY_LENGTH = ['key length'] as const;
const METHOD_FIELDS = ['protocol', 'encryption'] as const;
const KEY_FIELDS = ['stream state', 'key'] as const;

/** Then, for TCP: what was sent and received in clear before encryption began. */
const STREAM_FIELDS = [
  'final packet sent',
  'final packet received',
  'digest of the sent header used',
  'digest of the received header used',
] as const;

/** CryptProtocol's numbers, of condor_io's CryptKey.h. */
const PROTOCOLS: Readonly<Record<string, string>> = { 1: 'Blowfish', 2: '3DES', 3: 'AES-GCM' };
const AES_GCM = '3';

/** Sock's special state of a listening socket. */
const LISTENING = '1';

/** Digits of the key's length and of the stream state: 32 and 40 bytes in hex. */
const KEY_DIGITS = '64';
const STREAM_STATE = /^[0-9a-f]{80}$/i;
const KEY = /^[0-9a-f]{64}$/i;

/** What a socket's text says. */
interface SocketFields extends InheritedSocket {
  readonly isListening: boolean;
}

/**
 * Reads a connected TCP socket.
 *
 * @returns an error that names the field and repeats no value, because a value can be a key
 */
export function parseConnectedSocket(text: string): Result<InheritedSocket, string> {
  const fields = parseTcpSocket(text);
  if (!fields.ok) return fields;
  const { isListening, ...socket } = fields.value;
  return isListening ? err('the socket listens, where a connected one was expected') : ok(socket);
}

/** Reads a listening socket, TCP or Unix. @returns its descriptor */
export function parseListener(text: string): Result<number, string> {
  const fields = parseTcpSocket(text);
  if (!fields.ok) return fields;
  const { isListening, descriptor } = fields.value;
  return isListening ? ok(descriptor) : err('the socket does not listen');
}

/** Reads a UDP socket. @returns its descriptor */
export function parseUdpSocket(text: string): Result<number, string> {
  const fields = new Fields(text);
  const base = fields.take(BASE_FIELDS);
  return base.ok ? readDescriptor(base.value.descriptor) : base;
}

function parseTcpSocket(text: string): Result<SocketFields, string> {
  const fields = new Fields(text);
  const base = fields.take(BASE_FIELDS);
  if (!base.ok) return base;
  const descriptor = readDescriptor(base.value.descriptor);
  if (!descriptor.ok) return descriptor;
  const crypto = takeCrypto(fields);
  if (!crypto.ok) return crypto;
  const end = fields.end();
  if (!end.ok) return end;
  return ok({
    descriptor: descriptor.value,
    peer: base.value.peer,
    crypto: crypto.value,
    // The writer put `_` where the version has blanks: a token has none.
    peerVersion: base.value['peer version'].replaceAll('_', ' '),
    isListening: base.value['special state'] === LISTENING,
  });
}

/** Reads everything that has to do with encryption: the key, its state, the digests. */
function takeCrypto(fields: Fields): Result<InheritedCrypto | undefined, string> {
  const keyLength = fields.take(KEY_LENGTH);
  if (!keyLength.ok) return keyLength;
  const key = keyLength.value['key length'];
  const crypto = key === '0' ? ok(undefined) : takeKey(fields, key);
  if (!crypto.ok) return crypto;
  const stream = fields.take(STREAM_FIELDS);
  if (!stream.ok) return stream;
  const digests = fields.takeOptional('digests');
  if (!digests.ok) return digests;
  const checksum = fields.takeOptional('checksum key');
  if (!checksum.ok) return checksum;
  if (checksum.value !== undefined) {
    return err('packets have checksums of an older kind; AES must be among SEC_*_CRYPTO_METHODS');
  }
  const sent = stream.value['digest of the sent header used'];
  const received = stream.value['digest of the received header used'];
  if (crypto.value !== undefined && (sent !== '1' || received !== '1')) {
    return err('no packet was encrypted yet in both directions, where some were expected');
  }
  return crypto;
}

function takeKey(fields: Fields, length: string): Result<InheritedCrypto, string> {
  const head = fields.take(METHOD_FIELDS);
  if (!head.ok) return head;
  const { protocol, encryption } = head.value;
  if (protocol !== AES_GCM) {
    const name = PROTOCOLS[protocol] ?? 'a method that is not known here';
    return err(`it is encrypted with ${name}; AES must be among SEC_*_CRYPTO_METHODS`);
  }
  if (encryption !== '1') return err('it has a key and encryption is off');
  const rest = fields.take(KEY_FIELDS);
  if (!rest.ok) return rest;
  const { 'stream state': state, key } = rest.value;
  if (!STREAM_STATE.test(state)) return err('field "stream state": expected 80 hex digits');
  if (length !== KEY_DIGITS || !KEY.test(key)) return err('field "key": expected 64 hex digits');
  return ok(readStreamState(Buffer.from(state, 'hex'), Buffer.from(key, 'hex')));
}

/** The record StreamCryptoState of condor_io: two counters, little-endian here, and two base IVs. */
function readStreamState(state: Buffer, key: Buffer): InheritedCrypto {
  return {
    key,
    sent: state.readUInt32LE(0),
    received: state.readUInt32LE(4),
    sendIv: Buffer.from(state.subarray(8, 24)),
    receiveIv: Buffer.from(state.subarray(24, 40)),
  };
}

/** Descriptors are C ints; 0 to 2 are standard input, output and error. */
function readDescriptor(text: string): Result<number, string> {
  const descriptor = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (descriptor > 2 && descriptor < 2 ** 31) return ok(descriptor);
  return err('field "descriptor": expected a number above 2');
}

/** The fields of a text, taken one after the other. */
class Fields {
  private readonly texts: readonly string[];
  private next = 0;

  constructor(text: string) {
    this.texts = text.split('*');
  }

  take<Name extends string>(names: readonly Name[]): Result<Record<Name, string>, string> {
    const taken: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const text = this.texts[this.next];
      // What comes after the last `*` is no field.
      if (text === undefined || this.next === this.texts.length - 1) {
        return err(`the field "${name}" is missing`);
      }
      taken[name] = text;
      this.next += 1;
    }
    return ok(taken as Record<Name, string>);
  }

  /** A length, and where it is not 0 the hex digits that it announces. */
  takeOptional(name: string): Result<string | undefined, string> {
    const length = this.take(['length'] as const);
    if (!length.ok) return err(`the field "${name}" is missing`);
    if (length.value.length === '0') return ok(undefined);
    const digits = this.take(['digits'] as const);
    if (digits.ok && /^[0-9a-f]+$/i.test(digits.value.digits)) return ok(digits.value.digits);
    return err(`field "${name}": expected hex digits`);
  }

  end(): Result<void, string> {
    const isAtEnd = this.next === this.texts.length - 1 && this.texts[this.next] === '';
    return isAtEnd ? ok(undefined) : err('there is more than the fields of a socket');
  }
}
