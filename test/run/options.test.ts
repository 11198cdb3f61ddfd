/**
 * The options of `eyrie run` and the configuration that it reads.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { JOB_UID, ORDINARY_USER, ROOT, STARTERS } from '../support/starters';
import { shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());

for (const starter of STARTERS) {
  describe(`eyrie run, started by ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('--keep leaves the sandbox as the job left it, and says where', async (t) => {
      const site = makeSite(t, starter);
      const { stdout, result } = await site.start(
        shell('cd $_CONDOR_SCRATCH_DIR; pwd; echo made > mine; echo there > /tmp/too'),
        { options: ['--keep', '--verbose'] },
      ).ended;
      const [sandbox] = site.sandboxes();
      assert.equal(stdout, `${site.execute}/${sandbox ?? 'none'}\n`);
      assert.equal(readFileSync(path.join(site.execute, sandbox!, 'mine'), 'utf8'), 'made\n');
      assert.equal(readFileSync(path.join(site.execute, sandbox!, 'tmp/too'), 'utf8'), 'there\n');
      assert.equal(statSync(path.join(site.execute, sandbox!)).uid, JOB_UID);
      assert.ok(Number(result.ScratchDirFileCount) >= 6);
      assert.match(readFileSync(site.log, 'utf8'), new RegExp(`kept: ${site.execute}/${sandbox!}`));
    });

    test('--execute wins over the knob and may be relative', async (t) => {
      const site = makeSite(t, starter);
      const state = path.dirname(site.execute);
      const { stdout } = await site.run(shell('echo $_CONDOR_SCRATCH_DIR'), {
        options: ['--execute', 'elsewhere'],
        cwd: state,
      });
      assert.match(stdout, new RegExp(`^${state}/elsewhere/dir_\\d+\n$`));
      assert.deepEqual(readdirSync(path.join(state, 'elsewhere')), []);
      assert.equal(existsSync(site.execute), false);
    });

    test('--execute is taken as it stands: blanks, quotes and macros are a name', async (t) => {
      const site = makeSite(t, starter);
      const odd = path.join(path.dirname(site.execute), `a "b"\n$(HOSTNAME) `);
      const { stdout, stderr } = await site.run(shell('echo "$_CONDOR_SCRATCH_DIR"'), {
        options: ['--execute', odd],
      });
      assert.ok(stdout.startsWith(`${odd}/dir_`), stdout + stderr);
      assert.deepEqual(readdirSync(odd), []);
    });

    test('in a directory that was removed says so', async (t) => {
      const site = makeSite(t, starter);
      const { status, stderr } = await site.run(shell('echo ran'), {
        through: [
          'sh',
          '-c',
          `mkdir ${site.execute}-x; cd ${site.execute}-x; rmdir $PWD; exec "$@"`,
          'sh',
        ],
      });
      assert.equal(status, 125);
      assert.match(stderr, /^eyrie: there is no telling the current directory, .*\n$/);
    });

    test('--set wins over the environment, which wins over the file of -c', async (t) => {
      const site = makeSite(t, starter);
      site.configure('STARTER_JOB_ENVIRONMENT = FROM=file');
      const from = async (more: object) => (await site.run(shell('echo $FROM'), more)).stdout;
      assert.equal(await from({}), 'file\n');
      const env = { _CONDOR_STARTER_JOB_ENVIRONMENT: 'FROM=environment' };
      assert.equal(await from({ env }), 'environment\n');
      const knobs = { STARTER_JOB_ENVIRONMENT: 'FROM=command-line' };
      assert.equal(await from({ env, knobs }), 'command-line\n');
    });

    test('--set of a knob that nobody knows suggests the nearest, and nothing runs', async (t) => {
      const site = makeSite(t, starter);
      const { status, stderr, stdout, result } = await site.run(shell('echo ran'), {
        knobs: { MOUNT_UNDER_SCRACH: '/tmp' },
      });
      assert.equal(status, 125);
      assert.equal(stdout, '');
      assert.match(stderr, /MOUNT_UNDER_SCRACH.*MOUNT_UNDER_SCRATCH/);
      assert.equal(result.HoldReasonCode, 6);
      assert.equal(existsSync(site.execute), false);
    });

    test('a knob with a bad value is told by name, value and place', async (t) => {
      const site = makeSite(t, starter);
      site.configure('USE_PID_NAMESPACES = perhaps');
      const { status, stderr } = await site.run(shell('echo ran'));
      assert.equal(status, 125);
      for (const part of ['USE_PID_NAMESPACES', 'perhaps', site.configFile]) {
        assert.ok(stderr.includes(part), `${part} is missing in: ${stderr}`);
      }
    });

    test('-c of a file that does not exist is an error, not another configuration', async (t) => {
      const site = makeSite(t, starter);
      rmSync(site.configFile);
      const { status, stderr } = await site.run(shell('echo ran'));
      assert.equal(status, 125);
      assert.ok(stderr.includes(site.configFile), stderr);
    });

    test('an unwritable EXECUTE is named', async (t) => {
      const site = makeSite(t, starter);
      const { status, stderr, result } = await site.run(shell('echo ran'), {
        options: ['--execute', '/proc/none'],
      });
      assert.equal(status, 125);
      assert.match(stderr, /EXECUTE.*\/proc\/none/);
      assert.equal(result.HoldReasonCode, 6);
    });

    test('says nothing on the terminal but the job where it is not asked to', async (t) => {
      const { stdout, stderr } = await makeSite(t, starter).run(shell('echo out; echo err >&2'));
      assert.equal(stdout, 'out\n');
      assert.equal(stderr, 'err\n');
    });

    test('--verbose gives an account of the isolation, the phases and the result', async (t) => {
      const { stderr } = await makeSite(t, starter).run(shell('exit 4'), {
        options: ['--verbose'],
      });
      assert.match(stderr, /^eyrie: job 1\.0 ended with exit status 4\n/);
      assert.match(stderr, /^ {2}processes {2}a PID namespace/m);
      assert.match(stderr, /^ {2}private .*\/tmp, \/var\/tmp, \/dev\/shm$/m);
      assert.match(stderr, /^ {2}took .*plan [\d.]+ m?s, .*launch [\d.]+ m?s, .*clean-up/m);
    });

    test('runs the example that comes with it', async (t) => {
      const site = makeSite(t, starter);
      const { status, stdout, stderr } = await site.run(
        {},
        {
          jobFile: path.join(TREE, 'etc/examples/hello.ad'),
        },
      );
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^Hello from the nest\.\n\nMy pid: 2\n/);
      assert.match(
        stdout,
        new RegExp(`^My sandbox: ${site.execute}/dir_\\d+, with \\d+ entries$`, 'm'),
      );
    });

    test('logs what it does, beginning with its name and version', async (t) => {
      const site = makeSite(t, starter);
      const version = await runCommand([program('eyrie'), '--version']);
      await site.run(shell('exit 0'));
      const [first, ...rest] = readFileSync(site.log, 'utf8').split('\n');
      const words = version.stdout.trim().replace('eyrie', 'Eyrie');
      assert.match(first ?? '', new RegExp(`^[0-9/]{8} [0-9:]{8} .*${words}\\b`));
      assert.ok(rest.some((line) => /Job 1\.0 runs: pid \d+, \/bin\/sh/.test(line)));
    });

    test('-t logs to standard error and makes no log file', async (t) => {
      const site = makeSite(t, starter);
      const { stderr } = await site.run(shell('exit 0'), { options: ['-t'] });
      assert.match(stderr, /^[0-9/]{8} [0-9:]{8} .*Eyrie/);
      assert.equal(existsSync(path.dirname(site.log)), false);
    });

    test('a log that cannot be opened is named, and nothing runs', async (t) => {
      const site = makeSite(t, starter);
      const { status, stderr, stdout } = await site.run(shell('echo ran'), {
        knobs: { LOG: '/proc/none' },
      });
      assert.equal(status, 125);
      assert.equal(stdout, '');
      assert.match(stderr, /\/proc\/none/);
    });
  });
}

describe('the configuration of root', { skip: skip || skipIf(needsRoot()) }, () => {
  test('is not read from a file that others can write', async (t) => {
    const site = makeSite(t, ROOT);
    chmodSync(site.configFile, 0o666);
    const { status, stderr } = await site.run(shell('echo ran'));
    assert.equal(status, 125);
    assert.ok(stderr.includes(site.configFile), stderr);
  });

  test('is not read where somebody else could put another file in its place', async (t) => {
    const site = makeSite(t, ROOT);
    const theirs = path.join(site.iwd, 'starter.ini');
    writeFileSync(theirs, readFileSync(site.configFile));
    const { status, stderr } = await site.run(shell('echo ran'), { options: [`-c`, theirs] });
    assert.equal(status, 125);
    assert.match(stderr, /starter\.ini|given more than once/);
  });
});

describe('a run without root', { skip }, () => {
  test('says in one line what it cannot do', async (t) => {
    const site = makeSite(t, ORDINARY_USER);
    const { stderr } = await site.run(shell('exit 0'), { options: ['--verbose'] });
    assert.equal(stderr.match(/^ {2}note .*rootless: .*it can have no other account/gm)?.length, 1);
    assert.match(readFileSync(site.log, 'utf8'), /Note: rootless: /);
  });
});

describe('the configuration of an ordinary user', { skip }, () => {
  test('is the one in ~/.config, over what is installed', async (t) => {
    const site = makeSite(t, ORDINARY_USER);
    const home = path.join(path.dirname(site.execute));
    mkdirSync(path.join(home, '.config/eyrie'), { recursive: true });
    symlinkSync(site.configFile, path.join(home, '.config/eyrie/starter.ini'));
    site.configure('STARTER_JOB_ENVIRONMENT = FROM=home');
    const ad = path.join(site.directory, 'job.ad');
    writeFileSync(ad, 'Cmd = "/bin/sh"\nArguments = "-c \'echo $FROM $_CONDOR_SCRATCH_DIR\'"\n');
    const { stdout, stderr } = await runCommand([program('eyrie'), 'run', ad], {
      ...(process.geteuid?.() === 0 ? { uid: ORDINARY_USER.uid } : {}),
      env: { PATH: '/usr/bin:/bin', HOME: home },
      cwd: site.iwd,
    });
    assert.match(stdout, new RegExp(`^home ${site.execute}/dir_`), stderr);
  });
});
