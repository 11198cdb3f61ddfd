/** What glexec refuses of the certificates in a proxy file. */
import path from 'node:path';
import { after, describe } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { Authority, type Credential, proxyFile } from './support/authority';
import { ALICE, makeSite } from './support/grid';
import { refuses, type Row } from './support/refusal';

const skip = skipIf(needsRoot() ?? needsProduct());
const HOUR = 3600;

describe('glexec refuses', { skip }, () => {
  const grid = makeSite({ after });
  const { authority, alice } = grid;
  const proxy = authority.proxy(alice);
  const second = new Authority(path.join(temporaryDirectory({ after }), 'second'));
  const file = (name: string, text: () => string, code: number, reason: RegExp): Row => [
    name,
    ({ site }) => void site.writeProxy(text()),
    code,
    reason,
  ];
  const rows = (given: readonly Row[]) => refuses(grid, proxy, given);

  describe('a chain', () => {
    const of = (name: string, credential: () => Credential, code: number, reason: RegExp): Row =>
      file(name, () => proxyFile(credential()), code, reason);
    const limited = 'language:1.3.6.1.4.1.3536.1.1.1.9';
    const usual = 'keyUsage=critical,digitalSignature\n';
    const pathLength = () =>
      authority.proxy(alice, { policy: 'language:id-ppl-inheritAll,pathlen:0' });
    const shouted = (credential: Credential) => ({
      ...credential,
      chain: [second.user(ALICE).certificate],
    });
    rows([
      file('that is empty', () => '', 203, /holds no chain/),
      file('that is a text', () => 'hello\n', 203, /holds no chain/),
      file(
        'with a line that is no base64',
        () => proxyFile(proxy) + alice.certificate.replace(/\n.{64}\n/, '\n!\n'),
        203,
        /holds no chain/,
      ),
      file('that is only a key', () => proxy.key, 203, /holds no chain/),
      file(
        'with a certificate that is cut off',
        () => proxy.key + proxy.certificate.replace(/\n.{64}\n/, '\n'),
        203,
        /holds no chain/,
      ),
      file(
        'with too many certificates',
        () => proxyFile(proxy) + alice.certificate.repeat(40),
        203,
        /holds no chain/,
      ),
      file(
        'without the private key',
        () => proxy.certificate + alice.certificate,
        203,
        /no private key that can be read/,
      ),
      file(
        'with the private key of another',
        () => proxy.certificate + alice.key + alice.certificate,
        203,
        /private key is not the proxy's/,
      ),
      file('without its issuer', () => proxy.certificate + proxy.key, 203, /error 20/),
      file(
        'that is a user certificate',
        () => proxyFile(alice),
        203,
        /first certificate is no proxy certificate/,
      ),
      of(
        'whose child has a path length that is used up',
        () => authority.proxy(pathLength()),
        203,
        /error 38/,
      ),
      of(
        'whose subject is not its issuer and one more CN',
        () => authority.proxy(alice, { subject: '/DC=org/DC=example/CN=Bob/CN=1' }),
        203,
        /error 72/,
      ),
      of(
        'whose subject adds two CNs',
        () => authority.proxy(alice, { subject: `${ALICE}/CN=1/CN=2` }),
        203,
        /error 72/,
      ),
      of(
        'that is a legacy GT2 proxy',
        () => authority.proxy(alice, { subject: `${ALICE}/CN=proxy`, extensions: usual }),
        203,
        /is a legacy GT2 proxy; make one of RFC 3820/,
      ),
      of(
        'that is a legacy limited GT2 proxy',
        () => authority.proxy(alice, { subject: `${ALICE}/CN=limited proxy`, extensions: usual }),
        203,
        /legacy GT2 proxy/,
      ),
      of(
        'that is a legacy GT3 proxy',
        () =>
          authority.proxy(alice, {
            extensions: `${usual}1.3.6.1.4.1.3536.1.222=critical,DER:300f300d06082b06010505071501\n`,
          }),
        203,
        /legacy GT3 proxy; make one of RFC 3820/,
      ),
      of(
        'without proxyCertInfo',
        () => authority.proxy(alice, { extensions: usual }),
        203,
        /is no proxy certificate/,
      ),
      of(
        'with a proxyCertInfo that is not critical',
        () =>
          authority.proxy(alice, {
            extensions: `${usual}proxyCertInfo=language:id-ppl-inheritAll\n`,
          }),
        203,
        /proxyCertInfo that is not critical/,
      ),
      of(
        'with a proxy that has an alternative name',
        () =>
          authority.proxy(alice, {
            extensions: `${usual}proxyCertInfo=critical,language:id-ppl-inheritAll\nsubjectAltName=DNS:example.org\n`,
          }),
        203,
        /extensions that no proxy certificate may have/,
      ),
      of(
        'with a proxy that calls itself a CA',
        () =>
          authority.proxy(alice, {
            extensions: `${usual}basicConstraints=critical,CA:TRUE\nproxyCertInfo=critical,language:id-ppl-inheritAll\n`,
          }),
        203,
        /extensions that no proxy|error/,
      ),
      of(
        'with a policy that is not known',
        () => authority.proxy(alice, { policy: 'language:1.2.3.4' }),
        203,
        /policy that is not known/,
      ),
      of(
        'with a limited proxy',
        () => authority.proxy(alice, { policy: limited }),
        203,
        /limited proxy \(allow_limited_proxy/,
      ),
      of(
        'with a limited proxy below a full one',
        () => authority.proxy(authority.proxy(alice, { policy: limited })),
        203,
        /limited proxy \(allow_limited_proxy/,
      ),
      of(
        'that has expired',
        () => authority.proxy(alice, { start: -2 * HOUR, end: -HOUR }),
        201,
        /certificate has expired/,
      ),
      of(
        'below a proxy that has expired',
        () => authority.proxy(authority.proxy(alice, { start: -2 * HOUR, end: -HOUR })),
        201,
        /certificate has expired/,
      ),
      of(
        'of a user certificate that has expired',
        () => authority.proxy(authority.user(ALICE, { start: -2 * HOUR, end: -HOUR })),
        201,
        /certificate has expired/,
      ),
      of(
        'that is not valid yet',
        () => authority.proxy(alice, { start: HOUR }),
        203,
        /not yet valid/,
      ),
      of(
        'of a user whose certificate may not sign',
        () =>
          authority.proxy(
            authority.user(ALICE, { extensions: 'keyUsage=critical,keyEncipherment\n' }),
          ),
        203,
        /error/,
      ),
      of(
        'below a certificate of a CA that is one itself',
        () =>
          authority.proxy(
            authority.user(ALICE, {
              extensions:
                'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,keyCertSign\n',
            }),
          ),
        203,
        /error/,
      ),
      of(
        'of a CA of the same name with another key',
        () => second.proxy(second.user(ALICE)),
        203,
        /error (7|20)|signature/,
      ),
      of('with the user certificate of another CA', () => shouted(proxy), 203, /error|signature/),
      of(
        'signed with SHA-1',
        () => authority.proxy(alice, { digest: 'sha1' }),
        203,
        /digest algorithm too weak/,
      ),
      of(
        'with an RSA key of 1024 bits',
        () => authority.proxy(alice, { newKey: ['-newkey', 'rsa:1024'] }),
        203,
        /key too weak/,
      ),
      of(
        'of a user with a slash in the name',
        () => authority.proxy(authority.user('/DC=org/CN=host\\/example')),
        203,
        /cannot be written unambiguously/,
      ),
      of(
        'of a user with two names at one place',
        () => authority.proxy(authority.user('/DC=org/CN=Alice+UID=root')),
        203,
        /cannot be written unambiguously|error 72/,
      ),
      [
        'that lives longer than max_proxy_lifetime',
        ({ site }) => site.configure({ max_proxy_lifetime: '60' }),
        202,
        /lives longer than max_proxy_lifetime, 60 s/,
      ],
    ]);
  });
});
