import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary';
import { type LineOutput, type LogFileOptions, openLogFile } from './log-file';

function open(file: string, options: Partial<LogFileOptions> = {}) {
  return openLogFile(
    { path: file, limit: { kind: 'never' }, keep: 1, truncate: false, ...options },
    (message) => `* ${message}\n`,
  );
}

function opened(
  context: TestContext,
  file: string,
  options: Partial<LogFileOptions> = {},
): LineOutput {
  const output = open(file, options);
  assert.ok(output.ok, JSON.stringify(output));
  context.after(() => output.value.close());
  return output.value;
}

function text(file: string): string {
  return readFileSync(file, 'utf8');
}

describe('a log file', () => {
  test('is made, for all to read, and appended to', (context) => {
    const file = `${temporaryDirectory(context)}/StarterLog`;
    opened(context, file).write('one\n');
    opened(context, file).write('two\n');
    assert.equal(text(file), 'one\ntwo\n');
    assert.equal(statSync(file).mode & 0o777, 0o644);
  });

  test('is emptied at first where that is asked for', (context) => {
    const file = `${temporaryDirectory(context)}/StarterLog`;
    writeFileSync(file, 'old\n');
    const log = opened(context, file, { truncate: true });
    log.write('one\n');
    log.write('two\n');
    assert.equal(text(file), 'one\ntwo\n');
  });

  test('is made anew where somebody has moved or removed it', (context) => {
    const file = `${temporaryDirectory(context)}/StarterLog`;
    const log = opened(context, file);
    log.write('one\n');
    renameSync(file, `${file}.1`);
    log.write('two\n');
    unlinkSync(file);
    log.write('three\n');
    assert.equal(text(`${file}.1`), 'one\n');
    assert.equal(text(file), 'three\n');
  });

  test('can be /dev/null', (context) => {
    opened(context, '/dev/null', { limit: { kind: 'age', seconds: 1 } }).write('one\n');
    assert.ok(statSync('/dev/null').isCharacterDevice());
  });

  const refused: readonly (readonly [
    why: string,
    make: (file: string) => void,
    message: RegExp,
  ])[] = [
    ['a link', (file) => symlinkSync('/dev/null', file), /StarterLog: it is a symbolic link$/],
    ['a link to nothing', (file) => symlinkSync(`${file}.2`, file), /it is a symbolic link$/],
    ['a directory', (file) => mkdirSync(file), /StarterLog: EISDIR/],
    ['a FIFO', (file) => execFileSync('mkfifo', [file]), /StarterLog: ENXIO/],
  ];
  for (const [why, make, message] of refused) {
    test(`is refused where it is ${why}`, (context) => {
      const file = `${temporaryDirectory(context)}/StarterLog`;
      make(file);
      const output = open(file);
      assert.ok(!output.ok);
      assert.match(output.error, /^cannot open the log file \//);
      assert.match(output.error, message);
      assert.equal(existsSync(`${file}.2`), false);
    });
  }

  test('is refused where its directory is missing', (context) => {
    const output = open(`${temporaryDirectory(context)}/none/StarterLog`);
    assert.ok(!output.ok);
    assert.match(output.error, /none\/StarterLog: ENOENT/);
  });
});

describe('a log file that is full', () => {
  test('by its size goes on in a new one, whose first line says where the old is', (context) => {
    const file = `${temporaryDirectory(context)}/StarterLog`;
    const log = opened(context, file, { limit: { kind: 'size', bytes: 8 } });
    log.write('one\n');
    log.write('two\n');
    log.write('three\n');
    assert.equal(text(`${file}.old`), 'one\ntwo\n');
    assert.equal(text(file), `* The log before this line is in ${file}.old\nthree\n`);
  });

  test('by its age goes on in a new one', (context) => {
    const file = `${temporaryDirectory(context)}/StarterLog`;
    const log = opened(context, file, { limit: { kind: 'age', seconds: 3600 } });
    log.write('one\n');
    const earlier = new Date(Date.now() - 3_600_000);
    utimesSync(file, earlier, earlier);
    log.write('two\n');
    log.write('three\n');
    assert.equal(text(`${file}.old`), 'one\n');
    assert.match(text(file), /^\* .*\ntwo\nthree\n$/);
  });

  test('and was rotated by another starter is followed', (context) => {
    const file = `${temporaryDirectory(context)}/StarterLog`;
    const limit = { kind: 'size', bytes: 4 } as const;
    const [one, two] = [opened(context, file, { limit }), opened(context, file)];
    one.write('one\n');
    one.write('two\n');
    two.write('zwei\n');
    assert.equal(text(`${file}.old`), 'one\n');
    assert.equal(text(file), `* The log before this line is in ${file}.old\ntwo\nzwei\n`);
  });

  test('and cannot be rotated loses no line, and says so once', (context) => {
    const file = `${temporaryDirectory(context)}/StarterLog`;
    const log = opened(context, file, { limit: { kind: 'size', bytes: 4 } });
    // rename(2) does not put a file where a directory is.
    mkdirSync(`${file}.old`);
    const lines = ['one\n', 'two\n', 'three\n', 'four\n'];
    for (const line of lines) log.write(line);
    const all = text(file);
    for (const line of lines) assert.ok(all.includes(line), line);
    assert.equal(all.match(/cannot be rotated/g)?.length, 1);
  });
});

describe('a log file whose directory goes away', () => {
  test('does not stop whoever logs', (context) => {
    const directory = `${temporaryDirectory(context)}/log`;
    mkdirSync(directory);
    const log = opened(context, `${directory}/StarterLog`);
    rmSync(directory, { recursive: true });
    log.write('one\n');
    mkdirSync(directory);
    log.write('two\n');
    assert.equal(text(`${directory}/StarterLog`), 'two\n');
  });
});
