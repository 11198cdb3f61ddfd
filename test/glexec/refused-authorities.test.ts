/** What glexec refuses of a directory of CAs. */
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { after, describe } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { type Grid, makeSite } from './support/grid';
import { refuses, type Row } from './support/refusal';
import { UIDS } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct());

describe('glexec refuses', { skip }, () => {
  const grid = makeSite({ after });
  const { authority, alice } = grid;
  const proxy = authority.proxy(alice);
  const rows = (given: readonly Row[]) => refuses(grid, proxy, given);

  describe('a directory of CAs', () => {
    rows([
      [
        'that is empty',
        ({ site, authority: { hash } }) => ({ prepare: `rm ${site.certificates}/${hash}.0` }),
        203,
        /error (2|20)/,
      ],
      [
        'that is missing',
        ({ site }) => site.configure({ certdir: '/etc/none' }),
        203,
        /error (2|20)/,
      ],
      [
        'that everybody can write',
        ({ site }) => chmodSync(site.certificates, 0o777),
        202,
        /certdir: .*certificates can be written by everybody/,
      ],
      [
        'of another owner',
        ({ site }) => chownSync(site.certificates, UIDS.other, 0),
        202,
        /certdir: .*owned by somebody/,
      ],
      [
        'with a CA of another owner',
        () => chownSync(ca(grid), UIDS.other, 0),
        202,
        /certdir: .*owned by somebody/,
      ],
      [
        'with a CA that everybody can write',
        () => chmodSync(ca(grid), 0o666),
        202,
        /can be written by everybody/,
      ],
      [
        'with a CA that links elsewhere',
        ({ site }) => ({
          prepare: `mv ${ca(grid)} /etc/ca; ln -s ../ca ${site.certificates}/$(basename ${ca(grid)})`,
        }),
        202,
        /a link out of its directory/,
      ],
      [
        'with a CA that is none',
        () => writeFileSync(ca(grid), 'no certificate'),
        202,
        /holds no PEM certificate/,
      ],
      [
        'with a list that is none',
        ({ site }) => writeFileSync(`${site.certificates}/${authority.hash}.r0`, 'x'),
        202,
        /holds no PEM X509 CRL/,
      ],
      [
        'with a list that is too old',
        ({ site }) => authority.installRevoked(site.certificates, [], '-1'),
        203,
        /CRL has expired/,
      ],
      [
        'without a list where crl = require',
        ({ site }) => site.configure({ crl: 'require' }),
        203,
        /unable to get certificate CRL/,
      ],
      [
        'with a policy for other subjects',
        policy(`'"/DC=org/DC=other/*"'`),
        203,
        /signing policy: the CA may not sign this subject/,
      ],
      [
        'with a policy of another CA',
        policy(`'"/DC=org/*"'`, '/CN=Another'),
        203,
        /the CA may not sign this subject/,
      ],
      [
        'with a policy without the right',
        policy(`'"/DC=org/*"'`, undefined, 'CA:none'),
        203,
        /the CA may not sign this subject/,
      ],
      [
        'with a policy that is not closed',
        policy(`'"/DC=org/*"`),
        203,
        /signing policy: the CA's file is malformed/,
      ],
      [
        'with an empty policy',
        ({ site }) => site.write(`certificates/${authority.hash}.signing_policy`, ''),
        203,
        /the CA may not sign this subject/,
      ],
      [
        'with a policy that everybody can write',
        ({ site }) => site.write(`certificates/${authority.hash}.signing_policy`, '', 0o666),
        203,
        /can be written by everybody/,
      ],
    ]);
  });

  function ca({ site }: Grid): string {
    return `${site.certificates}/${authority.hash}.0`;
  }

  function policy(conditions: string, issuer = authority.subject, right = 'CA:sign') {
    return ({ site }: Grid) =>
      site.write(
        `certificates/${authority.hash}.signing_policy`,
        `access_id_CA X509 '${issuer}'\npos_rights globus ${right}\ncond_subjects globus ${conditions}\n`,
      );
  }
});
