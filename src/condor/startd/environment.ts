/**
 * The environment that a startd gives to its starter, sorted. Pure: whoever calls deletes the names
 * in `wiped` from the process's own environment at once, before a child can inherit them.
 *
 * Source: DaemonCore::Create_Process, Starter::execDCStarter of condor_startd.V6, and
 * VolumeManager::UpdateStarterEnv.
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** A startd's variables, sorted. */
export interface StarterEnvironment {
  /** CONDOR_INHERIT; undefined: no daemon started us. */
  readonly inherit: string | undefined;
  /** CONDOR_PRIVATE_INHERIT. Secret. */
  readonly privateInherit: string | undefined;
  /** CONDOR_PARENT_ID: the startd's host, process id and time of birth. */
  readonly parentId: string | undefined;
  /** CPUs of this host that the job is bound to (`0,1`); undefined: the startd binds none. */
  readonly assignedCpus: string | undefined;
  /** CONDOR_PROCD_ADDRESS: the pipe of the procd that the startd uses; undefined: none. */
  readonly procdAddress: string | undefined;
  /** The names of variables to delete at once: keys, and what is meant for this process alone. */
  readonly wiped: readonly string[];
  /** `_CONDOR_ANCESTOR_<pid>`: by them procd finds a family's processes. Every job gets them. */
  readonly ancestors: Readonly<Record<string, string>>;
  /**
   * Everything else: what the configuration is read with. It has the startd's overrides of knobs
   * (`_CONDOR_EXECUTE`: the directory to use now, encrypted or of one slot), which no job gets.
   */
  readonly configuration: Readonly<Record<string, string>>;
  /** Of it, what JOB_INHERITS_STARTER_ENVIRONMENT may give to a job: all but those overrides. */
  readonly inheritable: Readonly<Record<string, string>>;
}

/** Variables of this process alone. The first three hold keys. */
const OWN = [
  'CONDOR_PRIVATE_INHERIT',
  'CONDOR_PRIVATE_SHARED_PORT_COOKIE',
  'CONDOR_INHERIT',
  'CONDOR_PARENT_ID',
  'CONDOR_PROCD_ADDRESS',
  'CONDOR_PROCD_ADDRESS_BASE',
] as const;

/** Others of a later version that are named as secrets are, and those of logical volumes. */
const OWN_PREFIXES = ['CONDOR_PRIVATE_', 'CONDOR_LVM_'];

const AFFINITY = '_CONDOR_STARTD_ASSIGNED_AFFINITY';
const ANCESTOR = '_CONDOR_ANCESTOR_';

/** `_CONDOR_KNOB`, in any letter case. */
const OVERRIDE = /^_condor_/i;

/** Sorts an environment. */
export function sortEnvironment(environment: Environment): StarterEnvironment {
  const wiped: string[] = [];
  const ancestors: Record<string, string> = {};
  const configuration: Record<string, string> = {};
  const inheritable: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    if (isOwn(name)) wiped.push(name);
    else if (name.startsWith(ANCESTOR)) ancestors[name] = value;
    else {
      configuration[name] = value;
      if (!OVERRIDE.test(name)) inheritable[name] = value;
    }
  }
  return {
    inherit: environment.CONDOR_INHERIT,
    privateInherit: environment.CONDOR_PRIVATE_INHERIT,
    assignedCpus: environment[AFFINITY],
    parentId: environment.CONDOR_PARENT_ID,
    procdAddress: environment.CONDOR_PROCD_ADDRESS,
    wiped,
    ancestors,
    configuration,
    inheritable,
  };
}

function isOwn(name: string): boolean {
  return (
    (OWN as readonly string[]).includes(name) ||
    name === AFFINITY ||
    OWN_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}
