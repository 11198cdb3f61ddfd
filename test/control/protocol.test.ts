/** docs/control-protocol.md says what the daemon does: each operation, and each of its fields. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { CONTROL_ERRORS } from '../../src/privsep/control/types';
import { encodeFrame, FRAME_MAX } from '../../src/privsep/control/frames';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { connectTo, NOBODY, startDaemon } from './support/daemon';
import { speakAs } from './support/raw';

const text = readFileSync(path.join(TREE, 'docs/control-protocol.md'), 'utf8');

interface DocumentedOperation {
  readonly name: string;
  readonly isRoots: boolean;
  readonly fields: readonly string[];
  readonly needsFields: boolean;
}

const OPERATIONS: readonly DocumentedOperation[] = [
  ...text.matchAll(/^\| `([a-z.]+)`(?: \*)?( root)? \| (.*?) ?\| /gm),
].map(([, name, root, fields]) => {
  const words = [...(fields ?? '').matchAll(/`(\w+)(\??)`/g)];
  return {
    name: name ?? '',
    isRoots: root !== undefined,
    fields: words.map(([, word]) => word ?? ''),
    needsFields: words.some(([, , mark]) => mark === ''),
  };
});

describe('the protocol of the control endpoint', () => {
  test('has its errors', () => {
    for (const error of CONTROL_ERRORS) assert.ok(text.includes(`\`${error}\``), error);
    assert.ok(text.includes(FRAME_MAX.toLocaleString('en')));
  });

  test('has frames of these bytes', () => {
    const frame = encodeFrame({ id: 1, op: 'ping' });
    assert.equal(
      frame?.toString('hex'),
      '14000000' + Buffer.from('{"id":1,"op":"ping"}').toString('hex'),
    );
    assert.equal(encodeFrame({ text: 'ä'.repeat(FRAME_MAX / 2) }), undefined);
    const most = encodeFrame({ t: 'x'.repeat(FRAME_MAX - 8) });
    assert.deepEqual(most?.subarray(0, 4), Buffer.from([0, 0, 4, 0]));
  });
});

describe('the operations', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  test('are those that are documented, with their fields and no others', async (t) => {
    assert.ok(OPERATIONS.length > 15, `${OPERATIONS.length}`);
    const daemon = await startDaemon(t);
    const client = await connectTo(t, daemon.socket);
    for (const { fields, name, needsFields } of OPERATIONS) {
      // Nothing that a request could smuggle in.
      for (const field of ['uid', 'gid', 'mounts', 'cgroup', 'root', '__proto__']) {
        const smuggled = JSON.parse(`{"${field}": 0}`) as Record<string, number>;
        const answer = await client.request(name, smuggled);
        assert.ok(!answer.ok, name);
        const expected = fields.length === 0 ? 'none' : fields.join(', ');
        const words = `${name}: unknown field '${field}': expected ${expected}`;
        assert.deepEqual([answer.error.code, answer.error.text], ['syntax', words]);
      }
      if (!needsFields) continue;
      const answer = await client.request(name);
      assert.equal(answer.ok ? 'done' : answer.error.code, 'syntax', name);
    }
  });

  test('that are root’s alone are refused to others', async (t) => {
    const daemon = await startDaemon(t);
    const roots = OPERATIONS.filter(({ isRoots }) => isRoots);
    assert.ok(roots.length === 3);
    const requests = roots.map(({ name }, id) => ({ id, op: name }));
    const { messages } = await speakAs(NOBODY, daemon.socket, requests);
    assert.deepEqual(
      messages.map(({ error }) => error),
      ['denied', 'denied', 'denied'],
    );
  });
});
