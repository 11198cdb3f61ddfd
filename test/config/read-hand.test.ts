/**
 * The configuration by hand, read from real files as root and as an ordinary user.
 */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Result } from '../../src/result';
import { type Config, type ConfigError, describeOrigin } from '../../src/condor/config';
import { readHandConfig, type HandConfigInput } from '../../src/condor/config/read-hand';
import { bundleText } from '../build/bundler';
import { runCommand } from '../support/command';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const skip = skipIf(needsRoot());

/** A site's /etc, an installation and a home that are empty but for what a test puts there. */
interface Places {
  readonly site: string;
  readonly prefix: string;
  readonly home: string;
}

function places(context: TestContext): Places {
  const top = temporaryDirectory(context);
  return { site: `${top}/etc`, prefix: `${top}/opt`, home: `${top}/home` };
}

function put(file: string, text: string, owner = 0, mode = 0o644): string {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chownSync(file, owner, owner);
  chmodSync(file, mode);
  return file;
}

function inputAt(at: Places): HandConfigInput {
  return {
    file: undefined,
    overrides: [],
    environment: { HOME: at.home },
    prefix: at.prefix,
    fullHostname: 'worker7.example.org',
    siteDirectory: at.site,
  };
}

function read(at: Places, input: Partial<HandConfigInput> = {}) {
  return readHandConfig({ ...inputAt(at), ...input });
}

/** The value of EXECUTE and who set it, or the messages of what is wrong. */
function execute(config: Result<Config, readonly ConfigError[]>): readonly string[] {
  if (!config.ok) return config.error.map(({ message }) => message);
  return [config.value.text('EXECUTE'), describeOrigin(config.value.origin('EXECUTE'))];
}

describe('the configuration of root', { skip }, () => {
  test('is the defaults where there is no file', (context) => {
    assert.deepEqual(execute(read(places(context))), ['/var/lib/eyrie/execute', 'default']);
  });

  test("is the installation's file where the site has none", (context) => {
    const at = places(context);
    const file = put(`${at.prefix}/etc/eyrie/starter.ini`, '# ours\nEXECUTE = /prefix\n');
    assert.deepEqual(execute(read(at)), ['/prefix', `${file}:2`]);
  });

  test("is the site's file, and not the installation's, where both are there", (context) => {
    const at = places(context);
    put(`${at.prefix}/etc/eyrie/starter.ini`, 'LOG = /prefix/log\n');
    const file = put(`${at.site}/eyrie/starter.ini`, 'EXECUTE = /site\n');
    const config = read(at);
    assert.deepEqual(execute(config), ['/site', `${file}:1`]);
    assert.ok(config.ok);
    assert.equal(config.value.text('LOG'), '/var/log/eyrie');
  });

  test('is never in a home directory', (context) => {
    const at = places(context);
    put(`${at.home}/.config/eyrie/starter.ini`, 'EXECUTE = /home\n');
    assert.deepEqual(execute(read(at)), ['/var/lib/eyrie/execute', 'default']);
  });

  test('is the named file and no other', (context) => {
    const at = places(context);
    put(`${at.site}/eyrie/starter.ini`, 'LOG = /site/log\n');
    const file = put(`${at.home}/my.ini`, 'EXECUTE = /mine\n');
    const config = read(at, { file });
    assert.deepEqual(execute(config), ['/mine', `${file}:1`]);
    assert.ok(config.ok);
    assert.equal(config.value.text('LOG'), '/var/log/eyrie');
  });

  test('is the defaults with -c /dev/null', (context) => {
    const at = places(context);
    put(`${at.site}/eyrie/starter.ini`, 'EXECUTE = /site\n');
    assert.deepEqual(execute(read(at, { file: '/dev/null' })), [
      '/var/lib/eyrie/execute',
      'default',
    ]);
  });

  test('yields to the environment, and that to --set', (context) => {
    const at = places(context);
    put(`${at.site}/eyrie/starter.ini`, 'EXECUTE = /site\n');
    const environment = { HOME: at.home, _condor_EXECUTE: '/environment' };
    assert.deepEqual(execute(read(at, { environment })), ['/environment', '_condor_EXECUTE']);
    const overrides = [
      { name: 'execute', value: '/first' },
      { name: 'EXECUTE', value: '$(LOCAL_DIR)/last' },
    ];
    assert.deepEqual(execute(read(at, { environment, overrides })), [
      '/var/lib/eyrie/last',
      '--set',
    ]);
  });

  test('has macros of the host and of the environment', (context) => {
    const at = places(context);
    const overrides = [{ name: 'EXECUTE', value: '/x/$(HOSTNAME)-$(PID)-$(REAL_UID)-$ENV(HOME)' }];
    assert.deepEqual(execute(read(at, { overrides })), [
      `/x/worker7-${process.pid}-0-${at.home}`,
      '--set',
    ]);
  });

  test('is refused with everything that is wrong', (context) => {
    const at = places(context);
    const file = put(`${at.site}/eyrie/starter.ini`, 'EXECTUE = /x\nLOG = $(LOGS)\n');
    assert.deepEqual(execute(read(at)), [
      `EXECTUE = /x (${file}:1): there is no knob of this name; did you mean EXECUTE?`,
      `LOG = $(LOGS) (${file}:2): $(LOGS) is not defined (write $(LOGS:) where that is meant)`,
    ]);
  });

  test('is refused where a value is wrong, before anything is done with it', (context) => {
    const at = places(context);
    const overrides = [{ name: 'EXECUTE', value: 'scratch' }];
    assert.deepEqual(execute(read(at, { overrides })), [
      'EXECUTE = scratch (--set): expected an absolute path without ".."',
    ]);
  });
});

describe('a file that root is told to obey', { skip }, () => {
  test('is refused where another user owns it', (context) => {
    const file = put(`${places(context).home}/x.ini`, 'EXECUTE = /x\n', 65534);
    assert.deepEqual(execute(read(places(context), { file })), [
      `${file}: belongs to user 65534, and root obeys files of root only (chown root)`,
    ]);
  });

  for (const mode of [0o664, 0o646, 0o666]) {
    test(`is refused with mode ${mode.toString(8)}`, (context) => {
      const file = put(`${places(context).home}/x.ini`, 'EXECUTE = /x\n', 0, mode);
      assert.deepEqual(execute(read(places(context), { file })), [
        `${file}: can be written by others than root (mode 0${mode.toString(8)}; chmod go-w)`,
      ]);
    });
  }

  test('is refused behind a link too', (context) => {
    const at = places(context);
    const file = put(`${at.home}/x.ini`, 'EXECUTE = /x\n', 65534);
    mkdirSync(`${at.site}/eyrie`, { recursive: true });
    symlinkSync(file, `${at.site}/eyrie/starter.ini`);
    assert.match(execute(read(at))[0] ?? '', /starter\.ini: belongs to user 65534/);
  });

  test('is refused where it is no file', (context) => {
    const file = `${places(context).home}/eyrie`;
    mkdirSync(file, { recursive: true });
    assert.deepEqual(execute(read(places(context), { file })), [`${file}: not a regular file`]);
  });

  test('is refused where it does not exist', (context) => {
    const file = `${places(context).home}/none.ini`;
    assert.deepEqual(execute(read(places(context), { file })), [`${file}: there is no such file`]);
  });

  test('does not hold it up where it is a FIFO', async (context) => {
    const file = `${places(context).home}.fifo`;
    const made = await runCommand(['mkfifo', file]);
    assert.equal(made.status, 0);
    assert.deepEqual(execute(read(places(context), { file })), [`${file}: not a regular file`]);
  });
});

describe('the configuration of an ordinary user', { skip }, () => {
  /** A program that prints the value of EXECUTE and who set it, given HandConfigInput as JSON. */
  const PROGRAM = `
    import { describeOrigin } from './src/condor/config';
    import { readHandConfig } from './src/condor/config/read-hand';
    const config = readHandConfig(JSON.parse(process.argv[2] ?? ''));
    const answer = config.ok
      ? [config.value.text('EXECUTE'), describeOrigin(config.value.origin('EXECUTE'))]
      : config.error.map(({ message }) => message);
    process.stdout.write(JSON.stringify(answer));
  `;

  async function asNobody(context: TestContext, at: Places): Promise<readonly string[]> {
    const { file } = await bundleText(context, PROGRAM);
    const input = JSON.stringify(inputAt(at));
    const result = await runCommand([process.execPath, file, input], { uid: 65534 });
    assert.equal(result.status, 0, result.stderr);
    return JSON.parse(result.stdout) as readonly string[];
  }

  test('is other defaults where there is no file', async (context) => {
    assert.deepEqual(await asNobody(context, places(context)), [
      '/var/tmp/eyrie-65534/execute',
      'default',
    ]);
  });

  test("is the site's file, with the user's own on top", async (context) => {
    const at = places(context);
    put(`${at.site}/eyrie/starter.ini`, 'LOCAL_DIR = /site\nEXECUTE = /site/execute\n');
    const own = put(`${at.home}/.config/eyrie/starter.ini`, 'EXECUTE = $(LOCAL_DIR)/mine\n', 65534);
    assert.deepEqual(await asNobody(context, at), ['/site/mine', `${own}:1`]);
  });

  test('is not looked for in a home that may not be entered', async (context) => {
    const at = places(context);
    put(`${at.home}/.config/eyrie/starter.ini`, 'EXECUTE = /theirs\n', 0);
    chmodSync(`${at.home}/.config`, 0o700);
    assert.equal((await asNobody(context, at))[1], 'default');
  });

  test('is refused, and not passed over, where the file cannot be read', async (context) => {
    const at = places(context);
    const file = put(`${at.site}/eyrie/starter.ini`, 'EXECUTE = /site\n', 0, 0o600);
    const [message = ''] = await asNobody(context, at);
    assert.match(message, /starter\.ini: cannot be read: EACCES/);
    assert.ok(message.startsWith(file));
  });
});
