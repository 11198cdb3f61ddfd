/**
 * The releases of HTCondor that the pool tests run, and the roots that `make pool` installs.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { needsProduct, needsRoot } from '../../support/need';

/** A release; 25.14 stands for the newest that Debian sid has, which moves on. */
export type Release = '23.9' | '25.14';

/** Debian's suite with the release; scripts/pool/install.sh installs by suite. */
const SUITES: Readonly<Record<Release, string>> = { '23.9': 'trixie', '25.14': 'sid' };

/** Where the roots and the running pools are. */
export const POOLS: string = process.env.EYRIE_POOLS ?? '/var/tmp/eyrie-pools';

/**
 * The releases to test: both, or those that EYRIE_POOL_RELEASES names, separated by blanks.
 *
 * @throws where it names another
 */
export const RELEASES: readonly Release[] = chosenReleases();

/** The root directory of a release, from outside. */
export function rootOf(release: Release): string {
  return path.join(POOLS, SUITES[release], 'root');
}

/** Debian's version of the installed package, such as `23.9.6+dfsg-2.1+b10`. */
export function installedVersion(release: Release): string {
  return readFileSync(stampOf(release), 'utf8').trim();
}

/** For `skipIf`: missing unless pools of every release that is to be tested can be started. */
export function needsPools(): string | undefined {
  const missing = RELEASES.find((release) => !existsSync(stampOf(release)));
  return (
    needsRoot() ??
    needsProduct() ??
    (missing === undefined ? undefined : `${stampOf(missing)} (run \`make pool\` as root)`)
  );
}

/** Is there when the installation went through. */
function stampOf(release: Release): string {
  return path.join(POOLS, SUITES[release], 'installed');
}

function chosenReleases(): readonly Release[] {
  const all = Object.keys(SUITES) as Release[];
  const chosen = process.env.EYRIE_POOL_RELEASES?.split(' ') ?? all;
  const unknown = chosen.find((name) => !all.some((release) => release === name));
  if (unknown !== undefined) {
    throw new Error(`EYRIE_POOL_RELEASES names '${unknown}', but there are ${all.join(' and ')}`);
  }
  return all.filter((release) => chosen.includes(release));
}
