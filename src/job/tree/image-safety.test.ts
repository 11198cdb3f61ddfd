import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { directory, file, memoryHost, type Node } from '../../../test/plan/memory-host';
import { imageProblems } from './image-safety';

const ROOT_ONLY = new Set([0]);

function problems(nodes: Record<string, Node>, owners = ROOT_ONLY): readonly string[] {
  return imageProblems('/srv/img', memoryHost(nodes), owners);
}

describe('imageProblems()', () => {
  test('finds nothing wrong with a directory of root that only root can change', () => {
    assert.deepEqual(
      problems({ '/srv/img/etc': directory(), '/srv/img/tmp': directory(0o1777) }),
      [],
    );
  });

  const bad: readonly [string, Record<string, Node>, string][] = [
    ['that does not exist', { '/srv': directory() }, '/srv/img does not exist'],
    ['that is a file', { '/srv/img': file() }, '/srv/img is not a directory'],
    [
      'that is a link',
      { '/srv/img': '/srv/real', '/srv/real': directory() },
      '/srv/img is a symbolic link: give the path that it leads to',
    ],
    [
      'with a link on its path',
      { '/srv': '/data', '/data/img': directory() },
      '/srv is a symbolic link: give the path that it leads to',
    ],
    [
      'that a user owns',
      { '/srv/img': directory(0o755, 1000) },
      '/srv/img is owned by uid 1000: chown it to root',
    ],
    [
      'that everyone can write',
      { '/srv/img': directory(0o757) },
      '/srv/img can be written by others (mode 0757): chmod go-w it',
    ],
    [
      'that a group can write',
      { '/srv/img': directory(0o775) },
      '/srv/img can be written by others (mode 0775): chmod go-w it',
    ],
    [
      'that is sticky and open to all, as others could add to it',
      { '/srv/img': directory(0o1777) },
      '/srv/img can be written by others (mode 1777): chmod go-w it',
    ],
    [
      'in a directory that others can write',
      { '/srv': directory(0o777), '/srv/img': directory() },
      '/srv can be written by others (mode 0777): chmod go-w it',
    ],
    [
      'whose accounts a user can change',
      { '/srv/img/etc': directory(0o755, 1000) },
      '/srv/img/etc is owned by uid 1000: chown it to root',
    ],
  ];
  for (const [title, nodes, problem] of bad) {
    test(`refuses a directory ${title}`, () => {
      assert.deepEqual(problems(nodes), [problem]);
    });
  }

  test('accepts a sticky directory on the way, where others cannot replace what is there', () => {
    assert.deepEqual(problems({ '/srv': directory(0o1777), '/srv/img': directory() }), []);
  });

  test("accepts the invoking user's own directory where it is trusted", () => {
    const nodes = { '/srv': directory(), '/srv/img': directory(0o755, 1000) };
    assert.deepEqual(problems(nodes, new Set([0, 1000])), []);
    assert.equal(problems(nodes, new Set([0, 1001])).length, 1);
  });

  test('tells all that is wrong at once', () => {
    const nodes = { '/srv': directory(0o777, 5), '/srv/img': directory(0o777, 6) };
    assert.equal(problems(nodes).length, 4);
  });
});
