/**
 * Skipping a test that cannot run here, honestly.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { program } from './eyrie';

/** What the reporter does not count as a gap, since the same run has the test on another kernel. */
const IN_GUEST = 'runs in the guest (test/vm/guest.test.ts)';
const ON_HOST = 'runs on the host';
const ELSEWHERE: readonly string[] = [IN_GUEST, ON_HOST];

/**
 * For the `skip` option of a test: a reason where something is missing, else false. In CI nothing
 * may be missing, so there it throws and the run fails.
 *
 * @param missing what is missing and how to get it; undefined: nothing
 */
export function skipIf(missing: string | undefined): string | false {
  if (missing !== undefined && process.env.CI !== undefined && !ELSEWHERE.includes(missing)) {
    throw new Error(`this test has to run in CI, but cannot: ${missing}`);
  }
  return missing ?? false;
}

/** Whether this is the guest, on whose one slow processor a flood of processes leaves the test no time. */
export const isInGuest = process.env.EYRIE_IN_GUEST !== undefined;

/** For `skipIf`: missing unless the tests run as root. */
export function needsRoot(): string | undefined {
  return process.geteuid?.() === 0 ? undefined : 'root (run `make test` as root)';
}

/** For `skipIf`: missing unless `make` has built the product. */
export function needsProduct(): string | undefined {
  const file = program('eyrie');
  return existsSync(file) ? undefined : `${file} (run \`make\`)`;
}

/**
 * For `skipIf`: missing unless the controllers (cpu, memory, pids …) are on cgroup v1 or on v2, as
 * asked for. Where they are not on v2, test/vm/guest.test.ts runs the file in a guest where they are:
 * every test file that calls this, by its text.
 */
export function needsControllers(version: 1 | 2): string | undefined {
  if (controllersVersion() === version) return undefined;
  if (isInGuest) return ON_HOST;
  return version === 2
    ? IN_GUEST
    : 'controllers on cgroup v1 (boot with systemd.unified_cgroup_hierarchy=0)';
}

/** Where memory, the one that no host lacks, is mounted. */
function controllersVersion(): 1 | 2 | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  if (mounts.some((line) => /^\S+ \S+ cgroup \S*\bmemory\b/.test(line))) return 1;
  const unified = mounts.map((line) => /^\S+ (\S+) cgroup2 /.exec(line)?.[1]).find(Boolean);
  if (unified === undefined) return undefined;
  const controllers = readFileSync(`${unified}/cgroup.controllers`, 'utf8').trim().split(' ');
  return controllers.includes('memory') ? 2 : undefined;
}

/** For `skipIf`: missing unless the guest of the tests can be booted. */
export function needsGuest(): string | undefined {
  const installed = path.join(process.env.EYRIE_GUEST ?? '/var/tmp/eyrie-guest', 'installed');
  const places = (process.env.PATH ?? '').split(':').map((each) => `${each}/qemu-system-x86_64`);
  if (!places.some((place) => existsSync(place))) return 'QEMU (run `make guest`)';
  if (!existsSync(installed)) return `${installed} (run \`make guest\`)`;
  return needsProduct();
}
