/** What glexec refuses of its configuration: 202, before anything of the caller's is read. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { makeSite } from './support/grid';
import { refuses, type Row } from './support/refusal';

const skip = skipIf(needsRoot() ?? needsProduct());

/** Rows for keys with values that are wrong. */
const wrongValue = (key: string, value: string, reason: RegExp): Row => [
  `${key} = ${value}`,
  ({ site }) => site.configure({ [key]: value }),
  202,
  reason,
];
/** A configuration of one's own text. */
const text = (name: string, content: string, reason: RegExp, mode = 0o640): Row => [
  name,
  ({ site }) => site.write('glexec.conf', content, mode),
  202,
  reason,
];
const good = '[glexec]\nuser_white_list = caller\n';

describe('glexec refuses a configuration', { skip }, () => {
  const grid = makeSite({ after });
  const proxy = grid.authority.proxy(grid.alice);

  refuses(
    grid,
    proxy,
    [
      [
        'that is missing',
        () => ({ prepare: 'rm /etc/glexec.conf' }),
        202,
        /\/etc\/glexec\.conf No such file/,
      ],
      text('that everybody can write', good, /can be written by everybody/, 0o646),
      text('that a group can write', good, /can be written by a group that is not trusted/, 0o660),
      [
        'of another owner',
        () => ({ prepare: 'chown 60102 /etc/glexec.conf' }),
        202,
        /owned by somebody who is not trusted/,
      ],
      [
        'that is a link',
        () => ({ prepare: 'mv /etc/glexec.conf /etc/real; ln -s real /etc/glexec.conf' }),
        202,
        /is a symbolic link/,
      ],
      [
        'that is a directory',
        () => ({ prepare: 'rm /etc/glexec.conf; mkdir /etc/glexec.conf' }),
        202,
        /not a regular file|Is a directory/,
      ],
      [
        'that is a fifo',
        () => ({ prepare: 'rm /etc/glexec.conf; mkfifo -m 600 /etc/glexec.conf' }),
        202,
        /not a regular file/,
      ],
      [
        'below an /etc that everybody can write',
        () => ({ prepare: 'chmod 777 /etc' }),
        202,
        /\/etc can be written by everybody/,
      ],
      [
        'below an /etc of another owner',
        () => ({ prepare: 'chown 60101 /etc' }),
        202,
        /\/etc is owned by somebody/,
      ],
      text('that is too long', `${good}# ${'x'.repeat(70_000)}\n`, /is too long/),
      text('with a NUL', `${good}\0`, /has a NUL in it/),
      text(
        'with a line that is none',
        `${good}linger\n`,
        /line 3: linger: is not of the form key = value/,
      ),
      text(
        'with a value without a key',
        `${good}= yes\n`,
        /line 3: .*is not of the form key = value/,
      ),
      text(
        'with a section that is not closed',
        '[glexec\nlinger = yes\n',
        /line 1: \[glexec: is no section/,
      ),
      text(
        'with a key before the section',
        `linger = yes\n${good}`,
        /line 1: linger: stands before \[glexec\]/,
      ),
      text(
        'with a key twice',
        `${good}linger = yes\nlinger = yes\n`,
        /line 4: linger: is given twice/,
      ),
    ],
    false,
  );

  describe('with a key that asks for a decision that we do not make:', () => {
    refuses(
      grid,
      proxy,
      [
        wrongValue('use_lcas', 'yes', /use_lcas: yes is not supported: authorise with/),
        wrongValue('use_lcas', 'perhaps', /use_lcas: must be yes or no/),
        wrongValue(
          'lcas_db_file',
          '/etc/lcas/lcas.db',
          /lcas_db_file: \/etc\/lcas\/lcas\.db is not supported/,
        ),
        wrongValue(
          'lcmaps_db_file',
          '/etc/lcmaps/lcmaps.db',
          /lcmaps_db_file: .* map with gridmapfile/,
        ),
        wrongValue(
          'lcmaps_get_account_policy',
          'glexec_get_account',
          /lcmaps_get_account_policy: .* map with/,
        ),
        wrongValue(
          'lcmaps_verify_account_policy',
          'x',
          /lcmaps_verify_account_policy: .* map with/,
        ),
        wrongValue(
          'user_identity_switch_by',
          'lcmaps',
          /user_identity_switch_by: lcmaps is not supported/,
        ),
        wrongValue('lock_mechanism', 'flock', /lock_mechanism: .*input_lock_mechanism/),
      ],
      false,
    );
  });

  describe('with a value that is wrong:', () => {
    refuses(
      grid,
      proxy,
      [
        wrongValue('linger', 'maybe', /linger: must be yes or no/),
        wrongValue('linger', '', /linger: must be yes or no/),
        wrongValue('create_target_proxy', '2', /create_target_proxy: must be yes or no/),
        wrongValue('log_level', '6', /log_level: must be a number/),
        wrongValue('log_level', '0', /log_level: must be a number/),
        wrongValue('log_level', '3x', /log_level: must be a number/),
        wrongValue('log_destination', 'printer', /log_destination: is none of the words/),
        wrongValue('syslog_facility', 'LOG_KERN', /syslog_facility: is none of the words/),
        wrongValue('input_lock_mechanism', 'dotlock', /input_lock_mechanism: is none/),
        wrongValue('target_lock_mechanism', '', /target_lock_mechanism: is none/),
        wrongValue('crl', 'sometimes', /crl: is none of the words/),
        wrongValue('gridmapfile', 'grid-mapfile', /gridmapfile: must be an absolute path/),
        wrongValue('gridmapdir', '', /gridmapdir: must be an absolute path/),
        wrongValue('certdir', 'certificates', /certdir: must be an absolute path/),
        wrongValue('vomsdir', 'vomsdir', /vomsdir: must be an absolute path/),
        wrongValue('lcmaps_voms_verification', 'perhaps', /verification: is none of the words/),
        wrongValue('epilogue', 'clean', /epilogue: must be an absolute path/),
        wrongValue('epilogue_timeout', '0', /epilogue_timeout: must be a number/),
        wrongValue('epilogue_timeout', '-1', /epilogue_timeout: must be a number/),
        wrongValue(
          'epilogue_timeout',
          '99999999999999999999',
          /epilogue_timeout: must be a number/,
        ),
        wrongValue('epilogue_user', 'root', /need an epilogue/),
        wrongValue('epilogue_group', 'root', /need an epilogue/),
        wrongValue('minimum_uid', '0', /minimum_uid: must be a number/),
        wrongValue('max_proxy_lifetime', '1h', /max_proxy_lifetime: must be a number/),
        wrongValue(
          'log_file_group',
          'nosuchgroup',
          /log_file_group: there is no group nosuchgroup/,
        ),
        wrongValue('log_file', '/etc/nosuchdir/log', /log_file: \/etc\/nosuchdir No such file/),
        wrongValue('log_file', '/etc/../etc/log', /log_file: .* no absolute and canonical path/),
        [
          'log_file in a directory of the caller',
          ({ site }) => site.configure({ log_file: `${site.home}/log` }),
          202,
          /log_file: .*owned by somebody/,
        ],
        [
          'log_file that is a fifo',
          () => ({ prepare: 'rm -f /etc/log; mkfifo /etc/log' }),
          202,
          /log_file: /,
        ],
        [
          'epilogue without linger',
          ({ site }) => site.configure({ epilogue: '/bin/true', linger: 'no' }),
          202,
          /epilogue needs linger = yes/,
        ],
      ],
      false,
    );
  });

  describe('but only warns of', () => {
    const warnings: readonly (readonly [string, string, RegExp])[] = [
      ['an unknown key', `${good}lingerr = yes\n`, /line 3: lingerr: unknown key, ignored/],
      [
        'another section',
        `[other]\nx = y\n${good}`,
        /line 1: other: a section that is not glexec's is ignored/,
      ],
      [
        'keys of plug-ins',
        `${good}lcmaps_debug_level = 3\n`,
        /lcmaps_debug_level: ignored, as there are no plug-ins/,
      ],
    ];
    for (const [name, content, warning] of warnings) {
      test(name, async () => {
        const { site } = grid;
        site.writeProxy('no proxy');
        site.write('glexec.conf', content, 0o640);
        const { status, stderr } = await site.run();
        assert.match(stderr, warning);
        // It went on: to the proxy.
        assert.equal(status, 203);
      });
    }
    test('nothing where comments, blanks, quotes and every spelling of yes are used', async () => {
      const { site } = grid;
      site.writeProxy('no proxy');
      const content =
        '; one\n# two\n\n [glexec] \n\tlinger\t=\tTRUE \r\nuser_white_list = "caller"\nuse_lcas=off\nlcmaps_voms_verification = no\nuser_identity_switch_by = glexec\n';
      site.write('glexec.conf', content, 0o640);
      const { status, stderr } = await site.run();
      assert.match(stderr, /^glexec: refused \(203\): proxy: the proxy file holds no chain.*\n$/);
      assert.equal(status, 203);
    });
  });

  test('not set-uid root: 202 for an ordinary user', async () => {
    const { site } = grid;
    const { status, stderr } = await site.run({ prepare: `chmod 755 ${site.glexec}` });
    site.makeSetuid();
    assert.equal(status, 202);
    assert.match(stderr, /not installed set-uid root/);
  });

  test('but silent_logging keeps standard error empty, and the log full', async () => {
    const { site } = grid;
    site.configure({ silent_logging: 'yes' });
    site.writeProxy('no proxy');
    site.takeLog();
    const { status, stderr } = await site.run();
    assert.deepEqual([status, stderr], [203, '']);
    assert.match(site.takeLog(), /error: refused \(203\): proxy: /);
  });
});
