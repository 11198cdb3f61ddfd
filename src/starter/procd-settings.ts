/** What the configuration says about procd: by hand, where a starter brings one, and in a pool. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config, KnobError } from '../condor/config';
import { ProcdLink } from '../family/client/link';
import type { ProcdProgram } from '../family/client/start-daemon';
import { type Dialect, dialectNames, dialectOf } from '../family/wire';
import type { GlexecSettings } from '../job/glexec-mode';
import { installPrefix } from '../kernel/native-files';
import { parseLogLimit } from '../log';
import { helperPath } from '../privsep/glexec-script';
import { err, ok, type Result } from '../result';
import { helperDirectory } from './privileged-steps';

/** A procd for the jobs of a starter. */
export interface StarterProcd {
  readonly link: ProcdLink;
  /** Seconds between two looks at a job's processes. */
  readonly interval: number;
  /** Whether each job gets a group of its own. */
  readonly givesGroup: boolean;
  /** Whether a job that it does not take must not run. */
  readonly isRequired: boolean;
}

/**
 * The procd of this user on this machine, for a job by hand. One that is not there is started while
 * the starter goes on.
 *
 * @returns undefined: none is wanted
 */
export function handProcd(
  config: Config,
  glexec?: GlexecSettings,
): Result<StarterProcd | undefined, string> {
  if (glexec !== undefined) {
    const address = config.path('PROCD_ADDRESS');
    if (!address.ok) return err(address.error.message);
    return glexecProcd(config, { glexec, address: address.value, isOwn: false });
  }
  return wanted(config, () => {
    const address = valueOf(config.path('PROCD_ADDRESS'));
    if (address === undefined) return undefined;
    const settings = { address, program: program(config, { address }), isExpected: false };
    const link = new ProcdLink({ ...common(config), ...settings });
    void link.client();
    return { ...tracking(config), link, isRequired: false };
  });
}

/**
 * The procd for jobs that gLExec runs: one of ours that knows how to signal them, since HTCondor's knows no
 * more of it from 9.11 on. It is no other job's, and needed whatever USE_PROCD says, as with HTCondor: nobody
 * else finds what a job leaves behind.
 *
 * @param wanted with the address of the procd for other jobs
 */
function glexecProcd(
  config: Config,
  wanted: Omit<ProcdWanted, 'address'> & { readonly address: string | undefined },
): Result<StarterProcd | undefined, string> {
  return attempt(() => {
    if (wanted.address === undefined) {
      throw new WrongKnob('PROCD_ADDRESS is empty, and GLEXEC_JOB needs a procd');
    }
    const address = `${wanted.address}.glexec`;
    const { restart } = common(config);
    const dialect = dialectOf(GLEXEC_DIALECT) ?? common(config).dialect;
    const started = program(config, { ...wanted, address });
    const settings = { address, program: started, isExpected: false, dialect, restart };
    const link = new ProcdLink(settings);
    void link.client();
    return { ...tracking(config), link, isRequired: true };
  });
}

/**
 * The procd that a startd names; it is there before us, and somebody else starts the next one.
 *
 * @param address undefined: the startd has none
 */
export function poolProcd(
  config: Config,
  address: string | undefined,
  glexec?: GlexecSettings,
): Result<StarterProcd | undefined, string> {
  if (glexec !== undefined && address !== undefined)
    return glexecProcd(config, { glexec, address, isOwn: true });
  return wanted(config, () => {
    if (address === undefined) return undefined;
    const settings = { address, program: undefined, isExpected: true };
    const link = new ProcdLink({ ...common(config), ...settings });
    return { ...tracking(config), link, isRequired: true };
  });
}

/** Thrown and caught here: a knob that is set wrongly ends the reading. */
class WrongKnob extends Error {}

function wanted(
  config: Config,
  make: () => StarterProcd | undefined,
): Result<StarterProcd | undefined, string> {
  return attempt(() => {
    // As with HTCondor, groups of jobs' own are procd's doing.
    const isWanted =
      valueOf(config.boolean('USE_PROCD')) || valueOf(config.boolean('USE_GID_PROCESS_TRACKING'));
    return isWanted ? make() : undefined;
  });
}

function attempt<T>(read: () => T): Result<T, string> {
  try {
    return ok(read());
  } catch (wrong) {
    if (wrong instanceof WrongKnob) return err(wrong.message);
    throw wrong;
  }
}

function valueOf<T>(knob: Result<T, KnobError>): T {
  if (knob.ok) return knob.value;
  throw new WrongKnob(knob.error.message);
}

function common(config: Config): { readonly dialect: Dialect; readonly restart: boolean } {
  const name = config.string('PROCD_DIALECT') ?? '';
  const dialect = dialectOf(name);
  if (dialect === undefined) {
    const known = dialectNames().join(', ');
    throw new WrongKnob(`PROCD_DIALECT = ${name}: expected a release of HTCondor (${known})`);
  }
  return { dialect, restart: valueOf(config.boolean('RESTART_PROCD_ON_ERROR')) };
}

function tracking(config: Config): Pick<StarterProcd, 'interval' | 'givesGroup'> {
  return {
    interval: valueOf(config.integer('PID_SNAPSHOT_INTERVAL')),
    givesGroup: process.geteuid?.() === 0 && valueOf(config.boolean('USE_GID_PROCESS_TRACKING')),
  };
}

/** The last release whose procd had a word for gLExec. Who starts and who asks are both ours. */
const GLEXEC_DIALECT = '9.1.0';

/** A procd to be started. */
interface ProcdWanted {
  readonly address: string;
  readonly glexec?: GlexecSettings;
  /** Eyrie's, whatever PROCD says. */
  readonly isOwn?: boolean;
}

/** How to start one; undefined: there is no program. */
function program(
  config: Config,
  { address, glexec, isOwn }: ProcdWanted,
): ProcdProgram | undefined {
  const own = path.join(installPrefix(), 'bin', 'condor_procd');
  const file = (isOwn === true ? undefined : valueOf(config.path('PROCD'))) ?? own;
  if (!existsSync(file)) return undefined;
  return {
    program: file,
    address,
    options: [
      ...logOptions(config),
      ...groupOptions(config),
      ...['-S', `${valueOf(config.integer('PROCD_MAX_SNAPSHOT_INTERVAL'))}`],
      ...[
        '--dialect',
        glexec === undefined ? (config.string('PROCD_DIALECT') ?? '') : GLEXEC_DIALECT,
      ],
      ...(glexec === undefined ? [] : killHelper(glexec)),
      '--on-demand',
      // The kernel takes 10 ms to move a process to another control group. Where it tells of every
      // fork and exit, nothing slips away without that.
      ...['--cgroups', 'auto'],
    ],
    environment: [
      ...(glexec === undefined ? [] : helperEnvironment(glexec)),
      ...(valueOf(config.boolean('USE_PSS')) ? ['_condor_USE_PSS=TRUE'] : []),
      ...(valueOf(config.boolean('KILL_ORPHANED_FAMILIES'))
        ? []
        : ['_condor_KILL_ORPHANED_FAMILIES=FALSE']),
    ],
  };
}

/** `-I`: how it signals what kill(2) of ours may not. */
function killHelper({ program: glexec, retries, retryDelay }: GlexecSettings): readonly string[] {
  return ['-I', helperPath(helperDirectory(), 'kill'), glexec, `${retries}`, `${retryDelay}`];
}

/** The helper is a shell script, and gLExec may need what we have. */
function helperEnvironment({ timeout }: GlexecSettings): readonly string[] {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    HELPER_VARIABLES.includes(name) && value !== undefined ? [`${name}=${value}`] : [],
  );
  return [...inherited, `_CONDOR_GLEXEC_TIMEOUT=${timeout}`];
}

const HELPER_VARIABLES: readonly string[] = ['PATH', 'X509_USER_PROXY', 'X509_CERT_DIR'];

function logOptions(config: Config): readonly string[] {
  const file = valueOf(config.path('PROCD_LOG'));
  const limit = parseLogLimit(config.string('MAX_PROCD_LOG') ?? '0');
  if (!limit.ok) throw new WrongKnob(`MAX_PROCD_LOG: ${limit.error}`);
  if (file === undefined || limit.value.kind !== 'size') return [];
  return ['-L', file, '-R', `${limit.value.bytes}`];
}

function groupOptions(config: Config): readonly string[] {
  if (!valueOf(config.boolean('USE_GID_PROCESS_TRACKING'))) return [];
  const [least, most] = [config.integer('MIN_TRACKING_GID'), config.integer('MAX_TRACKING_GID')];
  return ['-G', `${valueOf(least)}`, `${valueOf(most)}`];
}
