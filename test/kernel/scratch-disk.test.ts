/** What starters of a pool leave behind that were killed: the startd removes files, but not mounts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { mountScratch, unmountAbandoned, unmountScratch } from '../../src/kernel/scratch/disk';
import { needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const SIZE = 2 ** 20;

/** The pid of nobody: of a child that has ended. */
const { pid: DEAD } = spawnSync('true');

describe('unmountAbandoned()', { skip: skipIf(needsRoot()) }, () => {
  test('unmounts what is of starters that live no more, and nothing else', (t) => {
    const execute = temporaryDirectory(t);
    const names = [`dir_${DEAD}`, `dir_${process.pid}`, 'site', `deep/dir_${DEAD}`];
    const places = names.map((name) => path.join(execute, name));
    for (const place of places) {
      fs.mkdirSync(place, { recursive: true });
      const disk = { kind: 'tmpfs', size: SIZE, limit: SIZE, isThin: true } as const;
      assert.ok(mountScratch(place, disk).ok);
    }
    try {
      check(execute, places);
    } finally {
      for (const place of places) unmountScratch(place);
    }
  });

  /** Of four mounts the first one is abandoned. */
  function check(execute: string, places: readonly string[]): void {
    const mounted = (): readonly string[] =>
      places.filter((place) => fs.statSync(place).dev !== fs.statSync(execute).dev);
    assert.deepEqual(mounted(), places);
    assert.deepEqual(unmountAbandoned(execute), places.slice(0, 1));
    assert.deepEqual(mounted(), places.slice(1));
    assert.deepEqual(unmountAbandoned(execute), []);
  }

  test('a file system that cannot be mounted leaves nothing behind', (t) => {
    const execute = temporaryDirectory(t);
    const disk = { kind: 'tmpfs', size: SIZE, limit: SIZE, isThin: true } as const;
    const mounted = mountScratch(path.join(execute, 'none'), disk);
    assert.ok(!mounted.ok);
    assert.match(mounted.error.call, /^mount a tmpfs on /);
    assert.deepEqual(fs.readdirSync(execute), []);
  });
});
