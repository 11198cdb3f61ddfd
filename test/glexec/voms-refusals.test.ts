/**
 * Attributes that nobody may believe. Each attempt is made twice: where attributes must be right, which
 * refuses it, and where they need not be there, which maps the subject as if it had none.
 */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { Authority, proxyFile, RSA } from './support/authority';
import { ALICE } from './support/grid';
import { UIDS } from './support/site';
import {
  carrying,
  changed,
  HOST,
  makeVoms,
  needsVoms,
  PRODUCTION,
  signedByNobodyKnows,
  VO,
  Voms,
} from './support/voms';

const skip = skipIf(needsRoot() ?? needsProduct() ?? needsVoms());
const HOUR = 3600;
/** Whatever the role is called, this account is for who has one. */
const MAPFILE = `"/${VO}/*" cleaner\n"/othervo/*" cleaner\n"${ALICE}" bob\n`;

describe('attributes of VOMS map nobody', { skip }, () => {
  const { site, authority, voms } = makeVoms({ after });
  const alice = voms.person(ALICE);
  const good = voms.proxy(alice);
  const mallory = voms.person('/DC=org/DC=example/OU=People/CN=Mallory');
  const attributes = voms.attributes(good);
  const foreign = voms.attributes(voms.proxy(mallory));
  /** Alice's proxy with attributes that are put into it. */
  const withAttributes = (der: Buffer) => proxyFile(authority.proxy(alice, carrying(der)));
  const lsc = path.join(site.etc, 'vomsdir', VO, `${HOST}.lsc`);
  const asks = (role: string) => changed(attributes, '/Role=production', `/Role=${role}`);
  /** A server with the names of ours, below a CA of another key. */
  const impostor = () => {
    const directory = path.join(temporaryDirectory({ after }), 'impostor');
    return new Voms(directory, new Authority(path.join(directory, 'ca'), undefined, RSA));
  };

  /** What is done to the site, and the content of the proxy file; code and reason. */
  type Attempt = readonly [string, () => string, number, RegExp];
  const attempts: readonly Attempt[] = [
    [
      'that have expired',
      () => voms.proxy(alice, { options: ['-pastac', '10:00', '-vomslife', '1'] }),
      201,
      /certificate of testvo has expired/,
    ],
    [
      'that are of another holder',
      () => withAttributes(foreign),
      203,
      /is another's: its holder is not the owner/,
    ],
    [
      'that are another’s beside one’s own',
      () => withAttributes(joined(attributes, foreign)),
      203,
      /is another's: its holder is not the owner/,
    ],
    [
      'whose role was changed',
      () => withAttributes(asks('superuser1')),
      203,
      /is not signed by the key/,
    ],
    [
      'that are signed by an algorithm that nobody knows',
      () => withAttributes(signedByNobodyKnows(asks('superuser1'))),
      203,
      /algorithm that is not known or too weak/,
    ],
    [
      'that name two algorithms',
      () => {
        const two = signedByNobodyKnows(attributes);
        attributes.copy(two, 0, 0, 300);
        return withAttributes(two);
      },
      203,
      /two algorithms for one signature/,
    ],
    [
      'of a server that is not listed',
      () => {
        voms.install(site, MAPFILE, `/DC=org/DC=example/CN=other\n${authority.subject}\n`);
        return good;
      },
      203,
      /does not list the server \/DC=org/,
    ],
    [
      'of a server that is listed with another CA',
      () => {
        voms.install(site, MAPFILE, `${voms.server.subject}\n/DC=org/CN=Another\n`);
        return good;
      },
      203,
      /does not list the server/,
    ],
    [
      'of a server whose name is listed as that of a CA',
      () => {
        voms.install(site, MAPFILE, `/CN=x\n${voms.lsc()}`);
        return good;
      },
      203,
      /does not list the server/,
    ],
    [
      'of a server of the same names that another CA has certified',
      () => withAttributes(impostor().attributes(impostor().proxy(alice))),
      203,
      /the server's certificate: .*error (7|20)/,
    ],
    [
      'of a server whose certificate has expired',
      () => {
        const old = new Voms(path.join(voms.directory, 'old'), authority, {
          start: -2 * HOUR,
          end: -HOUR,
        });
        return old.proxy(alice);
      },
      203,
      /the server's certificate: certificate has expired/,
    ],
    [
      'of a server whose certificate is revoked',
      () => {
        const revoked = new Voms(path.join(voms.directory, 'revoked'), authority);
        authority.installRevoked(site.certificates, [revoked.server]);
        return revoked.proxy(alice);
      },
      203,
      /the server's certificate: certificate revoked/,
    ],
    [
      'of another organisation than vomsdir knows',
      () => voms.proxy(alice, { vo: 'othervo', fqans: ['/othervo/Role=production'] }),
      203,
      /vomsdir: .*othervo No such file/,
    ],
    [
      'of another host than vomsdir knows',
      () => voms.proxy(alice, { host: 'elsewhere.example.org' }),
      203,
      /vomsdir: .*elsewhere\.example\.org\.lsc No such file/,
    ],
    [
      'of an organisation whose name is a path',
      () => voms.proxy(alice, { vo: `../vomsdir/${VO}` }),
      203,
      /names no organisation and server/,
    ],
    [
      'with a role of another organisation',
      () => voms.proxy(alice, { fqans: [PRODUCTION, '/othervo/Role=production'] }),
      203,
      /VOMS library: .*(absent or malformed|Attributes)/,
    ],
    [
      'that look like a subject',
      () => voms.proxy(alice, { fqans: [mallory.subject] }),
      203,
      /VOMS library: /,
    ],
    [
      'that are none',
      () => withAttributes(Buffer.from('3003040161', 'hex')),
      203,
      /an attribute certificate is none, or/,
    ],
    [
      'that are cut off',
      () => withAttributes(attributes.subarray(0, 900)),
      203,
      /an attribute certificate is none, or/,
    ],
    [
      'without a vomsdir',
      () => {
        rmSync(path.join(site.etc, 'vomsdir'), { recursive: true });
        return good;
      },
      203,
      /vomsdir: \/etc\/vomsdir No such file/,
    ],
    [
      'from a vomsdir that everybody can write',
      () => {
        chmodSync(path.join(site.etc, 'vomsdir'), 0o777);
        return good;
      },
      203,
      /vomsdir can be written by everybody/,
    ],
    [
      'from a directory of another owner',
      () => {
        chownSync(path.dirname(lsc), UIDS.other, 0);
        return good;
      },
      203,
      /testvo is owned by somebody/,
    ],
    [
      'from a list that everybody can write',
      () => {
        chmodSync(lsc, 0o666);
        return good;
      },
      203,
      /lsc can be written by everybody/,
    ],
    [
      'from an empty list',
      () => {
        voms.install(site, MAPFILE, '\n\n');
        return good;
      },
      203,
      /does not list the server/,
    ],
  ];

  for (const [name, arrange, code, reason] of attempts) {
    test(name, async () => {
      rmSync(path.join(site.certificates, `${authority.hash}.r0`), { force: true });
      voms.install(site, MAPFILE);
      const text = arrange();
      for (const verification of ['yes', undefined]) {
        site.configure({ vomsdir: '/etc/vomsdir', lcmaps_voms_verification: verification });
        site.writeProxy(text);
        site.takeLog();
        const { status, stdout, stderr } = await site.run({ argv: ['/usr/bin/id', '-un'] });
        assert.match(stderr, reason);
        assert.match(site.takeLog(), reason);
        if (verification === 'yes') {
          assert.equal(status, code, stderr);
          assert.equal(stdout, '', 'the payload ran');
          assert.match(
            stderr,
            new RegExp(`^glexec: refused \\(${code}\\): VOMS attributes: `, 'm'),
          );
        } else {
          assert.equal(stdout, 'bob\n', stderr);
          assert.match(stderr, /^glexec: VOMS attributes are not used: /m);
        }
      }
    });
  }

  test('and after all of that a good one still does', async () => {
    voms.install(
      site,
      MAPFILE,
      `/CN=x\n/CN=y\n------ NEXT CHAIN ------\n\n "${voms.server.subject}" \n${authority.subject}\n`,
    );
    rmSync(path.join(site.certificates, `${authority.hash}.r0`), { force: true });
    site.configure({ vomsdir: '/etc/vomsdir', lcmaps_voms_verification: 'yes' });
    site.writeProxy(good);
    assert.equal((await site.run({ argv: ['/usr/bin/id', '-un'] })).stdout, 'cleaner\n');
    site.writeProxy(withAttributes(attributes));
    assert.equal((await site.run({ argv: ['/usr/bin/id', '-un'] })).stdout, 'cleaner\n');
  });
});

/** The certificates of both in one extension. */
function joined(first: Buffer, second: Buffer): Buffer {
  const sequence = (content: Buffer) => {
    const length = content.length.toString(16).padStart(4, '0');
    return Buffer.concat([Buffer.from(`3082${length}`, 'hex'), content]);
  };
  // Two headers of four bytes are before the first certificate.
  return sequence(sequence(Buffer.concat([first.subarray(8), second.subarray(8)])));
}
