/**
 * A certification authority for tests, people with certificates of it, and their proxies, all made by
 * openssl(1) when they are asked for.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A certificate with its key; `chain` is what a proxy file holds after the key. */
export interface Credential {
  readonly subject: string;
  readonly certificate: string;
  readonly key: string;
  /** The issuers up to the user's certificate, nearest first. */
  readonly chain: readonly string[];
}

/** How a certificate differs from a usual one. */
export interface Differences {
  /** openssl's policy of a proxyCertInfo; `language:id-ppl-inheritAll` where undefined. */
  readonly policy?: string;
  /** All extensions, in the place of the usual ones. */
  readonly extensions?: string;
  /** Seconds from now. */
  readonly start?: number;
  readonly end?: number;
  readonly subject?: string;
  /** What the key is made by: options of `openssl req`. */
  readonly newKey?: readonly string[];
  /** The digest of the signature; sha256 where undefined. */
  readonly digest?: string;
}

/** What RFC 3820 asks of a proxy. */
const proxyExtensions = (policy: string) =>
  `keyUsage=critical,digitalSignature,keyEncipherment\nproxyCertInfo=critical,${policy}\n`;
const USER_EXTENSIONS =
  'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n';
/** How keys are made: the usual way, and for old tools. */
const ELLIPTIC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
export const RSA: readonly string[] = ['-newkey', 'rsa:2048'];
const HOUR = 3600;

/** openssl's form of a time: YYYYMMDDHHMMSSZ. */
const time = (seconds: number) =>
  `${new Date(Date.now() + seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14)}Z`;

/** The authority. Its files are below `directory`. */
export class Authority {
  readonly subject: string;
  /** The hash of its name, after which its files in a CA directory are called. */
  readonly hash: string;
  #count = 0;

  constructor(
    readonly directory: string,
    subject = '/DC=org/DC=example/CN=Test CA',
    newKey: readonly string[] = ELLIPTIC,
  ) {
    this.subject = subject;
    mkdirSync(directory, { recursive: true });
    const settings = `[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\ncrlnumber=crlnumber
new_certs_dir=.\ndefault_md=sha256\ndefault_crl_days=30\nunique_subject=no\npolicy=p\n[p]\nCN=supplied\n`;
    writeFileSync(this.#file('ca.cnf'), settings);
    writeFileSync(this.#file('index'), '');
    writeFileSync(this.#file('crlnumber'), '01\n');
    writeFileSync(this.#file('serial'), '1000\n');
    this.#openssl(
      ['req', '-x509', ...newKey, '-nodes', '-days', '30', '-subj', subject],
      ['-keyout', 'ca.key', '-out', 'ca.pem', '-addext', 'basicConstraints=critical,CA:TRUE'],
      ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    );
    this.hash = this.#openssl(['x509', '-noout', '-hash', '-in', 'ca.pem']).trim();
  }

  /** Puts the authority's certificate into a CA directory. */
  install(certificates: string): void {
    copyFileSync(this.#file('ca.pem'), path.join(certificates, `${this.hash}.0`));
  }

  /** Puts its list of revoked certificates there. */
  installRevoked(certificates: string, revoked: readonly Credential[], days = '30'): void {
    for (const each of revoked) {
      writeFileSync(this.#file('revoked.pem'), each.certificate);
      this.#ca(['-revoke', 'revoked.pem']);
    }
    const list = path.join(certificates, `${this.hash}.r0`);
    const until = days.startsWith('-')
      ? ['-crl_lastupdate', time(-2 * HOUR), '-crl_nextupdate', time(-HOUR)]
      : ['-crldays', days];
    this.#ca(['-gencrl', '-out', list, ...until]);
  }

  /** A person's certificate. */
  user(subject: string, differences: Differences = {}): Credential {
    return this.#issue(subject, 'ca.pem', 'ca.key', [], {
      extensions: USER_EXTENSIONS,
      ...differences,
    });
  }

  /** A proxy of a person's certificate or of another proxy. */
  proxy(issuer: Credential, differences: Differences = {}): Credential {
    const policy = differences.policy ?? 'language:id-ppl-inheritAll';
    const [certificate, key] = this.#issuer(issuer);
    const subject = differences.subject ?? `${issuer.subject}/CN=${String(1000 + this.#count)}`;
    const chain = [issuer.certificate, ...issuer.chain];
    return this.#issue(subject, certificate, key, chain, {
      extensions: proxyExtensions(policy),
      ...differences,
    });
  }

  /**
   * Signs the certificate request of somebody who is to have a proxy of a proxy.
   *
   * @param request in DER
   * @returns the new certificate and its issuers, nearest first, in DER one after another
   */
  delegate(issuer: Credential, request: Buffer): Buffer {
    const [certificate, key] = this.#issuer(issuer);
    const name = this.#name();
    writeFileSync(this.#file(`${name}.der`), request);
    this.#openssl(
      ['req', '-verify', '-inform', 'DER', '-in', `${name}.der`],
      ['-out', `${name}.csr`],
    );
    const subject = `${issuer.subject}/CN=${String(1000 + this.#count)}`;
    const extensions = proxyExtensions('language:id-ppl-inheritAll');
    const signed = this.#sign(name, certificate, key, { extensions, subject });
    return derOf([signed, issuer.certificate, ...issuer.chain]);
  }

  #name(): string {
    this.#count += 1;
    return `c${this.#count}`;
  }

  /** The files of a certificate that signs. */
  #issuer({ certificate, key }: Credential): readonly [string, string] {
    writeFileSync(this.#file('issuer.pem'), certificate);
    writeFileSync(this.#file('issuer.key'), key);
    return ['issuer.pem', 'issuer.key'];
  }

  #issue(
    subject: string,
    certificate: string,
    key: string,
    chain: readonly string[],
    differences: Differences,
  ): Credential {
    const name = this.#name();
    this.#openssl(
      ['req', '-new', ...(differences.newKey ?? ELLIPTIC), '-nodes', '-subj', subject],
      ['-keyout', `${name}.key`, '-out', `${name}.csr`],
    );
    return {
      subject,
      certificate: this.#sign(name, certificate, key, { ...differences, subject: undefined }),
      key: readFileSync(this.#file(`${name}.key`), 'utf8'),
      chain,
    };
  }

  /** Signs a request; one that names nobody gets the subject that is given. */
  #sign(
    name: string,
    certificate: string,
    key: string,
    differences: Omit<Differences, 'subject'> & { readonly subject: string | undefined },
  ): string {
    const { subject } = differences;
    writeFileSync(this.#file(`${name}.ext`), differences.extensions ?? '');
    const [start, end] = [differences.start ?? -HOUR, differences.end ?? 12 * HOUR];
    this.#ca(
      ['-batch', '-notext', '-preserveDN', '-cert', certificate, '-keyfile', key],
      ['-md', differences.digest ?? 'sha256', '-extfile', `${name}.ext`],
      subject === undefined ? [] : ['-subj', subject],
      [
        '-startdate',
        time(start),
        '-enddate',
        time(end),
        '-in',
        `${name}.csr`,
        '-out',
        `${name}.crt`,
      ],
    );
    return readFileSync(this.#file(`${name}.crt`), 'utf8');
  }

  #ca(...args: readonly (readonly string[])[]): string {
    const usual =
      args[0]?.includes('-cert') === true ? [] : ['-cert', 'ca.pem', '-keyfile', 'ca.key'];
    return this.#openssl(['ca', '-config', 'ca.cnf', ...usual], ...args);
  }

  #openssl(...args: readonly (readonly string[])[]): string {
    return execFileSync('openssl', args.flat(), {
      cwd: this.directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  #file(name: string): string {
    return path.join(this.directory, name);
  }
}

/** The content of a proxy file: the certificate, its key, the issuers. */
export function proxyFile({ certificate, key, chain }: Credential): string {
  return [certificate, key, ...chain].join('');
}

/** Certificates in PEM, as one chain in DER. */
export function derOf(certificates: readonly string[]): Buffer {
  return Buffer.concat(
    certificates.map((text) => Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64')),
  );
}
