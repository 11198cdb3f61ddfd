/** The table of `eyrie`'s commands. */
import { EXIT_NOT_RUN } from '../../job/exit-status';
import type { OptionName } from './options';
import type { CommandRow, OperandRow } from './rows';

const JOB_AD: OperandRow = {
  argument: 'JOB_AD',
  required: true,
  completes: 'file',
  summary: "the job's ClassAd, old or new syntax (-: standard input)",
};

const JOB: OperandRow = {
  argument: 'JOB',
  required: true,
  summary: "cluster.proc, as in 12.0, or the pid of the job's starter",
};

const IMAGE_NAME: OperandRow = {
  argument: 'NAME',
  required: true,
  summary: 'the name that a job gives as RequestedChroot',
};

const USER: OperandRow = {
  argument: 'USER',
  required: true,
  summary: "an account's name, as in the password file",
};

/** Exit status of wrong use, as of most commands. */
const USAGE_STATUS = 2;

export const COMMANDS = {
  run: {
    words: ['run'],
    summary: 'run a job, isolated, and exit as it did',
    options: [
      'config',
      'set',
      'machine-ad',
      'execute',
      'result',
      'json',
      'dry-run',
      'keep',
      'verbose',
      'terminal-log',
      'debug',
    ],
    operands: [JOB_AD],
    // The other exit statuses of `eyrie run` belong to the job; `plan` is `run --dry-run`.
    usageStatus: EXIT_NOT_RUN,
  },
  plan: {
    words: ['plan'],
    summary: 'print how a job would be isolated and started; needs no root',
    options: ['config', 'set', 'machine-ad', 'execute', 'json'],
    operands: [JOB_AD],
    usageStatus: EXIT_NOT_RUN,
  },
  doctor: {
    words: ['doctor'],
    summary: 'say what this host can do, what is missing and how to get it',
    options: ['config', 'set', 'json'],
    operands: [],
    usageStatus: USAGE_STATUS,
  },
  enter: {
    words: ['enter'],
    summary: 'run a shell, or a command, inside a running job, as its user',
    options: [],
    operands: [
      JOB,
      {
        argument: 'COMMAND',
        required: false,
        repeatable: true,
        summary: 'a command and its arguments, after --; without one, a shell',
      },
    ],
    // The other exit statuses belong to the command.
    usageStatus: EXIT_NOT_RUN,
  },
  suspend: {
    words: ['suspend'],
    summary: 'let a running job stand still, until it is continued',
    options: [],
    operands: [JOB],
    usageStatus: USAGE_STATUS,
  },
  continue: {
    words: ['continue'],
    summary: 'let a suspended job go on',
    options: [],
    operands: [JOB],
    usageStatus: USAGE_STATUS,
  },
  ps: {
    words: ['ps'],
    summary: 'show the families of processes on this machine, with what they use',
    options: ['watch', 'json', 'address'],
    operands: [],
    usageStatus: USAGE_STATUS,
  },
  'image add': {
    words: ['image', 'add'],
    summary: 'check a directory or tar archive and keep it as a named chroot',
    options: ['config', 'set'],
    operands: [
      IMAGE_NAME,
      {
        argument: 'DIR|TARBALL',
        required: true,
        completes: 'file',
        summary: 'a root directory, or an archive of one to unpack',
      },
    ],
    usageStatus: USAGE_STATUS,
  },
  'image list': {
    words: ['image', 'list'],
    summary: 'list the named chroots',
    options: ['config', 'set'],
    operands: [],
    usageStatus: USAGE_STATUS,
  },
  'image show': {
    words: ['image', 'show'],
    summary: 'show where a named chroot is and whether it is safe to use',
    options: ['config', 'set'],
    operands: [IMAGE_NAME],
    usageStatus: USAGE_STATUS,
  },
  'image remove': {
    words: ['image', 'remove'],
    summary: 'forget a named chroot; one that was unpacked here is deleted',
    options: ['config', 'set'],
    operands: [IMAGE_NAME],
    usageStatus: USAGE_STATUS,
  },
  'account add': {
    words: ['account', 'add'],
    summary: 'let the process control daemon use an account (root only)',
    options: ['owner', 'dedicated', 'control'],
    operands: [USER],
    usageStatus: USAGE_STATUS,
  },
  'account remove': {
    words: ['account', 'remove'],
    summary: 'take an account away from the daemon, after its last lease (root only)',
    options: ['control'],
    operands: [USER],
    usageStatus: USAGE_STATUS,
  },
  'account list': {
    words: ['account', 'list'],
    summary: 'list the accounts of the daemon, with their leases and what runs there',
    options: ['json', 'control'],
    operands: [],
    usageStatus: USAGE_STATUS,
  },
  'classad eval': {
    words: ['classad', 'eval'],
    summary: 'evaluate ClassAd expressions, one result a line',
    options: ['ad'],
    operands: [
      {
        argument: 'EXPR',
        required: false,
        repeatable: true,
        summary: 'an expression; without any, each line of standard input is one',
      },
    ],
    usageStatus: USAGE_STATUS,
  },
} as const satisfies Record<string, CommandRow<OptionName>>;

/** A command's words with a space between. */
export type CommandName = keyof typeof COMMANDS;

/** Every command's name, in the order of help. */
export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];

/** Exit status of wrong use before any command is known. */
export const NO_COMMAND_STATUS = USAGE_STATUS;
