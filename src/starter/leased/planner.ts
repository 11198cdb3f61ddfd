/**
 * Plans jobs on leased accounts for the process control daemon, by the configuration of jobs by hand: the
 * same knobs isolate them as those that root's own starter runs.
 */
import type { ClassAd } from '../../condor/classad';
import { type Config, readHandConfig } from '../../condor/config';
import { explainFailure } from '../../job/explain-failure';
import type { HostView } from '../../job/host';
import type { IsolationPolicy } from '../../job/isolation-policy';
import { defaultMachineAd, slotFor, slotNameOf } from '../../job/machine-ad';
import { planCgroup } from '../../job/plan-cgroup';
import { planJob } from '../../job/plan-job';
import { readPolicy } from '../../job/read-policy';
import { readWatchRules } from '../../job/watch-rules';
import { WRAPPER_FAILURE } from '../../job/wrapper';
import { errnoText } from '../../kernel/errno';
import { installPrefix } from '../../kernel/native-files';
import type { ControlError } from '../../privsep/control/types';
import type { LeasedJob, LeasedPlanner, PlannedLeasedJob } from '../../privsep/jobs/types';
import { err, ok, type Result } from '../../result';
import { EVALUATION_HOST } from '../evaluation-host';
import { openHostView } from '../host-view';
import { storedImages } from '../images';
import { machineFacts } from '../machine-facts';
import { withoutCgroup } from '../prepare';
import { adjustPlan, adOf, environmentOf, specOf } from './spec';

/** Where the configuration is, and the sandboxes. */
export interface PlannerSettings {
  /** The configuration file; undefined: the usual search. */
  readonly configFile: string | undefined;
  /** `--execute`: absolute. */
  readonly executeDirectory: string;
  /** `/etc` but for tests. */
  readonly siteDirectory?: string;
}

/** Reads the configuration; an error is everything that is wrong with it, each a sentence. */
export function openLeasedPlanner(
  settings: PlannerSettings,
): Result<LeasedPlanner, readonly string[]> {
  const first = readConfig(settings);
  if (!first.ok) return first;
  let config = first.value;
  return ok({
    plan: (job) => planLeased(job, config, settings.executeDirectory),
    explain(plan, failure) {
      const { cause, reason } = explainFailure(plan, failure, errnoText);
      return { cause, text: reason };
    },
    reload() {
      const again = readConfig(settings);
      if (!again.ok)
        return again.error.map((text) => `${text}; the configuration of before stands`);
      config = again.value;
      return [];
    },
  });
}

/** Nothing of the daemon's environment is a knob. */
function readConfig(settings: PlannerSettings): Result<Config, readonly string[]> {
  const host = openHostView();
  if (!host.ok) return err([host.error]);
  const config = readHandConfig({
    file: settings.configFile,
    overrides: [],
    environment: {},
    prefix: installPrefix(),
    fullHostname: host.value.hostname,
    host: EVALUATION_HOST,
    ...(settings.siteDirectory === undefined ? {} : { siteDirectory: settings.siteDirectory }),
  });
  return config.ok ? config : err(config.error.map(({ message }) => message));
}

/** What a plan is made from. */
interface Place {
  readonly config: Config;
  readonly host: HostView;
  readonly jobAd: ClassAd;
  readonly machineAd: ClassAd;
  readonly executeDirectory: string;
}

function planLeased(
  job: LeasedJob,
  config: Config,
  executeDirectory: string,
): Result<PlannedLeasedJob, ControlError> {
  const host = openHostView();
  if (!host.ok) return refused(host.error);
  const jobAd = adOf(job);
  const machineAd = slotFor(
    jobAd,
    defaultMachineAd(machineFacts(host.value, config, executeDirectory)),
  );
  const place: Place = { config, host: host.value, jobAd, machineAd, executeDirectory };
  const policy = policyOf(job, place);
  if (!policy.ok) return policy;
  const watch = readWatchRules(config, jobAd, machineAd);
  if (!watch.ok) return refused(watch.error.message);
  return planWith(job, place, policy.value, watch.value.interval);
}

function policyOf(
  { request }: LeasedJob,
  { config, jobAd, machineAd }: Place,
): Result<IsolationPolicy, ControlError> {
  const images = storedImages(config);
  if (!images.ok) return refused(images.error);
  const slotName = slotNameOf(machineAd);
  const policy = readPolicy({ config, jobAd, machineAd, slotName, images: images.value });
  if (!policy.ok) return refused(policy.error.message);
  const niceIncrement = Math.max(policy.value.niceIncrement, request.nice ?? 0);
  return ok({ ...policy.value, niceIncrement });
}

function planWith(
  job: LeasedJob,
  place: Place,
  wanted: IsolationPolicy,
  interval: number,
): Result<PlannedLeasedJob, ControlError> {
  const { account } = job.lease;
  const cgroup = planCgroup({
    ...place,
    mode: 'root',
    suffix: job.suffix,
    account,
    cpus: wanted.cpus,
    isSeenAsRoot: wanted.cgroupNamespace,
  });
  if (!cgroup.ok) return refused(cgroup.error.message);
  const policy = cgroup.value === undefined ? withoutCgroup(wanted) : wanted;
  const planned = planJob({
    spec: specOf(job),
    policy,
    host: place.host,
    identity: { account },
    environment: withWrapper(environmentOf(job), policy, job.sandbox),
    sandbox: { executeDirectory: place.executeDirectory, directory: job.sandbox },
    mode: 'root',
  });
  if (!planned.ok) return refused(planned.error.reason);
  return ok({
    plan: adjustPlan(planned.value.plan, job, place.host),
    cgroup: cgroup.value,
    interval,
    notes: planned.value.notes,
  });
}

/** Where the site's wrapper says why it could not run the job. */
function withWrapper(
  environment: ReadonlyMap<string, string>,
  { wrapper }: IsolationPolicy,
  sandbox: string,
): ReadonlyMap<string, string> {
  if (wrapper === undefined) return environment;
  return new Map([...environment, ['_CONDOR_WRAPPER_ERROR_FILE', `${sandbox}/${WRAPPER_FAILURE}`]]);
}

function refused(text: string): Result<never, ControlError> {
  return err({ code: 'not-allowed', text });
}
