/**
 * condor_glexec_job_wrapper under AddressSanitizer and UndefinedBehaviorSanitizer: its parser of
 * environments fuzzed, and the whole program with callers that send it anything.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { temporaryDirectory } from '../support/temporary';
import { sanitized } from './sanitized';

describe('the parser of a job’s environment', () => {
  for (const seed of [1, 2, 3]) {
    test(`reads no byte too far and gives no nameless entry, with seed ${seed}`, () => {
      const output = execFileSync(sanitized('environment-fuzz'), ['100000', String(seed)], {
        encoding: 'utf8',
      });
      const [, refused, accepted] = /^refused (\d+) accepted (\d+)\n$/.exec(output) ?? [];
      assert.ok(Number(refused) > 10_000 && Number(accepted) > 10_000, output);
    });
  }

  /** The V2 form as HTCondor writes it. */
  const quote = (entry: string) =>
    /[ \t\n\r']/.test(entry) ? `'${entry.replaceAll("'", "''")}'` : entry;

  test('gives back what was quoted, gLExec’s own left out, the later of two of a name', () => {
    const program = sanitized('environment-fuzz');
    const name = fc.stringMatching(/^[A-Za-z_ '.]{1,6}$/);
    const value = fc.stringMatching(/^[ '\t\n\rabc="$\\é]{0,10}$/);
    const blank = fc.stringMatching(/^[ \t\n\r]{1,3}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), blank, (entries, between) => {
        const text = `${entries.map(([key, to]) => quote(`${key}=${to}`)).join(between)}\0`;
        const input = Buffer.from(text);
        const { stdout, status } = spawnSync(program, ['parse', `${input.length}`], { input });
        assert.equal(status, 0);
        const expected = new Map([['LEFT', '1'], ['BOTH', '3'], ...entries]);
        const got = stdout.toString().split('\0').slice(0, -1);
        assert.deepEqual(
          got.toSorted(),
          [...expected].map(([key, to]) => `${key}=${to}`).toSorted(),
        );
      }),
      { numRuns: 100 },
    );
  });
});

/** Sends bytes, by hex, and descriptors, by their count behind each byte, to the wrapper and closes the socket. */
const CALLER = `
import array, json, os, socket, subprocess, sys
ours, theirs = socket.socketpair()
child = subprocess.Popen(json.loads(sys.argv[1]), stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
theirs.close()
report, far = socket.socketpair()
null = os.open("/dev/null", os.O_RDWR)
try:
    for piece in json.loads(sys.argv[2]):
        given = [far.fileno() if piece["report"] else null] * piece["descriptors"]
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", given))] if given else []
        ours.sendmsg([bytes.fromhex(piece["bytes"])], control)
except (BrokenPipeError, ConnectionResetError):
    pass
far.close()
ours.shutdown(socket.SHUT_WR)
told = report.recv(1000)
print(json.dumps({"status": child.wait(), "told": told.decode("latin1"), "stderr": child.stderr.read().decode("latin1")}))
`;

interface Piece {
  readonly bytes: string;
  readonly descriptors: number;
  readonly report: boolean;
}

async function converse(words: readonly string[], pieces: readonly Piece[]) {
  const command = [sanitized('condor_glexec_job_wrapper'), ...words];
  const child = spawn('python3', ['-c', CALLER, JSON.stringify(command), JSON.stringify(pieces)]);
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  return JSON.parse(output) as { status: number; told: string; stderr: string };
}

const length = (value: number) => Buffer.from(new Int32Array([value]).buffer).toString('hex');
const plain = (bytes: string): Piece => ({ bytes, descriptors: 0, report: false });
const stream: Piece = { bytes: '00', descriptors: 1, report: false };
const report: Piece = { bytes: '00', descriptors: 1, report: true };

describe('the sanitized condor_glexec_job_wrapper', () => {
  const text = Buffer.from("A=1 B='x y'\0");
  const greeting = plain(length(text.length) + text.toString('hex'));

  test('runs a job without a fault, and reports one that cannot run', async (t) => {
    const file = `${temporaryDirectory(t)}/out`;
    const job = ['/bin/sh', '-c', 'test "$A$B" = "1x y" && exit 9'];
    const ran = await converse(['-', file, '-', ...job], [greeting, stream, stream, report]);
    assert.deepEqual(ran, { status: 9, told: '', stderr: '' });
    const missing = await converse(
      ['-', '-', '-', '/none'],
      [greeting, stream, stream, stream, report],
    );
    assert.equal(missing.told, 'cannot execute /none: No such file or directory (errno 2)\0');
    assert.equal(missing.status, 1);
  });

  test('ends with 1 and a sentence, whatever it is sent instead', async () => {
    const anyPiece: fc.Arbitrary<Piece> = fc.record({
      bytes: fc.oneof(
        fc.constantFrom(
          '00',
          length(12),
          length(-1),
          length(0),
          length(0x0100_0000),
          text.toString('hex'),
        ),
        fc
          .uint8Array({ minLength: 1, maxLength: 40 })
          .map((each) => Buffer.from(each).toString('hex')),
      ),
      descriptors: fc.constantFrom(0, 0, 1, 1, 2, 8, 9, 200),
      report: fc.boolean(),
    });
    const anyTalk = fc.tuple(fc.boolean(), fc.array(anyPiece, { maxLength: 6 }));
    let sentences = 0;
    for (const [greets, pieces] of fc.sample(anyTalk, { numRuns: 60, seed: 11 })) {
      const talk = greets ? [greeting, ...pieces] : pieces;
      const seen = await converse(['-', '-', '/no/such/place', '/none'], talk);
      assert.equal(seen.status, 1, JSON.stringify({ talk, seen }));
      if (seen.told === '') assert.match(seen.stderr, /^condor_glexec_job_wrapper: [^\n]+\n$/);
      else
        assert.match(
          seen.told,
          /^cannot open for stderr \/no\/such\/place: [^\0]+\0$|^(a quote|an entry|the env)/,
        );
      sentences += 1;
    }
    assert.equal(sentences, 60);
  });

  test('says what arguments it wants', async () => {
    const { status, stderr } = await converse(['-', '-', '-'], []);
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'condor_glexec_job_wrapper: expected STDIN STDOUT STDERR COMMAND [ARGUMENT...]\n',
    );
  });
});
