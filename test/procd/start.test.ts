/** How our procd starts and ends, and what it puts on the disk. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, test } from 'node:test';
import { runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { connectTo, isServed, serveAndConnect, startOurProcd } from './support/our-procd';
import { startShell } from './support/shells';

const NOBODY = 65534;

function procd(...words: readonly string[]) {
  return runCommand([program('condor_procd'), ...words], { timeout: 30 });
}

describe('the pipes of our procd', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('belong to the user of -C, with the group that they had, and to nobody else', async (t) => {
    const { address } = await startOurProcd(t, { flags: ['-C', `${NOBODY}`] });
    for (const path of [address, `${address}.watchdog`]) {
      const { gid, mode, uid } = statSync(path);
      assert.deepEqual([uid, gid, mode & 0o7777], [NOBODY, 0, 0o600]);
      assert.ok(statSync(path).isFIFO());
    }
  });

  test('take the places of what a dead procd has left', async (t) => {
    const directory = temporaryDirectory(t);
    const first = await startOurProcd(t, { directory });
    first.process.kill('SIGKILL');
    await first.ended;
    assert.ok(existsSync(first.address) && !isServed(first.address));
    const second = await startOurProcd(t, { directory });
    assert.ok(isServed(second.address));
  });

  test('are gone after "quit", and so is the state; the status is 0', async (t) => {
    const { ask, procd: running } = await serveAndConnect(t);
    await ask({ command: 'quit' });
    assert.equal((await running.ended).status, 0);
    assert.deepEqual(readdirSync(running.directory).sort(), ['log', 'procd.lock']);
  });

  test('end for clients when procd is killed', async (t) => {
    const { client, procd: running } = await serveAndConnect(t);
    running.process.kill('SIGKILL');
    await client.lost;
  });

  test('get the date of the day, and come back when somebody removes them', async (t) => {
    const { client, procd: running, result } = await serveAndConnect(t, { flags: ['-S', '1'] });
    const { address } = running;
    utimesSync(address, 0, 0);
    await waitUntil(() => statSync(address).mtimeMs > 0, 'the pipe to be touched');
    const { ino } = statSync(address);
    rmSync(address);
    rmSync(`${address}.watchdog`);
    await waitUntil(() => existsSync(address) && existsSync(`${address}.watchdog`), 'new pipes');
    assert.notEqual(statSync(address).ino, ino);
    // Clients of before and of now.
    assert.equal(await result({ command: 'take-snapshot' }), 'success');
    assert.equal(await connectTo(t, address).result({ command: 'take-snapshot' }), 'success');
    assert.ok(!client.isLost);
  });

  test('are not fought for: procd ends when something else is in their place', async (t) => {
    const { address, ended } = await startOurProcd(t, { flags: ['-S', '1'] });
    rmSync(address);
    writeFileSync(address, 'mine');
    assert.equal((await ended).status, 1);
    assert.equal(readFileSync(address, 'utf8'), 'mine');
    assert.ok(lstatSync(address).isFile());
  });
});

describe('our procd', { skip: skipIf(needsProduct() ?? needsRoot()) }, () => {
  test('says by the end of its standard error that it serves', async (t) => {
    const directory = temporaryDirectory(t);
    const address = `${directory}/procd`;
    const child = spawn(program('condor_procd'), ['-A', address], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    let errors = '';
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    await once(child.stderr, 'end');
    assert.equal(errors, '');
    assert.ok(isServed(address));
    assert.equal(child.exitCode, null);
  });

  for (const [what, words, message] of [
    ['an address in no directory', ['-A', '/nonexistent/procd'], /\/nonexistent\/procd/],
    ['a log in no directory', ['-L', '/nonexistent/log'], /\/nonexistent\/log/],
    ['-P 0', ['-P', '0'], /-P 0/],
    ['-P 1', ['-P', '1'], /-P 1/],
    ['-P with a pid that nobody has', ['-P', '4194303'], /no process 4194303/],
    ['-S -2', ['-S', '-2'], /-S -2/],
    ['-G with the greater first', ['-G', '9', '5'], /-G 9 5/],
    ['-h', ['-h'], /Usage: condor_procd -A PATH/],
  ] as const) {
    test(`ends with status 1 and says why: ${what}`, async (t) => {
      const { status, stderr } = await procd('-A', `${temporaryDirectory(t)}/procd`, ...words);
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }

  for (const [word, text] of [
    ['--help', /^Usage: condor_procd -A PATH/],
    ['--version', /^Eyrie \d/],
  ] as const) {
    test(`tells with ${word}, with status 0`, async () => {
      const { status, stderr, stdout } = await procd(word);
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, text);
    });
  }

  test('serves nobody else than its own user when it is not root', async (t) => {
    const directory = temporaryDirectory(t, { uid: NOBODY });
    const argv = [program('condor_procd'), '-A', `${directory}/procd`, '-C', '0'];
    const { status, stderr } = await runCommand(argv, { uid: NOBODY });
    assert.equal(status, 1);
    assert.match(stderr, /only root can serve another user/);
  });

  test('ends when another one serves the address, which goes on', async (t) => {
    const { procd: first, result } = await serveAndConnect(t);
    const { status, stderr } = await procd('-A', first.address);
    assert.equal(status, 1);
    assert.match(stderr, /another condor_procd serves/);
    assert.equal(await result({ command: 'take-snapshot' }), 'success');
  });

  test('outlives the process of -P', async (t) => {
    const shell = startShell(t);
    const { procd: running, result } = await serveAndConnect(t, { flags: ['-P', `${shell.pid}`] });
    shell.kill();
    await shell.ended;
    assert.equal(await result({ command: 'take-snapshot' }), 'success');
    assert.equal(running.process.exitCode, null);
  });

  test('ends with status 1 when the process that started it does', async (t) => {
    const directory = temporaryDirectory(t);
    const shell = startShell(t);
    const words = `'${program('condor_procd')}' -A ${directory}/procd -L ${directory}/log`;
    await shell.tell(`(${words}; echo "$?" >${directory}/status) & sleep 0.1`);
    await waitUntil(() => isServed(`${directory}/procd`), 'procd');
    // The subshell is its parent.
    const parent = Number(readFileSync(`${directory}/procd.lock`, 'utf8'));
    const subshell = Number(
      /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${parent}/status`, 'utf8'))?.[1],
    );
    process.kill(subshell, 'SIGKILL');
    await waitUntil(() => !existsSync(`/proc/${parent}`), 'procd to end');
    const log = readFileSync(`${directory}/log`, 'utf8');
    assert.match(log, new RegExp(`ends: process ${subshell}, which started it, has ended`));
  });

  test('writes lines as HTCondor does, and moves a full log to .old', async (t) => {
    const { ask, procd: running } = await serveAndConnect(t, { flags: ['-R', '1'] });
    for (let index = 0; index < 1200; index += 1) await ask({ command: 'get-usage', root: 0 });
    assert.ok(existsSync(`${running.directory}/log.old`));
    assert.ok(statSync(`${running.directory}/log.old`).size >= 65_536);
    for (const line of running.log().trim().split('\n')) {
      assert.match(line, /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d : \S/);
    }
  });

  test('keeps running where its log cannot be written any more', async (t) => {
    const { procd: running, result } = await serveAndConnect(t);
    rmSync(`${running.directory}/log`);
    mkdirSync(`${running.directory}/log`);
    assert.equal(await result({ command: 'take-snapshot' }), 'success');
  });
});
