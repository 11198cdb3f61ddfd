/**
 * What `eyrie doctor` says of cgroups, on this host and on hosts of other shapes that are made of it in
 * mount namespaces.
 */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { hierarchies, placesOf, temporaryBase, versionOf } from '../kernel/support/cgroups';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const isFirst = versionOf('memory') === 1;
const skip = skipIf(
  needsRoot() ??
    needsProduct() ??
    (isFirst && versionOf('pids') === 1 ? undefined : 'controllers on cgroup v1, beside version 2'),
);

interface Row {
  readonly id: string;
  readonly state: string;
  readonly found: string;
  readonly remedy: string | null;
}

/** The rows about cgroups, `STATE: FOUND`, after a shell script has made the host's shape. */
async function rowsAfter(
  t: TestContext,
  script: string,
  base = temporaryBase(t),
): Promise<ReadonlyMap<string, string>> {
  const directory = temporaryDirectory(t);
  const knobs = { EXECUTE: `${directory}/execute`, LOG: `${directory}/log`, BASE_CGROUP: base };
  const settings = Object.entries(knobs).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const { stdout } = await runCommand([
    ...['unshare', '--mount', 'sh', '-c', `set -e\n${script}\nexec "$@"`, directory],
    ...[program('eyrie'), 'doctor', '--json', ...settings],
  ]);
  const rows = JSON.parse(stdout) as readonly Row[];
  for (const { id, remedy, state } of rows) {
    if (id.startsWith('cgroup')) assert.ok(state === 'ok' || remedy !== '', id);
  }
  return new Map(rows.map(({ found, id, state }) => [id, `${state}: ${found}`]));
}

describe('eyrie doctor about cgroups', { skip, concurrency: 2 }, () => {
  test('makes one as a job gets it, and leaves nothing', async (t) => {
    const base = temporaryBase(t);
    const rows = await rowsAfter(t, '', base);
    assert.match(rows.get('cgroup-base') ?? '', new RegExp(`^(ok|limited): ${base}[,;]`));
    assert.equal(rows.get('cgroup-kill'), 'ok: cgroup.kill');
    assert.equal(
      rows.get('cgroup-oom'),
      'ok: the kernel kills one process, the starter the others (version 1)',
    );
    assert.equal(rows.get('cgroup-peak'), 'ok: memory.max_usage_in_bytes (version 1)');
    assert.ok(placesOf(base).length > 0);
    const { stdout } = await runCommand([
      'find',
      ...placesOf(base),
      '-mindepth',
      '1',
      '-type',
      'd',
    ]);
    assert.equal(stdout, '');
  });

  test('has version 1 alone kill and suspend by its freezer', async (t) => {
    const rows = await rowsAfter(t, 'umount /sys/fs/cgroup/unified');
    assert.equal(rows.get('cgroup-kill'), 'ok: one by one while they stand still (freezer.state)');
    assert.equal(rows.get('cgroup-suspend'), 'ok: freezer.state (version 1)');
    assert.equal(rows.get('cgroup-pressure'), 'limited: not counted');
  });

  test('says what a job goes without where controllers are missing', async (t) => {
    const rows = await rowsAfter(t, 'cd /sys/fs/cgroup; umount memory freezer pids unified');
    assert.match(rows.get('cgroup-memory') ?? '', /^missing: no hierarchy has this controller/);
    assert.match(rows.get('cgroup-base') ?? '', /^limited: .*no hard limit of memory: /);
    assert.match(rows.get('cgroup-base') ?? '', /no limit of processes: /);
    for (const id of ['kill', 'suspend', 'peak', 'oom', 'swap', 'pressure']) {
      assert.match(rows.get(`cgroup-${id}`) ?? '', /^limited: /, id);
    }
  });

  test('says why jobs get none where all is to be read only', async (t) => {
    const script = 'for place in /sys/fs/cgroup/*/; do mount -o remount,bind,ro $place; done';
    const rows = await rowsAfter(t, script);
    assert.match(rows.get('cgroup-base') ?? '', /^limited: jobs get none: .*Read-only file system/);
    assert.match(rows.get('cgroup-memory') ?? '', /^limited: .*: mounted read-only/);
  });

  test('says that jobs get none where BASE_CGROUP is empty', async (t) => {
    const rows = await rowsAfter(t, '', '');
    assert.equal(rows.get('cgroup-base'), 'limited: jobs get none: BASE_CGROUP is empty');
  });

  test('tells whether systemd leaves the place to the jobs', async (t) => {
    const withSystemd = 'mount -t tmpfs none /run; mkdir -p /run/systemd/system';
    const beside = await rowsAfter(t, withSystemd);
    assert.match(beside.get('cgroup-delegation') ?? '', /^limited: .* is in no unit/);
    const root = hierarchies().find(({ version }) => version === 2)?.root ?? '';
    const slice = temporaryBase(t);
    const daemons = `${root}/${slice}/condor.service/daemons`;
    const enter = `mkdir -p ${daemons}; echo $$ > ${daemons}/cgroup.procs`;
    const inside = await rowsAfter(t, `${enter}\n${withSystemd}`);
    assert.equal(inside.get('cgroup-delegation'), 'ok: jobs are inside the unit condor.service');
    assert.match(inside.get('cgroup-base') ?? '', new RegExp(`: ${slice}/condor.service/`));
  });
});
