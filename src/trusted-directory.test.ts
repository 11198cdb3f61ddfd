import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { needsRoot, skipIf } from '../test/support/need';
import { temporaryDirectory } from '../test/support/temporary';
import { makeTrustedDirectory, whyUntrusted } from './trusted-directory';

const OTHER = 65534;

/** A directory of root's in which anybody can put something, as in /tmp. */
function sticky(context: TestContext): string {
  return temporaryDirectory(context, { mode: 0o1777 });
}

function ofOther(directory: string): string {
  mkdirSync(directory);
  chownSync(directory, OTHER, OTHER);
  return directory;
}

/** What makes a directory below `top`, by what stands there before. */
function make(directory: string): string | undefined {
  const made = makeTrustedDirectory(directory, 0o700);
  return made.ok ? undefined : made.error;
}

describe('a trusted directory', { skip: skipIf(needsRoot()) }, () => {
  test('is made with those above it, in the given mode', (context) => {
    const directory = `${sticky(context)}/eyrie-0/log`;
    assert.equal(make(directory), undefined);
    for (const made of [directory, directory.slice(0, -'/log'.length)]) {
      assert.equal(statSync(made).mode & 0o777, 0o700);
    }
  });

  test('is left as it is where it exists', (context) => {
    const directory = temporaryDirectory(context);
    assert.equal(make(directory), undefined);
    assert.equal(statSync(directory).mode & 0o777, 0o755);
  });

  test('is not below a directory that another user put into a common one', (context) => {
    const theirs = ofOther(`${sticky(context)}/eyrie-0`);
    assert.equal(
      make(`${theirs}/log`),
      `${theirs} belongs to user 65534 and stands where everybody can put something; ` +
        'remove it or use another directory',
    );
    assert.equal(existsSync(`${theirs}/log`), false);
  });

  test('is not behind a link that another user put into a common directory', (context) => {
    const top = sticky(context);
    mkdirSync(`${top}/target`);
    symlinkSync(`${top}/target`, `${top}/eyrie-0`);
    lchownSync(`${top}/eyrie-0`, OTHER, OTHER);
    assert.match(make(`${top}/eyrie-0/log`) ?? '', /eyrie-0 belongs to user 65534/);
    assert.equal(existsSync(`${top}/target/log`), false);
  });

  test('can be behind a link of root, if what that leads to can be trusted', (context) => {
    const top = sticky(context);
    mkdirSync(`${top}/target`);
    symlinkSync(`${top}/target`, `${top}/eyrie-0`);
    assert.equal(make(`${top}/eyrie-0/log`), undefined);
    assert.equal(existsSync(`${top}/target/log`), true);

    symlinkSync(ofOther(`${top}/theirs`), `${top}/eyrie-1`);
    assert.match(make(`${top}/eyrie-1/log`) ?? '', /theirs belongs to user 65534/);
  });

  test('is not in a directory where everybody can replace it', (context) => {
    const top = temporaryDirectory(context);
    mkdirSync(`${top}/open/eyrie-0`, { recursive: true });
    chmodSync(`${top}/open`, 0o777);
    assert.equal(
      make(`${top}/open/eyrie-0/log`),
      `everybody can write to ${top}/open, and replace what is in it (chmod o-w)`,
    );
  });

  test("can be in another user's directory that nobody else put there", (context) => {
    const theirs = ofOther(`${temporaryDirectory(context)}/condor`);
    assert.equal(make(`${theirs}/log`), undefined);
  });

  test('cannot be made where a file is', () => {
    assert.match(make('/etc/passwd/log') ?? '', /^cannot make the directory .*ENOTDIR/);
  });

  test('may be group-writable on its way, as /var/log is here and there', (context) => {
    const top = temporaryDirectory(context);
    chmodSync(top, 0o775);
    assert.equal(whyUntrusted(`${top}/log`), undefined);
  });
});
