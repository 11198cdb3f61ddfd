import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseProcdArguments } from './parse-procd';

const ROOT = { environment: {}, uid: 0, euid: 0 };
const ADDRESS = ['-A', '/run/pipe', '--on-demand'];
const FILES = ['--users', '/u', '--clients', '/c', '--accounts', '/a', '--execute', '/e'];
const CONTROL = [...ADDRESS, '--control', '/run/control', ...FILES];

function parse(argv: readonly string[], surroundings = ROOT) {
  const read = parseProcdArguments(argv, surroundings);
  return read.ok ? read.value : read.error.message;
}

function complaint(argv: readonly string[]): string {
  const read = parse(argv);
  return typeof read === 'string' ? read : 'taken';
}

describe('the options of the control endpoint', () => {
  test('are all there, or none', () => {
    const read = parse(CONTROL);
    assert.ok(typeof read !== 'string' && read.action === 'serve');
    assert.deepEqual(read.control, {
      ...read.control,
      ...{ socket: '/run/control', users: '/u', clients: '/c', accounts: '/a', execute: '/e' },
      ...{ audit: '/a.audit', minimumUid: 1000, minimumClient: 1000, tcp: false },
    });
    // It is there for whoever comes next.
    assert.equal(read.settings.idle, undefined);
    const without = parse(ADDRESS);
    assert.ok(typeof without !== 'string' && without.action === 'serve');
    assert.equal(without.control, undefined);
    assert.equal(without.settings.idle, 60);
    for (let i = 0; i < FILES.length; i += 2) {
      const rest = FILES.filter((_, at) => at !== i && at !== i + 1);
      const message = `--control needs ${FILES[i] ?? ''}`;
      assert.equal(parse([...ADDRESS, '--control', '/run/control', ...rest]), message);
    }
    for (const option of ['--users', '--clients', '--accounts', '--execute', '--audit']) {
      assert.equal(parse([...ADDRESS, option, '/x']), `${option} needs --control SOCKET`);
    }
    assert.equal(parse([...ADDRESS, '--tcp']), '--tcp needs --control SOCKET');
  });

  test('are for root alone', () => {
    const message = '--control: only root can act as other users';
    assert.equal(parse(CONTROL, { ...ROOT, uid: 1000, euid: 1000 }), message);
  });

  test('name absolute paths', () => {
    for (const bad of ['control', './control', '/run/../control', '/run//control', '']) {
      assert.equal(
        parse([...CONTROL, '--control', bad]),
        `--control ${bad}: expected an absolute path without "." and ".."`,
      );
    }
    assert.match(complaint([...CONTROL, '--audit', 'log']), /^--audit log: expected/);
  });

  test('name uids that are no system account’s, or what the administrator says', () => {
    const read = parse([...CONTROL, '--minimum-uid', '500', '--minimum-client', '64']);
    assert.ok(typeof read !== 'string' && read.action === 'serve');
    assert.deepEqual([read.control?.minimumUid, read.control?.minimumClient], [500, 64]);
    for (const bad of ['0', '-1', 'x', '', '4294967295', '1e3']) {
      const message = `--minimum-uid ${bad}: expected a uid above 0`;
      assert.equal(parse([...CONTROL, '--minimum-uid', bad]), message);
    }
  });
});

describe('--inetd', () => {
  test('takes the daemon’s socket and a directory for proofs, and nothing else', () => {
    assert.deepEqual(parse(['--inetd', '--control', '/run/control']), {
      action: 'inetd',
      settings: { socket: '/run/control', proofs: '/tmp' },
    });
    assert.deepEqual(
      parse(['--inetd', '--control', '/run/control', '--proof-directory', '/var/tmp']),
      { action: 'inetd', settings: { socket: '/run/control', proofs: '/var/tmp' } },
    );
    assert.equal(parse(['--inetd']), '--inetd needs --control SOCKET');
    assert.equal(parse(['--inetd', ...CONTROL]), '--inetd and -A exclude each other');
    assert.equal(
      parse([...CONTROL, '--proof-directory', '/tmp']),
      '--proof-directory needs --inetd',
    );
    assert.match(
      complaint(['--inetd', '--control', 'control']),
      /^--control control: expected an absolute path/,
    );
    assert.equal(
      parse(['--inetd', '--control', '/c'], { ...ROOT, uid: 7, euid: 7 }),
      '--inetd: only root can hand connections over',
    );
  });
});
