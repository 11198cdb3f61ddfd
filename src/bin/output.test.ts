import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { mayColour, standardOutput } from './output';

describe('standard output', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'eyrie-output-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  function fifo(name: string): string {
    const file = path.join(directory, name);
    execFileSync('mkfifo', [file]);
    return file;
  }

  test('arrives whole through a full pipe that was made non-blocking', async () => {
    const file = fifo('full');
    const fd = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
    const text = 'ab\u00e9\n'.repeat(200_000);
    const bytes = Buffer.byteLength(text);
    // The reader starts late: until then the pipe, which holds 64 KiB, is full.
    const reader = spawn('sh', ['-c', `sleep 0.2; head -c ${bytes} | sha256sum`], {
      stdio: [openSync(file, constants.O_RDONLY), 'pipe', 'inherit'],
    });
    const digest = new Promise((resolve) =>
      reader.stdout?.once('data', (data) => resolve(String(data))),
    );
    assert.equal(standardOutput(fd).write(text), true);
    const expected = execFileSync('sha256sum', { input: text }).toString();
    assert.equal(await digest, expected);
    closeSync(fd);
  });

  test('is dropped without a failure once the reader has gone', () => {
    const file = fifo('gone');
    const reading = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const fd = openSync(file, constants.O_WRONLY);
    const output = standardOutput(fd);
    assert.equal(output.write('one\n'), true);
    closeSync(reading);
    assert.equal(output.write('two\n'), false);
    assert.equal(output.write('three\n'), false);
    assert.equal(output.failure(), undefined);
    closeSync(fd);
  });

  test('remembers the first failure, such as a full disk', () => {
    const fd = openSync('/dev/full', 'w');
    const output = standardOutput(fd);
    assert.equal(output.write('lost\n'), false);
    assert.match(String(output.failure()), /ENOSPC/);
    closeSync(fd);
    assert.equal(output.write('later\n'), false);
    assert.match(String(output.failure()), /ENOSPC/);
  });

  test('may be coloured on a terminal, unless NO_COLOR or TERM says no', () => {
    const terminal = { write: () => true, isTTY: true };
    assert.equal(mayColour(terminal, {}), true);
    assert.equal(mayColour(terminal, { NO_COLOR: '' }), true);
    assert.equal(mayColour(terminal, { NO_COLOR: '1' }), false);
    assert.equal(mayColour(terminal, { TERM: 'dumb' }), false);
    assert.equal(mayColour({ ...terminal, isTTY: false }, {}), false);
  });

  test('knows a terminal from a file', () => {
    const fd = openSync('/dev/null', 'w');
    assert.equal(standardOutput(fd).isTTY, false);
    closeSync(fd);
  });
});
