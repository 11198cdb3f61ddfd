/** The starter as sender, of sandboxes that a job may have left in any state. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { takeCatalog } from '../../src/condor/transfer/catalog';
import type { OutputRequest, WantedOutput } from '../../src/condor/transfer/requests';
import { sendOutput } from '../../src/condor/transfer/send-output';
import { valueOf } from '../cedar/support/sockets';
import { encryptedPair } from './support/connections';
import { outputRequest } from './support/requests';
import { makeSandbox, type TestSandbox } from './support/sandbox';
import { Shadow } from './support/shadow';

type Wanted = readonly string[] | Partial<WantedOutput>;

async function sendFrom(
  t: TestContext,
  sandbox: TestSandbox,
  wanted: Wanted,
  more: Partial<OutputRequest> = {},
  shadow: Parameters<Shadow['receiveOutput']>[0] = {},
) {
  const { near, far } = await encryptedPair(t);
  const [outcome, received] = await Promise.all([
    sendOutput(outputRequest(sandbox, near, wanted, more)),
    new Shadow(far).receiveOutput(shadow),
  ]);
  return { ...outcome, ...received };
}

async function sent(t: TestContext, script: string, wanted: Wanted) {
  return await sendFrom(t, await makeSandbox(t, script), wanted);
}

describe('sendOutput() of a list', () => {
  const TREE =
    'mkdir -p a/b/c; echo 1 > a/one; echo 2 > a/b/two; echo 3 > a/b/c/three; chmod 750 a/b';

  test('sends base names, directories with their contents', async (t) => {
    const { items, final, size, failure } = await sent(t, TREE, ['a/one', 'a/b']);
    assert.deepEqual(items, ['one 644', 'b/ 40750', 'b/c/ 40755', 'b/c/three 644', 'b/two 644']);
    assert.deepEqual([final, size, failure], [1, 6, undefined]);
  });

  test('sends the contents alone of a directory with a slash', async (t) => {
    const { items, topLevel } = await sent(t, TREE, ['a/b/']);
    assert.deepEqual(items, ['c/ 40755', 'c/three 644', 'two 644']);
    assert.deepEqual(topLevel, ['c', 'two']);
  });

  test('keeps paths where PreserveRelativePaths is set', async (t) => {
    const sandbox = await makeSandbox(t, TREE);
    const files = { kind: 'listed', paths: ['a/b/two', 'a/b/c', `${sandbox.path}/a/one`] } as const;
    const { items } = await sendFrom(t, sandbox, { files, preserveRelativePaths: true });
    assert.deepEqual(items, [
      'a/ 40755',
      'a/b/ 40750',
      'a/b/two 644',
      'a/b/c/ 40755',
      'a/b/c/three 644',
      'a/one 644',
    ]);
  });

  test('sends two files of one name, the last of the list last', async (t) => {
    const { items, contents } = await sent(t, 'mkdir a b; echo 1 > a/f; echo 2 > b/f', [
      'a/f',
      'b/f',
      'a/f',
    ]);
    assert.deepEqual(items, ['f 644', 'f 644']);
    assert.equal(contents.get('f')?.toString(), '2\n');
  });

  test("sends '.' without the starter's own files, streams last and once", async (t) => {
    const { items } = await sent(
      t,
      ': > .job.ad; : > .machine.ad; : > .update.ad; : > exe; echo o > _condor_stdout; : > z',
      {
        files: { kind: 'listed', paths: ['.', 'z', '_condor_stdout'] },
        streams: ['_condor_stdout'],
        neverSent: ['exe'],
      },
    );
    assert.deepEqual(items, ['z 644', '_condor_stdout 644']);
  });

  test('an intermediate transfer is said to be one', async (t) => {
    const sandbox = await makeSandbox(t, ': > f');
    const { final, items } = await sendFrom(t, sandbox, ['f'], { final: false });
    assert.deepEqual([final, items], [0, ['f 644']]);
  });

  test('an empty list has no items and no go-ahead', async (t) => {
    const { items, size, failure } = await sent(t, ': > f', []);
    assert.deepEqual([items, size, failure], [[], 0, undefined]);
  });
});

describe('sendOutput() of what is changed', () => {
  test('sends new and changed files of the top level, links as the files they lead to', async (t) => {
    const sandbox = await makeSandbox(
      t,
      'for f in same grown touched exe; do echo $f > $f; done; mkdir olddir; touch -d @1000 grown',
    );
    const since = valueOf(await takeCatalog(sandbox.files));
    sandbox.sh(
      `echo more >> grown; touch -d @1000 grown; touch -d @1000.000000001 touched; echo n > new
       mkdir newdir; : > newdir/x; ln -s new lnk; ln -s gone dangling; mkfifo fifo; : > .update.ad
       echo x > exe; echo o > _condor_stdout; ln -s newdir dirlink; echo y > olddir/y`,
    );
    const wanted = {
      files: { kind: 'changed', since },
      streams: ['_condor_stdout'],
      neverSent: ['exe'],
    } as const;
    const { items, failure, topLevel } = await sendFrom(t, sandbox, wanted);
    assert.deepEqual(topLevel, ['grown', 'lnk', 'new', 'touched']);
    assert.deepEqual(items, [
      'grown 644',
      'lnk 644',
      'new 644',
      'touched 644',
      '_condor_stdout 644',
    ]);
    assert.equal(failure, undefined);
  });
});

describe('sendOutput() of a hostile sandbox', () => {
  test('marks what is missing, sends the rest, and counts the failures', async (t) => {
    const { items, failure, report, contents, statistics, topLevel } = await sent(
      t,
      'echo x > there',
      ['gone', 'there', 'also/lost'],
    );
    assert.deepEqual(items, ['gone missing', 'there 644', 'lost missing']);
    assert.deepEqual(topLevel, ['there']);
    assert.equal(contents.get('there')?.toString(), 'x\n');
    assert.equal(statistics.files, 1);
    assert.equal(report.integer('HoldReasonCode'), 13);
    assert.equal(report.integer('HoldReasonSubCode'), 2);
    assert.match(
      failure?.reason ?? '',
      /\|Error: 2 total failures: first failure: reading from file .*\/gone: \(errno 2\) No such/,
    );
  });

  test('says of links, directories and files why they are not sent; FIFOs and sockets are not', async (t) => {
    const { items, failure, report } = await sent(
      t,
      `mkdir d real; ln -s /etc/passwd d/out; ln -s ../real d/dirlink; ln -s nowhere d/dangling
       mkfifo d/fifo; : > d/closed; chmod 0 d/closed; ln -s loop d/loop; ln -s real top; echo k > d/zz
       mkdir d/shut; chmod 0 d/shut`,
      ['d', 'top', '../../etc/passwd', '/etc/passwd'],
    );
    assert.deepEqual(items, [
      'd/ 40755',
      'd/closed missing',
      'd/dangling missing',
      'd/dirlink missing',
      'd/loop missing',
      'd/out missing',
      'd/shut/ 40000',
      'd/zz 644',
      'top missing',
      'passwd missing',
    ]);
    assert.equal(report.integer('HoldReasonCode'), 13);
    assert.match(failure?.reason ?? '', /\|Error: \d+ total failures: first failure: reading from/);
  });

  for (const [what, script, listed, errno] of [
    ['a link to a directory', 'mkdir d; ln -s d l', 'l', 21],
    ['a link that leads out', 'ln -s /etc/hostname l', 'l', 2],
    ['a path through a link that leads out', 'ln -s /etc l', 'l/hostname', 18],
    ['a file that its owner cannot read', ': > f; chmod 0 f', 'f', 13],
    ['a path outside', ':', '/etc/hostname', 1],
  ] as const) {
    test(`${what}: errno ${errno}`, async (t) => {
      const { report, items } = await sent(t, script, [listed]);
      assert.equal(report.integer('HoldReasonSubCode'), errno);
      assert.match(items[0] ?? '', / missing$/);
    });
  }

  test('a link to a directory with a slash gives its contents', async (t) => {
    const { items } = await sent(t, 'mkdir d; : > d/f; ln -s d l', ['l/']);
    assert.deepEqual(items, ['f 644']);
  });

  test('sends exactly the announced size of a file that becomes shorter, and says so', async (t) => {
    const sandbox = await makeSandbox(t, 'head -c 3000000 /dev/zero | tr "\\0" x > f; : > z');
    const { near, far } = await encryptedPair(t);
    const shadow = new Shadow(far);
    const transfer = sendOutput(outputRequest(sandbox, near, ['f', 'z']));
    const string = shadow.string.bind(shadow);
    let strings = 0;
    // The file is cut when its name has come: it is open by then, nothing of it was sent.
    shadow.string = async () => {
      const text = await string();
      strings += 1;
      if (strings === 2) fs.truncateSync(`${sandbox.path}/f`, 1_000_000);
      return text;
    };
    const { contents, items, report } = await shadow.receiveOutput();
    const { failure } = await transfer;
    const bytes = contents.get('f')!;
    assert.equal(bytes.length, 3_000_000);
    assert.equal(bytes[999_999], 'x'.charCodeAt(0));
    assert.equal(bytes[2_999_999], 0);
    assert.deepEqual(items, ['f 644', 'z 644']);
    assert.equal(report.integer('HoldReasonSubCode'), 61);
    assert.match(failure?.reason ?? '', /became shorter/);
  });

  test('cuts a file that grows at its announced size', async (t) => {
    const sandbox = await makeSandbox(t, 'head -c 1000000 /dev/zero > f');
    const { near, far } = await encryptedPair(t);
    const shadow = new Shadow(far);
    const transfer = sendOutput(outputRequest(sandbox, near, ['f']));
    const string = shadow.string.bind(shadow);
    shadow.string = async () => {
      const text = await string();
      fs.appendFileSync(`${sandbox.path}/f`, 'more');
      return text;
    };
    const { contents } = await shadow.receiveOutput();
    await transfer;
    assert.equal(contents.get('f')?.length, 1_000_000 + 4);
  });

  test('sends 2,000 small files and large ones with the bytes that they have', async (t) => {
    const sandbox = await makeSandbox(
      t,
      `mkdir many; cd many; for i in $(seq 2000); do echo $i > $i; done; cd ..
       head -c 5000000 /dev/urandom > large; head -c 262145 /dev/urandom > edge`,
    );
    const { contents, failure, statistics } = await sendFrom(t, sandbox, ['many', 'large', 'edge']);
    assert.equal(failure, undefined);
    assert.equal(statistics.files, 2003);
    for (let i = 1; i <= 2000; i += 1) {
      assert.equal(contents.get(`many/${i}`)?.toString(), `${i}\n`);
    }
    for (const name of ['large', 'edge']) {
      assert.ok(contents.get(name)?.equals(fs.readFileSync(`${sandbox.path}/${name}`)));
    }
  });
});

describe('sendOutput() to a shadow', () => {
  test('that takes so many bytes only: 33, and no more is sent', async (t) => {
    const sandbox = await makeSandbox(t, 'for i in 1 2 3 4; do head -c 400 /dev/zero > f$i; done');
    const names = ['f1', 'f2', 'f3', 'f4'];
    const { items, report, failure } = await sendFrom(t, sandbox, names, {}, { maxBytes: 1000 });
    assert.deepEqual(items, ['f1 644', 'f2 644', 'f3 missing']);
    assert.equal(report.integer('HoldReasonCode'), 33);
    assert.equal(report.integer('HoldReasonSubCode'), 0);
    assert.match(failure?.reason ?? '', /larger than the 1000 bytes/);
  });

  test('that gives its permission file by file', async (t) => {
    const sandbox = await makeSandbox(t, ': > a; : > b; : > c');
    const { items } = await sendFrom(t, sandbox, ['a', 'b', 'c'], {}, { once: true });
    assert.deepEqual(items, ['a 644', 'b 644', 'c 644']);
  });

  test('that cannot write: its words and its code', async (t) => {
    const sandbox = await makeSandbox(t, ': > a');
    const words = 'SHADOW at 10.0.0.1 - |Error: writing to file /a: (errno 28) No space left';
    const report = `Result = -1\nHoldReason = "${words}"\nHoldReasonCode = 12\nHoldReasonSubCode = 28`;
    const { failure } = await sendFrom(t, sandbox, ['a'], {}, { report });
    assert.deepEqual(failure, {
      kind: 'hold',
      code: 12,
      subcode: 28,
      reason: `STARTER at 192.0.2.7 failed to send file(s) to <127.0.0.1:9618>; ${words}`,
    });
  });

  test('that goes away in the middle: gone, and no descriptor stays open', async (t) => {
    const sandbox = await makeSandbox(
      t,
      'for i in 1 2 3 4 5 6 7 8; do head -c 3000000 /dev/zero > f$i; done',
    );
    const open = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = open();
    const { near, far } = await encryptedPair(t);
    const names = Array.from({ length: 8 }, (_, i) => `f${i + 1}`);
    const transfer = sendOutput(outputRequest(sandbox, near, names));
    const shadow = new Shadow(far);
    await shadow.string();
    await shadow.hear((m) => [m.int(), m.ad()]);
    far.destroy();
    assert.equal((await transfer).failure?.kind, 'gone');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(open() <= before, `${open()} descriptors, ${before} before`);
  });

  test('can be ended at any time, at no cost', async (t) => {
    const sandbox = await makeSandbox(t, 'head -c 50000000 /dev/zero > f');
    const { near, far } = await encryptedPair(t);
    const controller = new AbortController();
    const request = outputRequest(sandbox, near, ['f'], { signal: controller.signal });
    const transfer = sendOutput(request);
    await new Shadow(far).string();
    controller.abort();
    assert.equal((await transfer).failure?.kind, 'aborted');
  });
});
