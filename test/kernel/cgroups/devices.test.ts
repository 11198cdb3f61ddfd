/**
 * Devices that a cgroup hides: on version 1 by its controller, on version 2 by a program. Instead of GPUs
 * there are nodes with the numbers of /dev/zero and /dev/full, which every machine has.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { NamedDevice } from '../../../src/job/cgroup-plan';
import { hideDevices } from '../../../src/kernel/cgroups/hide-devices';
import { needsRoot, skipIf } from '../../support/need';
import { temporaryDirectory } from '../../support/temporary';
import {
  cage,
  type Caged,
  cgroupPlan,
  hierarchies,
  runCaged,
  temporaryBase,
} from '../support/cgroups';
import { NOBODY } from '../support/plans';

const skip = skipIf(needsRoot());
const ZERO: NamedDevice = { name: 'GPU-0', major: 1, minor: 5 };
const FULL: NamedDevice = { name: 'GPU-1', major: 1, minor: 7 };
const RANDOM: NamedDevice = { name: 'GPU-2', major: 1, minor: 9 };

type TestEnd = Parameters<typeof temporaryDirectory>[0];

/** A directory with a node of each that all may read and write. */
function nodes(t: TestEnd): string {
  const directory = temporaryDirectory(t, { uid: NOBODY });
  for (const { major, minor, name } of [ZERO, FULL, RANDOM]) {
    const node = path.join(directory, name);
    execFileSync('mknod', [node, 'c', `${major}`, `${minor}`]);
    chmodSync(node, 0o666);
  }
  return directory;
}

/** Which of them a job in a cgroup can read, and which it can write, by name. */
async function open(
  t: TestEnd,
  hidden: readonly NamedDevice[],
  prepare: (caged: Caged) => void = () => undefined,
): Promise<string> {
  const directory = nodes(t);
  const output = `${temporaryDirectory(t, { uid: NOBODY })}/output`;
  const run = `cd ${directory}; for node in *; do
    { head -c 1 <$node >/dev/null && echo "read $node"; : >$node && echo "write $node"; } 2>&1 |
      sed 's/.*: Operation not permitted/refused/'
  done; true`;
  const caged = await cage(t, cgroupPlan(temporaryBase(t), { hiddenDevices: hidden }), {
    output,
    run,
  });
  assert.deepEqual(caged.cgroup.notes, []);
  prepare(caged);
  await runCaged(caged);
  return readFileSync(output, 'utf8');
}

const ALL = ['GPU-0', 'GPU-1', 'GPU-2'].map((name) => `read ${name}\nwrite ${name}\n`);

/** What comes of a script that can open the second only. */
const SECOND_ONLY = `refused\nrefused\n${ALL[1]}refused\nrefused\n`;

describe('a device that a cgroup hides', { skip }, () => {
  test('can be opened by nobody in there, and others can', async (t) => {
    assert.equal(await open(t, [ZERO, RANDOM]), SECOND_ONLY);
  });

  test('is none, where none is hidden', async (t) => {
    assert.equal(await open(t, []), ALL.join(''));
  });
});

/** The program of version 2 is tried where version 1 has the controller, too. */
const second = hierarchies().some(({ version }) => version === 2);

describe(
  'a device that a cgroup of version 2 hides',
  { skip: skip || skipIf(second ? undefined : 'a hierarchy of version 2') },
  () => {
    const hide = (devices: readonly NamedDevice[]) => (caged: Caged) => {
      const [directory = ''] = caged.cgroup.directories;
      assert.deepEqual(hideDevices(directory, devices), []);
    };

    test('can be opened by nobody below, and others can', async (t) => {
      assert.equal(await open(t, [], hide([ZERO, RANDOM])), SECOND_ONLY);
    });

    test('is any of as many as there can be', async (t) => {
      const many = Array.from({ length: 255 }, (_, minor) => ({ name: '', major: 195, minor }));
      assert.equal(
        await open(t, [], hide([...many, ZERO])),
        `refused\nrefused\n${ALL[1]}${ALL[2]}`,
      );
    });

    test('is not hidden by a list that is too long, and a sentence says so', async (t) => {
      const many = Array.from({ length: 257 }, () => ZERO);
      await open(t, [], (caged) => {
        const [directory = ''] = caged.cgroup.directories;
        assert.match(
          hideDevices(directory, many).join(),
          /^no hiding of GPU-0, .*Argument list too long/,
        );
      });
    });
  },
);
