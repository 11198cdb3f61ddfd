/**
 * The log of real processes that exit, crash, are killed, run in numbers, or fill the disk. The
 * programs are bundled as the product is, with its own stand-ins for parts of winston.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { bundleText } from '../build/bundler';
import { CLEAN_ENVIRONMENT, runCommand } from '../support/command';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

/** Opens a log by environment variables, then does what argv says. */
const PROGRAM = `
  import { openLog, parseDebugFlags, parseLogLimit } from './src/log';
  const { LOG_FILE, LIMIT = '0', KEEP = '1', FLAGS = '' } = process.env;
  const limit = parseLogLimit(LIMIT);
  if (!limit.ok) throw new Error(limit.error);
  const file = { kind: 'file' as const, path: LOG_FILE ?? '', limit: limit.value,
    keep: Number(KEEP), truncate: false, makeDirectory: true };
  const terminal = { kind: 'terminal' as const, environment: process.env };
  const log = openLog({ flags: parseDebugFlags(FLAGS), timeFormat: 'TIME',
    destination: LOG_FILE === undefined ? terminal : file });
  if (!log.ok) {
    process.stderr.write(log.error + '\\n');
    process.exit(1);
  }
  const [how = '', count = '1', name = 'line'] = process.argv.slice(2);
  while (Date.now() < Number(process.env.START ?? 0));
  for (let index = 0; index < Number(count); index++) log.value.always(name + ' ' + index);
  if (how === 'exit') process.exit(0);
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  if (how === 'throw') throw new Error('a bug');
  if (how === 'abort') process.abort();
  if (how === 'levels') {
    log.value.error('an error');
    log.value.status('a status');
    log.value.debug('D_FULLDEBUG', () => 'full debug');
    log.value.debug('D_JOB', () => 'a job');
    log.value.debug('D_JOB', () => 'much of a job', 2);
    log.value.debug('D_PRIV', () => { throw new Error('nobody wants this line'); });
  }
  if (how === 'close') {
    log.value.close();
    log.value.always('after the end');
  }
`;

let program = '';

before(async () => {
  // One bundle for all; it goes when the file's tests are over.
  const owner = { after: (action: () => void) => process.on('exit', action) };
  program = (await bundleText(owner as unknown as TestContext, PROGRAM)).file;
});

function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  more: { readonly uid?: number } = {},
) {
  return runCommand([process.execPath, program, ...args], {
    env: { ...CLEAN_ENVIRONMENT, ...environment },
    ...more,
  });
}

function logFile(context: TestContext): string {
  return `${temporaryDirectory(context)}/StarterLog`;
}

/** A time in milliseconds at which a few processes have started even on a busy machine. */
function soon(): string {
  return String(Date.now() + 1500);
}

function lines(file: string): readonly string[] {
  const all = readFileSync(file, 'utf8').split('\n');
  assert.equal(all.pop(), '', 'the last line has no end');
  return all;
}

describe('no line is lost', () => {
  const ends: readonly (readonly [how: string, why: string])[] = [
    ['exit', 'when the process exits in the same breath'],
    ['return', 'when the process ends'],
    ['throw', 'when the process dies of a bug'],
    ['abort', 'when the process aborts'],
    ['kill', 'when the process is killed right after the last line'],
  ];
  for (const [how, why] of ends) {
    test(why, async (context) => {
      const file = logFile(context);
      await run([how, '1000'], { LOG_FILE: file });
      assert.deepEqual(
        lines(file),
        Array.from({ length: 1000 }, (_, index) => `TIME line ${index}`),
      );
    });
  }

  test('on the terminal either', async () => {
    const { stderr } = await run(['kill', '1000'], {});
    assert.equal(stderr.split('\n').length, 1001);
  });

  test('when four starters share a file that is rotated all the time', async (context) => {
    const file = logFile(context);
    const writers = ['a', 'b', 'c', 'd'];
    // Together, once all have started.
    const environment = { LOG_FILE: file, LIMIT: '1 Kb', KEEP: '10000', START: soon() };
    await Promise.all(writers.map((name) => run(['exit', '1000', name], environment)));

    const directory = path.dirname(file);
    const files = readdirSync(directory);
    const contents = files.map((name) => lines(path.join(directory, name)));
    const isOwn = (line: string): boolean => !line.includes('The log before this line is in');
    const expected = writers.flatMap((name) =>
      Array.from({ length: 1000 }, (_, index) => `TIME ${name} ${index}`),
    );
    assert.deepEqual(contents.flat().filter(isOwn).sort(), expected.sort());
    assert.ok(files.length > 20, `only ${files.length} files`);
    assert.deepEqual(
      files.filter((name) => !/^StarterLog(\.\d{8}T\d{6})?$/.test(name)),
      [],
    );
    const writersOf = (all: readonly string[]): number =>
      new Set(all.filter(isOwn).map((line) => line.split(' ')[1])).size;
    assert.ok(
      contents.some((all) => writersOf(all) > 1),
      'no two wrote at the same time',
    );
  });

  test('but those of the oldest files, where only one is kept', async (context) => {
    const file = logFile(context);
    await run(['exit', '400'], { LOG_FILE: file, LIMIT: '4 Kb' });
    assert.deepEqual(readdirSync(path.dirname(file)).sort(), ['StarterLog', 'StarterLog.old']);
    assert.equal(lines(file).at(-1), 'TIME line 399');
  });
});

describe('a full disk', { skip: skipIf(needsRoot()) }, () => {
  test('costs lines and not the starter, and the log says so once there is room', async (context) => {
    const directory = temporaryDirectory(context);
    mkdirSync(`${directory}/disk`);
    const script = `
      mount -t tmpfs -o size=64k tmpfs "$1/disk"
      head -c 57344 /dev/zero > "$1/disk/other"
      "$2" "$3"
      cp "$1/disk/StarterLog" "$1/copy"
    `;
    const { file: writer } = await bundleText(
      context,
      `
      import { unlinkSync } from 'node:fs';
      import { openLog, parseDebugFlags } from './src/log';
      const directory = ${JSON.stringify(`${directory}/disk`)};
      const log = openLog({ flags: parseDebugFlags(''), timeFormat: 'TIME', destination: {
        kind: 'file', path: directory + '/StarterLog', limit: { kind: 'never' }, keep: 1,
        truncate: false, makeDirectory: false } });
      if (!log.ok) throw new Error(log.error);
      for (let index = 0; index < 300; index++) log.value.always(index + ' ' + 'x'.repeat(90));
      unlinkSync(directory + '/other');
      log.value.always('room again');
    `,
    );
    const result = await runCommand([
      ...['unshare', '--mount', 'sh', '-euc', script, 'sh'],
      ...[directory, process.execPath, writer],
    ]);
    assert.equal(result.status, 0, result.stderr);
    const [first = '', ...rest] = lines(`${directory}/copy`);
    assert.match(first, /^TIME 0 x+$/);
    assert.equal(rest.at(-1), 'TIME room again');
    const [, lost = ''] =
      /^TIME (\d+) lines of the log were lost: ENOSPC/.exec(rest.at(-2) ?? '') ?? [];
    const whole = [first, ...rest].filter((line) => /^TIME \d+ x{90}$/.test(line));
    assert.equal(whole.length + Number(lost), 300);
    assert.ok(Number(lost) > 50);
  });
});

describe('the terminal', () => {
  /** Runs the program on a terminal, with script(1). */
  async function onTerminal(context: TestContext, environment: Readonly<Record<string, string>>) {
    const typescript = `${temporaryDirectory(context)}/typescript`;
    const command = `${process.execPath} ${program} levels 1`;
    const result = await runCommand(['script', '-qec', command, typescript], {
      env: { ...CLEAN_ENVIRONMENT, TERM: 'xterm', FLAGS: 'D_FULLDEBUG', ...environment },
    });
    return result.stdout.replaceAll('\r\n', '\n');
  }

  test('has errors in red and debug lines faint', async (context) => {
    assert.equal(
      await onTerminal(context, {}),
      'TIME line 0\n\x1b[31mTIME an error\x1b[0m\nTIME a status\n\x1b[2mTIME full debug\x1b[0m\n',
    );
  });

  for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    test(`has no colours with ${JSON.stringify(environment)}`, async (context) => {
      assert.equal(
        await onTerminal(context, environment),
        'TIME line 0\nTIME an error\nTIME a status\nTIME full debug\n',
      );
    });
  }

  test('has no colours where it is none', async () => {
    const { stderr } = await run(['levels'], {});
    assert.equal(stderr, 'TIME line 0\nTIME an error\nTIME a status\n');
  });
});

describe('a log', () => {
  test('has the lines that its flags ask for, and makes no others', async (context) => {
    const file = logFile(context);
    await run(['levels'], { LOG_FILE: file, FLAGS: 'D_JOB:2 D_CAT' });
    assert.deepEqual(lines(file), [
      'TIME (D_ALWAYS) line 0',
      'TIME (D_ERROR) an error',
      'TIME (D_ALWAYS) a status',
      'TIME (D_JOB) a job',
      'TIME (D_JOB:2) much of a job',
    ]);
  });

  test('that is closed takes no more lines, and says nothing about it', async (context) => {
    const file = logFile(context);
    const { stdout, stderr, status } = await run(['close'], { LOG_FILE: file });
    assert.deepEqual(lines(file), ['TIME line 0']);
    assert.deepEqual([stdout, stderr, status], ['', '', 0]);
  });

  test('makes its directory', async (context) => {
    const file = `${temporaryDirectory(context)}/a/b/StarterLog`;
    await run(['exit'], { LOG_FILE: file });
    assert.deepEqual(lines(file), ['TIME line 0']);
  });

  const skip = skipIf(needsRoot());
  test('does not open where somebody else made the directory first', { skip }, async (context) => {
    const directory = temporaryDirectory(context, { mode: 0o1777 });
    const made = await runCommand(['mkdir', `${directory}/eyrie-theirs`], { uid: 65533 });
    assert.equal(made.status, 0, made.stderr);
    const environment = { LOG_FILE: `${directory}/eyrie-theirs/log/StarterLog` };
    const { stderr, status } = await run(['exit'], environment, { uid: 65534 });
    assert.equal(status, 1);
    assert.match(stderr, /^cannot use the log file .*: .*eyrie-theirs belongs to user 65533/);
  });
});
