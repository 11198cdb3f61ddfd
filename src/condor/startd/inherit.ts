/**
 * What a startd hands down to the starter that it spawns: CONDOR_INHERIT (sockets) and
 * CONDOR_PRIVATE_INHERIT (keys). Pure.
 *
 * ```
 * CONDOR_INHERIT = <parent's pid> <parent's sinful> { 1|2 <socket> } 0  the startd's, the shadow's
 *                  [ SharedPort:<name>*<listener> ] { 1|2 <socket> } 0  where others reach us
 * ```
 *
 * Source: DaemonCore::Create_Process and extractInheritedSocks of condor_daemon_core.V6;
 * SharedPortEndpoint::serialize.
 */
import { err, ok, type Result } from '../../result';
import type { SecuritySession } from '../cedar/types';
import { parseConnectedSocket, parseListener, parseUdpSocket } from './inherited-socket';
import { parseSessionString } from './session-string';
import type { InheritedEndpoint, Inheritance } from './types';

/** The two variables; undefined: not set. */
export interface InheritanceTexts {
  readonly inherit: string | undefined;
  readonly privateInherit: string | undefined;
}

const PUBLIC = 'CONDOR_INHERIT';
const PRIVATE = 'CONDOR_PRIVATE_INHERIT';

/** Linux takes no longer string into an environment (MAX_ARG_STRLEN). */
const LIMIT = 128 * 1024;

const TCP = '1';
const UDP = '2';
const END = '0';
const SHARED_PORT = 'SharedPort:';

/**
 * Reads both variables.
 *
 * @returns an error that names the variable and what of it is wrong; no value of theirs is in it
 */
export function parseInheritance(texts: InheritanceTexts): Result<Inheritance, string> {
  const { inherit = '', privateInherit = '' } = texts;
  if (inherit === '') {
    return err(`${PUBLIC} is not set: jobs of a shadow are started by a startd only`);
  }
  if (inherit.length > LIMIT || privateInherit.length > LIMIT) {
    return err(`${PUBLIC} or ${PRIVATE} is longer than ${LIMIT} bytes`);
  }
  const handedDown = parsePublic(inherit);
  if (!handedDown.ok) return err(`${PUBLIC}: ${handedDown.error}`);
  const sessions = parsePrivate(privateInherit);
  if (!sessions.ok) return err(`${PRIVATE}: ${sessions.error}`);
  return ok({ ...handedDown.value, ...sessions.value });
}

type Sockets = Omit<Inheritance, 'parentSession' | 'familySession'>;
type Sessions = Pick<Inheritance, 'parentSession' | 'familySession'>;

function parsePublic(text: string): Result<Sockets, string> {
  const tokens = text.split(' ').filter((token) => token !== '');
  const [pid = '', parentAddress = ''] = tokens;
  if (!/^[1-9]\d{0,9}$/.test(pid)) return err("expected the parent's process id first");
  if (!/^<[^<>\s]+>$/.test(parentAddress)) return err("expected the parent's address second");
  const sockets = takeSockets(tokens, 2);
  if (!sockets.ok) return sockets;
  const pair = connectedPair(sockets.value.sockets);
  if (!pair.ok) return pair;
  const endpoint = takeEndpoint(tokens, sockets.value.next);
  if (!endpoint.ok) return endpoint;
  return ok({ parentPid: Number(pid), parentAddress, ...pair.value, endpoint: endpoint.value });
}

interface TypedSocket {
  readonly type: typeof TCP | typeof UDP;
  readonly text: string;
}

/** Takes `type socket` pairs up to the 0 that ends a list. */
function takeSockets(
  tokens: readonly string[],
  start: number,
): Result<{ readonly sockets: readonly TypedSocket[]; readonly next: number }, string> {
  const sockets: TypedSocket[] = [];
  for (let next = start; ; next += 2) {
    const type = tokens[next];
    if (type === END) return ok({ sockets, next: next + 1 });
    const text = tokens[next + 1];
    if ((type !== TCP && type !== UDP) || text === undefined) {
      return err('a list of sockets is cut off: expected 1 or 2 and a socket, or 0 at its end');
    }
    sockets.push({ type, text });
  }
}

/** A starter gets two connections: first the startd's own, then the one to the shadow. */
function connectedPair(
  sockets: readonly TypedSocket[],
): Result<Pick<Inheritance, 'startd' | 'shadow'>, string> {
  const [first, second] = sockets;
  if (first === undefined || second === undefined || sockets.length > 2) {
    return err(`expected two connections, of startd and shadow; there are ${sockets.length}`);
  }
  if (first.type !== TCP || second.type !== TCP) return err('expected connections of type TCP');
  const startd = parseConnectedSocket(first.text);
  if (!startd.ok) return err(`the startd's socket: ${startd.error}`);
  const shadow = parseConnectedSocket(second.text);
  if (!shadow.ok) return err(`the shadow's socket: ${shadow.error}`);
  return ok({ startd: startd.value, shadow: shadow.value });
}

function takeEndpoint(tokens: readonly string[], start: number): Result<InheritedEndpoint, string> {
  const token = tokens[start];
  if (token?.startsWith(SHARED_PORT) === true) {
    const endpoint = parseSharedPort(token.slice(SHARED_PORT.length));
    return endpoint.ok ? endpoint : err(`the socket of the shared port: ${endpoint.error}`);
  }
  const list = takeSockets(tokens, start);
  if (!list.ok) return list;
  const tcp = list.value.sockets.find(({ type }) => type === TCP);
  if (tcp === undefined) return err('there is no socket on which to listen for commands');
  const listener = parseListener(tcp.text);
  if (!listener.ok) return err(`the command socket: ${listener.error}`);
  const udp = list.value.sockets.find(({ type }) => type === UDP);
  const datagrams = udp === undefined ? ok(undefined) : parseUdpSocket(udp.text);
  if (!datagrams.ok) return err(`the command socket of UDP: ${datagrams.error}`);
  return ok({ kind: 'tcp', descriptor: listener.value, udp: datagrams.value });
}

/** `<cookie>/<local name>*<listener>`, or a path in DAEMON_SOCKET_DIR instead of the cookie. */
function parseSharedPort(text: string): Result<InheritedEndpoint, string> {
  const star = text.indexOf('*');
  const localName = text.slice(0, Math.max(star, 0)).replace(/^.*\//, '');
  if (!/^[\w.-]{1,108}$/.test(localName)) return err('its name cannot be read');
  const listener = parseListener(text.slice(star + 1));
  return listener.ok
    ? ok({ kind: 'shared-port', descriptor: listener.value, localName })
    : listener;
}

/** Kinds of tokens of CONDOR_PRIVATE_INHERIT. Others are a later version's, and not for us. */
const SESSION_TOKENS = {
  SessionKey: 'parentSession',
  FamilySessionKey: 'familySession',
} as const satisfies Record<string, keyof Sessions>;

function parsePrivate(text: string): Result<Sessions, string> {
  const sessions: Record<keyof Sessions, SecuritySession | undefined> = {
    parentSession: undefined,
    familySession: undefined,
  };
  for (const token of text.split(' ')) {
    const colon = token.indexOf(':');
    const kind = token.slice(0, Math.max(colon, 0));
    if (!isSessionToken(kind)) continue;
    const session = parseSessionString(token.slice(colon + 1));
    if (!session.ok) return err(`${kind}: ${session.error}`);
    sessions[SESSION_TOKENS[kind]] = session.value;
  }
  return ok(sessions);
}

function isSessionToken(kind: string): kind is keyof typeof SESSION_TOKENS {
  return Object.hasOwn(SESSION_TOKENS, kind);
}
