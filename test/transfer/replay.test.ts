/**
 * Recorded transfers between genuine daemons, played again: what the starter says must be what the
 * genuine one said.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { CedarConnection } from '../../src/condor/cedar/types';
import { receiveInput } from '../../src/condor/transfer/receive-input';
import { sendOutput } from '../../src/condor/transfer/send-output';
import { valueOf } from '../cedar/support/sockets';
import { TREE } from '../support/root';
import { type Cuts, encryptedPair } from './support/connections';
import { inputRequest, outputRequest } from './support/requests';
import { makeSandbox, type TestSandbox } from './support/sandbox';

interface Message {
  readonly dir: 'send' | 'recv';
  readonly hex: string;
}

interface Recording {
  readonly input: readonly Message[];
  readonly output: readonly Message[];
}

function recording(name: string): Recording {
  const file = path.join(TREE, 'test/transfer/fixtures', `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as Recording;
}

/** Plays the shadow's part; gives what the starter said, message by message. */
async function play(far: CedarConnection, messages: readonly Message[]): Promise<string[]> {
  const heard: string[] = [];
  for (const { dir, hex } of messages) {
    if (dir === 'recv') valueOf(await far.sendBytes(Buffer.from(hex, 'hex')));
    else {
      const bytes = await far.receive((message) => message.bytes(message.left), { timeout: 20 });
      heard.push(valueOf(bytes).toString('hex'));
    }
  }
  return heard;
}

const said = (messages: readonly Message[]): string[] =>
  messages.filter(({ dir }) => dir === 'send').map(({ hex }) => hex);

const keyOf = (messages: readonly Message[]): string => {
  const bytes = Buffer.from(messages[0]!.hex, 'hex');
  return bytes.toString('latin1', 8, bytes.length - 1);
};

/** Attributes of an ad at the end of a message, without their order. */
const attributes = (hex: string): string[] =>
  Buffer.from(hex, 'hex')
    .toString('latin1')
    .split(/[^ -~]+|; | \]/)
    .filter((part) => /=/.test(part))
    .sort();

async function receive(t: TestContext, messages: readonly Message[], cuts?: Cuts) {
  const sandbox = await makeSandbox(t);
  const { near, far } = await encryptedPair(t, cuts);
  const request = inputRequest(sandbox, near, { key: keyOf(messages), executable: 'small.sh' });
  const [outcome, heard] = await Promise.all([receiveInput(request), play(far, messages)]);
  return { sandbox, outcome, heard };
}

function checkInput(sandbox: TestSandbox, nested: boolean): void {
  assert.equal(sandbox.text('in.txt'), 'input\n');
  assert.match(sandbox.text('small.sh'), /^#!\/bin\/sh\n[^]*exit 3\n$/);
  assert.equal(sandbox.mode('small.sh'), '755');
  if (!nested) return;
  assert.equal(sandbox.text('indir/t.txt'), 'top\n');
  assert.equal(sandbox.text('indir/deep/d.txt'), 'deep\n');
  assert.deepEqual(['in.txt', 'indir', 'indir/deep'].map(sandbox.mode), ['644', '755', '755']);
}

for (const name of ['genuine-23.9.6', 'genuine-25.14.1', 'missing-output-23.9.6']) {
  const { input } = recording(name);
  const nested = name.startsWith('genuine');

  describe(`the recorded input of ${name}`, () => {
    test('is received, and answered as the genuine starter did', async (t) => {
      const { sandbox, outcome, heard } = await receive(t, input);
      assert.equal(outcome.failure, undefined);
      checkInput(sandbox, nested);
      assert.equal(outcome.statistics.files, nested ? 4 : 2);
      assert.equal(outcome.statistics.bytes, nested ? 167 : 158);
      const expected = said(input);
      assert.deepEqual(heard.slice(0, -1), expected.slice(0, -1));
      // CedarSizeBytes and Protocols are told by 25.x only; 23.9 does not mind.
      if (name === 'genuine-25.14.1') {
        assert.deepEqual(attributes(heard.at(-1)!), attributes(expected.at(-1)!));
      }
    });

    test('is received byte by byte', async (t) => {
      const { sandbox, outcome } = await receive(t, input, () => true);
      assert.equal(outcome.failure, undefined);
      checkInput(sandbox, nested);
    });

    test('is received however it is cut', async (t) => {
      const anyCuts = fc.uniqueArray(fc.integer({ min: 1, max: 3000 }), { maxLength: 40 });
      const check = fc.asyncProperty(anyCuts, async (places) => {
        const cuts = new Set(places);
        const { sandbox, outcome } = await receive(t, input, (position) => cuts.has(position));
        assert.equal(outcome.failure, undefined);
        checkInput(sandbox, nested);
        sandbox.files.close();
      });
      await fc.assert(check, { numRuns: 15 });
    });
  });
}

describe('an input that is cut off', () => {
  const { input } = recording('genuine-25.14.1');
  const incoming = input.filter(({ dir }) => dir === 'recv').length;

  test('after any message is a connection that is gone, and nothing stays open', async (t) => {
    for (let until = 0; until < incoming; until += 1) {
      let left = until;
      const messages = input.filter(({ dir }) => dir === 'send' || left-- > 0);
      const last = messages.findLastIndex(({ dir }) => dir === 'recv');
      const sandbox = await makeSandbox(t);
      const { near, far } = await encryptedPair(t);
      const transfer = receiveInput(inputRequest(sandbox, near, { key: keyOf(input) }));
      await play(far, messages.slice(0, last + 1));
      far.destroy();
      const { failure } = await transfer;
      assert.equal(failure?.kind, 'gone', `after ${until} messages`);
      sandbox.files.close();
    }
  });
});

const JOB = `printf x\\\\n > in.txt; mkdir -p sub/deeper; printf 'x\\n' > sub/x.txt; : > sub/deeper/zero
  ln -s x.txt sub/lnk; : > empty.txt; echo out line > _condor_stdout; echo err line > _condor_stderr`;
const STREAMS = ['_condor_stdout', '_condor_stderr'];

/** Messages that make up an item, so that the order of a directory's entries does not matter. */
function itemsOf(messages: readonly string[]): string[] {
  const items: string[] = [];
  for (let at = 0; at < messages.length; at += 1) {
    const isDirectory = messages[at] === '0000000000000006';
    const length = isDirectory ? 3 : 5;
    items.push(messages.slice(at, at + length).join(' '));
    at += length - 1;
  }
  return items.sort();
}

for (const name of ['genuine-23.9.6', 'genuine-25.14.1']) {
  describe(`the recorded output of ${name}`, () => {
    test('is sent: the same messages, directories before what is in them', async (t) => {
      const { output } = recording(name);
      const sandbox = await makeSandbox(t, JOB);
      const { near, far } = await encryptedPair(t);
      const wanted = {
        files: { kind: 'listed', paths: ['sub', 'empty.txt'] },
        streams: STREAMS,
      } as const;
      const request = outputRequest(sandbox, near, wanted, { key: keyOf(output) });
      const [outcome, heard] = await Promise.all([sendOutput(request), play(far, output)]);
      assert.equal(outcome.failure, undefined);
      assert.equal(outcome.statistics.files, 8);
      assert.equal(outcome.statistics.bytes, 22);
      const expected = said(output);
      // Key, start, the first item with its go-ahead; the last are 0 and the final report.
      assert.deepEqual(heard.slice(0, 7), expected.slice(0, 7));
      assert.deepEqual(itemsOf(heard.slice(7, -2)), itemsOf(expected.slice(7, -2)));
      const names = heard.map((hex) => Buffer.from(hex, 'hex').toString('latin1').slice(8, -1));
      assert.ok(names.indexOf('sub/deeper') < names.indexOf('sub/deeper/zero'));
      assert.ok(names.indexOf('empty.txt') < names.indexOf('_condor_stdout'));
    });
  });
}

test('a recorded output of which a file is missing is sent with the marker and the report', async (t) => {
  const { output } = recording('missing-output-23.9.6');
  const sandbox = await makeSandbox(
    t,
    ': > empty.txt; echo out line > _condor_stdout; echo err line > _condor_stderr',
  );
  const { near, far } = await encryptedPair(t);
  const wanted = {
    files: { kind: 'listed', paths: ['nosuch.dat', 'empty.txt'] },
    streams: STREAMS,
  } as const;
  const request = outputRequest(sandbox, near, wanted, { key: keyOf(output) });
  const [outcome, heard] = await Promise.all([sendOutput(request), play(far, output)]);
  const missing = '0000000001000000 00000000000000000000000000000001 000000000000029a';
  assert.ok(heard.join(' ').includes(missing));
  assert.deepEqual(heard[1], said(output)[1]);
  assert.deepEqual(outcome.failure, {
    kind: 'hold',
    code: 13,
    subcode: 2,
    reason:
      `STARTER at 192.0.2.7 failed to send file(s) to <127.0.0.1:9618>: |Error: reading from file ` +
      `${sandbox.path}/nosuch.dat: (errno 2) No such file or directory; ` +
      'SHADOW failed to receive file(s) from <127.0.0.1:48290>',
  });
});
