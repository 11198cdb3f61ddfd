/**
 * The whole environment of a job.
 *
 * Later layers win over earlier ones, as with HTCondor's starter (test/job/starter.json is a record
 * of it):
 *
 * 1. STARTER_JOB_ENVIRONMENT;
 * 2. the job's own Environment;
 * 3. what only the starter knows: places, slot, assigned resources;
 * 4. numbers of threads, only where the job has none;
 * 5. what is inherited of the starter's environment, only where nothing above has the name.
 *
 * Beside them stand the marks of the families that the job belongs to.
 *
 * There is no default PATH or USER: HTCondor gives none, and a shell has its own.
 *
 * Source: Starter::GetJobEnv and PublishToEnv of HTCondor's condor_starter; the manual's "Services
 * for Running Jobs", environment variables.
 */
import type { ClassAd } from '../condor/classad';
import type { Config, KnobError } from '../condor/config';
import { ok, type Result } from '../result';
import { type Ancestor, isMark, marksOf } from './ancestor';
import { inheritedEnvironment, readInheritance } from './environment-inherited';
import { assignedResources, threadCounts } from './environment-slot';
import { type Environment, parseEnvironmentV1OrQuotedV2 } from './environment-syntax';
import { knobError } from './knob-error';
import type { JobSpec } from './spec';
import { WRAPPER_FAILURE } from './wrapper';

/** What stands for the sandbox's path in a value, until the sandbox has one: $$(CondorScratchDir). */
const SCRATCH_TOKEN = '#CoNdOrScRaTcHdIr#';

/** Everything that a job's environment is made of. Paths are as the job sees them. */
export interface EnvironmentInput {
  readonly spec: Pick<JobSpec, 'environment' | 'iwd' | 'x509UserProxy'>;
  readonly config: Config;
  readonly machineAd: ClassAd;
  /** The slot's name without its host: `slot1_2`. */
  readonly slotName: string;
  /** Home directory of the job's account; undefined where it has none. */
  readonly home: string | undefined;
  /** The sandbox. */
  readonly scratch: string;
  /** Where temporary files go: the sandbox, or a /tmp that the sandbox backs. */
  readonly temporary: string;
  /** The starter, as the maker of the job's process. */
  readonly ancestor: Ancestor;
  /** The environment that the starter was started with. */
  readonly starter: Environment;
  /** Where the result ad goes, if to a file. */
  readonly outputAd: string | undefined;
  /** Where HTCondor's programs are, if they are here: the knob BIN. */
  readonly bin: string | undefined;
}

/** The job's environment, or the knob that is wrong. */
export function jobEnvironment(input: EnvironmentInput): Result<Map<string, string>, KnobError> {
  const { config, machineAd, scratch, spec, starter } = input;
  const site = siteEnvironment(config);
  if (!site.ok) return site;
  const resources = assignedResources(machineAd, config);
  if (!resources.ok) return resources;
  const home = homeVariable(input);
  if (!home.ok) return home;
  const wrapper = config.path('USER_JOB_WRAPPER');
  if (!wrapper.ok) return wrapper;
  const named = new Map([
    ...site.value,
    ...spec.environment,
    ...starterVariables(input),
    ...wrapperVariable(wrapper.value, scratch),
    ...resources.value,
    ...home.value,
  ]);
  const threads = threadCounts(machineAd, config, named);
  if (!threads.ok) return threads;
  const expanded = [...named, ...threads.value].map(
    ([name, value]) => [name, value.replaceAll(SCRATCH_TOKEN, () => scratch)] as const,
  );
  const inheritance = readInheritance(config.string('JOB_INHERITS_STARTER_ENVIRONMENT') ?? '');
  // Marks are no job's to choose. They come first, since procds look at the first ones only.
  return ok(
    new Map([
      ...marksOf(input.ancestor, starter),
      ...inheritedEnvironment(starter, inheritance),
      ...expanded.filter(([name]) => !isMark(name)),
    ]),
  );
}

function siteEnvironment(config: Config): Result<Environment, KnobError> {
  const read = parseEnvironmentV1OrQuotedV2(config.string('STARTER_JOB_ENVIRONMENT') ?? '');
  return read.ok ? read : knobError(config, 'STARTER_JOB_ENVIRONMENT', read.error);
}

/** What a job cannot know of itself. */
function starterVariables(input: EnvironmentInput): readonly (readonly [string, string])[] {
  const { scratch, spec, temporary } = input;
  const variables: readonly (readonly [string, string | undefined])[] = [
    ['BATCH_SYSTEM', 'HTCondor'],
    ['_CONDOR_JOB_IWD', spec.iwd],
    // For what a starter runs beside its job; at the job's own start there is none yet.
    ['_CONDOR_JOB_PIDS', ''],
    ['_CONDOR_BIN', input.bin],
    ['X509_USER_PROXY', spec.x509UserProxy],
    ['_CONDOR_OUTPUT_CLASSAD', input.outputAd],
    ['CONDOR_STARTER_PID', `${input.ancestor.pid}`],
    ['_CONDOR_SCRATCH_DIR', scratch],
    ['APPTAINER_CACHEDIR', scratch],
    ['SINGULARITY_CACHEDIR', scratch],
    ['_CONDOR_SLOT', input.slotName],
    ['TMPDIR', temporary],
    ['TEMP', temporary],
    ['TMP', temporary],
    ['_CONDOR_MACHINE_AD', `${scratch}/.machine.ad`],
    ['_CONDOR_JOB_AD', `${scratch}/.job.ad`],
  ];
  return variables.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

/** Where a wrapper says why it could not run the job. */
function wrapperVariable(wrapper: string | undefined, scratch: string): Environment {
  return new Map(
    wrapper === undefined ? [] : [['_CONDOR_WRAPPER_ERROR_FILE', `${scratch}/${WRAPPER_FAILURE}`]],
  );
}

function homeVariable({ config, home }: EnvironmentInput): Result<Environment, KnobError> {
  const wanted = config.boolean('STARTER_SETS_HOME_ENV');
  if (!wanted.ok) return wanted;
  return ok(new Map(wanted.value && home ? [['HOME', home]] : []));
}
