/** What glexec refuses of a caller and of the proxy file. */
import { symlinkSync } from 'node:fs';
import { after, describe } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { proxyFile } from './support/authority';
import { makeSite } from './support/grid';
import { refuses, type Row } from './support/refusal';
import { UIDS } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct());

describe('glexec refuses', { skip }, () => {
  const grid = makeSite({ after });
  const proxy = grid.authority.proxy(grid.alice);
  const file = (name: string, text: () => string, code: number, reason: RegExp): Row => [
    name,
    ({ site }) => void site.writeProxy(text()),
    code,
    reason,
  ];
  const rows = (given: readonly Row[]) => refuses(grid, proxy, given);

  describe('a caller', () => {
    const listed = (list: string | undefined, groups?: string): Row => [
      `that is not in user_white_list = ${list}, group_white_list = ${groups}`,
      ({ site }) => site.configure({ user_white_list: list, group_white_list: groups }),
      203,
      /caller caller \(uid 60101\) is in neither/,
    ];
    rows([
      listed(undefined),
      listed(''),
      listed('other'),
      listed('call'),
      listed('callers'),
      listed('.caller'),
      listed('caller*'),
      listed(',, ,'),
      listed('other', 'science'),
      ['that has no account', () => ({ as: 60199 }), 203, /the calling uid 60199 has no account/],
      [
        'that asks for another mode',
        () => ({ env: { GLEXEC_MODE: 'lcmaps_verify_account' } }),
        201,
        /GLEXEC_MODE lcmaps_verify_account is not supported/,
      ],
    ]);
  });

  describe('a proxy file', () => {
    rows([
      [
        'that is missing',
        ({ site }) => ({ env: { GLEXEC_CLIENT_CERT: `${site.home}/none` } }),
        201,
        /No such file/,
      ],
      [
        'whose variable is empty',
        () => ({ env: { GLEXEC_CLIENT_CERT: '' } }),
        201,
        /proxy \(empty\) is no absolute path/,
      ],
      [
        'that is not named, and not in its usual place',
        () => ({ env: { GLEXEC_CLIENT_CERT: undefined } }),
        201,
        /proxy \/tmp\/x509up_u60101: /,
      ],
      [
        'named by X509_USER_PROXY and missing',
        () => ({ env: { GLEXEC_CLIENT_CERT: undefined, X509_USER_PROXY: '/nonexistent/p' } }),
        201,
        /proxy \/nonexistent\/p: No such file/,
      ],
      [
        'with a relative path',
        ({ site }) => ({ env: { GLEXEC_CLIENT_CERT: 'proxy' }, before: `cd ${site.home}` }),
        201,
        /is no absolute path/,
      ],
      [
        'that is a link',
        ({ site }) => {
          symlinkSync('proxy', `${site.home}/link`);
          return { env: { GLEXEC_CLIENT_CERT: `${site.home}/link` } };
        },
        201,
        /is a symbolic link/,
      ],
      [
        'that is a directory',
        ({ site }) => ({ env: { GLEXEC_CLIENT_CERT: site.home } }),
        201,
        /is not a regular file/,
      ],
      [
        'that is a device',
        () => ({ env: { GLEXEC_CLIENT_CERT: '/dev/zero' } }),
        201,
        /is not a regular file/,
      ],
      [
        'that is a fifo',
        ({ site }) => ({
          prepare: `mkfifo -m 600 ${site.home}/fifo; chown caller ${site.home}/fifo`,
          env: { GLEXEC_CLIENT_CERT: `${site.home}/fifo` },
        }),
        201,
        /is not a regular file/,
      ],
      [
        'of another owner',
        ({ site }) => void site.writeProxy(proxyFile(proxy), { uid: UIDS.other, mode: 0o644 }),
        201,
        /owned by uid 60102, not by the caller/,
      ],
      [
        'of another owner that the caller cannot read',
        ({ site }) => void site.writeProxy(proxyFile(proxy), { uid: UIDS.other }),
        201,
        /Permission denied/,
      ],
      [
        'of root',
        ({ site }) => void site.writeProxy(proxyFile(proxy), { uid: 0, mode: 0o644 }),
        201,
        /owned by uid 0/,
      ],
      ...[0o644, 0o640, 0o620, 0o602, 0o611, 0o4600, 0o2600].map((mode): Row => [
        `of mode ${mode.toString(8)}`,
        ({ site }) => void site.writeProxy(proxyFile(proxy), { mode }),
        201,
        new RegExp(`has mode ${mode.toString(8).padStart(4, '0')}`),
      ]),
      file(
        'that is too long',
        () => proxyFile(proxy) + '\n'.repeat(300_000),
        201,
        /longer than 262144 bytes/,
      ),
      [
        'that somebody holds locked for writing',
        ({ site }) => ({ before: `exec 9<${site.proxy}; flock -x 9; (sleep 7) & :` }),
        201,
        /cannot lock it for reading/,
      ],
    ]);
  });
});
