import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { runCommand, startCommand } from './command';
import { needsRoot, skipIf } from './need';
import { isAlive, noProcessLeft, processesLeft } from './processes';
import { temporaryDirectory } from './temporary';
import { waitUntil } from './wait';

describe('runCommand()', () => {
  test('gives exit status, output and error output', async () => {
    const result = await runCommand(['sh', '-c', 'echo out; echo err >&2; exit 3']);
    assert.deepEqual(result, { status: 3, signal: undefined, stdout: 'out\n', stderr: 'err\n' });
  });

  test('names the signal that ended the command', async () => {
    const result = await runCommand(['sh', '-c', 'kill -TERM $$']);
    assert.deepEqual([result.status, result.signal], [undefined, 'SIGTERM']);
  });

  test('feeds the input and gives a clean environment', async () => {
    const result = await runCommand(['sh', '-c', 'cat; env | sort'], { input: 'in\n' });
    assert.match(result.stdout, /^in\nHOME=\/nonexistent\nLANG=C\.UTF-8\nPATH=/);
  });

  test('kills a command that runs longer than its time', async () => {
    await assert.rejects(runCommand(['sleep', '60'], { timeout: 0.1 }), /sleep 60: not ended/);
  });

  test('runs as another user without groups', { skip: skipIf(needsRoot()) }, async () => {
    const result = await runCommand(['sh', '-c', 'id -u; id -G'], { uid: 65534 });
    assert.equal(result.stdout, '65534\n65534\n');
  });
});

describe('processesLeft()', () => {
  test('finds a process by its command line and by its environment', async () => {
    const marker = `marker-${process.hrtime.bigint()}`;
    const byName = startCommand(['sh', '-c', 'kill -STOP $$', marker]);
    const byVariable = startCommand(['sleep', '60'], { env: { PATH: '/usr/bin:/bin', marker } });
    await waitUntil(() => processesLeft(marker).length === 2, 'both processes');
    await assert.rejects(noProcessLeft(marker, 0.05), new RegExp(`to end: .*${marker}`));
    byName.process.kill('SIGKILL');
    byVariable.process.kill('SIGKILL');
    await Promise.all([byName.ended.catch(() => undefined), byVariable.ended]);
    await noProcessLeft(marker);
  });

  test('does not find the test itself', () => {
    assert.deepEqual(processesLeft(process.argv[1] ?? ''), []);
  });

  test('isAlive() is false for a pid that nobody has', () => {
    assert.equal(isAlive(process.pid), true);
    assert.equal(isAlive(2 ** 22 + 1), false);
  });
});

test('temporaryDirectory() has the mode asked for and is gone afterwards', async (t) => {
  let made = '';
  await t.test('inside', (inner) => {
    made = temporaryDirectory(inner, { mode: 0o700 });
    assert.equal(statSync(made).mode & 0o7777, 0o700);
    writeFileSync(path.join(made, 'file'), '');
  });
  assert.equal(existsSync(made), false);
});

test('waitUntil() says what it waited for', async () => {
  await assert.rejects(
    waitUntil(() => false, 'the sun', 0.05),
    /waited 0\.\d s for the sun/,
  );
});
