import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nameTrouble, parseImageFile, printImageFile } from './image-file';

describe('parseImageFile()', () => {
  test('reads NAME=/directory lines, and skips empty lines and comments', () => {
    const text = '# mine\n\nel9=/chroots/el9\n  sl7=/chroots/a b  \n';
    assert.deepEqual(parseImageFile(text, 'images'), {
      ok: true,
      value: [
        { name: 'el9', directory: '/chroots/el9' },
        { name: 'sl7', directory: '/chroots/a b' },
      ],
    });
  });

  for (const line of [
    'el9',
    'el9=',
    '=/dir',
    'el9=dir',
    'el9=/',
    'a b=/d',
    'el9=/a/../b',
    'el9=/a//b',
  ]) {
    test(`names a line that is wrong: ${line}`, () => {
      assert.deepEqual(parseImageFile(`# one\n${line}\n`, '/etc/eyrie/images'), {
        ok: false,
        error: `/etc/eyrie/images:2: "${line}" is not NAME=/directory`,
      });
    });
  }

  test('names a name that is there twice', () => {
    assert.deepEqual(parseImageFile('a=/x\na=/y\n', 'images'), {
      ok: false,
      error: 'images:2: the name "a" is there twice',
    });
  });
});

test('nameTrouble() lets no name pass that would break a list, a path or an option', () => {
  for (const name of ['el9', 'EL-9.4_x86+gpu', '9']) assert.equal(nameTrouble(name), undefined);
  for (const name of ['', 'a b', 'a,b', 'a=b', 'a/b', '.', '..', '-a', '.hidden', 'é']) {
    assert.match(nameTrouble(name) ?? '', /is no name for an image/, name);
  }
});

test('what printImageFile() writes, parseImageFile() reads', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,9}$/);
  const part = fc.stringMatching(/^[a-z][a-z .=#-]{0,8}[a-z]$/);
  const directory = fc
    .array(part, { minLength: 1, maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`);
  const images = fc.uniqueArray(fc.record({ name, directory }), {
    selector: (image) => image.name,
  });
  fc.assert(
    fc.property(images, (some) => {
      const read = parseImageFile(printImageFile(some), 'images');
      assert.ok(read.ok, JSON.stringify(read));
      const byName = new Map(read.value.map((image) => [image.name, image.directory]));
      assert.deepEqual(byName, new Map(some.map((image) => [image.name, image.directory])));
    }),
  );
});
