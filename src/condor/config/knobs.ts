/**
 * The table of knobs: every name of the configuration that this code reads, with its kind, its
 * defaults and its meaning. Types, the reader's checks and `etc/starter.ini` all come from here.
 *
 * Names, kinds and the `pool` column are HTCondor's (the manual's chapter "Configuration Macros",
 * and param_info.in of its sources) where `source` says so. In a pool HTCondor's own configuration
 * answers, and `pool` is used only for knobs that it has never heard of. `hand` is the default of
 * a job run by hand, absent where it is the same; it may differ for root and for an ordinary user.
 *
 * A name with `<N>` is a pattern: any number, `<Res>` any resource's name, `<Keyword>` any word.
 */
import { CGROUP_KNOBS } from './cgroup-knobs';
import { DISK_KNOBS } from './disk-knobs';
import { HOOK_KNOBS } from './hook-knobs';
import type { KnobRow } from './knob-types';
import { GLEXEC_KNOBS } from './glexec-knobs';
import { POLICY_KNOBS } from './policy-knobs';
import { POOL_KNOBS } from './pool-knobs';
import { PRIVSEP_KNOBS } from './privsep-knobs';
import { PROCD_KNOBS } from './procd-knobs';

export const KNOBS = {
  // -- places -----------------------------------------------------------------------------------
  LOCAL_DIR: {
    kind: 'path',
    pool: '$(TILDE)',
    // Sandboxes can be large: /tmp and XDG_RUNTIME_DIR may be kept in memory, /var/tmp is not.
    hand: { root: '/var/lib/eyrie', user: '/var/tmp/eyrie-$(REAL_UID)' },
    source: 'HTCondor',
    description: 'Directory of this host that the other directories are in by default.',
  },
  EXECUTE: {
    kind: 'path',
    pool: '$(LOCAL_DIR)/execute',
    source: 'HTCondor',
    description: 'Directory in which each job gets its sandbox, dir_<pid>.',
  },
  LOG: {
    kind: 'path',
    pool: '$(LOCAL_DIR)/log',
    hand: { root: '/var/log/eyrie', user: '$(LOCAL_DIR)/log' },
    source: 'HTCondor',
    description: 'Directory of the log files.',
  },
  NAMED_CHROOT_FILE: {
    kind: 'path',
    pool: '/etc/eyrie/images',
    hand: { root: '/etc/eyrie/images', user: '$(XDG_CONFIG_HOME)/eyrie/images' },
    source: 'Eyrie',
    description: 'File of more NAMED_CHROOT entries, one a line, kept by "eyrie image".',
  },
  IMAGE_DIRECTORY: {
    kind: 'path',
    pool: '/var/lib/eyrie/images',
    hand: { root: '/var/lib/eyrie/images', user: '$(XDG_DATA_HOME)/eyrie/images' },
    source: 'Eyrie',
    description: 'Directory into which "eyrie image add" unpacks tar archives.',
  },

  // -- the log ----------------------------------------------------------------------------------
  STARTER_LOG: {
    kind: 'path',
    pool: '$(LOG)/StarterLog',
    source: 'HTCondor',
    description: "The starter's log file.",
  },
  STARTER_LOG_NAME_APPEND: {
    kind: 'choice',
    choices: ['', 'true', 'false', '1', '0', 'Slot', 'Cluster', 'ClusterId', 'JobId'],
    pool: '',
    source: 'HTCondor',
    description:
      "What is appended to the log file's name: Slot, Cluster, JobId, or false for nothing; " +
      'empty and true append the slot where there is one.',
  },
  ALL_DEBUG: {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Debug categories (D_FULLDEBUG, D_SECURITY:2, ...) that every program logs.',
  },
  STARTER_DEBUG: {
    kind: 'string',
    pool: 'D_PID',
    source: 'HTCondor',
    description: 'Debug categories that the starter logs beside D_ALWAYS, D_ERROR and D_STATUS.',
  },
  MAX_DEFAULT_LOG: {
    kind: 'string',
    pool: '10 Mb',
    source: 'HTCondor',
    description: 'Size at which a log file is rotated where no knob of its own says so.',
  },
  MAX_STARTER_LOG: {
    kind: 'string',
    pool: '$(MAX_DEFAULT_LOG)',
    source: 'HTCondor',
    description:
      "Size (bytes, 64 Kb, 10 Mb) or age (2 h, 1 d) at which the starter's log is rotated; " +
      '0: never.',
  },
  MAX_NUM_STARTER_LOG: {
    kind: 'integer',
    pool: '1',
    min: 0,
    source: 'HTCondor',
    description: 'How many rotated logs are kept: one is named .old, more by their time.',
  },
  TRUNC_STARTER_LOG_ON_OPEN: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description: 'Whether the log file is emptied when a starter opens it.',
  },
  DEBUG_TIME_FORMAT: {
    kind: 'string',
    pool: '%m/%d/%y %H:%M:%S',
    source: 'HTCondor',
    description: 'How a log line begins, in the words of strftime(3).',
  },
  LOGS_USE_TIMESTAMP: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description: 'Whether a log line begins with seconds since 1970 instead of DEBUG_TIME_FORMAT.',
  },

  // -- isolation --------------------------------------------------------------------------------
  USE_PID_NAMESPACES: {
    kind: 'boolean',
    pool: 'false',
    hand: 'true',
    source: 'HTCondor',
    description: 'Whether a job sees its own processes only. Expression over the job ad.',
  },
  MOUNT_UNDER_SCRATCH: {
    kind: 'list-expression',
    pool: '"/tmp,/var/tmp"',
    source: 'HTCondor',
    description:
      'Directories of which each job gets its own, kept in its sandbox. ' +
      'A list, or an expression over the job ad that gives one as a string.',
  },
  MOUNT_PRIVATE_DEV_SHM: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description: 'Whether each job gets its own /dev/shm.',
  },
  NAMED_CHROOT: {
    kind: 'list',
    pool: '',
    source: 'HTCondor',
    description: 'Root directories that a job can ask for by RequestedChroot: NAME=/directory, ...',
  },
  MOUNT_READ_ONLY: {
    kind: 'list-expression',
    pool: '',
    source: 'Eyrie',
    description:
      'Directories (a shared file system) that jobs can read and not change. ' +
      'A list, or an expression over the job ad that gives one as a string.',
  },
  HIDE_PATHS: {
    kind: 'list-expression',
    pool: '',
    source: 'Eyrie',
    description:
      'Files and directories that jobs shall not see. ' +
      'A list, or an expression over the job ad that gives one as a string.',
  },
  NO_NEW_PRIVS: {
    kind: 'boolean',
    // Pools have jobs that call sudo, ping or a site's set-uid helper.
    pool: 'false',
    hand: 'true',
    source: 'Eyrie',
    description: 'Whether set-uid programs and file capabilities give a job no rights.',
  },

  // -- identity ---------------------------------------------------------------------------------
  UID_DOMAIN: {
    kind: 'string',
    pool: '$(FULL_HOSTNAME)',
    source: 'HTCondor',
    description: 'Domain of hosts that share their accounts with this one.',
  },
  FILESYSTEM_DOMAIN: {
    kind: 'string',
    pool: '$(FULL_HOSTNAME)',
    source: 'HTCondor',
    description: 'Domain of hosts that share their files with this one.',
  },
  TRUST_UID_DOMAIN: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description:
      "Whether a submitting host's UID_DOMAIN is believed without a look at its address.",
  },
  TRUST_LOCAL_UID_DOMAIN: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description: 'The same where the submitting host is this one.',
  },
  STARTER_ALLOW_RUNAS_OWNER: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description: 'Whether a job may run as its owner. Expression over the job ad (TARGET).',
  },
  'SLOT<N>_USER': {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Account of the jobs of slot N that do not run as their owner.',
  },
  'SLOT<N>_<M>_USER': {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'The same for the dynamic slot N_M.',
  },
  NOBODY_SLOT_USER: {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Account of such jobs where no SLOT<N>_USER is set; empty: nobody.',
  },
  DEDICATED_EXECUTE_ACCOUNT_REGEXP: {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'Regular expression of whole account names that are used by one job at a time.',
  },
  EXECUTE_LOGIN_IS_DEDICATED: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description: 'Old form of the above: whether all accounts are used by one job at a time.',
  },

  // -- limits -----------------------------------------------------------------------------------
  STARTER_RLIMIT_AS: {
    kind: 'expression',
    pool: '0',
    unit: 'MiB',
    source: 'HTCondor',
    description: 'Limit of the address space. Expression over machine ad and job ad; 0: none.',
  },
  JOB_RENICE_INCREMENT: {
    kind: 'expression',
    pool: '0',
    source: 'HTCondor',
    description: 'Added to the nice value, 0 to 19. Expression over the job ad.',
  },
  ENFORCE_CPU_AFFINITY: {
    kind: 'boolean',
    pool: 'false',
    source: 'HTCondor',
    description: 'Whether jobs are bound to the CPUs of their slot.',
  },
  'SLOT<N>_CPU_AFFINITY': {
    kind: 'list',
    pool: '',
    source: 'HTCondor',
    description: 'CPUs of slot N, counted from 0; empty: CPU N-1.',
  },

  // -- control groups ---------------------------------------------------------------------------
  ...CGROUP_KNOBS,
  ...DISK_KNOBS,

  // -- policies ---------------------------------------------------------------------------------
  ...POLICY_KNOBS,
  ...GLEXEC_KNOBS,

  // -- the sandbox and the environment ----------------------------------------------------------
  JOB_EXECDIR_PERMISSIONS: {
    kind: 'choice',
    choices: ['user', 'group', 'world'],
    pool: 'user',
    source: 'HTCondor',
    description: 'Who may enter a sandbox: user (mode 0700), group (0750) or world (0755).',
  },
  JOB_INHERITS_STARTER_ENVIRONMENT: {
    kind: 'string',
    pool: 'false',
    source: 'HTCondor',
    description:
      "Whether a job gets the starter's environment: true, false, or a list of names with * and " +
      'with ! for exceptions.',
  },
  STARTER_JOB_ENVIRONMENT: {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: "Environment of every job, in the syntax of a submit file; the job's own wins.",
  },
  STARTER_NUM_THREADS_ENV_VARS: {
    kind: 'list',
    pool:
      'CUBACORES GOMAXPROCS JULIA_NUM_THREADS MKL_NUM_THREADS NUMEXPR_NUM_THREADS ' +
      'OMP_NUM_THREADS OMP_THREAD_LIMIT OPENBLAS_NUM_THREADS PYTHON_CPU_COUNT ' +
      'ROOT_MAX_THREADS TF_LOOP_PARALLEL_ITERATIONS TF_NUM_THREADS',
    source: 'HTCondor',
    description: "Variables that are set to the number of the slot's CPUs.",
  },
  STARTER_SETS_HOME_ENV: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description: "Whether HOME is set to the account's home directory where it exists.",
  },
  ENVIRONMENT_FOR_AssignedGPUs: {
    kind: 'string',
    pool: 'GPU_DEVICE_ORDINAL=/(CUDA|OCL)//  CUDA_VISIBLE_DEVICES=/CUDA//',
    source: 'HTCondor',
    description:
      'Variables for AssignedGPUs, each with a substitution: NAME=/pattern/replacement/.',
  },
  'ENVIRONMENT_FOR_Assigned<Res>': {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'The same for another custom resource.',
  },
  ENVIRONMENT_VALUE_FOR_UnAssignedGPUs: {
    kind: 'string',
    pool: '10000',
    source: 'HTCondor',
    description: 'Value of those variables for a slot without GPUs.',
  },
  'ENVIRONMENT_VALUE_FOR_UnAssigned<Res>': {
    kind: 'string',
    pool: '',
    source: 'HTCondor',
    description: 'The same for another custom resource.',
  },
  AUTO_SET_NVIDIA_VISIBLE_DEVICES: {
    kind: 'boolean',
    pool: 'true',
    source: 'HTCondor',
    description: 'Whether NVIDIA_VISIBLE_DEVICES is set from AssignedGPUs.',
  },

  // -- times ------------------------------------------------------------------------------------
  MachineMaxVacateTime: {
    kind: 'integer',
    pool: '10 * 60',
    // Nobody waits ten minutes after Ctrl-C.
    hand: '30',
    unit: 'seconds',
    min: 0,
    source: 'HTCondor',
    description:
      'How long a job may take to end after its soft kill signal, where its ad does not say ' +
      '(JobMaxVacateTime, KillSigTimeout).',
  },

  // -- programs around jobs ---------------------------------------------------------------------
  USER_JOB_WRAPPER: {
    kind: 'path',
    pool: '',
    source: 'HTCondor',
    description: "Program that is run in a job's place, with the job's command as its arguments.",
  },
  ...HOOK_KNOBS,

  // -- families of processes --------------------------------------------------------------------
  ...PROCD_KNOBS,

  // -- privileged steps -------------------------------------------------------------------------
  ...PRIVSEP_KNOBS,

  // -- a pool -----------------------------------------------------------------------------------
  ...POOL_KNOBS,
} as const satisfies Record<string, KnobRow>;
