/** The files of root's that list accounts: what is believed, and what is refused. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { TrustedList } from '../../src/trusted-list';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const ACCOUNTS = [
  { name: 'root', uid: 0 },
  { name: 'daemon', uid: 1 },
  { name: 'john', uid: 1001 },
  { name: 'guest1', uid: 2001 },
];

function open(file: string, minimum = 1000): ReturnType<typeof TrustedList.open> {
  return TrustedList.open({
    path: file,
    minimum,
    accountByName: (name) => ACCOUNTS.find((one) => one.name === name),
    accountById: (uid) => ACCOUNTS.find((one) => one.uid === uid),
  });
}

function complaint(file: string, minimum?: number): string {
  const list = open(file, minimum);
  return list.ok ? 'believed' : list.error;
}

function write(directory: string, text: string, mode = 0o600): string {
  const file = path.join(directory, 'clients');
  fs.writeFileSync(file, text);
  fs.chmodSync(file, mode);
  return file;
}

describe('a list of accounts', { skip: skipIf(needsRoot()) }, () => {
  test('has a name or a uid a line, comments, and lines that are skipped with a warning', (t) => {
    const file = write(temporaryDirectory(t), '# ours\n\njohn # him\n 2001\nnobody-here\n4711\n');
    const list = open(file);
    assert.ok(list.ok);
    const contents = list.value.current();
    assert.ok(contents.ok);
    assert.deepEqual([...contents.value.accounts.values()], ACCOUNTS.slice(2));
    assert.deepEqual(contents.value.warnings, [
      `${file}, line 5: there is no account 'nobody-here'; the line is skipped`,
      `${file}, line 6: there is no account '4711'; the line is skipped`,
    ]);
  });

  test('that names root or a system account is refused whole', (t) => {
    const directory = temporaryDirectory(t);
    for (const line of ['0', 'root', '00', 'daemon', '1', '999']) {
      const file = write(directory, `john\n${line}\n`);
      assert.match(complaint(file), /clients, line 2: uid \d+ is below 1000/);
    }
    assert.match(complaint(write(directory, '0'), 0), /uid 0 is below/);
    assert.equal(complaint(write(directory, 'daemon'), 1), 'believed');
  });

  test('must be 0600, of root, regular, and have one name', (t) => {
    const directory = temporaryDirectory(t);
    const refuse = (file: string, why: RegExp): void => assert.match(complaint(file), why);
    for (const mode of [0o640, 0o644, 0o400, 0o4600, 0o620]) {
      refuse(
        write(directory, 'john', mode),
        /cannot trust .*clients: its mode is 0\d+, expected 0600/,
      );
    }
    const file = write(directory, 'john');
    fs.chownSync(file, 1001, 0);
    refuse(file, /clients belongs to uid 1001/);
    fs.chownSync(file, 0, 0);
    fs.linkSync(file, `${file}.2`);
    refuse(file, /it has 2 names/);
    fs.unlinkSync(`${file}.2`);
    fs.symlinkSync(file, `${file}.link`);
    refuse(`${file}.link`, /it is a symbolic link/);
    refuse(directory, /it is not a regular file/);
    refuse(path.join(directory, 'none'), /ENOENT/);
    refuse('clients', /not an absolute path/);
    assert.equal(complaint(file), 'believed');
  });

  test('must lie where only root can put something else', (t) => {
    const directory = temporaryDirectory(t);
    const inner = path.join(directory, 'inner');
    fs.mkdirSync(inner, { mode: 0o755 });
    const file = write(inner, 'john');
    fs.chmodSync(inner, 0o775);
    assert.match(complaint(file), /others than root may write to .*inner \(chmod go-w\)/);
    fs.chmodSync(inner, 0o1777);
    assert.equal(complaint(file), 'believed');
    fs.chmodSync(inner, 0o755);
    fs.chownSync(inner, 1001, 0);
    assert.match(complaint(file), /inner belongs to uid 1001/);
    fs.chownSync(inner, 0, 0);
    fs.symlinkSync(inner, path.join(directory, 'way'));
    fs.lchownSync(path.join(directory, 'way'), 1001, 0);
    assert.match(complaint(path.join(directory, 'way', 'clients')), /way belongs to uid 1001/);
  });

  test('is read again when its file changes, and nobody is listed where that fails', (t) => {
    const directory = temporaryDirectory(t);
    const file = write(directory, 'john');
    const list = open(file);
    assert.ok(list.ok);
    const uids = (): unknown => {
      const now = list.value.current();
      return now.ok ? [...now.value.accounts.keys()] : now.error;
    };
    assert.deepEqual(uids(), [1001]);
    fs.writeFileSync(`${file}.new`, 'guest1', { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
    assert.deepEqual(uids(), [2001]);
    fs.chmodSync(file, 0o644);
    assert.match(String(uids()), /its mode is 0644/);
    fs.unlinkSync(file);
    assert.match(String(uids()), /ENOENT/);
    write(directory, 'john');
    assert.deepEqual(uids(), [1001]);
  });
});
