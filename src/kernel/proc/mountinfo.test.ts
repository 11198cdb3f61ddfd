import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mountFlags, parseMountInfo, readMountInfo, unescapeOctal } from './mountinfo';

const LINE = '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue';

function parsed(text: string) {
  const result = parseMountInfo(text);
  assert.ok(result.ok, 'the text is well formed');
  return result.value;
}

describe('parseMountInfo()', () => {
  test("reads every field of proc(5)'s example", () => {
    assert.deepEqual(parsed(`${LINE}\n`), [
      {
        id: 36,
        parent: 35,
        device: '98:0',
        root: '/mnt1',
        mountPoint: '/mnt2',
        options: ['rw', 'noatime'],
        propagation: ['master:1'],
        type: 'ext3',
        source: '/dev/root',
        superOptions: ['rw', 'errors=continue'],
      },
    ]);
  });

  for (const [what, optional, expected] of [
    ['no optional field', '', []],
    ['two optional fields', ' shared:7 master:1', ['shared:7', 'master:1']],
    ['an optional field without a number', ' unbindable', ['unbindable']],
  ] as const) {
    test(`takes ${what}`, () => {
      const [entry] = parsed(`1 0 0:1 / / rw${optional} - tmpfs none rw`);
      assert.deepEqual(entry?.propagation, expected);
    });
  }

  test('unescapes blanks and backslashes in paths, also in the root of a mount', () => {
    const [entry] = parsed('1 0 0:1 /a\\040b /c\\011\\012\\134d rw - tmpfs my\\040disk rw');
    assert.deepEqual(
      [entry?.root, entry?.mountPoint, entry?.source],
      ['/a b', '/c\t\n\\d', 'my disk'],
    );
  });

  test('takes a mount whose source is the empty string', () => {
    const [entry] = parsed('1 0 0:1 / /x rw - tmpfs  rw');
    assert.deepEqual([entry?.type, entry?.source, entry?.superOptions], ['tmpfs', '', ['rw']]);
  });

  test('is not confused by a mount point or source named "-"', () => {
    const [entry] = parsed('1 0 0:1 / - rw - tmpfs - rw');
    assert.deepEqual([entry?.mountPoint, entry?.type, entry?.source], ['-', 'tmpfs', '-']);
  });

  for (const broken of [
    'nonsense',
    '36 35 98:0 /mnt1',
    LINE.replace(' - ', ' '),
    LINE.replace('36', 'x'),
    '36 35 98:0 / / rw -',
  ]) {
    test(`refuses "${broken}" and shows it`, () => {
      const result = parseMountInfo(`${LINE}\n${broken}\n`);
      assert.ok(!result.ok && result.error.includes(`"${broken}"`));
    });
  }

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseMountInfo(text)));
  });
});

describe('unescapeOctal()', () => {
  test('undoes what the kernel does to any path', () => {
    const escape = (path: string) =>
      path.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
    const path = fc.string({
      unit: fc.constantFrom('a', '/', ' ', '\t', '\n', '\\', '0', '4', 'é'),
    });
    fc.assert(fc.property(path, (text) => unescapeOctal(escape(text)) === text));
  });
});

describe('mountFlags()', () => {
  const flags = (options: string) =>
    mountFlags(parsed(`1 0 0:1 / / ${options} - tmpfs none rw`)[0] as never);
  for (const [options, expected] of [
    ['rw,relatime', ['relatime']],
    ['ro,nosuid,nodev,noexec,noatime', ['ro', 'nosuid', 'nodev', 'noexec', 'noatime']],
    ['rw', ['strictatime']],
    ['rw,nodiratime', ['nodiratime', 'strictatime']],
    ['rw,nosymfollow,idmapped,relatime', ['nosymfollow', 'relatime']],
  ] as const) {
    test(`"${options}" is mounted again with ${expected.join(', ')}`, () => {
      assert.deepEqual(flags(options), expected);
    });
  }
});

test('readMountInfo() finds the /proc that it reads', () => {
  const mounts = readMountInfo();
  assert.ok(mounts.ok);
  assert.ok(mounts.value.some((each) => each.mountPoint === '/proc' && each.type === 'proc'));
});
