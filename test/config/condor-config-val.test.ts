/** Where HTCondor's `condor_config_val` is looked for, and whether root runs what is there. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { findConfigVal, runConfigVal } from '../../src/condor/config/condor-config-val';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const NAME = 'condor_config_val';

/** A directory that root alone can change, as /usr is; temporary ones are where all can write. */
function rootsDirectory(test: TestContext): string {
  const directory = mkdtempSync('/opt/eyrie-test-');
  chmodSync(directory, 0o755);
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function putProgram(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const program = path.join(directory, NAME);
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  return program;
}

function trouble(directory: string): string {
  const found = findConfigVal(0, [directory]);
  return found.ok ? found.value : found.error;
}

describe('condor_config_val', { skip: skipIf(needsRoot()) }, () => {
  test('is taken where only root can change it', (context) => {
    const directory = rootsDirectory(context);
    const program = putProgram(directory);
    assert.deepEqual(findConfigVal(0, ['/nothing', directory]), { ok: true, value: program });
  });

  test('is not taken where others can change it, or what is above it', (context) => {
    const directory = rootsDirectory(context);
    const program = putProgram(path.join(directory, 'bin'));
    chmodSync(program, 0o775);
    assert.match(trouble(path.dirname(program)), /can be written to by others than root/);
    chmodSync(program, 0o755);
    chownSync(program, 1234, 0);
    assert.match(trouble(path.dirname(program)), /belongs to user 1234/);
    chownSync(program, 0, 0);
    chmodSync(directory, 0o777);
    assert.match(trouble(path.dirname(program)), RegExp(`${directory} can be written to`));
    const open = temporaryDirectory(context);
    putProgram(open);
    assert.match(trouble(open), /\/var\/tmp can be written to by others/);
  });

  test('is missing with a list of where it was looked for', () => {
    assert.equal(
      trouble('/nothing/bin'),
      'condor_config_val of HTCondor was not found: looked for /nothing/bin/condor_config_val',
    );
  });

  test('is first looked for where the startd is installed', async (context) => {
    const directory = rootsDirectory(context);
    const program = putProgram(path.join(directory, 'bin'));
    const startd = path.join(directory, 'sbin/condor_startd');
    mkdirSync(path.dirname(startd));
    copyFileSync('/bin/sleep', startd);
    const child: ChildProcess = spawn(startd, ['60']);
    context.after(() => child.kill());
    await new Promise((resolve) => child.once('spawn', resolve));
    assert.deepEqual(findConfigVal(child.pid ?? 0, []), { ok: true, value: program });
    rmSync(startd);
    assert.deepEqual(findConfigVal(child.pid ?? 0, []), { ok: true, value: program });
  });

  test('that does not run, or says no, is told in one line', (context) => {
    const directory = temporaryDirectory(context);
    const program = putProgram(directory);
    writeFileSync(program, '#!/bin/sh\necho "bad line 2" >&2\necho "in x" >&2\nexit 3\n');
    assert.deepEqual(runConfigVal(program, undefined, {}), {
      ok: false,
      error: `${program} ended with status 3: bad line 2 in x`,
    });
    rmSync(program);
    const gone = runConfigVal(program, undefined, {});
    assert.match(gone.ok ? '' : gone.error, /cannot run .*ENOENT/);
  });
});
