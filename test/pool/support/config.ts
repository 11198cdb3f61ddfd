/**
 * The configuration of a test pool: a personal pool on the loopback with short intervals.
 */

/** What a pool's configuration depends on. */
export interface PoolConfig {
  /** The one TCP port, that of condor_shared_port. */
  readonly port: number;
  /** How many jobs with one processor and 512 MB run at a time. */
  readonly slots: number;
  /** The starter's path inside; undefined: HTCondor's own. */
  readonly starter: string | undefined;
  /** Knobs that win over all others, or `KNOB` with an empty text. */
  readonly knobs: Readonly<Record<string, string>>;
}

/** UID_DOMAIN and FILESYSTEM_DOMAIN. */
export const DOMAIN = 'pool.test';

/** Megabytes of a slot. */
export const SLOT_MEMORY = 512;

/** Who waits for what, in seconds; HTCondor's defaults are 5 to 300. */
const INTERVALS = {
  NEGOTIATOR_INTERVAL: 1,
  NEGOTIATOR_MIN_INTERVAL: 1,
  NEGOTIATOR_CYCLE_DELAY: 1,
  SCHEDD_INTERVAL: 1,
  SCHEDD_MIN_INTERVAL: 0,
  UPDATE_INTERVAL: 2,
  POLLING_INTERVAL: 1,
  PERIODIC_EXPR_INTERVAL: 3,
};

const SETTINGS = {
  // Daemons of Debian's package, without what it configures beside the directories.
  LOCAL_CONFIG_DIR: '',
  LOCAL_CONFIG_FILE: '',
  LOCAL_DIR: '/pool',
  LOG: '/pool/log',
  SPOOL: '/pool/spool',
  EXECUTE: '/pool/execute',
  LOCK: '/pool/lock',
  RUN: '/pool/run',
  DAEMON_LIST: 'MASTER SHARED_PORT COLLECTOR NEGOTIATOR SCHEDD STARTD',
  // The master would tune this host's kernel.
  ENABLE_KERNEL_TUNING: 'False',
  // Only IPv4, only the loopback, no name server.
  CONDOR_HOST: '127.0.0.1',
  NETWORK_INTERFACE: '127.0.0.1',
  BIND_ALL_INTERFACES: 'False',
  ENABLE_IPV4: 'True',
  ENABLE_IPV6: 'False',
  NO_DNS: 'True',
  DEFAULT_DOMAIN_NAME: DOMAIN,
  UID_DOMAIN: DOMAIN,
  FILESYSTEM_DOMAIN: DOMAIN,
  USE_SHARED_PORT: 'True',
  // Everybody who can prove to be a user of this machine may do everything.
  SEC_DEFAULT_AUTHENTICATION: 'REQUIRED',
  SEC_DEFAULT_AUTHENTICATION_METHODS: 'FS',
  SEC_DEFAULT_ENCRYPTION: 'REQUIRED',
  SEC_DEFAULT_INTEGRITY: 'REQUIRED',
  ALLOW_READ: '*',
  ALLOW_WRITE: '*',
  ALLOW_DAEMON: '*',
  ALLOW_ADMINISTRATOR: '*',
  ALLOW_NEGOTIATOR: '*',
  // No cgroups: pools side by side would share this host's hierarchies.
  BASE_CGROUP: '',
  START: 'True',
  SUSPEND: 'False',
  PREEMPT: 'False',
  KILL: 'False',
  RunBenchmarks: 'False',
};

/** The text of the pool's configuration file. */
export function configText({ port, slots, starter, knobs }: PoolConfig): string {
  const all = {
    ...SETTINGS,
    ...INTERVALS,
    SHARED_PORT_PORT: port,
    COLLECTOR_HOST: `127.0.0.1:${port}`,
    NUM_CPUS: slots,
    MEMORY: slots * SLOT_MEMORY,
    NUM_SLOTS: 1,
    NUM_SLOTS_TYPE_1: 1,
    SLOT_TYPE_1: '100%',
    SLOT_TYPE_1_PARTITIONABLE: 'True',
    ...(starter === undefined ? {} : { STARTER: starter }),
    ...knobs,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`);
  return `include : /etc/condor/condor_config\n${lines.join('')}`;
}
