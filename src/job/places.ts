/**
 * Where a job's command, directory and standard streams are: the part of a job that depends on
 * where it comes from and on whether its files are transferred.
 *
 * Source: JICLocal, JICShadow::initWithFileTransfer, initNoFileTransfer and getJobStdFile, and
 * OsProc::canonicalizeJobPath of HTCondor's condor_starter.
 */
import { assertNever } from '../result';
import type { AdReader } from './ad-reader';
import { baseName } from './paths';
import type { JobSpec, StreamSpec } from './spec';
import type { HandContext, SpecContext } from './spec-context';
import { absolutePath, readStream, type StreamRules } from './streams';

/** What of a job this is about. */
export type JobPlaces = Pick<
  JobSpec,
  'command' | 'iwd' | 'stdin' | 'stdout' | 'stderr' | 'x509UserProxy'
>;

/** Names of the captured streams in the sandbox, which shadows know: they rename them. */
const STDOUT = '_condor_stdout';
const STDERR = '_condor_stderr';

const NULL: StreamSpec = { kind: 'null' };

/** Reads them; what is wrong are the reader's complaints. */
export function readPlaces(reader: AdReader, context: SpecContext): JobPlaces {
  if (context.from === 'hand') return handPlaces(reader, context);
  switch (context.files.kind) {
    case 'shared':
      return sharedPlaces(reader);
    case 'transferred':
      return sandboxPlaces(reader, context.files.sandbox);
    default:
      return assertNever(context.files);
  }
}

/** All files are at hand. */
function handPlaces(
  reader: AdReader,
  { cwd, streams = {}, missingOutput }: HandContext,
): JobPlaces {
  const iwd = absolutePath(reader.text('Iwd') ?? cwd, cwd);
  const input: StreamRules = { iwd, cwd, append: false, missing: NULL };
  const output: StreamRules = {
    ...input,
    append: isAppended(reader),
    missing: { kind: missingOutput },
  };
  const read = (attribute: string, override: string | undefined, rules: StreamRules): StreamSpec =>
    readStream(reader.text(attribute), override, rules);
  const proxy = reader.text('x509userproxy');
  return {
    iwd,
    command: absolutePath(readCommand(reader), iwd),
    stdin: read('In', streams.stdin, input),
    stdout: read('Out', streams.stdout, output),
    stderr: read('Err', streams.stderr, output),
    x509UserProxy: proxy && absolutePath(proxy, iwd),
  };
}

/** The job runs where it was submitted; nobody is there to look at its terminal. */
function sharedPlaces(reader: AdReader): JobPlaces {
  const submitted = reader.text('Iwd');
  if (!submitted?.startsWith('/')) {
    reader.complain(
      `Iwd is ${submitted === undefined ? 'missing' : `"${submitted}"`}; expected an absolute path`,
    );
  }
  const iwd = remoteDirectory(reader, submitted ?? '/');
  const rules: StreamRules = { iwd, cwd: iwd, append: isAppended(reader), missing: NULL };
  const read = (attribute: string, append: boolean): StreamSpec => {
    const stream = readStream(reader.text(attribute), undefined, { ...rules, append });
    // The starter's own descriptors are not the job's business; HTCondor's daemons have none either.
    return stream.kind === 'inherit' ? NULL : stream;
  };
  return {
    iwd,
    command: absolutePath(readCommand(reader), iwd),
    stdin: read('In', false),
    stdout: read('Out', rules.append),
    stderr: read('Err', rules.append),
    x509UserProxy: proxyBelow(reader, submitted ?? '/'),
  };
}

/** Everything arrives in the sandbox under its base name. */
function sandboxPlaces(reader: AdReader, sandbox: string): JobPlaces {
  const iwd = remoteDirectory(reader, sandbox);
  return {
    iwd,
    command: sandboxCommand(reader, sandbox, iwd),
    ...sandboxStreams(reader),
    x509UserProxy: arrivedProxy(reader, sandbox),
  };
}

/** As the submit host has it; without gLExec nobody is to have one: unsupported.ts. */
function proxyBelow(reader: AdReader, iwd: string): string | undefined {
  const proxy = reader.text('x509userproxy');
  return proxy && absolutePath(proxy, iwd);
}

/** It comes with the other files. */
function arrivedProxy(reader: AdReader, sandbox: string): string | undefined {
  const proxy = reader.text('x509userproxy');
  const name = proxy && arrivedName(reader, 'x509userproxy', proxy);
  return name && `${sandbox}/${name}`;
}

/** A command that is not transferred is this host's, or came among the input files. */
function sandboxCommand(reader: AdReader, sandbox: string, iwd: string): string {
  const command = readCommand(reader);
  if (reader.boolean('TransferExecutable') === false) return absolutePath(command, iwd);
  const name = arrivedName(reader, 'Cmd', command);
  return `${sandbox}/${name ?? ''}`;
}

function sandboxStreams(reader: AdReader): Pick<JobPlaces, 'stdin' | 'stdout' | 'stderr'> {
  const input = capturedName(reader, 'In');
  const inputName = input && arrivedName(reader, 'In', input);
  const append = isAppended(reader);
  const captured = (name: string | undefined): StreamSpec =>
    name === undefined ? NULL : { kind: 'sandbox', name, append };
  const { stdout, stderr } = capturedStreams(reader);
  return {
    stdin: inputName === undefined ? NULL : { kind: 'sandbox', name: inputName, append: false },
    stdout: captured(stdout),
    stderr: captured(stderr),
  };
}

/** The names in the sandbox of a job's captured streams; undefined: one goes nowhere. */
export function capturedStreams(reader: AdReader): {
  readonly stdout: string | undefined;
  readonly stderr: string | undefined;
} {
  const out = capturedName(reader, 'Out');
  const error = capturedName(reader, 'Err');
  return {
    stdout: out && STDOUT,
    // Of one file for both, a shadow would rename one over the other.
    stderr: error && (error === out ? STDOUT : STDERR),
  };
}

/** The file of a stream; undefined where it has none. */
function capturedName(reader: AdReader, attribute: string): string | undefined {
  const name = reader.text(attribute);
  return name === '/dev/null' ? undefined : name;
}

/** The name under which a file of the submit host arrives; a complaint where it can have none. */
function arrivedName(reader: AdReader, attribute: string, path: string): string | undefined {
  const name = baseName(path);
  if (name !== undefined) return name;
  if (path !== '') reader.complain(`${attribute} is "${path}"; expected the path of a file`);
  return undefined;
}

/** RemoteIwd: the job's working directory where the job runs, if it shall be another. */
function remoteDirectory(reader: AdReader, base: string): string {
  return absolutePath(reader.text('RemoteIwd') ?? base, base);
}

function readCommand(reader: AdReader): string {
  const command = reader.text('Cmd');
  if (command === undefined) {
    reader.complain('Cmd is missing; expected the path of the program to run');
  }
  return command ?? '';
}

function isAppended(reader: AdReader): boolean {
  return reader.boolean('EraseOutputAndErrorOnRestart') === false;
}
