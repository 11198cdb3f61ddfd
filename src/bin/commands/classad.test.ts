import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import type { ClassadEvalOptions, CommandIo } from '../options/types';
import { runClassadEval } from './classad';

const directory = mkdtempSync(path.join(tmpdir(), 'eyrie-classad-'));
after(() => rmSync(directory, { recursive: true }));

interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

async function evaluate(
  options: Partial<ClassadEvalOptions>,
  input: readonly (string | Buffer)[] = [],
): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    isTTY: false,
    write(text: string) {
      texts[name] += text;
      return true;
    },
  });
  const io: CommandIo = {
    stdin: Readable.from(input.map((chunk) => Buffer.from(chunk))),
    stdout: output('stdout'),
    stderr: output('stderr'),
  };
  const status = await runClassadEval({ ad: undefined, expressions: [], ...options }, io);
  return { status, ...texts };
}

function adFile(name: string, text: string | Buffer): string {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe('eyrie classad eval', () => {
  test('prints the value of each expression on a line of its own', async () => {
    const outcome = await evaluate({ expressions: ['1 + 1', '"a\\n"', '{1,2}', '1.5'] });
    assert.deepEqual(outcome, {
      status: 0,
      stdout: '2\n"a\\n"\n{ 1,2 }\n1.500000000000000E+00\n',
      stderr: '',
    });
  });

  test('evaluates in an ad of the old syntax', async () => {
    const ad = adFile('old.ad', '# a job\nRequestCpus = 4\nCmd = "/bin/true"\n');
    const outcome = await evaluate({ ad, expressions: ['requestcpus * 2', 'MY.Cmd', 'Nowhere'] });
    assert.equal(outcome.stdout, '8\n"/bin/true"\nundefined\n');
    assert.equal(outcome.status, 0);
  });

  test('evaluates in an ad of the new syntax', async () => {
    const ad = adFile('new.ad', '  [ a = 1; b = a + 1 ]');
    assert.equal((await evaluate({ ad, expressions: ['b'] })).stdout, '2\n');
  });

  test('reads expressions from standard input, one a line', async () => {
    const outcome = await evaluate({}, ['1 +', ' 2\n\n3', ' * 4\ntr', 'ue']);
    assert.deepEqual(outcome, { status: 0, stdout: '3\n12\ntrue\n', stderr: '' });
  });

  test('says where an expression does not parse, goes on, and ends with 1', async () => {
    const outcome = await evaluate({}, ['1\n2 +\n3\n']);
    const [first, second, third] = outcome.stdout.split('\n');
    assert.equal(first, '1');
    assert.match(second ?? '', /^parse error: line 2, column 4: expected an expression/);
    assert.equal(third, '3');
    assert.equal(outcome.status, 1);
  });

  test('ends with 1 where an expression among the arguments does not parse', async () => {
    const outcome = await evaluate({ expressions: ['1', ')'] });
    assert.match(outcome.stdout, /^1\nparse error: line 1, column 1: /);
    assert.equal(outcome.status, 1);
  });

  test('an evaluation that gives error is no failure', async () => {
    assert.deepEqual(await evaluate({ expressions: ['1 / 0'] }), {
      status: 0,
      stdout: 'error\n',
      stderr: '',
    });
  });

  test('names the file and the place where the ad does not parse', async () => {
    const ad = adFile('broken.ad', 'A = 1\nB = (\n');
    const outcome = await evaluate({ ad, expressions: ['A'] });
    assert.equal(outcome.stdout, '');
    assert.match(outcome.stderr, /^eyrie classad eval: .*broken\.ad:2:6: expected an expression/);
    assert.equal(outcome.status, 1);
  });

  test('names an ad file that is not there', async () => {
    const outcome = await evaluate({ ad: path.join(directory, 'none.ad'), expressions: ['1'] });
    assert.match(outcome.stderr, /none\.ad/);
    assert.equal(outcome.status, 1);
  });

  test('refuses to read both the ad and the expressions from standard input', async () => {
    const outcome = await evaluate({ ad: '-' }, ['a = 1\n']);
    assert.match(outcome.stderr, /standard input cannot hold both/);
    assert.equal(outcome.status, 1);
  });

  test('takes bytes that are no UTF-8 as they are', async () => {
    const input = Buffer.concat([
      Buffer.from('size("'),
      Buffer.from([0xff, 0xe9]),
      Buffer.from('")\n'),
    ]);
    assert.equal((await evaluate({}, [input])).stdout, '2\n');
  });

  test('knows the time', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { stdout } = await evaluate({ expressions: ['time()'] });
    assert.ok(Number(stdout) >= before && Number(stdout) <= Date.now() / 1000);
  });
});
