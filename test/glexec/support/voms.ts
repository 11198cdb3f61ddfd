/**
 * A virtual organisation: its server's certificate, proxies with attributes that voms-proxy-fake(1) signs
 * with it, as the server would, and attribute certificates changed by whoever wants more.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Ending, temporaryDirectory } from '../../support/temporary';
import { Authority, type Credential, type Differences, RSA } from './authority';
import { type Grid, makeSite } from './grid';
import type { Site } from './site';

/** The organisation, its server, and the roles that its proxies have where nothing else is said. */
export const VO = 'testvo';
export const HOST = 'voms.example.org';
export const PRODUCTION = `/${VO}/Role=production`;
const FQANS: readonly string[] = [
  `/${VO}/Role=NULL/Capability=NULL`,
  `${PRODUCTION}/Capability=NULL`,
];

/** sha256WithRSAEncryption, and a number beside it that means nothing. */
const KNOWN = Buffer.from('06092a864886f70d01010b', 'hex');
const UNKNOWN = Buffer.from('06092a864886f70d010163', 'hex');
const EXTENSION = '1.3.6.1.4.1.8005.100.100.5';

/** For `skipIf`: missing unless there are the tools of VOMS, and with them its library. */
export function needsVoms(): string | undefined {
  return existsSync('/usr/bin/voms-proxy-fake')
    ? undefined
    : 'voms-proxy-fake (Debian package: voms-clients)';
}

/** A site that trusts an authority of keys as voms-proxy-fake takes them, and an organisation. */
export function makeVoms(t: Ending, program?: string): Grid & { readonly voms: Voms } {
  const directory = temporaryDirectory(t);
  const authority = new Authority(path.join(directory, 'ca'), undefined, RSA);
  return {
    ...makeSite(t, program, authority),
    voms: new Voms(path.join(directory, 'voms'), authority),
  };
}

/** How the attributes of a proxy differ from the usual ones. */
export interface Wish {
  readonly fqans?: readonly string[];
  readonly vo?: string;
  readonly host?: string;
  /** Other options of voms-proxy-fake. */
  readonly options?: readonly string[];
}

/** The organisation. Its files are below `directory`. */
export class Voms {
  readonly server: Credential;

  constructor(
    readonly directory: string,
    readonly authority: Authority,
    differences: Differences = {},
  ) {
    mkdirSync(directory, { recursive: true });
    this.server = authority.user(`/DC=org/DC=example/CN=${HOST}`, {
      newKey: RSA,
      ...differences,
    });
  }

  /** A person with a key that voms-proxy-fake takes. */
  person(subject: string): Credential {
    return this.authority.user(subject, { newKey: RSA });
  }

  /** Makes the server known to a site, and maps by attributes. */
  install(site: Site, mapfile: string, lines = this.lsc()): void {
    rmSync(path.join(site.etc, 'vomsdir'), { recursive: true, force: true });
    mkdirSync(path.join(site.etc, 'vomsdir', VO), { recursive: true });
    site.write(`vomsdir/${VO}/${HOST}.lsc`, lines);
    site.write('grid-mapfile', mapfile);
    site.configure({ vomsdir: '/etc/vomsdir' });
  }

  /** What the LSC file says. */
  lsc(): string {
    return `${this.server.subject}\n${this.authority.subject}\n`;
  }

  /** The content of a proxy file of the person, with attributes of this server. */
  proxy(person: Credential, wish: Wish = {}): string {
    const { vo = VO, host = HOST, fqans = FQANS } = wish;
    const file = (name: string, content?: string) => {
      const made = path.join(this.directory, name);
      rmSync(made, { force: true });
      if (content !== undefined) writeFileSync(made, content, { mode: 0o600 });
      return made;
    };
    const proxy = file('proxy');
    execFileSync(
      'voms-proxy-fake',
      [
        '-rfc',
        '-quiet',
        ...['-cert', file('user.pem', person.certificate), '-key', file('user.key', person.key)],
        ...['-hostcert', file('server.pem', this.server.certificate)],
        ...['-hostkey', file('server.key', this.server.key), '-bits', '2048'],
        ...['-certdir', this.directory, '-out', proxy, '-voms', vo, '-uri', `${host}:15000`],
        ...fqans.flatMap((fqan) => ['-fqan', fqan]),
        ...(wish.options ?? []),
      ],
      { stdio: 'pipe' },
    );
    return readFileSync(proxy, 'utf8');
  }

  /** The attribute certificates of a proxy, as its extension has them. */
  attributes(proxy: string): Buffer {
    const openssl = (...args: readonly string[]) =>
      execFileSync('openssl', args, { input: proxy, encoding: 'utf8' });
    const line = openssl('asn1parse')
      .split('\n')
      .find((_, i, lines) => lines[i - 1]?.endsWith(`:${EXTENSION}`) === true);
    return Buffer.from(line?.split('[HEX DUMP]:')[1] ?? '', 'hex');
  }
}

/** What a proxy is made with so that it carries these attribute certificates. */
export function carrying(attributes: Buffer): Differences {
  const extensions = [
    'keyUsage=critical,digitalSignature,keyEncipherment',
    'proxyCertInfo=critical,language:id-ppl-inheritAll',
    `${EXTENSION}=DER:${attributes.toString('hex')}`,
  ];
  return { extensions: `${extensions.join('\n')}\n` };
}

/** Puts other bytes of the same length into attribute certificates. */
export function changed(attributes: Buffer, from: string, to: string): Buffer {
  const copy = Buffer.from(attributes);
  const at = copy.indexOf(from);
  if (at < 0 || from.length !== to.length) throw new Error(`cannot change ${from} to ${to}`);
  copy.write(to, at, 'latin1');
  return copy;
}

/** Says of the signature that it is of an algorithm that nobody knows. */
export function signedByNobodyKnows(attributes: Buffer): Buffer {
  const copy = Buffer.from(attributes);
  // Those between are of the server's own certificate.
  UNKNOWN.copy(copy, copy.indexOf(KNOWN));
  UNKNOWN.copy(copy, copy.lastIndexOf(KNOWN));
  return copy;
}
