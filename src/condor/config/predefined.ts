/**
 * Macros that every configuration by hand has without setting them. Names and meanings are those of
 * HTCondor (the manual's "Pre-Defined Macros"), but for the two of the XDG base directories.
 */
import os from 'node:os';
import path from 'node:path';
import { runtimeDirectory } from '../../runtime-directory';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes the look-up of predefined macros. Each is found out when it is asked for: a user's name can
 * cost a question to a directory server.
 *
 * @param fullHostname name of host and domain
 * @returns the value of a name in upper case; undefined: not predefined
 */
export function predefinedMacros(
  fullHostname: string,
  localName: string | undefined,
  environment: Environment,
): (name: string) => string | undefined {
  const macros: Readonly<Record<string, () => string | undefined>> = {
    FULL_HOSTNAME: () => fullHostname,
    HOSTNAME: () => fullHostname.replace(/\..*/, ''),
    SUBSYSTEM: () => 'STARTER',
    LOCALNAME: () => localName,
    PID: () => String(process.pid),
    PPID: () => String(process.ppid),
    REAL_UID: () => String(process.getuid?.()),
    REAL_GID: () => String(process.getgid?.()),
    USERNAME: userName,
    DETECTED_CPUS: () => String(os.availableParallelism()),
    DETECTED_MEMORY: () => String(Math.floor(os.totalmem() / 2 ** 20)),
    XDG_CONFIG_HOME: () => xdgConfigHome(environment),
    XDG_DATA_HOME: () => baseDirectory(environment, 'XDG_DATA_HOME', '.local/share'),
    EYRIE_RUNTIME_DIR: () => runtimeDirectory(environment),
  };
  return (name) => (Object.hasOwn(macros, name) ? macros[name]?.() : undefined);
}

/** Where a user's configuration files are: the XDG Base Directory Specification. */
export function xdgConfigHome(environment: Environment): string {
  return baseDirectory(environment, 'XDG_CONFIG_HOME', '.config');
}

/** The specification has relative paths ignored. */
function baseDirectory(environment: Environment, variable: string, otherwise: string): string {
  const set = environment[variable];
  if (set?.startsWith('/') === true) return set;
  return path.join(homeDirectory(environment), otherwise);
}

function homeDirectory(environment: Environment): string {
  if (environment.HOME?.startsWith('/') === true) return environment.HOME;
  try {
    return os.userInfo().homedir;
  } catch {
    return '/'; // a uid without an account, as in many containers: as login(1) has it
  }
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}
