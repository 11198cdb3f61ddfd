/** What etc/ has for the control endpoint: its command lines are right, and it is installed. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parseProcdArguments } from '../../src/bin/options/parse-procd';
import { parseList } from '../../src/trusted-list';
import { needsProduct, skipIf } from '../support/need';
import { TREE } from '../support/root';

const FILES = [
  'systemd/eyrie-procd.service',
  'systemd/eyrie-procd.socket',
  ...['control-users', 'control-clients', 'control-inetd.conf', 'control-logrotate'].map(
    (name) => `examples/${name}`,
  ),
];

function example(name: string): string {
  return readFileSync(path.join(TREE, 'etc', name), 'utf8');
}

/** What a command line after the program's name means to root. */
function parse(line: string) {
  const words = line.split(/[\s\\]+/).filter((word) => word !== '');
  const read = parseProcdArguments(words.slice(1), { environment: {}, uid: 0, euid: 0 });
  assert.ok(read.ok, read.ok ? '' : read.error.message);
  return read.value;
}

describe('the examples of the control endpoint', () => {
  test('start a daemon that serves what the socket unit listens on', () => {
    const service = example('systemd/eyrie-procd.service');
    const line = /^ExecStart=((?:.*\\\n)*.*)$/m.exec(service)?.[1] ?? '';
    const read = parse(line);
    assert.ok(read.action === 'serve');
    const socket = example('systemd/eyrie-procd.socket');
    assert.equal(/^ListenStream=(.*)$/m.exec(socket)?.[1], read.control?.socket);
    assert.match(socket, /^Accept=no$/m);
    assert.match(socket, /^SocketMode=0666$/m);
    assert.ok(example('examples/control-logrotate').includes(`${read.control?.audit ?? '-'} {`));
    for (const name of ['users', 'clients'] as const) {
      assert.equal(read.control?.[name], `/etc/eyrie/control-${name}`);
    }
  });

  test('let inetd prove who a client is', () => {
    const line = /condor_procd --inetd.*$/m.exec(example('examples/control-inetd.conf'))?.[0] ?? '';
    assert.deepEqual(parse(line), {
      action: 'inetd',
      settings: { socket: '/run/eyrie/control', proofs: '/tmp' },
    });
  });

  test('list nobody', () => {
    for (const name of ['control-users', 'control-clients']) {
      const nobody = () => undefined;
      const rules = { path: name, minimum: 1000, accountByName: nobody, accountById: nobody };
      const read = parseList(example(`examples/${name}`), rules);
      assert.deepEqual(read, { ok: true, value: { accounts: new Map(), warnings: [] } });
    }
  });

  test('are installed', { skip: skipIf(needsProduct()) }, () => {
    for (const name of FILES) assert.ok(existsSync(path.join(TREE, 'dist/etc/eyrie', name)), name);
    assert.ok(existsSync(path.join(TREE, 'dist/share/doc/eyrie/control-protocol.md')));
  });
});
