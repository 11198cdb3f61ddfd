/**
 * Reads the command line of `condor_procd`. Values are read as HTCondor's procd reads them, and what it
 * refuses is refused; where it says nothing, this says why.
 */
import type {
  GlexecPrograms,
  OwnCgroups,
  ProcdSettings,
  TopSetting,
} from '../../family/server/settings';
import type { GroupRange } from '../../family/tree/group-ids';
import { CURRENT_DIALECT, type Dialect, dialectNames, dialectOf } from '../../family/wire';
import { nearest } from '../../nearest';
import { err, ok, type Result } from '../../result';
import type { ControlSettings, InetdSettings } from '../../privsep/control/settings';
import { controlSettings, inetdSettings } from './parse-control';
import { PROCD_OPTION_NAMES, PROCD_OPTIONS, type ProcdOption } from './procd-options';
import type { UsageError } from './types';

/** What a command line asks for. */
export type ProcdInvocation =
  | { readonly action: 'help' | 'version' }
  | {
      readonly action: 'serve';
      readonly settings: ProcdSettings;
      readonly control: ControlSettings | undefined;
      readonly waitsForDebugger: boolean;
    }
  | { readonly action: 'inetd'; readonly settings: InetdSettings };

/** What it depends on beside the command line. */
export interface ProcdSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Real and effective uid. */
  readonly uid: number;
  readonly euid: number;
}

/** The arguments of each option that was given; the last one counts. */
export type Given = ReadonlyMap<ProcdOption, readonly string[]>;

const SMALLEST_LOG = 65_536;
const INTERVAL = 60;
const IDLE = 60;

export function parseProcdArguments(
  argv: readonly string[],
  surroundings: ProcdSurroundings,
): Result<ProcdInvocation, UsageError> {
  const given = readOptions(argv);
  if (!given.ok) return err({ message: given.error });
  if (given.value.has('--help')) return ok({ action: 'help' });
  if (given.value.has('--version')) return ok({ action: 'version' });
  if (given.value.has('--inetd')) {
    const settings = inetdSettings(given.value, surroundings);
    return settings.ok ? ok({ action: 'inetd', settings: settings.value }) : complain(settings);
  }
  const settings = settingsOf(given.value, surroundings);
  if (!settings.ok) return complain(settings);
  const control = controlSettings(given.value, surroundings);
  if (!control.ok) return complain(control);
  const waitsForDebugger = given.value.has('-D');
  return ok({
    action: 'serve',
    settings: settings.value,
    control: control.value,
    waitsForDebugger,
  });
}

function complain({ error }: { readonly error: string }): Result<never, UsageError> {
  return err({ message: error });
}

function readOptions(argv: readonly string[]): Result<Given, string> {
  const given = new Map<ProcdOption, readonly string[]>();
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [name = '', attached] = word.startsWith('--') ? splitOnce(word) : [word];
    const option = PROCD_OPTION_NAMES.find((one) => one === name);
    if (option === undefined) return err(`unknown option '${word}'${suggestion(name)}`);
    if (attached !== undefined) words.unshift(attached);
    const wanted = PROCD_OPTIONS[option].words.filter((each) => !each.startsWith('[')).length;
    const taken = words.splice(0, wanted);
    if (taken.length < wanted) {
      return err(`option ${option} needs ${PROCD_OPTIONS[option].words.join(' ')}`);
    }
    // The numbers of -I came with 7.8.8.
    if (option === '-I' && isNumber(words[0]) && isNumber(words[1]))
      taken.push(...words.splice(0, 2));
    given.set(option, taken);
  }
  return ok(given);
}

function splitOnce(word: string): readonly string[] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

function suggestion(name: string): string {
  const near = name.startsWith('--') ? nearest(name, PROCD_OPTION_NAMES) : undefined;
  return near === undefined ? '' : `: did you mean '${near}'?`;
}

function settingsOf(given: Given, surroundings: ProcdSurroundings): Result<ProcdSettings, string> {
  const address = given.get('-A')?.[0];
  if (address === undefined) return err('the option -A is missing: the address to serve');
  const { environment } = surroundings;
  const parts = partsOf(given, surroundings);
  const wrong = Object.values(parts).find((part) => !part.ok);
  if (wrong?.ok === false) return wrong;
  const { cgroups, dialect, glexec, groups, idle, interval, owner, top } = parts;
  if (!cgroups.ok || !dialect.ok || !glexec.ok || !groups.ok) return err('');
  if (!idle.ok || !interval.ok || !owner.ok || !top.ok) return err('');
  const isOnDemand = top.value.kind === 'none';
  const orphans = environment['_condor_KILL_ORPHANED_FAMILIES'];
  return ok({
    address,
    owner: owner.value,
    log: logOf(given),
    interval: interval.value,
    top: top.value,
    groups: groups.value,
    glexec: glexec.value,
    dialect: dialect.value,
    proportional: isTrue(environment['_condor_USE_PSS']),
    killOrphaned:
      given.has('--kill-orphaned-families') ||
      (orphans === undefined ? isOnDemand : isTrue(orphans)),
    cgroups: cgroups.value,
    state: given.get('--state')?.[0] ?? `${address}.state`,
    idle: isOnDemand && !given.has('--control') ? idle.value : undefined,
  });
}

function partsOf(given: Given, surroundings: ProcdSurroundings) {
  const dialect = dialectSetting(given);
  return {
    dialect,
    glexec: glexecOf(given, dialect.ok ? dialect.value : CURRENT_DIALECT),
    owner: ownerOf(given, surroundings),
    interval: intervalOf(given),
    top: topOf(given),
    groups: groupsOf(given),
    cgroups: cgroupsOf(given),
    idle: idleOf(given),
  };
}

function ownerOf(given: Given, { euid, uid }: ProcdSurroundings): Result<number, string> {
  const word = given.get('-C')?.[0];
  const owner = word === undefined ? (euid === 0 ? uid : euid) : leadingNumber(word);
  if (euid === 0 || owner === euid) return ok(owner);
  return err(`-C ${owner}: only root can serve another user`);
}

function logOf(given: Given): ProcdSettings['log'] {
  const path = given.get('-L')?.[0];
  if (path === undefined) return undefined;
  if (path === 'SYSLOG') return { kind: 'syslog' };
  const bytes = leadingNumber(given.get('-R')?.[0] ?? '0');
  return { kind: 'file', path, limit: bytes <= 0 ? undefined : Math.max(bytes, SMALLEST_LOG) };
}

function intervalOf(given: Given): Result<number, string> {
  const seconds = leadingNumber(given.get('-S')?.[0] ?? `${INTERVAL}`);
  return seconds < -1 ? err(`-S ${seconds}: expected -1 or more`) : ok(seconds);
}

function topOf(given: Given): Result<TopSetting, string> {
  const word = given.get('-P')?.[0];
  if (given.has('--on-demand')) {
    return word === undefined ? ok({ kind: 'none' }) : err('--on-demand and -P exclude each other');
  }
  if (word === undefined) return ok({ kind: 'parent' });
  const pid = leadingNumber(word);
  // All processes descend from process 1.
  return pid > 1 ? ok({ kind: 'process', pid }) : err(`-P ${word}: expected a pid above 1`);
}

function groupsOf(given: Given): Result<GroupRange | undefined, string> {
  const words = given.get('-G');
  if (words === undefined) return ok(undefined);
  const [first = 0, last = 0] = words.map(leadingNumber);
  if (first === 0) return ok(undefined);
  if (first < 0 || first > last)
    return err(`-G ${words.join(' ')}: expected MIN and MAX, the less first`);
  return ok({ first, last, chosenOutside: given.has('-E') });
}

function dialectSetting(given: Given): Result<Dialect, string> {
  const version = given.get('--dialect')?.[0];
  if (version === undefined) return ok(CURRENT_DIALECT);
  const dialect = dialectOf(version);
  if (dialect !== undefined) return ok(dialect);
  return err(
    `--dialect ${version}: expected a release of HTCondor, ${dialectNames().at(-1)} or later`,
  );
}

function glexecOf(given: Given, dialect: Dialect): Result<GlexecPrograms | undefined, string> {
  const words = given.get('-I');
  if (words === undefined) return ok(undefined);
  if (!dialect.commands.includes('use-glexec')) {
    return err('-I: this dialect has no glexec (see --dialect)');
  }
  const [killHelper = '', glexec = '', ...retries] = words;
  return ok({ killHelper, glexec, retries });
}

function cgroupsOf(given: Given): Result<OwnCgroups, string> {
  const word = given.get('--cgroups')?.[0] ?? 'auto';
  const known = (['auto', 'always', 'never'] as const).find((one) => one === word);
  return known === undefined ? err(`--cgroups ${word}: expected auto, always or never`) : ok(known);
}

function idleOf(given: Given): Result<number, string> {
  const word = given.get('--idle')?.[0] ?? `${IDLE}`;
  return isNumber(word) ? ok(Number(word)) : err(`--idle ${word}: expected seconds`);
}

/** As atoi(3): what is no number is 0. */
function leadingNumber(word: string): number {
  return Number(/^\s*([+-]?\d+)/.exec(word)?.[1] ?? 0);
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^\d{1,9}$/.test(word);
}

/** As HTCondor's procd reads its environment: anything that is not false. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '' && !/^f/i.test(value);
}
