/**
 * glexec, set-uid root: a caller with a proxy runs a command as the account that it is mapped to.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { proxyFile } from './support/authority';
import { makeSite } from './support/grid';
import { UIDS } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct());

describe('glexec runs the payload', { skip }, () => {
  const { site } = makeSite({ after });

  test('with the account in all four uids and gids, its groups, and no capability', async () => {
    const { status, stdout } = await site.run({ argv: ['/bin/cat', '/proc/self/status'] });
    assert.equal(status, 0);
    const ids = `${UIDS.bob}\t${UIDS.bob}\t${UIDS.bob}\t${UIDS.bob}`;
    assert.match(stdout, new RegExp(`^Uid:\t${ids}\nGid:\t${ids}$`, 'm'));
    assert.match(stdout, new RegExp(`^Groups:\t${UIDS.bob} 60151 $`, 'm'));
    assert.match(stdout, /^CapPrm:\t0+\nCapEff:\t0+$/m);
  });

  test('and says in the log who called, whose the proxy is, which account and how it ended', async () => {
    site.takeLog();
    await site.run({
      argv: ['/bin/sh', '-c', 'exit 9'],
      env: { GLEXEC_ID: 'pilot 7\nfalse line' },
    });
    const log = site.takeLog();
    assert.match(
      log,
      /^\S+Z glexec\[\d+\]: notice: started: caller caller \(uid 60101\), subject "\/DC=org\/DC=example\/OU=People\/CN=Alice Adams", account bob \(uid 60110, gid 60110\), command \/bin\/sh, id pilot 7\?false line$/m,
    );
    assert.match(log, /notice: ended: account bob, process \d+, code 9$/m);
    assert.equal(statSync(path.join(site.etc, 'log')).mode & 0o7777, 0o640);
  });

  test('with an environment made anew', async () => {
    const { stdout } = await site.run({
      argv: ['/usr/bin/env'],
      env: {
        FOO: 'x',
        LD_PRELOAD: '/nonexistent',
        MALLOC_CHECK_: '3',
        GLEXEC_EPILOG_X: 'y',
        GLEXEC_ID: 'a b',
        PATH: '/evil',
        HOME: '/evil',
        X509_USER_PROXY: '/evil',
        GLEXEC_: 'empty name',
        TZ: 'UTC',
      },
    });
    assert.deepEqual(stdout.trim().split('\n').sort(), [
      'GLEXEC_=empty name',
      `GLEXEC_CLIENT_CERT=${site.proxy}`,
      'GLEXEC_ID=a b',
      'HOME=/home/bob',
      'PATH=/usr/local/bin:/usr/bin:/bin',
    ]);
  });

  test('and keeps of the caller what preserve_env_variables lists, but nothing that changes loading', async () => {
    site.configure({
      preserve_env_variables: 'FOO, BAR,LD_PRELOAD,MALLOC_CHECK_,GLEXEC_EPILOG_X,PATH',
    });
    const { stdout } = await site.run({
      argv: ['/usr/bin/env'],
      env: {
        FOO: '1',
        BAR: '2\n3',
        FOOBAR: '4',
        LD_PRELOAD: '',
        MALLOC_CHECK_: '3',
        GLEXEC_EPILOG_X: 'y',
        PATH: '/evil',
      },
    });
    site.configure();
    assert.deepEqual(stdout.split('\n').sort(), [
      '',
      '3',
      'BAR=2',
      'FOO=1',
      `GLEXEC_CLIENT_CERT=${site.proxy}`,
      'HOME=/home/bob',
      'PATH=/usr/local/bin:/usr/bin:/bin',
    ]);
  });

  test('with the streams of the caller, untouched bytes in and out, and no other descriptor', async () => {
    const input = 'a'.repeat(300_000);
    assert.equal((await site.run({ argv: ['/bin/cat'], input })).stdout, input);
    const { stdout } = await site.run({
      argv: ['/bin/ls', '/proc/self/fd'],
      before: 'exec 7</dev/null 9</dev/null',
    });
    assert.deepEqual(stdout.trim().split('\n'), ['0', '1', '2', '3']);
  });

  test('with closed streams made devices, so that no file of ours takes their numbers', async () => {
    const out = path.join(site.shared, 'streams');
    await site.run({
      argv: ['/bin/sh', '-c', `readlink /proc/$$/fd/0 /proc/$$/fd/2 >${out}`],
      before: 'exec 0<&- 2>&-',
    });
    // The C library's own start-up does it for set-uid programs, with /dev/full for reading.
    assert.equal(readFileSync(out, 'utf8'), '/dev/full\n/dev/null\n');
  });

  test('with the resource limits and the working directory of the caller, and default signals', async () => {
    const directory = path.join(site.shared, 'here');
    mkdirSync(directory, { recursive: true });
    const { stdout } = await site.run({
      argv: [
        '/bin/sh',
        '-c',
        'pwd; ulimit -f; ulimit -n; grep -E "Sig(Ign|Blk)" /proc/self/status',
      ],
      before: `cd ${directory}; ulimit -S -f 100; ulimit -S -n 50; trap "" TERM PIPE`,
    });
    assert.equal(
      stdout,
      `${directory}\n100\n50\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n`,
    );
  });

  for (const linger of ['yes', 'no']) {
    for (const [command, expected] of [
      ['exit 0', 0],
      ['exit 7', 7],
      ['exit 126', 126],
      ['exit 200', 200],
      ['exit 205', 205],
    ] as const) {
      test(`and gives its code: ${command}, linger = ${linger}`, async () => {
        site.configure({ linger });
        assert.equal((await site.run({ argv: ['/bin/sh', '-c', command] })).status, expected);
      });
    }
    test(`and dies of the signal that it died of, linger = ${linger}`, async () => {
      site.configure({ linger });
      for (const signal of ['SIGKILL', 'SIGTERM', 'SIGSEGV']) {
        const result = await site.run({ argv: ['/bin/sh', '-c', `kill -${signal.slice(3)} $$`] });
        assert.equal(result.signal, signal);
      }
    });
  }

  for (const code of [201, 202, 203, 204]) {
    test(`and says 204 where it exited with ${code}`, async () => {
      site.configure();
      assert.equal((await site.run({ argv: ['/bin/sh', '-c', `exit ${code}`] })).status, 204);
    });
  }

  test('in the place of itself where linger = no, below itself where it is yes', async () => {
    for (const [linger, expected] of [
      ['no', true],
      ['yes', false],
    ] as const) {
      site.configure({ linger });
      const running = site.start({ argv: ['/bin/sh', '-c', 'echo $$'] });
      await running.ended;
      assert.equal(Number(running.stdout()) === running.process.pid, expected);
    }
    site.configure();
  });

  test('from a proxy of a proxy, whose order in the file says nothing', async (t) => {
    const grid = makeSite(t);
    const second = grid.authority.proxy(grid.authority.proxy(grid.alice));
    grid.site.writeProxy(second.certificate + second.key + second.chain.toReversed().join(''));
    assert.equal((await grid.site.run()).status, 0);
    grid.site.writeProxy(proxyFile(second));
    assert.equal((await grid.site.run()).status, 0);
  });
});
