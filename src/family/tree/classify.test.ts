import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stranger } from '../../../test/procd/support/facts';
import type { NewProcess } from '../../kernel/process-table-types';
import { classify, wants } from './classify';
import { type Family, isBelow, newFamily, type Tags } from './family';

/** The tree  top ─ job ─ inner,  top ─ other. */
function families(tags: Partial<Record<string, Partial<Tags>>>) {
  const make = (number: number, name: string, parent?: Family): Family => {
    const root = { pid: number, birthday: number };
    const family = newFamily({ number, root, watcher: undefined, interval: -1, parent });
    parent?.children.unshift(family);
    return { ...family, tags: { ...family.tags, ...tags[name] } };
  };
  const top = make(1, 'top');
  const job = make(2, 'job', top);
  const other = make(3, 'other', top);
  const inner = make(4, 'inner', job);
  return { top, job, other, inner };
}

const ENTRY = '_CONDOR_ANCESTOR_1=2:3:4';
const SECOND = '_CONDOR_ANCESTOR_2=5:6:7';

type Name = keyof ReturnType<typeof families>;

const ROWS: readonly (readonly [
  what: string,
  tags: Parameters<typeof families>[0],
  process: Partial<NewProcess>,
  parent: Name | undefined,
  belongs: Name | undefined,
])[] = [
  ['that nothing speaks for belongs to none', {}, {}, undefined, undefined],
  ['belongs where its parent does', {}, {}, 'job', 'job'],
  ['of a tracked group', { job: { gids: [7001] } }, { groups: [4, 7001] }, undefined, 'job'],
  ['of another group', { job: { gids: [7001] } }, { groups: [4, 7002] }, undefined, undefined],
  ['whose groups were not read', { job: { gids: [7001] } }, {}, undefined, undefined],
  ['of a tracked login', { job: { uids: [20001] } }, { uid: 20001 }, undefined, 'job'],
  ['of another login', { job: { uids: [20001] } }, { uid: 20002 }, undefined, undefined],
  [
    'in a tracked control group',
    { job: { cgroups: ['htcondor/job_1'] } },
    { cgroups: ['/x', '/htcondor/job_1'] },
    undefined,
    'job',
  ],
  [
    'below a tracked control group',
    { job: { cgroups: ['htcondor/job_1'] } },
    { cgroups: ['/htcondor/job_1/below'] },
    undefined,
    'job',
  ],
  [
    'in a control group whose name only ends the same',
    { job: { cgroups: ['job_1'] } },
    { cgroups: ['/not_job_1'] },
    undefined,
    undefined,
  ],
  [
    'with all entries of a tracked environment, and more',
    { job: { environments: [[ENTRY, SECOND]] } },
    { ancestors: [SECOND, '_CONDOR_ANCESTOR_9=9:9:9', ENTRY] },
    undefined,
    'job',
  ],
  [
    'with a part of a tracked environment',
    { job: { environments: [[ENTRY, SECOND]] } },
    { ancestors: [ENTRY] },
    undefined,
    undefined,
  ],
  [
    'with nothing, where an environment of no entries is tracked',
    { job: { environments: [[]] } },
    { ancestors: [] },
    undefined,
    undefined,
  ],
  [
    'with the environments of two families belongs to the one below',
    { job: { environments: [[ENTRY]] }, inner: { environments: [[ENTRY, SECOND]] } },
    { ancestors: [ENTRY, SECOND] },
    undefined,
    'inner',
  ],
  [
    'that is tagged belongs below its parent, where the tag is of a family below',
    { inner: { environments: [[ENTRY]] } },
    { ancestors: [ENTRY] },
    'job',
    'inner',
  ],
  [
    'whose parent is in a family below the one of its tag belongs with its parent',
    { job: { uids: [20001] } },
    { uid: 20001 },
    'inner',
    'inner',
  ],
  [
    'of a tag goes by the tag where its parent is in a family beside',
    { job: { uids: [20001] } },
    { uid: 20001 },
    'other',
    'job',
  ],
  [
    'goes by its group before its login, where the families lie beside each other',
    { job: { gids: [7001] }, other: { uids: [20001] } },
    { groups: [7001], uid: 20001 },
    undefined,
    'job',
  ],
];

describe('a process that was never seen', () => {
  for (const [what, tags, process, parent, belongs] of ROWS) {
    test(`${what}: ${belongs ?? 'none'}`, () => {
      const tree = families(tags);
      const found = classify(stranger(50, process), Object.values(tree), () =>
        parent === undefined ? undefined : tree[parent],
      );
      assert.equal(found?.number, belongs === undefined ? undefined : tree[belongs].number);
    });
  }

  test('is never put above where a single way puts it', () => {
    const names: readonly Name[] = ['top', 'job', 'other', 'inner'];
    const maybe = fc.option(fc.constantFrom(...names), { nil: undefined });
    fc.assert(
      fc.property(maybe, maybe, maybe, (byGroup, byLogin, byParent) => {
        const tree = families({
          ...(byGroup === undefined ? {} : { [byGroup]: { gids: [7001] } }),
        });
        if (byLogin !== undefined) tree[byLogin].tags.uids.push(20001);
        const process = stranger(50, { groups: [7001], uid: 20001 });
        const parent = byParent === undefined ? undefined : tree[byParent];
        const found = classify(process, Object.values(tree), () => parent);
        for (const name of [byGroup, byLogin, byParent]) {
          if (name === undefined) continue;
          assert.ok(found !== undefined && !isBelow(tree[name], found));
        }
      }),
    );
  });
});

describe('what is read of new processes', () => {
  test('is what some family has a tag for, and nothing else', () => {
    const nothing = { ancestors: false, groups: false, cgroups: false };
    assert.deepEqual(wants(Object.values(families({}))), nothing);
    for (const [tag, file] of [
      [{ environments: [[ENTRY]] }, 'ancestors'],
      [{ gids: [7001] }, 'groups'],
      [{ cgroups: ['x'] }, 'cgroups'],
    ] as const) {
      const tags = tag as unknown as Partial<Tags>;
      assert.deepEqual(wants(Object.values(families({ inner: tags }))), {
        ...nothing,
        [file]: true,
      });
    }
  });
});
