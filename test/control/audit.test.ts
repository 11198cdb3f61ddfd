/** The audit log: it is root's, it goes on after a rename, and without it nothing is changed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { AuditLog, auditLine } from '../../src/privsep/control/audit';
import { Refusals } from '../../src/privsep/control/refusals';
import type { AuditEntry } from '../../src/privsep/control/types';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { type Ending, temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { auditLines, connectTo, layOut, NOBODY, runDaemon, startDaemon } from './support/daemon';

const ENTRY: AuditEntry = { operation: 'lease', result: 'ok', owner: 'john', account: 'guest1' };

/** A disk of so many KiB. */
function smallDisk(t: Ending, kib: number): string {
  const directory = fs.mkdtempSync('/var/tmp/eyrie-test-');
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=755`, 'tmpfs', directory]);
  t.after(() => {
    execFileSync('umount', ['-l', directory]);
    fs.rmdirSync(directory);
  });
  return directory;
}

/** Fills a disk to its last byte; gives the file to remove. */
function fill(directory: string): string {
  const file = path.join(directory, 'filler');
  const fd = fs.openSync(file, 'w');
  try {
    for (;;) fs.writeSync(fd, Buffer.alloc(4096));
  } catch {
    return file;
  } finally {
    fs.closeSync(fd);
  }
}

function open(file: string, echo: (line: string) => void = () => undefined): AuditLog {
  const log = AuditLog.open(file, echo);
  assert.ok(log.ok, log.ok ? '' : log.error);
  return log.value;
}

describe('a line of the audit log', () => {
  test('is one line of JSON, whatever a client calls itself', () => {
    const owner = 'a"\n{"time":1}\u001b[2J\u009b\u2028\u202e';
    const line = auditLine({ ...ENTRY, owner }, new Date(0));
    assert.match(line, /^[\x20-\x7e]*$/);
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
    assert.equal(time, '1970-01-01T00:00:00.000Z');
    assert.deepEqual(rest, { ...ENTRY, owner, by: 'daemon' });
  });

  test('of those who may not speak comes so often, and then they are counted', () => {
    let now = 0;
    const lines: AuditEntry[] = [];
    const refusals = new Refusals({ record: (entry) => lines.push(entry) }, () => now);
    for (let i = 0; i < 1000; i++) refusals.record({ ...ENTRY, result: 'denied' });
    assert.equal(lines.length, 200);
    now = 60_000;
    refusals.record({ ...ENTRY, result: 'denied' });
    assert.equal(lines.length, 202);
    assert.equal(lines[200]?.text, '800 more connections were refused');
    refusals.flush();
    assert.equal(lines.length, 202);
  });
});

describe('the audit log', { skip: skipIf(needsRoot()) }, () => {
  test("is made for root alone, and must be root's and a file", (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'audit');
    open(file).close();
    assert.equal(fs.statSync(file).mode & 0o7777, 0o600);
    const refused = (spoil: () => void, why: RegExp): void => {
      spoil();
      const log = AuditLog.open(file);
      assert.match(log.ok ? 'taken' : log.error, why);
    };
    refused(() => fs.chmodSync(file, 0o644), /others than root may use it/);
    fs.chmodSync(file, 0o640);
    open(file).close();
    refused(() => fs.chownSync(file, NOBODY, 0), /uid 65534 owns it/);
    fs.chownSync(file, 0, 0);
    refused(() => fs.linkSync(file, `${file}.2`), /it has 2 names/);
    refused(() => {
      fs.rmSync(file);
      fs.symlinkSync(`${file}.2`, file);
    }, /ELOOP/);
    refused(() => {
      fs.rmSync(file);
      execFileSync('mkfifo', ['-m', '600', file]);
    }, /ENXIO|not a regular file/);
  });

  test('is whole on a full disk: what has begun has its line, and nothing else begins', (t) => {
    const directory = smallDisk(t, 1024);
    const file = path.join(directory, 'audit');
    const log = open(file);
    assert.ok(log.reserve().ok);
    const filler = fill(directory);
    log.record({ ...ENTRY, path: `/${'x'.repeat(4000)}` });
    log.release();
    assert.equal(fs.readFileSync(file, 'utf8').split('\n').length, 2);
    // What is still set aside takes some more.
    let more = 0;
    for (; log.reserve().ok && more < 100; more++) {
      log.record({ ...ENTRY, path: `/${'x'.repeat(10_000)}` });
      log.release();
    }
    assert.ok(more < 100);
    const refused = log.reserve();
    assert.match(refused.ok ? 'reserved' : refused.error, /cannot write .*audit: No space left/);
    for (let i = 0; i < 50; i++) log.record({ ...ENTRY, result: `late ${i} ${'x'.repeat(9000)}` });
    fs.rmSync(filler);
    assert.ok(log.reserve().ok);
    const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
    assert.equal(lines.length, 1 + more + 50);
    for (const line of lines) assert.equal((JSON.parse(line) as AuditEntry).operation, 'lease');
    log.close();
  });

  test('counts what is lost where memory is full as well', (t) => {
    const directory = smallDisk(t, 16);
    const file = path.join(directory, 'audit');
    const log = open(file);
    const filler = fill(directory);
    for (let i = 0; i < 10_100; i++) log.record(ENTRY);
    fs.rmSync(filler);
    execFileSync('mount', ['-o', 'remount,size=8m', directory]);
    log.record(ENTRY);
    const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const last = JSON.parse(lines.at(-1) ?? '') as AuditEntry;
    assert.match(last.text ?? '', /^\d+ lines could not be written, and are lost$/);
    assert.equal(lines.length - 1 + Number.parseInt(last.text ?? ''), 10_101);
  });

  test('begins a new line after half a one', (t) => {
    const file = path.join(temporaryDirectory(t), 'audit');
    fs.writeFileSync(file, '{"time":"20', { mode: 0o600 });
    open(file).record(ENTRY);
    const lines = fs.readFileSync(file, 'utf8').split('\n');
    assert.equal(lines[0], '{"time":"20');
    assert.equal((JSON.parse(lines[1] ?? '') as AuditEntry).account, 'guest1');
  });

  test('gives back at its end what was set aside', (t) => {
    const file = path.join(temporaryDirectory(t), 'audit');
    const log = open(file);
    assert.ok(log.reserve().ok);
    assert.ok(fs.statSync(file).blocks > 100);
    log.record(ENTRY);
    log.close();
    assert.ok(fs.statSync(file).blocks <= 16);
  });

  test('says the same to the system log', (t) => {
    const echoed: string[] = [];
    const file = path.join(temporaryDirectory(t), 'audit');
    open(file, (line) => echoed.push(line)).record(ENTRY);
    assert.deepEqual(echoed, fs.readFileSync(file, 'utf8').split('\n').slice(0, -1));
  });
});

describe('the audit log of a daemon', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  test('goes on in a new file after a rename and SIGHUP', async (t) => {
    const daemon = await startDaemon(t);
    const client = await connectTo(t, daemon.socket);
    assert.ok((await client.request('ping')).ok);
    fs.renameSync(daemon.audit, `${daemon.audit}.1`);
    assert.ok((await client.request('ping')).ok);
    daemon.command.process.kill('SIGHUP');
    await waitUntil(() => fs.existsSync(daemon.audit), 'the new file');
    assert.ok((await client.request('ping')).ok);
    assert.equal(auditLines({ audit: `${daemon.audit}.1` }).length, 2);
    assert.equal(auditLines(daemon).length, 1);
    assert.equal(fs.statSync(daemon.audit).mode & 0o7777, 0o600);
  });

  test('refuses on a full disk what changes something, and nothing else', async (t) => {
    const disk = smallDisk(t, 64);
    const place = { ...layOut(t), audit: path.join(disk, 'audit') };
    const daemon = await startDaemon(t, { in: place });
    const client = await connectTo(t, daemon.socket);
    const filler = fill(disk);
    const refused = await client.request('reload');
    assert.equal(refused.ok ? 'done' : refused.error.code, 'audit');
    assert.ok((await client.request('ping')).ok);
    fs.rmSync(filler);
    assert.ok((await client.request('reload')).ok);
    assert.deepEqual(
      auditLines(daemon).map(({ operation, result }) => [operation, result]),
      [
        ['reload', 'audit'],
        ['ping', 'ok'],
        ['reload', 'ok'],
      ],
    );
  });

  test('that cannot be opened keeps it from starting', async (t) => {
    const place = layOut(t);
    const { status, stderr } = await runDaemon({
      ...place,
      audit: path.join(place.directory, 'no/audit'),
    });
    assert.equal(status, 1);
    assert.match(stderr, /no/);
  });
});
