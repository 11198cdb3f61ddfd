/** bubblewrap with the same namespaces and mounts: no job ad, no accounts, no result. */
import { existsSync } from 'node:fs';

export const name = 'bubblewrap';

const BWRAP = '/usr/bin/bwrap';

export function missing() {
  return existsSync(BWRAP) ? undefined : `${BWRAP} is not there (Debian package: bubblewrap)`;
}

export function prepare() {}

const SANDBOX = {
  bare: () => ['--dev-bind', '/', '/'],
  namespaces: () => [
    ...['--dev-bind', '/', '/', '--unshare-pid', '--proc', '/proc'],
    ...['--tmpfs', '/tmp', '--tmpfs', '/var/tmp'],
  ],
  chroot: (image) => ['--ro-bind', image, '/', '--proc', '/proc', '--dev', '/dev'],
};

export function command({ situation, image, job }) {
  return {
    argv: [BWRAP, '--die-with-parent', ...SANDBOX[situation](image), '--', ...job],
    env: {},
  };
}
