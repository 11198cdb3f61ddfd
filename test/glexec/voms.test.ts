/** VOMS: groups and roles of a virtual organisation decide the account, where its server is known. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { proxyFile } from './support/authority';
import { ALICE } from './support/grid';
import type { Call } from './support/site';
import { makeVoms, needsVoms, PRODUCTION, VO } from './support/voms';

const skip = skipIf(needsRoot() ?? needsProduct() ?? needsVoms());
const LEASE = '%2fdc%3dorg%2fdc%3dexample%2fou%3dpeople%2fcn%3dalice%20adams';
const BY_SUBJECT = `"${ALICE}" bob\n`;
const WHO: Call = { argv: ['/usr/bin/id', '-un'] };
/** Takes the library away, for one call: nothing else changes on the machine. */
const WITHOUT_LIBRARY = `d=$(dirname "$(readlink -f /usr/lib/*/libvomsapi.so.1 /usr/lib64/libvomsapi.so.1 | head -1)")
mount -t tmpfs none "$SITE/shared"; mkdir "$SITE/shared/u" "$SITE/shared/w"
mount -t overlay none -o "lowerdir=$d,upperdir=$SITE/shared/u,workdir=$SITE/shared/w" "$d"; rm "$d/libvomsapi.so.1"`;

describe('attributes of VOMS', { skip }, () => {
  const { site, authority, voms } = makeVoms({ after });
  const alice = voms.person(ALICE);
  const proxy = voms.proxy(alice);
  const plain = proxyFile(authority.proxy(alice));
  const account = async (mapfile: string, text = proxy, call: Call = {}) => {
    voms.install(site, mapfile);
    site.writeProxy(text);
    const { status, stdout, stderr } = await site.run({ ...WHO, ...call });
    return status === 0 ? stdout.trim() : `${status ?? 'signal'}: ${stderr}`;
  };

  test('map a role to an account, before the subject is asked; the log says which role it was', async () => {
    site.takeLog();
    assert.equal(await account(`${BY_SUBJECT}"${PRODUCTION}" cleaner\n`), 'cleaner');
    assert.match(
      site.takeLog(),
      new RegExp(`subject "${ALICE}", attribute "${PRODUCTION}", account cleaner `),
    );
  });

  test('map a role to an account of a pool, by a lease that is the role’s own', async () => {
    site.makePool('pool001', 'pool002', 'pool003');
    const mapfile = `"${PRODUCTION}" .pool\n"${ALICE}" .pool\n`;
    assert.equal(await account(mapfile), 'pool001');
    assert.equal(await account(mapfile, plain), 'pool002');
    assert.equal(await account(mapfile), 'pool001');
    assert.deepEqual(readdirSync(path.join(site.etc, 'gridmapdir')).sort(), [
      LEASE,
      `${LEASE}:pool`,
      'pool001',
      'pool002',
      'pool003',
    ]);
  });

  const lines: readonly (readonly [string, string, string])[] = [
    ['as the server writes it', `${PRODUCTION}/Capability=NULL`, 'cleaner'],
    ['with all that says nothing', `/${VO}/Role=NULL/Capability=NULL`, 'cleaner'],
    ['of the organisation alone', `/${VO}`, 'cleaner'],
    ['with a star', `/${VO}/*`, 'cleaner'],
    ['with a star within the role', `/${VO}/Role=prod*`, 'cleaner'],
    ['with a star in the organisation', '/test*', 'cleaner'],
    ['of another role', `/${VO}/Role=pilot`, 'bob'],
    ['of a group', `/${VO}/production`, 'bob'],
    ['of another organisation', '/testvo2', 'bob'],
    ['with a star of another organisation', '/testvo2/*', 'bob'],
    ['in other letters', `/${VO}/role=production`, 'bob'],
    ['with a star in the middle', `/${VO}/*=production`, 'bob'],
  ];
  for (const [name, fqan, expected] of lines) {
    test(`are compared with a line ${name}`, async () => {
      assert.equal(await account(`"${fqan}" cleaner\n${BY_SUBJECT}`), expected);
    });
  }

  test('are asked in the order of the server, whatever the order of the lines is', async () => {
    const both = `"/${VO}/Role=NULL" cleaner\n"${PRODUCTION}" other\n`;
    assert.equal(await account(both), 'cleaner');
    const turned = voms.proxy(alice, { fqans: [PRODUCTION, `/${VO}`] });
    assert.equal(await account(both, turned), 'other');
  });

  test('leave lines of subjects what they were, stars included', async () => {
    for (const star of ['/*', '/DC=org/*', `${ALICE}*`]) {
      assert.equal(await account(`"${star}" bob\n"${PRODUCTION}" cleaner\n`), 'cleaner');
      assert.equal(await account(`"${star}" bob\n"${PRODUCTION}" cleaner\n`, plain), 'bob');
    }
  });

  test('are carried on by proxies of the proxy', async () => {
    const [certificate = '', user = ''] =
      proxy.match(/-----BEGIN CERT[^]*?-----END CERT.*\n/g) ?? [];
    const [key = ''] = /-----BEGIN (RSA )?PRIVATE[^]*?PRIVATE KEY-----\n/.exec(proxy) ?? [];
    const subject = `${ALICE}/CN=${/CN ?= ?(\d+)\n$/.exec(subjectOf(certificate))?.[1] ?? ''}`;
    const second = authority.proxy({ subject, certificate, key, chain: [user] });
    assert.equal(await account(`"${PRODUCTION}" cleaner\n`, proxyFile(second)), 'cleaner');
  });

  test('refuse who has the subject of nobody and no role that maps', async () => {
    const result = await account(`"/${VO}/Role=pilot" cleaner\n`);
    assert.match(result, /^203: .*grid-mapfile does not map \/DC=org/);
  });

  test('must not be there even where lcmaps_voms_verification = yes', async () => {
    voms.install(site, BY_SUBJECT);
    site.configure({ vomsdir: '/etc/vomsdir', lcmaps_voms_verification: 'yes' });
    site.writeProxy(plain);
    assert.equal((await site.run(WHO)).stdout, 'bob\n');
  });

  test('are not read, and say so in the log, where it is no', async () => {
    voms.install(site, `"${PRODUCTION}" cleaner\n${BY_SUBJECT}`);
    site.configure({ lcmaps_voms_verification: 'no' });
    site.writeProxy(proxy);
    site.takeLog();
    const { stdout, stderr } = await site.run(WHO);
    assert.deepEqual([stdout, stderr], ['bob\n', '']);
    assert.match(
      site.takeLog(),
      /notice: gridmapfile: lines of VOMS attributes are skipped: lcmaps_voms_verification = no$/m,
    );
  });

  test('are not read either, without the library; where they must be, that is 202', async () => {
    site.takeLog();
    const without = { prepare: WITHOUT_LIBRARY };
    assert.equal(await account(`"${PRODUCTION}" cleaner\n${BY_SUBJECT}`, proxy, without), 'bob');
    assert.match(site.takeLog(), /attributes are skipped: there is no libvomsapi\.so\.1 in \/usr/);
    site.configure({ lcmaps_voms_verification: 'yes' });
    const { status, stderr } = await site.run({ ...WHO, ...without });
    assert.equal(status, 202);
    assert.match(stderr, /lcmaps_voms_verification: yes needs the VOMS library: there is no/);
  });

  test('are of no use with a library that others can write, or that is none', async () => {
    const library = `l=$(readlink -f /usr/lib/*/libvomsapi.so.1 /usr/lib64/libvomsapi.so.1 | head -1)
rm -f /etc/library; cp "$l" /etc/library; mount --bind /etc/library "$l"`;
    const mapfile = `"${PRODUCTION}" cleaner\n`;
    assert.equal(await account(mapfile, proxy, { prepare: library }), 'cleaner');
    const open = { prepare: `${library}; chmod 666 "$l"` };
    assert.match(await account(mapfile, proxy, open), /^203: .*does not map/);
    const none = { prepare: `${library}; echo >"$l"` };
    assert.match(
      await account(mapfile, proxy, none),
      /^203: .*not used: VOMS library: .*cannot be loaded/,
    );
  });

  test('are looked for by no path of the caller’s', async () => {
    const env = {
      LD_LIBRARY_PATH: site.home,
      LD_PRELOAD: `${site.home}/x.so`,
      X509_VOMS_DIR: '/tmp',
      X509_CERT_DIR: '/tmp',
    };
    assert.equal(await account(`"${PRODUCTION}" cleaner\n`, proxy, { env }), 'cleaner');
  });
});

/** The subject of a certificate, as openssl prints it. */
function subjectOf(certificate: string): string {
  return execFileSync('openssl', ['x509', '-noout', '-subject'], {
    input: certificate,
    encoding: 'utf8',
  });
}
