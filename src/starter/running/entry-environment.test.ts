import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entryEnvironment, shellsOf } from './entry-environment';

const FACTS = {
  account: { name: 'alice', home: '/home/alice' },
  sandbox: '/execute/dir_1',
  shell: '/bin/sh',
  term: 'xterm-256color',
};

describe('the environment inside', () => {
  test('has these names and no others', () => {
    assert.deepEqual(entryEnvironment(FACTS), [
      'PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
      'HOME=/home/alice',
      'USER=alice',
      'LOGNAME=alice',
      'SHELL=/bin/sh',
      'TERM=xterm-256color',
      '_CONDOR_SCRATCH_DIR=/execute/dir_1',
    ]);
  });

  test('has the sandbox as HOME of a user without an account, and no TERM without a terminal', () => {
    const names = entryEnvironment({ ...FACTS, account: undefined, term: undefined });
    assert.deepEqual(
      names.filter((text) => /^(HOME|USER|LOGNAME|TERM)=/.test(text)),
      ['HOME=/execute/dir_1'],
    );
  });

  for (const term of ['', '../x', '/etc/passwd', 'a b', 'x\n', '-x', 'x'.repeat(65), 'x\u001b']) {
    test(`takes TERM ${JSON.stringify(term)} for dumb`, () => {
      assert.ok(entryEnvironment({ ...FACTS, term }).includes('TERM=dumb'));
    });
  }
});

describe('shells to try', () => {
  for (const [shell, expected] of [
    ['/usr/bin/zsh', ['/usr/bin/zsh', '/bin/bash', '/bin/sh']],
    ['/bin/sh', ['/bin/sh', '/bin/bash']],
    ['/usr/sbin/nologin', ['/bin/bash', '/bin/sh']],
    ['/bin/false', ['/bin/bash', '/bin/sh']],
    ['', ['/bin/bash', '/bin/sh']],
    ['zsh', ['/bin/bash', '/bin/sh']],
  ] as const) {
    test(`of an account with '${shell}'`, () => assert.deepEqual(shellsOf({ shell }), expected));
  }
});
