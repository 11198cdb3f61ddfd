/**
 * Procds to speak to: HTCondor's own of each release, from the roots that `make pool` installs, and
 * ours.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
} from 'node:fs';
import path from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { type Release, RELEASES, rootOf } from '../../pool/support/releases';
import { type RunningCommand, startCommand } from '../../support/command';
import { program } from '../../support/eyrie';
import { needsRoot } from '../../support/need';
import { removeWithPatience } from '../../support/temporary';
import { waitUntil } from '../../support/wait';

/** Whose procd. */
export type ProcdKind = `HTCondor ${Release}` | 'ours';

/** All that there are. */
export const PROCDS: readonly ProcdKind[] = [
  ...RELEASES.map((release) => `HTCondor ${release}` as const),
  'ours',
];

/** A procd that runs. */
export interface RunningProcd {
  readonly kind: ProcdKind;
  /** Its address, as this process sees it. */
  readonly address: string;
  readonly process: ChildProcess;
  readonly ended: RunningCommand['ended'];
  log(): string;
}

/** For `skipIf`: missing unless this procd can be started. */
export function needsProcd(kind: ProcdKind): string | undefined {
  const file = kind === 'ours' ? program('condor_procd') : genuineProgram(kind);
  const hint = kind === 'ours' ? 'make' : 'make pool';
  return needsRoot() ?? (existsSync(file) ? undefined : `${file} (run \`${hint}\`)`);
}

function genuineRoot(kind: ProcdKind): string {
  return rootOf(kind.replace('HTCondor ', '') as Release);
}

function genuineProgram(kind: ProcdKind): string {
  return path.join(genuineRoot(kind), 'usr/sbin/condor_procd');
}

/** In mounts of its own: its directory is /pool, and /proc is this host's. */
const IN_ROOT =
  'mount --bind "$2" "$1/pool" && mount -t proc proc "$1/proc" && root="$1" && shift 2 && ' +
  'exec chroot "$root" "$@"';

/**
 * Starts a procd that keeps this process's descendants, and waits until it serves.
 *
 * @param flags beside `-A`, `-L`, `-S`, `-P` and `-C`
 */
export async function startProcd(
  test: { after(ending: () => void): void },
  kind: ProcdKind,
  flags: readonly string[] = [],
  directory = procdDirectory(test),
): Promise<RunningProcd> {
  const inside = kind === 'ours' ? directory : '/pool';
  const words = [
    ...['-A', `${inside}/procd`, '-L', `${inside}/log`],
    ...['-S', '60', '-P', `${process.pid}`, '-C', '0', ...flags],
  ];
  const argv =
    kind === 'ours'
      ? [program('condor_procd'), ...words]
      : [
          ...['unshare', '--mount', 'sh', '-c', IN_ROOT, 'sh', genuineRoot(kind), directory],
          ...['/usr/sbin/condor_procd', ...words],
        ];
  const command = startCommand(argv, { timeout: 600 });
  command.ended.catch(() => undefined);
  test.after(() => command.process.kill('SIGKILL'));
  const address = `${directory}/procd`;
  await waitUntil(
    () => listens(address) || command.process.exitCode !== null,
    () => `${address}: ${command.stderr()}`,
  );
  return {
    kind,
    address,
    process: command.process,
    ended: command.ended,
    log: () => readFileSync(`${directory}/log`, 'utf8'),
  };
}

/** Whether somebody reads from a procd's pipe: it is there a moment before. */
function listens(address: string): boolean {
  try {
    closeSync(openSync(address, constants.O_WRONLY | constants.O_NONBLOCK));
    return existsSync(`${address}.watchdog`);
  } catch {
    return false;
  }
}

/** A directory for a procd's pipes and log. */
export function procdDirectory(test: { after(ending: () => void): void }): string {
  const directory = mkdtempSync('/var/tmp/eyrie-procd-');
  chmodSync(directory, 0o755);
  test.after(() => removeWithPatience(directory));
  return directory;
}
