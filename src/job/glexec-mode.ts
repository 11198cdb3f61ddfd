/**
 * GLEXEC_JOB: an ordinary user's starter has gLExec run each job as the account that the job's X.509
 * proxy is mapped to.
 *
 * Source: the manual's GLEXEC_JOB and its kin (HTCondor 7.1 to 9.10).
 */
import type { Config, KnobError } from '../condor/config';
import { err, ok, type Result } from '../result';
import type { JobFault } from './faults';
import type { HostView } from './host';
import { knobError } from './knob-error';
import { baseName, joinPath } from './paths';
import type { JobSpec } from './spec';

/** What the site says of gLExec. */
export interface GlexecSettings {
  /** GLEXEC: an absolute path. */
  readonly program: string;
  /** Attempts beside the first one, where gLExec says 202 or 203. */
  readonly retries: number;
  /** Seconds before the second attempt. */
  readonly retryDelay: number;
  /** Whether a job is held whose sandbox cannot be handed over; else it goes elsewhere. */
  readonly holdOnInitialFailure: boolean;
  /** Seconds until gLExec must have begun its work. */
  readonly timeout: number;
  /** Seconds before the end of its proxy at which a job is held. */
  readonly evictionTime: number;
}

/** Whom gLExec maps a job's proxy to. */
export interface MappedIds {
  readonly uid: number;
  readonly gid: number;
}

const STARTER_REMEDY = 'a starter is not run by gLExec any more; unset it, and use GLEXEC_JOB';
const NO_PROGRAM = 'GLEXEC is not set; name the absolute path of glexec there';
const ROOT_REMEDY =
  'this starter is root, which needs no gLExec to run jobs as other accounts; unset it, or start the ' +
  'starter as an ordinary user';

/** Reads the knobs; undefined: jobs are not run by gLExec here. */
export function readGlexec(
  config: Config,
  host: Pick<HostView, 'privileged'>,
): Result<GlexecSettings | undefined, KnobError> {
  const old = config.boolean('GLEXEC_STARTER');
  if (!old.ok) return old;
  if (old.value) return knobError(config, 'GLEXEC_STARTER', STARTER_REMEDY);
  const isWanted = config.boolean('GLEXEC_JOB');
  if (!isWanted.ok) return isWanted;
  if (!isWanted.value) return ok(undefined);
  if (host.privileged) return knobError(config, 'GLEXEC_JOB', ROOT_REMEDY);
  const program = config.path('GLEXEC');
  if (!program.ok) return program;
  if (program.value === undefined) return knobError(config, 'GLEXEC_JOB', NO_PROGRAM);
  return readNumbers(config, program.value);
}

function readNumbers(config: Config, program: string): Result<GlexecSettings, KnobError> {
  const retries = config.integer('GLEXEC_RETRIES');
  if (!retries.ok) return retries;
  const retryDelay = config.integer('GLEXEC_RETRY_DELAY');
  if (!retryDelay.ok) return retryDelay;
  const hold = config.boolean('GLEXEC_HOLD_ON_INITIAL_FAILURE');
  if (!hold.ok) return hold;
  const timeout = config.integer('GLEXEC_TIMEOUT');
  if (!timeout.ok) return timeout;
  const eviction = config.integer('PROXY_EXPIRING_EVICTION_TIME');
  if (!eviction.ok) return eviction;
  return ok({
    program,
    retries: retries.value,
    retryDelay: retryDelay.value,
    holdOnInitialFailure: hold.value,
    timeout: timeout.value,
    evictionTime: eviction.value,
  });
}

/** The name that a job's proxy has in its sandbox; a fault where the job has none. */
export function proxyName({
  x509UserProxy,
}: Pick<JobSpec, 'x509UserProxy'>): Result<string, JobFault> {
  const name = x509UserProxy === undefined ? undefined : baseName(x509UserProxy);
  if (name !== undefined) return ok(name);
  const said =
    x509UserProxy === undefined ? 'has no x509userproxy' : `has the proxy ${x509UserProxy}`;
  return err({
    cause: 'badJobAd',
    subcode: 0,
    reason: `The job ${said}, and GLEXEC_JOB = true runs jobs by their proxy; name the proxy file in the job ad`,
  });
}

/** The same job, as its environment is to tell of it: its proxy is the one in its sandbox. */
export function withOwnProxy(spec: JobSpec, sandbox: string): Result<JobSpec, JobFault> {
  const name = proxyName(spec);
  return name.ok ? ok({ ...spec, x509UserProxy: joinPath(sandbox, name.value) }) : name;
}
