import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { directory, file, memoryHost } from '../../../test/plan/memory-host';
import { resolveInImage } from './image-path';

const HOST = memoryHost({
  '/img/usr/bin': directory(),
  '/img/bin': 'usr/bin',
  '/img/var/run': '/run',
  '/img/run': directory(),
  '/img/up': '../../../etc',
  '/img/etc': directory(),
  '/img/file': file(),
  '/img/loop': 'loop',
  '/img/gone': '/not/here',
  '/run': directory(),
});

describe('resolveInImage()', () => {
  const found: readonly [string, string, string, string][] = [
    ['a directory', '/usr/bin', '/usr/bin', '/usr/bin'],
    ['the root', '/', '/', '/'],
    ['a relative link', '/bin', '/usr/bin', '/usr/bin'],
    ["an absolute link, from the image's root", '/var/run', '/run', '/run'],
    ['a link that climbs, no higher than the root', '/up', '/etc', '/etc'],
    ['what is missing', '/var/lib/condor', '/var/lib/condor', '/var'],
    ['what is missing behind a link', '/bin/x/y', '/usr/bin/x/y', '/usr/bin'],
    ['a link to nothing', '/gone', '/not/here', '/'],
  ];
  for (const [title, path, inside, existing] of found) {
    test(`finds ${title}`, () => {
      const place = resolveInImage(HOST, '/img', path);
      assert.deepEqual(place, { ok: true, value: { path: inside, existing } });
    });
  }

  test('names what is not a directory', () => {
    assert.deepEqual(resolveInImage(HOST, '/img', '/file/x'), {
      ok: false,
      error: '/file is not a directory in /img, and /file/x has to be mounted there',
    });
  });

  test('gives up on a link that leads to itself', () => {
    assert.deepEqual(resolveInImage(HOST, '/img', '/loop'), {
      ok: false,
      error: '/loop leads through too many links in /img',
    });
  });
});
