/**
 * What the commands are told: the command line after it was read and checked. Made by the parsers
 * beside this file, taken by the modules in `bin/commands/` and `bin/starter-main.ts`.
 */

/** One `--set KNOB=VALUE`. The value is everything after the first `=`, untouched. */
export interface KnobSetting {
  readonly name: string;
  readonly value: string;
}

/** Which configuration a command reads; every command that reads one takes these options. */
export interface ConfigOptions {
  /** `-c FILE`; undefined: the usual search. */
  readonly configFile: string | undefined;
  /** `--set`, in the order given: of two settings of a knob the later one counts. */
  readonly set: readonly KnobSetting[];
}

/** `eyrie run` and `eyrie plan`, which takes what decides the plan and no more. */
export interface RunOptions extends ConfigOptions {
  /** The job ad's file, or `-` for standard input. */
  readonly jobAd: string;
  /** `--machine-ad FILE`, or `-` for standard input (never both ads). */
  readonly machineAd: string | undefined;
  /** `--execute DIR`: stands in for the knob EXECUTE. */
  readonly execute: string | undefined;
  /** `--result FILE`: where the result ad goes. */
  readonly result: string | undefined;
  /** `--json`: the result (of `plan`: the plan) as one JSON object on standard output. */
  readonly json: boolean;
  /** `--keep`: leave the sandbox behind. */
  readonly keep: boolean;
  /** `-v`: the account of the run on standard error, also where that is no terminal. */
  readonly verbose: boolean;
  /** `-t`: log to standard error instead of the log file. */
  readonly terminalLog: boolean;
  /** `-d CATEGORIES`: debug categories as STARTER_DEBUG has them, added to that knob's. */
  readonly debug: string | undefined;
}

/** `eyrie doctor`. */
export interface DoctorOptions extends ConfigOptions {
  readonly json: boolean;
}

/** `eyrie enter`. */
export interface EnterOptions {
  /** `cluster.proc`, or the pid of the job's starter. */
  readonly job: string;
  /** The command and its arguments; none: a shell. */
  readonly command: readonly string[];
}

/** `eyrie suspend` and `eyrie continue`. */
export interface JobOptions {
  /** `cluster.proc`, or the pid of the job's starter. */
  readonly job: string;
}

/** `eyrie ps`. */
export interface PsOptions {
  readonly json: boolean;
  /** `--watch`: over and over. */
  readonly watch: boolean;
  /** `--address ADDRESS`: of one procd; undefined: of all that are known. */
  readonly address: string | undefined;
}

/** `eyrie image add`. */
export interface ImageAddOptions extends ConfigOptions {
  /** The friendly name that jobs give as RequestedChroot. */
  readonly name: string;
  /** A directory, or a tar archive to unpack. */
  readonly source: string;
}

/** `eyrie image list`. */
export type ImageListOptions = ConfigOptions;

/** `eyrie image show` and `eyrie image remove`. */
export interface ImageNameOptions extends ConfigOptions {
  readonly name: string;
}

/** `eyrie account` and what it is to do; every command of it takes this option. */
export interface AccountOptions {
  /** `--control SOCKET`; undefined: the usual one. */
  readonly control: string | undefined;
}

/** `eyrie account add`. */
export interface AccountAddOptions extends AccountOptions {
  readonly account: string;
  /** `--owner NAME`; undefined: it is a guest account. */
  readonly owner: string | undefined;
  readonly dedicated: boolean;
}

/** `eyrie account remove`. */
export interface AccountNameOptions extends AccountOptions {
  readonly account: string;
}

/** `eyrie account list`. */
export interface AccountListOptions extends AccountOptions {
  readonly json: boolean;
}

/** `eyrie classad eval`. */
export interface ClassadEvalOptions {
  /** `--ad FILE`, or `-` for standard input: the ad that the expressions are evaluated in. */
  readonly ad: string | undefined;
  /** None: expressions are read from standard input, one a line. */
  readonly expressions: readonly string[];
}

/**
 * Where a command writes. Not `process.stdout`: opening that makes a pipe non-blocking for everyone
 * who shares it, and a job may be one of them.
 */
export interface TextOutput {
  /** Writes the text whole before it returns. False: the reader has gone. */
  write(text: string): boolean;
  readonly isTTY: boolean;
}

/** The standard streams of a command, so that tests can hand it others. */
export interface CommandIo {
  /** Opened when it is first asked for. */
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
}

/**
 * Wrong use of a command line: a message that names the argument, what was expected, and the
 * nearest thing that would have been right where there is one.
 */
export interface UsageError {
  readonly message: string;
}

/** Where `condor_starter` gets its job from. */
export type JobSource =
  /** A shadow: the last bare word, the submit host's name or address. */
  | { readonly kind: 'shadow'; readonly host: string }
  /** `-job-input-ad`: a path, or `-` for standard input. */
  | { readonly kind: 'ad'; readonly path: string };

/** `condor_starter`, told to run a job. Undefined: not on the command line. */
export interface StarterArguments {
  readonly source: JobSource;
  /** `-job-cluster`, `-job-proc`: win over the ad's ClusterId and ProcId. */
  readonly cluster: number | undefined;
  readonly proc: number | undefined;
  /** `-job-output-ad`: where the final job ad goes; `-` is standard output. */
  readonly outputAd: string | undefined;
  /** `-job-stdin`, `-job-stdout`, `-job-stderr`: paths; `-` is the starter's own stream. */
  readonly stdin: string | undefined;
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
  /** `-local-name X`: knobs `X.NAME` win over `NAME`. */
  readonly localName: string | undefined;
  /** `-config FILE`: stands in for CONDOR_CONFIG. */
  readonly configFile: string | undefined;
  /** `-slot-name NAME`. */
  readonly slotName: string | undefined;
  /** `-t`: log to standard error. */
  readonly terminalLog: boolean;
  /** `-log DIR`: stands in for the knob LOG. */
  readonly logDirectory: string | undefined;
  /** `-a S`: the log file is the knob STARTER_LOG's with `.S` added. */
  readonly logAppend: string | undefined;
  /** `-header TXT`: every log line has this text before the message. */
  readonly logHeader: string | undefined;
  /** Oddities to log once a log is open, such as an option given twice. */
  readonly warnings: readonly string[];
}

/** What a whole command line of `condor_starter` asks for. */
export type StarterInvocation =
  /** `-classad`: print what the starter can do. */
  | { readonly action: 'abilities' | 'version' | 'help' }
  | { readonly action: 'run'; readonly arguments: StarterArguments };
