/**
 * Where a job's standard streams come from and go to: the rules for In, Out and Err of a job whose
 * files are at hand, and for what the command line says in their place.
 *
 * Source: JICLocal::getJobStdFile and UserProc::getStdFile of HTCondor's condor_starter.
 */
import type { StreamSpec } from './spec';

/** `-job-stdin`, `-job-stdout`, `-job-stderr`: they win over the ad. */
export interface StreamOverrides {
  /** A path, or `-` for the starter's own stream. */
  readonly stdin?: string | undefined;
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
}

/** What a path in the ad or on the command line is relative to, and how a file is opened. */
export interface StreamRules {
  /** The job's initial working directory, for the ad's paths. */
  readonly iwd: string;
  /** The caller's working directory, for the command line's paths. */
  readonly cwd: string;
  /** Write after what a file holds, instead of emptying it. */
  readonly append: boolean;
  /** Where a stream goes that nobody named. */
  readonly missing: StreamSpec;
}

/**
 * One stream.
 *
 * @param named what the ad says: a path; an empty one counts as missing.
 * @param override what the command line says.
 */
export function readStream(
  named: string | undefined,
  override: string | undefined,
  rules: StreamRules,
): StreamSpec {
  if (override === '-') return { kind: 'inherit' };
  if (override) return fileStream(override, rules.cwd, rules.append);
  return named ? fileStream(named, rules.iwd, rules.append) : rules.missing;
}

/**
 * Paths that mean a descriptor of the process that opens them. That is the starter for whoever wrote
 * them; opened by the job's init they would mean one of its own.
 */
const OWN_DESCRIPTOR = /^\/dev\/(?:fd\/([012])|std(in|out|err))$|^\/proc\/self\/fd\/([012])$/;

function ownDescriptor(path: string): number | undefined {
  const [, one, name, other] = OWN_DESCRIPTOR.exec(path) ?? [];
  if (name !== undefined) return ['in', 'out', 'err'].indexOf(name);
  const number = one ?? other;
  return number === undefined ? undefined : Number(number);
}

function fileStream(path: string, base: string, append: boolean): StreamSpec {
  const descriptor = ownDescriptor(path);
  if (descriptor !== undefined) return { kind: 'inherit', descriptor };
  return path === '/dev/null'
    ? { kind: 'null' }
    : { kind: 'file', path: absolutePath(path, base), append };
}

/**
 * A path as it is, or below a base. Nothing is cleaned up: `..` and links mean what they mean on
 * the host, and a job sees its path as HTCondor would have shown it.
 */
export function absolutePath(path: string, base: string): string {
  if (path.startsWith('/')) return path;
  return base.endsWith('/') ? base + path : `${base}/${path}`;
}
