/**
 * What the checks of `eyrie doctor` share: facts that are read once.
 */
import { type Config, type ConfigError, readHandConfig } from '../../condor/config';
import type { HostView } from '../../job/host';
import { installPrefix } from '../../kernel/native-files';
import { type CgroupHierarchy, mountedHierarchies, readCgroup } from '../../kernel/proc/cgroups';
import { visibleMounts } from '../../kernel/proc/mount-tree';
import { type MountEntry, readMountInfo } from '../../kernel/proc/mountinfo';
import { type PrivilegeFacts, readPrivilege } from '../../kernel/probe/privilege';
import { runProbe } from '../../kernel/probe/probe-child';
import type { ProbeName } from '../../kernel/probe/probes';
import type { TrialMode } from '../../kernel/probe/trial-plans';
import { err, ok, type Result } from '../../result';
import { openHostView } from '../../starter/host-view';
import type { DoctorOptions } from '../options/types';
import { tryCgroup } from './trial-cgroup';

/** The host and the starter, as the checks see them. */
export interface Examination {
  readonly options: DoctorOptions;
  readonly host: HostView;
  /** How jobs are isolated here: by root itself, or in a user namespace. */
  readonly mode: TrialMode;
  readonly privilege: PrivilegeFacts;
  /** Those that a path leads to. */
  readonly mounts: readonly MountEntry[];
  readonly cgroups: readonly CgroupHierarchy[];
  readonly config: Result<Config, readonly ConfigError[]>;
  /** This program's own JavaScript file, to run it once more. */
  readonly bundle: string;
  /** A cgroup as a job gets it; made once, whoever asks. */
  readonly cgroup: () => ReturnType<typeof tryCgroup>;
  /** Tries something in a child; each probe runs once, whoever asks. */
  readonly probe: (name: ProbeName) => ReturnType<typeof runProbe>;
}

/**
 * Reads the facts.
 *
 * @returns an examination, or a sentence about the file of /proc without which nothing can be said
 */
export function openExamination(options: DoctorOptions): Result<Examination, string> {
  const host = openHostView();
  if (!host.ok) return host;
  const privilege = readPrivilege();
  if (!privilege.ok) return privilege;
  const mountInfo = readMountInfo();
  if (!mountInfo.ok) return mountInfo;
  const memberships = readCgroup();
  if (!memberships.ok) return memberships;
  const mounts = visibleMounts(mountInfo.value);
  const bundle = process.argv[1] ?? '';
  const mode = host.value.privileged ? 'root' : 'rootless';
  const config = readHandConfig({
    file: options.configFile,
    overrides: options.set,
    environment: process.env,
    prefix: installPrefix(),
    fullHostname: host.value.hostname,
  });
  return ok({
    options,
    host: host.value,
    mode,
    privilege: privilege.value,
    mounts,
    cgroups: mountedHierarchies(memberships.value, mounts),
    config,
    cgroup: rememberCgroup(config, mode),
    bundle,
    probe: rememberProbes(bundle),
  });
}

function rememberCgroup(
  config: Examination['config'],
  mode: Examination['mode'],
): Examination['cgroup'] {
  let answer: ReturnType<typeof tryCgroup> | undefined;
  const none = err({ wanted: true, reason: 'the configuration cannot be read (above)' });
  return () => (answer ??= config.ok ? tryCgroup(config.value, mode) : Promise.resolve(none));
}

function rememberProbes(bundle: string): Examination['probe'] {
  const answers = new Map<ProbeName, ReturnType<typeof runProbe>>();
  return (name) => {
    const answer = answers.get(name) ?? runProbe(bundle, name);
    answers.set(name, answer);
    return answer;
  };
}
