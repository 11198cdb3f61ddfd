/** A proxy that is delegated in the middle of a transfer, signed by openssl(1), or by nobody. */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { before, describe, type TestContext, test } from 'node:test';
import { makeProxyKey, type ProxyKey } from '../../src/condor/transfer/proxy-key';
import { receiveInput } from '../../src/condor/transfer/receive-input';
import { valueOf } from '../cedar/support/sockets';
import { Authority, type Credential, derOf } from '../glexec/support/authority';
import { ALICE } from '../glexec/support/grid';
import { temporaryDirectory } from '../support/temporary';
import { encryptedPair } from './support/connections';
import { inputRequest } from './support/requests';
import { makeSandbox } from './support/sandbox';
import { Shadow } from './support/shadow';

let authority: Authority;
let proxy: Credential;
/** A key for which nobody has signed anything but what a test asks for. */
let key: ProxyKey;
let signed: Buffer;

before(async (t) => {
  authority = new Authority(temporaryDirectory(t as TestContext));
  proxy = authority.proxy(authority.user(ALICE));
  key = valueOf(await makeProxyKey());
  signed = authority.delegate(proxy, key.request);
});

/** A transfer that delegates a proxy, then sends a file. */
async function delegated(t: TestContext, answer: (request: Buffer) => Buffer, name = 'proxy') {
  const sandbox = await makeSandbox(t);
  const { near, far } = await encryptedPair(t);
  const shadow = new Shadow(far);
  const transfer = receiveInput(inputRequest(sandbox, near));
  await shadow.beginInput();
  const chain = answer(await shadow.beginProxy(name));
  await shadow.say((m) => m.int(chain.length).bytes(chain));
  const rest = async () => {
    await shadow.say((m) => m.int(1));
    await shadow.say((m) => m.string('after'));
    await shadow.sendBody({ name: 'after', text: 'text' });
    const report = await shadow.endInput();
    return { report, ...(await transfer) };
  };
  return { sandbox, shadow, transfer, rest };
}

describe('a proxy that a shadow delegates', () => {
  test('is a file for nobody else, with a key that was made here, and the others follow', async (t) => {
    const { rest, sandbox } = await delegated(t, (request) => authority.delegate(proxy, request));
    const { failure, report, statistics } = await rest();
    assert.equal(failure, undefined);
    assert.equal(report.integer('Result'), 0);
    assert.equal(statistics.files, 2);
    assert.equal(sandbox.mode('proxy'), '600');
    assert.equal(sandbox.text('after'), 'text');
    const file = sandbox.text('proxy');
    const kinds = [...file.matchAll(/-----BEGIN ([A-Z ]+)-----/g)].map(([, kind]) => kind);
    assert.deepEqual(kinds, ['CERTIFICATE', 'PRIVATE KEY', 'CERTIFICATE', 'CERTIFICATE']);
    assert.ok(new X509Certificate(file).checkPrivateKey(createPrivateKey(file)));
    assert.ok(file.endsWith([proxy.certificate, ...proxy.chain].join('')));
    assert.ok(!file.includes(proxy.key));
  });

  test('has another key each time', async () => {
    const other = valueOf(await makeProxyKey());
    assert.notDeepEqual(other.request, key.request);
  });

  const unusable: readonly [string, RegExp, (request: Buffer) => Buffer][] = [
    ['for another key', /for another key/, () => signed],
    ['alone', /has 1 certificates/, () => derOf([proxy.certificate])],
    [
      'that the next one has not signed',
      /the next one in it has not signed/,
      (request) => {
        const whole = authority.delegate(proxy, request);
        const rest = derOf([proxy.certificate, ...proxy.chain]).length;
        return Buffer.concat([whole.subarray(0, whole.length - rest), derOf(proxy.chain)]);
      },
    ],
    ['of zeros', /is not DER at byte 0 of 5000/, () => Buffer.alloc(5000)],
    ['with nothing in it', /cannot be understood/, () => Buffer.from('30003000', 'hex')],
    ['of a million pieces', /more than 100/, () => Buffer.alloc(1_000_000, Buffer.of(0x30, 0))],
    [
      'with a tail',
      /is not DER/,
      (request) => Buffer.concat([authority.delegate(proxy, request), Buffer.from('\n')]),
    ],
    ['in PEM', /is not DER/, () => Buffer.from([proxy.certificate, ...proxy.chain].join(''))],
  ];
  for (const [what, words, answer] of unusable) {
    test(`is not taken: a certificate ${what}; the rest is heard to its end`, async (t) => {
      const { rest, sandbox } = await delegated(t, answer);
      const { failure, report } = await rest();
      assert.equal(failure?.kind, 'hold');
      assert.match(failure.reason, words);
      assert.match(failure.reason, /\|Error: receiving file proxy: The chain of the delegated/);
      assert.deepEqual(
        [report.integer('HoldReasonCode'), report.integer('HoldReasonSubCode')],
        [12, 74],
      );
      assert.deepEqual(fs.readdirSync(sandbox.path), []);
    });
  }

  test('goes nowhere by a name that leads out of the sandbox', async (t) => {
    const sign = (request: Buffer) => authority.delegate(proxy, request);
    const { rest, sandbox } = await delegated(t, sign, '../proxy');
    const { failure, report } = await rest();
    assert.equal(failure?.kind, 'hold');
    assert.equal(report.integer('HoldReasonSubCode'), 1);
    assert.deepEqual(fs.readdirSync(sandbox.path), []);
    assert.ok(!fs.existsSync(`${sandbox.path}/../proxy`));
  });

  test('replaces a link by its name, and not what that leads to', async (t) => {
    const outside = await makeSandbox(t, 'echo mine >file');
    const sandbox = await makeSandbox(t, `ln -s ${outside.path}/file proxy`);
    const { near, far } = await encryptedPair(t);
    const shadow = new Shadow(far);
    const transfer = receiveInput(inputRequest(sandbox, near));
    await shadow.beginInput();
    const chain = authority.delegate(proxy, await shadow.beginProxy());
    await shadow.say((m) => m.int(chain.length).bytes(chain));
    await shadow.endInput();
    assert.equal((await transfer).failure, undefined);
    assert.equal(outside.text('file'), 'mine\n');
    assert.ok(fs.lstatSync(`${sandbox.path}/proxy`).isFile());
  });

  test('does not come: the shadow hears so at once, and another attempt may go well', async (t) => {
    const { shadow, transfer } = await delegated(t, () => Buffer.alloc(0));
    const report = await shadow.ad();
    assert.equal(report.integer('Result'), 1);
    assert.match(report.string('HoldReason') ?? '', /delegated no X\.509 proxy/);
    const { failure } = await transfer;
    assert.equal(failure?.kind, 'retry');
    assert.match(failure.reason, /delegated no X\.509 proxy/);
  });

  test('is refused or whole, whatever bytes in its chain are others', () => {
    const taken = valueOf(key.proxyFile(signed)).toString();
    let refused = 0;
    for (let round = 0; round < 2000; round += 1) {
      const bytes = Buffer.from(signed);
      for (let change = 0; change <= round % 3; change += 1) {
        bytes[Math.floor(Math.random() * bytes.length)] = Math.floor(Math.random() * 256);
      }
      const cut = round % 5 === 0 ? Math.floor(Math.random() * bytes.length) : bytes.length;
      const file = key.proxyFile(bytes.subarray(0, cut));
      if (!file.ok) {
        refused += 1;
        assert.match(file.error, /^The chain of the delegated X\.509 proxy /);
        continue;
      }
      // What is signed by a key that we can see is as it was; the last ones are the verifier's to judge.
      const text = file.value.toString();
      const first = /^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text);
      assert.ok(first && taken.startsWith(first[0]), bytes.toString('hex'));
    }
    assert.ok(refused > 500, `${refused} were refused`);
  });
});
