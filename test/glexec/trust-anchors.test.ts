/** What makes glexec accept: lists of revoked certificates, signing policies, limited proxies, leases, target proxies. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  renameSync,
} from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { proxyFile } from './support/authority';
import { ALICE, makeSite } from './support/grid';
import { UIDS } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct());
const LEASE = '%2fdc%3dorg%2fdc%3dexample%2fou%3dpeople%2fcn%3dalice%20adams';

describe('lists of revoked certificates', { skip }, () => {
  const { site, authority, alice } = makeSite({ after });

  test('let pass who is not on them, and are required where that is said', async () => {
    authority.installRevoked(site.certificates, [authority.user('/DC=org/DC=example/CN=Mallory')]);
    for (const crl of ['require', 'if-present', 'ignore']) {
      site.configure({ crl });
      assert.equal((await site.run()).status, 0, crl);
    }
  });

  test('refuse the user who is on them, although the proxy is not', async () => {
    authority.installRevoked(site.certificates, [alice]);
    for (const crl of ['require', 'if-present']) {
      site.configure({ crl });
      const { status, stderr } = await site.run();
      assert.equal(status, 203);
      assert.match(
        stderr,
        /certificate revoked \(OpenSSL's error 23, certificate 1 of the chain\)/,
      );
    }
    site.configure({ crl: 'ignore' });
    assert.equal((await site.run()).status, 0);
  });
});

describe('signing policies and proxies', { skip }, () => {
  const { site, authority, alice } = makeSite({ after });
  const file = `certificates/${authority.hash}.signing_policy`;
  const rows: readonly (readonly [string, string])[] = [
    ['with the subject itself', `'"${ALICE}"'`],
    ['with a star', `'"/DC=org/DC=example/*"'`],
    ['with several conditions', `'"/DC=com/*" "/DC=org/*"'`],
    ['with one condition without quotes', `'/DC=org/*'`],
  ];
  for (const [name, conditions] of rows) {
    test(`allow a subject, ${name}`, async () => {
      const other = `access_id_CA X509 '/CN=Other'\npos_rights globus CA:sign\ncond_subjects globus '"/*"'\n`;
      site.write(
        file,
        `# comment\n${other}\naccess_id_CA   X509   '${authority.subject}'\npos_rights\tglobus CA:sign\ncond_subjects globus ${conditions}\n`,
      );
      const { status, stderr } = await site.run();
      assert.equal(status, 0, stderr);
    });
  }

  test('a CA may be named by a link in its directory, as c_rehash makes it', async () => {
    const name = path.join(site.certificates, `${authority.hash}.0`);
    renameSync(name, path.join(site.certificates, 'Test-CA.pem'));
    symlinkSync('Test-CA.pem', name);
    assert.equal((await site.run()).status, 0);
  });

  const accepted: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    [
      'a limited proxy where that is allowed',
      'language:1.3.6.1.4.1.3536.1.1.1.9',
      { allow_limited_proxy: 'yes' },
    ],
    ['an independent proxy', 'language:id-ppl-independent', {}],
    ['a proxy with path length 0', 'language:id-ppl-inheritAll,pathlen:0', {}],
    [
      'a proxy that lives as long as it may',
      'language:id-ppl-inheritAll',
      { max_proxy_lifetime: '50000' },
    ],
  ];
  for (const [name, policy, keys] of accepted) {
    test(`${name} is accepted`, async () => {
      site.configure(keys);
      site.writeProxy(proxyFile(authority.proxy(alice, { policy })));
      const { status, stderr } = await site.run();
      site.configure();
      assert.equal(status, 0, stderr);
    });
  }

  test('a proxy without its key is accepted of callers who may omit it, and with RSA of 2048 bits', async () => {
    const { certificate, chain } = authority.proxy(alice, { newKey: ['-newkey', 'rsa:2048'] });
    site.configure({ omission_private_key_white_list: 'caller' });
    site.writeProxy([certificate, ...chain].join(''));
    assert.equal((await site.run()).status, 0);
    site.configure();
    assert.equal((await site.run()).status, 203);
  });

  for (const [list, groups] of [
    ['*', ''],
    ['other,caller', ''],
    ['', 'pilots'],
    ['', 'caller'],
    ['', '*'],
  ] as const) {
    test(`a caller is let in by user_white_list = ${list}, group_white_list = ${groups}`, async () => {
      site.writeProxy(proxyFile(authority.proxy(alice)));
      site.configure({ user_white_list: list, group_white_list: groups });
      assert.equal((await site.run()).status, 0);
    });
  }
  for (const list of ['.pool', 'pool*']) {
    test(`an account of a pool may call by ${list}`, async () => {
      site.configure({ user_white_list: list });
      site.writeProxy(proxyFile(authority.proxy(alice)), { uid: UIDS.pool001 });
      assert.equal((await site.run({ as: 'pool001' })).status, 0);
      assert.equal((await site.run({ as: 'caller' })).status, 203);
    });
  }
});

describe('leases of pool accounts', { skip }, () => {
  const { site, authority, alice } = makeSite({ after });
  const directory = path.join(site.etc, 'gridmapdir');
  const who = { argv: ['/usr/bin/id', '-un'] };
  const pool = (...accounts: string[]) => {
    site.configure();
    site.write('grid-mapfile', '"/DC=org/*" .pool\n');
    site.makePool(...accounts);
    site.writeProxy(proxyFile(authority.proxy(alice)));
  };

  test('the same subject has the same account, and touches its lease', async () => {
    pool('pool002', 'pool001', 'poolx', 'pool', 'other001');
    assert.equal((await site.run(who)).stdout, 'pool001\n');
    assert.deepEqual(readdirSync(directory).sort(), [
      LEASE,
      'other001',
      'pool',
      'pool001',
      'pool002',
      'poolx',
    ]);
    utimesSync(path.join(directory, LEASE), 1, 1);
    assert.equal((await site.run(who)).stdout, 'pool001\n');
    assert.ok(statSync(path.join(directory, LEASE)).mtimeMs > 1e12);
    assert.equal(statSync(path.join(directory, LEASE)).nlink, 2);
  });

  test('another subject has another, and where none is left it is refused and nothing made', async () => {
    pool('pool001', 'pool002');
    assert.equal((await site.run(who)).stdout, 'pool001\n');
    site.writeProxy(proxyFile(authority.proxy(authority.user('/DC=org/CN=Bert'))));
    assert.equal((await site.run(who)).stdout, 'pool002\n');
    site.writeProxy(proxyFile(authority.proxy(authority.user('/DC=org/CN=Cleo'))));
    const { status, stderr } = await site.run(who);
    assert.equal(status, 203);
    assert.match(stderr, /no account of \.pool is free/);
    assert.equal(readdirSync(directory).length, 4);
  });

  test('at once, twelve subjects get three accounts between them, none twice', async () => {
    pool('pool001', 'pool002', 'pool003');
    const runs = Array.from({ length: 12 }, (_, i) => {
      const file = path.join(site.home, `p${i}`);
      site.writeProxy(proxyFile(authority.proxy(authority.user(`/DC=org/CN=N${i}`))), { file });
      return { ...who, env: { GLEXEC_CLIENT_CERT: file } };
    });
    const results = await Promise.all(runs.map((run) => site.run(run)));
    const given = results.filter(({ status }) => status === 0).map(({ stdout }) => stdout.trim());
    assert.deepEqual(given.sort(), ['pool001', 'pool002', 'pool003']);
    assert.equal(results.filter(({ status }) => status === 203).length, 9);
    assert.equal(readdirSync(directory).length, 6);
  });

  const refused: readonly (readonly [string, () => void, number, RegExp])[] = [
    [
      'whose account the machine lacks',
      () => pool('pool099'),
      202,
      /accounts of \.pool are not in passwd/,
    ],
    [
      'of another pool',
      () => {
        pool('other001');
        linkSync(`${directory}/other001`, `${directory}/${LEASE}`);
      },
      203,
      /has leased other001, not an account of \.pool/,
    ],
    [
      'with three links',
      () => {
        pool('pool001');
        linkSync(`${directory}/pool001`, `${directory}/${LEASE}`);
        linkSync(`${directory}/pool001`, `${directory}/x`);
      },
      202,
      /is no lease/,
    ],
    [
      'that is a link to a file',
      () => {
        pool('pool001');
        symlinkSync('pool001', `${directory}/${LEASE}`);
      },
      202,
      /is no lease/,
    ],
    [
      'that another user owns',
      () => {
        pool('pool001');
        linkSync(`${directory}/pool001`, `${directory}/${LEASE}`);
        chownSync(`${directory}/pool001`, UIDS.other, 0);
      },
      202,
      /is no lease/,
    ],
    [
      'in a directory that everybody can write',
      () => {
        pool('pool001');
        chmodSync(directory, 0o777);
      },
      202,
      /gridmapdir can be written by everybody/,
    ],
    [
      'for a subject that no file can be called after',
      () => {
        pool('pool001');
        site.writeProxy(
          proxyFile(
            authority.proxy(authority.user(`/DC=org/OU=${'-'.repeat(60)}/CN=${'-'.repeat(60)}`)),
          ),
        );
      },
      203,
      /too long for a name of a file/,
    ],
  ];
  for (const [name, prepare, code, reason] of refused) {
    test(`a lease ${name} is refused, and none made`, async () => {
      prepare();
      const before = readdirSync(directory).sort();
      const { status, stdout, stderr } = await site.run(who);
      assert.deepEqual([status, stdout], [code, ''], stderr);
      assert.match(stderr, reason);
      assert.deepEqual(readdirSync(directory).sort(), before);
    });
  }
});

describe('the target proxy', { skip }, () => {
  const { site } = makeSite({ after });
  site.configure({ create_target_proxy: 'yes' });
  const own = path.join(site.shared, 'bobs');
  mkdirSync(own);
  chownSync(own, UIDS.bob, UIDS.bob);
  const show = {
    argv: [
      '/bin/sh',
      '-c',
      'echo "$X509_USER_PROXY"; cat "$X509_USER_PROXY"; stat -c "%U %a" "$X509_USER_PROXY"; rm "$X509_USER_PROXY"',
    ],
  };

  test("is a copy of the proxy, the target's, 0600, in /tmp where nothing else is said", async () => {
    const { stdout } = await site.run(show);
    const [name, ...rest] = stdout.split('\n');
    assert.match(name!, /^\/tmp\/x509up_u60110\.glexec\.\d+$/);
    assert.equal(rest.join('\n'), `${readFileSync(site.proxy, 'utf8')}bob 600\n`);
  });

  test('comes of another source, to another place, over an older file of the target', async () => {
    const source = site.writeProxy('another\n', { file: path.join(site.home, 'source') });
    const target = path.join(own, 'p');
    site.writeProxy('older and longer\n', { file: target, uid: UIDS.bob, mode: 0o644 });
    const { stdout } = await site.run({
      ...show,
      env: { GLEXEC_SOURCE_PROXY: source, GLEXEC_TARGET_PROXY: target },
    });
    assert.equal(stdout, `${target}\nanother\nbob 600\n`);
  });

  test('is nowhere where that is /dev/null or the option is off', async () => {
    const ask = { argv: ['/bin/sh', '-c', 'echo "${X509_USER_PROXY-none}"'] };
    assert.equal(
      (await site.run({ ...ask, env: { GLEXEC_TARGET_PROXY: '/dev/null' } })).stdout,
      'none\n',
    );
    site.configure();
    assert.equal((await site.run(ask)).stdout, 'none\n');
  });
});
