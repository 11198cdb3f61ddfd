/**
 * eyrie-files under AddressSanitizer and UndefinedBehaviorSanitizer: its parser of requests fuzzed,
 * and the whole program with random requests at real work.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { encodeBegin, encodeRequest, type FileOperation } from '../../src/kernel/file-records';
import { FILES_OPERATIONS } from '../../src/kernel/structs';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { sanitized } from './sanitized';

const NOBODY = 65534;

describe('the parser of requests to eyrie-files', () => {
  for (const seed of [1, 2, 3]) {
    test(`reads no byte too far, and lets no path lead out, with seed ${seed}`, () => {
      const output = execFileSync(sanitized('files-fuzz'), ['100000', String(seed)], {
        encoding: 'utf8',
      });
      const [, refused, accepted] = /^refused (\d+) accepted (\d+)\n$/.exec(output) ?? [];
      assert.ok(Number(refused) > 10_000 && Number(accepted) > 10_000, output);
    });
  }
});

/** Runs it on a stream of requests until it ends; its exit and what it wrote to stderr. */
async function run(t: TestContext, directory: string, requests: readonly Buffer[]) {
  const place = temporaryDirectory(t);
  const [requestsServer, descriptorsServer] = [net.createServer(), net.createServer()];
  const listen = (server: net.Server, name: string) =>
    new Promise<void>((resolve) => server.listen(`${place}/${name}`, resolve));
  await Promise.all([listen(requestsServer, 'r'), listen(descriptorsServer, 'd')]);
  const accepted = (server: net.Server) =>
    new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const ends = [accepted(requestsServer), accepted(descriptorsServer)];
  const script = `
    import os, socket, sys
    d = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECTORY)
    sockets = []
    for name in ('r', 'd'):
        s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[2] + '/' + name); sockets.append(s)
    for number, fd in ((10, d), (11, sockets[0].fileno()), (12, sockets[1].fileno())): os.dup2(fd, number)
    for number in (3, 4, 5): os.dup2(number + 7, number); os.set_inheritable(number, True)
    os.execv(sys.argv[3], ['eyrie-files'])`;
  const child = spawn(
    'python3',
    ['-c', script.replace(/^ {4}/gm, '').trim(), directory, place, sanitized('eyrie-files')],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('exit', (...end) => resolve(end)),
  );
  const [socket, descriptors] = await Promise.all(ends);
  let received = 0;
  socket!.on('data', (bytes) => (received += bytes.length)).on('error', () => undefined);
  descriptors!.resume();
  for (const request of requests) socket!.write(request);
  socket!.end();
  const [code, signal] = await ended;
  [socket, descriptors].forEach((one) => one!.destroy());
  [requestsServer, descriptorsServer].forEach((server) => server.close());
  return { code, signal, stderr, received };
}

describe('the sanitized eyrie-files', { skip: skipIf(needsRoot()) }, () => {
  const begin = encodeBegin(0, { uid: NOBODY, gid: NOBODY, groups: [1, 2] }, ['/scratch'])!;
  const operations = Object.keys(FILES_OPERATIONS).filter((name) => name !== 'begin');

  function place(t: TestContext): string {
    const directory = temporaryDirectory(t, { uid: NOBODY, mode: 0o777 });
    const script = `mkdir -p a/b/c; echo x > a/f; ln -s ../f a/b/up; ln -s /scratch/a/f abs
      ln -s loop loop; ln -s a/b/c/../../../a d; ln -s /etc out; mkfifo fifo; ln -s ../../.. high
      i=0; while [ $i -lt 600 ]; do : > a/b/c/a-name-that-is-rather-long-$i; i=$((i+1)); done
      chown -Rh ${NOBODY} .`;
    execFileSync('sh', ['-ec', script], { cwd: directory });
    return directory;
  }

  test('does whatever it is asked without a fault', async (t) => {
    const names = [
      'a',
      'b',
      'c',
      'f',
      'up',
      'abs',
      'loop',
      'd',
      'out',
      'fifo',
      'high',
      '..',
      '',
      'n',
    ];
    const anyPath = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 6 });
    const anyRequest = fc.tuple(
      fc.constantFrom(...operations),
      anyPath.map((parts) => parts.join('/')),
      fc.integer({ min: 0, max: 0o7777 }),
    );
    const requests = fc
      .sample(anyRequest, { numRuns: 3000, seed: 5 })
      .map(([operation, path, mode], i) =>
        encodeRequest(
          i + 1,
          operation as FileOperation,
          operation === 'rename' ? `${path}\0${names[mode % names.length] ?? ''}` : path,
          mode,
        ),
      );
    const { code, signal, stderr, received } = await run(t, place(t), [begin, ...requests]);
    assert.deepEqual([code, signal], [0, null], stderr);
    assert.ok(received > 3000 * 24, `${received}`);
    assert.ok(fs.existsSync('/etc/passwd'));
  });

  test('ends at the first thing that is no request', async (t) => {
    const directory = place(t);
    const hello = encodeRequest(1, 'stat', 'a', 0);
    const huge = Buffer.from(hello);
    huge.writeUInt32LE(0x7fffffff, 0);
    const broken: readonly (readonly Buffer[])[] = [
      [hello],
      [begin, begin],
      [begin, huge, hello],
      [begin, hello.subarray(0, 10)],
      [Buffer.from(begin).fill(0xff, 16)],
      [],
    ];
    for (const requests of broken) {
      const { code, signal, stderr } = await run(t, directory, requests);
      assert.deepEqual([code, signal], [0, null], stderr);
    }
  });
});
