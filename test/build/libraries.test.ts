/**
 * The libraries as they are in a bundle: without node_modules, with the shims of scripts/build/.
 * Each trick there has a test here that fails when an upgrade of the library breaks it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runCommand } from '../support/command';
import { bundleText } from './bundler';

/** Runs a bundle with the launcher's flags; gives its output. */
async function output(file: string, ...flags: readonly string[]): Promise<string> {
  const argv = [process.execPath, '--v8-pool-size=1', ...flags, file];
  const { status, stdout, stderr } = await runCommand(argv);
  assert.equal(status, 0, stderr);
  return stdout;
}

describe('ffi-napi and ref-napi in a bundle', () => {
  const CALLS = `
    import ffi from 'ffi-napi';
    import ref from 'ref-napi';
    const names = ['getpid', 'getppid', 'getuid', 'geteuid', 'getgid', 'getegid', 'sync', 'pause',
      'fork', 'vfork', 'setsid', 'getpgrp', 'clearenv', 'rand', 'abort', 'random', 'gethostid',
      'endpwent', 'setpwent', 'getdtablesize', 'getpagesize', 'tzset', 'closelog', 'endgrent'];
    const library = ffi.Library(null, {
      ...Object.fromEntries(names.map((name) => [name, [ref.types.int, []]])),
      memfrob: ['int64', ['pointer', ref.types.size_t]],
    });
    const buffer = Buffer.from('Eyrie');
    library.memfrob(buffer, buffer.length);
    const value = ref.alloc(ref.types.int32, 42);
    console.log(JSON.stringify({
      pid: library.getpid() === process.pid,
      frobbed: buffer.toString('hex'),
      value: value.deref(),
      external: process.memoryUsage().external,
    }));`;

  test('call functions with numbers and Buffers', async (t) => {
    const { file } = await bundleText(t, CALLS);
    const { external, ...seen } = JSON.parse(await output(file)) as Record<string, unknown>;
    // memfrob(3) exclusive-ors each byte with 42.
    const frobbed = Buffer.from([...Buffer.from('Eyrie')].map((byte) => byte ^ 42));
    assert.deepEqual(seen, { pid: true, frobbed: frobbed.toString('hex'), value: 42 });
    assert.ok(Number(external) < 64 * 1024 * 1024, `V8 believes in ${String(external)} bytes`);
  });

  test('do not make V8 collect at start: stock ref-napi does, fifty times', async (t) => {
    const { file } = await bundleText(t, CALLS);
    const collections = (await output(file, '--trace-gc')).match(/Mark-Compact/g) ?? [];
    assert.ok(collections.length <= 3, `${collections.length} mark-compact collections`);
  });

  test('are there once each', async (t) => {
    const { inputs } = await bundleText(t, CALLS);
    const copies = inputs.flatMap((input) => /node_modules\/(.+\/(ref|ffi)\.js)$/.exec(input)?.[1] ?? []);
    assert.deepEqual(copies.sort(), ['ffi-napi/lib/ffi.js', 'ref-napi/lib/ref.js']);
  });

  test('still refuse what their own assertions refuse, without node:assert', async (t) => {
    const text = `
      import ffi from 'ffi-napi';
      try { new ffi.DynamicLibrary().get(5); } catch (error) { console.log(error.message); }
      console.log(process.moduleLoadList.includes('NativeModule assert'));`;
    const { file } = await bundleText(t, text);
    assert.equal(await output(file), 'string is not number\nfalse\n');
  });

  test('a package with an addon that the build does not know is an error', async (t) => {
    const text = `require('./test/build/unknown-addon.cjs')`;
    await assert.rejects(bundleText(t, text), /native addon that the build does not know/);
  });
});

describe('winston in a bundle', () => {
  const LOG = `
    import winston from 'winston';
    import Transport from 'winston-transport';
    class Lines extends Transport {
      log(info, next) {
        require('node:fs').writeSync(1, info[Symbol.for('message')] + '\\n');
        next();
      }
    }
    const { combine, printf } = winston.format;
    const log = winston.createLogger({
      levels: { always: 0, debug: 1 },
      level: 'always',
      format: combine(printf(({ level, message }) => level + ': ' + message)),
      transports: [new Lines()],
    });
    log.log('always', 'first');
    log.log('debug', 'not shown');
    log.write({ level: 'always', message: 'through the stream' });
    log.log('always', 'last before the end');
    process.exit(0);`;

  test('writes through a transport of our own, up to the end of the process', async (t) => {
    const { file } = await bundleText(t, LOG);
    assert.equal(
      await output(file),
      'always: first\nalways: through the stream\nalways: last before the end\n',
    );
  });

  test("uses node's own streams", async (t) => {
    const { inputs } = await bundleText(t, LOG);
    assert.deepEqual(
      inputs.filter((input) => /node_modules\/(readable-stream|debug)\//.test(input)),
      [],
    );
  });
});

describe('yargs in a bundle', () => {
  const COMMAND = `
    async function main() {
      const { default: yargs } = await import('yargs');
      const text = await yargs([]).scriptName('eyrie').usage('$0 run JOB_AD')
        .option('keep', { type: 'boolean', describe: 'leave the sandbox' }).locale('en').getHelp();
      console.log(text);
    }
    if (process.argv.length > 2) main(); else console.log('without yargs');`;

  test('writes its help', async (t) => {
    const { file } = await bundleText(t, COMMAND);
    const { stdout } = await runCommand([process.execPath, file, 'help']);
    assert.match(stdout, /^eyrie run JOB_AD/);
    assert.match(stdout, /--keep +leave the sandbox +\[boolean\]/);
  });

  test('is not loaded until it is asked for', async (t) => {
    // What yargs does at import is to look at process.stdout, which this program takes away.
    const { file } = await bundleText(
      t,
      `Object.defineProperty(process, 'stdout', { get() { throw new Error('looked at'); } });
       if (process.argv.length > 2) import('yargs'); else require('node:fs').writeSync(1, 'fine');`,
    );
    assert.equal(await output(file), 'fine');
    assert.match((await runCommand([process.execPath, file, 'help'])).stderr, /looked at/);
  });
});

test('a bundle is ASCII, which is how the loader reads it', async (t) => {
  const { file } = await bundleText(t, `console.log('ä → €')`);
  assert.equal(await output(file), 'ä → €\n');
  const { stdout } = await runCommand(['grep', '-c', '-P', '[^\\x00-\\x7F]', file]);
  assert.equal(stdout, '0\n');
});
