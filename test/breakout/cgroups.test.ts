/**
 * Attempts of a job to get out of its cgroup, to change its limits, or to leave something of it behind: as
 * what it is, and as root of user, mount and cgroup namespaces of its own.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { hierarchies, needsController, placesOf, temporaryBase } from '../kernel/support/cgroups';
import { shell } from '../run/support/ads';
import { makeSite, type Site, type TestEnd } from '../run/support/site';
import { skipIf } from '../support/need';
import { ROOT } from '../support/starters';
import { waitUntil } from '../support/wait';
import { needsAttackers } from './attack';

const second = hierarchies().find(({ version }) => version === 2);
const skip = skipIf(needsAttackers() ?? needsController('memory'));
const skip2 = skip || skipIf(second === undefined ? 'cgroup v2' : undefined);

interface Cage extends Site {
  readonly base: string;
  /** The cgroups of jobs that are there now. */
  jobs(): readonly string[];
}

function setCage(t: TestEnd): Cage {
  const base = temporaryBase(t);
  const site = makeSite(t, ROOT);
  site.configure(`BASE_CGROUP = ${base}\nUSE_PROCD = false\nCGROUP_PIDS_LIMIT = 60`);
  const jobs = (): readonly string[] =>
    placesOf(base).flatMap((place) =>
      readdirSync(place)
        .filter((name) => name.startsWith('condor_'))
        .map((name) => path.join(place, name)),
    );
  return { ...site, base, jobs };
}

/** Sets $mine to the job's own cgroups, one a word; version 2's is given to it. */
const OWN = `mine=
for root in ${hierarchies()
  .map(({ root }) => root)
  .join(' ')}; do
  for name in $(cut -d: -f3 /proc/self/cgroup | sort -u); do
    case $name in */condor_*) [ -d "$root$name" ] && mine="$mine $root$name";; esac
  done
done
[ -n "$mine" ] && echo found $(echo $mine | wc -w)
attempt() { { echo "$1" > "$2"; } 2>/dev/null && echo "DONE $2"; echo tried; }
`;

/** Joins whatever is above or beside. */
const LEAVE = `for dir in $mine; do
  for place in "$dir/.." "$dir/../.." "$dir/../../.." "$dir/../init"; do
    for file in cgroup.procs tasks cgroup.threads; do
      [ -e "$place/$file" ] && attempt $$ "$place/$file"
    done
    mkdir "$place/another" 2>/dev/null && echo "DONE $place/another"
  done
done
`;

/** Writes to whatever there is, of its own cgroup and of the one with the limits. */
const UNLIMIT = `for dir in $mine; do
  for file in "$dir"/* "$dir"/../*; do
    case "$file" in
      */job/cgroup.procs|*/job/cgroup.threads|*/job/cgroup.subtree_control) ;;
      *) [ -f "$file" ] && for value in max 1 -1 100 1000000000 a THAWED; do attempt "$value" "$file"; done;;
    esac
  done
done
`;

/** As what it is, and as root of its own namespaces, with cgroup file systems that it has mounted. */
const WAYS: readonly (readonly [name: string, (script: string) => string])[] = [
  ['as it is', (script) => script],
  [
    'as root of namespaces of its own',
    (script) => `unshare --user --map-root-user --mount sh -c '${script.replaceAll("'", `'\\''`)}'`,
  ],
];

/** Version 2 can be mounted in namespaces of one's own: its root is the job's cgroup then. */
const MOUNT = `${OWN}unshare --user --map-root-user --mount --cgroup sh -c '
mkdir mnt; mount -t cgroup2 none mnt && echo found mounted
attempt() { { echo "$1" > "$2"; } 2>/dev/null && echo "DONE $2"; echo tried; }
for file in mnt/* mnt/../*; do
  case "$file" in
    */cgroup.procs|*/cgroup.threads|*/cgroup.subtree_control) ;;
    mnt/*) [ -f "$file" ] && for value in max 1 100; do attempt "$value" "$file"; done;;
  esac
done'`;

describe('a job in a cgroup', { skip, concurrency: 2 }, () => {
  for (const [what, attack] of [
    ['leave it', LEAVE],
    ['change its limits', UNLIMIT],
  ] as const) {
    for (const [name, way] of WAYS) {
      test(`cannot ${what} ${name}`, async (t) => {
        const cage = setCage(t);
        const script = `${way(OWN + attack)}\ncat /proc/self/cgroup\necho end`;
        const { stdout, stderr } = await cage.run(shell(script));
        assert.match(stdout, /^found /m, stdout + stderr);
        judge(cage, stdout);
      });
    }
  }

  test(
    'can do no more as root that has mounted a cgroup file system',
    { skip: skip2 },
    async (t) => {
      const cage = setCage(t);
      const { stdout, stderr } = await cage.run(shell(`${MOUNT}\ncat /proc/self/cgroup\necho end`));
      assert.match(stdout, /^found mounted$/m, stdout + stderr);
      judge(cage, stdout);
    },
  );
});

/** It has tried, in vain, and is where it was. */
function judge(cage: Cage, stdout: string): void {
  const tries = stdout.match(/^tried$/gm)?.length ?? 0;
  assert.ok(tries >= 10, `${tries} attempts: ${stdout}`);
  assert.doesNotMatch(stdout, /^DONE /m);
  const inside = stdout.match(new RegExp(`^\\d+:.*:/${cage.base}/condor_`, 'gm')) ?? [];
  assert.equal(inside.length, placesOf(cage.base).length, stdout);
  assert.match(stdout, /end\n$/);
  assert.deepEqual(cage.jobs(), []);
}

const GIVEN = `${OWN}
for dir in $mine; do case $dir in */job) given=$dir;; esac; done
cd "$given" && echo given
`;

describe('a job that divides its cgroup of version 2', { skip: skip2, concurrency: 2 }, () => {
  test('cannot make 100,000 cgroups, and leaves none of those it could', async (t) => {
    const cage = setCage(t);
    const script = `${GIVEN} seq 100000 | xargs mkdir 2>/dev/null; ls -d */ | wc -l; echo end`;
    const { stdout, stderr } = await cage.run(shell(script));
    assert.match(stdout, /^given\n1000\nend$/m, stdout + stderr);
    assert.deepEqual(cage.jobs(), []);
  });

  test('cannot keep it from being removed by all it can do there', async (t) => {
    const cage = setCage(t);
    // Deep, with processes that have it as their directory and its files open, and stand still.
    const script = `${GIVEN} i=0
while mkdir deeper && cd deeper; do
  i=$((i+1))
  (exec 7<cgroup.events; setsid sleep 600) & echo $! > cgroup.procs
  (setsid sleep 600 &)
done 2>/dev/null
echo depth $i; echo 1 > cgroup.freeze; echo end`;
    const { stdout, stderr } = await cage.run(shell(script));
    assert.match(stdout, /^depth (19|20)\nend$/m, stdout + stderr);
    assert.deepEqual(cage.jobs(), []);
  });

  test('and has frozen itself is killed like any other', async (t) => {
    const cage = setCage(t);
    const script = `${GIVEN} mkdir own; echo $$ > own/cgroup.procs; echo ready; echo 1 > own/cgroup.freeze; echo lived`;
    const running = cage.start(shell(script));
    t.after(() => running.process.kill('SIGKILL'));
    await running.said('ready');
    const frozen = (): boolean => cage.jobs().some((place) => existsSync(`${place}/job/own`));
    await waitUntil(frozen, 'its own cgroup');
    running.process.kill('SIGQUIT');
    const { stdout } = await running.ended;
    assert.doesNotMatch(stdout, /lived/);
    assert.deepEqual(cage.jobs(), []);
  });

  test('and has frozen itself is told to end by SIGTERM, and killed when it does not', async (t) => {
    const cage = setCage(t);
    const script = `${GIVEN} mkdir own; echo $$ > own/cgroup.procs; echo ready; echo 1 > own/cgroup.freeze`;
    const running = cage.start({ ...shell(script), JobMaxVacateTime: 1, KillSigTimeout: 1 });
    t.after(() => running.process.kill('SIGKILL'));
    await running.said('ready');
    running.process.kill('SIGTERM');
    await running.ended;
    assert.deepEqual(cage.jobs(), []);
  });
});
