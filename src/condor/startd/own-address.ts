/**
 * The address by which others reach this starter. Pure.
 *
 * Source: the "sinful string" of condor_sinful.cpp; DaemonCore::InfoCommandSinfulString.
 */
import { err, ok, type Result } from '../../result';
import type { Inheritance } from './types';

/** `<host:port?parameters>`; the host of IPv6 is in brackets. */
const SINFUL = /^<((?:\[[0-9a-f:.%]+\])|[^:[\]<>?]+):(\d{1,5})(?:\?([^<>]*))?>$/i;

/** What the starter has in common with its startd: they are on one host. */
const COPIED = ['addrs', 'alias'];

/**
 * This starter's sinful string, made of its startd's: same host, same shared port daemon or a port
 * of its own.
 *
 * @param port of the listening TCP socket, where the endpoint is one (from getsockname)
 * @returns a sentence where the startd's address cannot be read
 */
export function ownAddress(
  { parentAddress, endpoint }: Pick<Inheritance, 'parentAddress' | 'endpoint'>,
  port?: number,
): Result<string, string> {
  const parts = SINFUL.exec(parentAddress);
  if (parts === null) return err(`the startd's address ${parentAddress} cannot be read`);
  const [, host = '', parentPort = '', query = ''] = parts;
  const copied = query.split('&').filter((one) => COPIED.includes(one.split('=', 1)[0] ?? ''));
  if (endpoint.kind === 'shared-port') {
    // The daemon's name is in the address of our startd, behind the same port.
    const parameters = [...copied, 'noUDP', `sock=${encodeURIComponent(endpoint.localName)}`];
    return ok(`<${host}:${parentPort}?${parameters.join('&')}>`);
  }
  if (port === undefined) return err('the port of the command socket is not known');
  const parameters = copied.map((one) => withPort(one, port));
  if (endpoint.udp === undefined) parameters.push('noUDP');
  return ok(`<${host}:${port}${parameters.length > 0 ? '?' : ''}${parameters.join('&')}>`);
}

/** `addrs=127.0.0.1-9618+[--1]-9618` with another port; other parameters stay. */
function withPort(parameter: string, port: number): string {
  if (!parameter.startsWith('addrs=')) return parameter;
  return parameter.replace(/-\d+(?=\+|$)/g, `-${port}`);
}
