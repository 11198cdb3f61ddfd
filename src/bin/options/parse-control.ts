/** Reads the options of the control endpoint from the command line of `condor_procd`. */
import path from 'node:path';
import type { ControlSettings, InetdSettings } from '../../privsep/control/settings';
import { err, ok, type Result } from '../../result';
import type { Given, ProcdSurroundings } from './parse-procd';
import type { ProcdOption } from './procd-options';

/** Those that --control cannot do without. */
const NEEDED = ['--users', '--clients', '--accounts', '--execute'] as const;

/** Those that mean nothing without it. */
const OPTIONAL = ['--audit', '--config', '--minimum-uid', '--minimum-client', '--tcp'] as const;

/** How long leases are; likewise. Seconds. */
const LEASES = { '--guest-lease': 86_400, '--local-lease': 7 * 86_400 } as const;
type LeaseOption = keyof typeof LEASES;
const LEASE_OPTIONS = Object.keys(LEASES) as readonly LeaseOption[];

/** Where clients prove who they are. */
const PROOFS = '/tmp';

/** The smallest uid of a person, UID_MIN of login.defs(5) where nobody has changed it. */
const MINIMUM = 1000;

/** The largest uid. */
const UID_MAX = 0xffff_fffe;

/**
 * Reads what `condor_procd --control` is told.
 *
 * @returns undefined: there is no --control; a sentence where something is missing or wrong
 */
export function controlSettings(
  given: Given,
  { euid }: ProcdSurroundings,
): Result<ControlSettings | undefined, string> {
  if (given.has('--proof-directory')) return err('--proof-directory needs --inetd');
  if (!given.has('--control')) {
    const lonely = [...NEEDED, ...OPTIONAL, ...LEASE_OPTIONS].find((option) => given.has(option));
    return lonely === undefined ? ok(undefined) : err(`${lonely} needs --control SOCKET`);
  }
  const missing = NEEDED.find((option) => !given.has(option));
  if (missing !== undefined) return err(`--control needs ${missing}`);
  if (euid !== 0) return err('--control: only root can act as other users');
  const [minimumUid, minimumClient] = [
    uidOf(given, '--minimum-uid'),
    uidOf(given, '--minimum-client'),
  ];
  if (!minimumUid.ok) return minimumUid;
  if (!minimumClient.ok) return minimumClient;
  const [guest, local] = [secondsOf(given, '--guest-lease'), secondsOf(given, '--local-lease')];
  if (!guest.ok) return guest;
  if (!local.ok) return local;
  const accounts = wordOf(given, '--accounts');
  const settings: ControlSettings = {
    socket: wordOf(given, '--control'),
    users: wordOf(given, '--users'),
    clients: wordOf(given, '--clients'),
    accounts,
    execute: wordOf(given, '--execute'),
    config: given.get('--config')?.[0],
    audit: given.get('--audit')?.[0] ?? `${accounts}.audit`,
    minimumUid: minimumUid.value,
    minimumClient: minimumClient.value,
    limits: { guest: guest.value, local: local.value },
    tcp: given.has('--tcp'),
  };
  const wrong = firstWrongPath(given, ['--control', ...NEEDED, '--audit', '--config']);
  return wrong === undefined ? ok(settings) : err(wrong);
}

/** Reads what `condor_procd --inetd` is told; a sentence where something is missing or wrong. */
export function inetdSettings(
  given: Given,
  { euid }: ProcdSurroundings,
): Result<InetdSettings, string> {
  const allowed: readonly ProcdOption[] = ['--inetd', '--control', '--proof-directory'];
  const other = [...given.keys()].find((option) => !allowed.includes(option));
  if (other !== undefined) return err(`--inetd and ${other} exclude each other`);
  if (!given.has('--control')) return err('--inetd needs --control SOCKET');
  if (euid !== 0) return err('--inetd: only root can hand connections over');
  const wrong = firstWrongPath(given, ['--control', '--proof-directory']);
  if (wrong !== undefined) return err(wrong);
  const proofs = given.get('--proof-directory')?.[0] ?? PROOFS;
  return ok({ socket: wordOf(given, '--control'), proofs });
}

function wordOf(given: Given, option: ProcdOption): string {
  return given.get(option)?.[0] ?? '';
}

function firstWrongPath(given: Given, options: readonly ProcdOption[]): string | undefined {
  for (const option of options) {
    const place = given.get(option)?.[0];
    if (place === undefined || (path.isAbsolute(place) && path.normalize(place) === place))
      continue;
    return `${option} ${place}: expected an absolute path without "." and ".."`;
  }
  return undefined;
}

function secondsOf(given: Given, option: LeaseOption): Result<number, string> {
  const word = given.get(option)?.[0] ?? `${LEASES[option]}`;
  const seconds = /^\d{1,9}$/.test(word) ? Number(word) : 0;
  return seconds > 0 ? ok(seconds) : err(`${option} ${word}: expected a number of seconds above 0`);
}

function uidOf(given: Given, option: ProcdOption): Result<number, string> {
  const word = given.get(option)?.[0] ?? `${MINIMUM}`;
  const uid = /^\d{1,10}$/.test(word) ? Number(word) : 0;
  return uid > 0 && uid <= UID_MAX ? ok(uid) : err(`${option} ${word}: expected a uid above 0`);
}
