/**
 * Sinful strings, HTCondor's addresses: `<host:port?name=value&flag>`. Rules: condor_sinful.cpp
 * and condor_sockaddr.cpp of HTCondor.
 */
import { err, ok, type Result } from '../../result';
import { fromBytes, toBytes } from '../../byte-text';

/** An address, parsed. */
export interface Sinful {
  /** A name or an IP address; IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
  /** In the order in which they stand; null: a flag, such as `noUDP`. */
  readonly parameters: ReadonlyMap<string, string | null>;
}

/** Where to connect to. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** An address is sent to others and logged; a longer one is no address. */
const LENGTH_LIMIT = 16_384;

const SHAPE = /^<(?:\[([^\]<>?]*)\]|([^:[\]<>?]*)):(\d{1,5})(?:\?([^<>]*))?>$/;

/** Reads a sinful string. The error is a sentence about what is wrong. */
export function parseSinful(text: string): Result<Sinful, string> {
  const match = text.length > LENGTH_LIMIT ? null : SHAPE.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (match === null || host === '' || port > 65_535) {
    return err(`expected an address such as "<192.0.2.1:9618>", found ${shown(text)}`);
  }
  const parameters = new Map<string, string | null>();
  for (const parameter of (match[4] ?? '').split(/[&;]/)) {
    if (parameter === '') continue;
    const equals = parameter.indexOf('=');
    const name = decode(equals < 0 ? parameter : parameter.slice(0, equals));
    const value = equals < 0 ? null : decode(parameter.slice(equals + 1));
    if (name === undefined || name === '' || value === undefined) {
      return err(`the parameter "${parameter}" of the address ${shown(text)} is encoded wrongly`);
    }
    parameters.set(name, value);
  }
  return ok({ host, port, parameters });
}

/** Writes a sinful string; a parsed one is written as it was, but for the case of `%XX`. */
export function printSinful({ host, port, parameters }: Sinful): string {
  const list = [...parameters].map(([name, value]) =>
    value === null ? encode(name) : `${encode(name)}=${encode(value)}`,
  );
  const question = list.length === 0 ? '' : '?';
  return `<${printHost(host)}:${port}${question}${list.join('&')}>`;
}

/** A parameter with a value; undefined: it is not there, or is a flag. */
export function sinfulParameter(sinful: Sinful, name: string): string | undefined {
  return sinful.parameters.get(name) ?? undefined;
}

/** Where to connect to, the main address first, then what `addrs` has besides, each once. */
export function sinfulTargets(sinful: Sinful): readonly HostAndPort[] {
  const main = { host: sinful.host, port: sinful.port };
  const others = (sinfulParameter(sinful, 'addrs') ?? '').split('+').flatMap(parseAlternative);
  const known = new Set<string>();
  return [main, ...others].filter(({ host, port }) => {
    const key = `${host} ${port}`;
    return !known.has(key) && known.add(key);
  });
}

/** One of `addrs`: `192.0.2.1-9618` or `[2001-db8--1]-9618`, dashes for colons. */
function parseAlternative(text: string): HostAndPort[] {
  const match = /^(?:\[([0-9a-fA-F.%-]+)\]|([^[\]]+))-(\d{1,5})$/.exec(text);
  const host = match?.[1]?.replaceAll('-', ':') ?? match?.[2];
  return host === undefined ? [] : [{ host, port: Number(match?.[3]) }];
}

function printHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The address of a connected socket's other end. */
export function printHostAndPort({ host, port }: HostAndPort): string {
  return `<${printHost(host)}:${port}>`;
}

/** All but these is written as `%xx`; urlEncode() of condor_sinful.cpp. */
const ENCODED = /[^A-Za-z0-9#+\-.:[\]_]/u;

function encode(text: string): string {
  if (!ENCODED.test(text)) return text;
  return Array.from(toBytes(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (byte < 0x80 && !ENCODED.test(character)) return character;
    return `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const parts = text.split(/(%[0-9a-fA-F]{2})/);
  const bytes = parts.map((part) =>
    /^%[0-9a-fA-F]{2}$/.test(part) ? Buffer.from(part.slice(1), 'hex') : toBytes(part),
  );
  return fromBytes(Buffer.concat(bytes));
}

function shown(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
