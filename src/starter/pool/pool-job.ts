/**
 * A job of a pool, made ready: from what shadow and startd said to a plan, a sandbox and the hands
 * that reach into it.
 */
import type { ClassAd } from '../../condor/classad';
import type { JobFault } from '../../job/faults';
import type { MappedIds } from '../../job/glexec-mode';
import { readJobFiles } from '../../job/job-files';
import { placedJobAd, placedMachineAd } from '../../job/placed-ads';
import { type AdFile, jobAdFile, machineAdFile, overlayAdFile } from '../../job/sandbox-ads';
import type { JobFiles } from '../../job/spec-context';
import { readTransferPlan, type TransferPlan } from '../../job/transfer-plan';
import type { Submitter } from '../../job/uid-domain';
import { errnoText } from '../../kernel/errno';
import type { FileAgent } from '../../kernel/file-agent';
import type { Sandbox } from '../../privsep/types';
import { err, ok, type Result } from '../../result';
import { glexecProxyFile } from '../glexec-proxy-file';
import { storedImages } from '../images';
import { SANDBOX_MODES } from '../leased/choice';
import { preparationFailure, siteFailure } from '../local-failure';
import { type Preparation, type PreparedJob, prepareJob } from '../prepare';
import type { Greeting } from './greet';
import type { PoolRules } from './life-types';
import type { PoolSite } from './site';

/** A job that can be run as soon as its input is there. */
export interface PoolJob {
  readonly greeting: Greeting;
  readonly prepared: PreparedJob;
  readonly submitter: Submitter;
  readonly sandbox: Sandbox;
  /** Undefined: the job's files are not transferred. */
  readonly transfer: { readonly plan: TransferPlan; readonly openFiles: OpenFiles } | undefined;
  readonly rules: PoolRules;
  /** JobLeaseDuration, seconds; undefined: the job does not outlive its shadow. */
  readonly lease: number | undefined;
}

/**
 * Opens the sandbox with the job's ids; `close()` it. Not kept open while the job runs: who has the
 * job's ids can be killed or stopped by it.
 */
export type OpenFiles = () => Promise<Result<FileAgent, string>>;

/** A job on paper: nothing was made for it yet. */
export interface PlannedPoolJob {
  readonly prepared: PreparedJob;
  readonly submitter: Submitter;
  readonly files: JobFiles;
  readonly plan: TransferPlan | undefined;
}

/**
 * Reads the ads and plans; a fault is the job's, or names what the site must change.
 *
 * @param mapped whom gLExec maps the job's proxy to, once it has told
 */
export function planPoolJob(
  site: PoolSite,
  greeting: Greeting,
  submitter: Submitter,
  mapped?: MappedIds,
): Result<PlannedPoolJob, JobFault> {
  const { config, executeDirectory, host, sandboxName } = site;
  const { jobAd } = greeting;
  const sandbox = `${executeDirectory}/${sandboxName}`;
  const fileSystemDomain = config.string('FILESYSTEM_DOMAIN') ?? host.hostname;
  const files = readJobFiles(jobAd, { fileSystemDomain, sandbox });
  if (!files.ok) return files;
  const plan = files.value.kind === 'transferred' ? readTransferPlan(jobAd) : ok(undefined);
  if (!plan.ok) return plan;
  const images = storedImages(config);
  if (!images.ok) return err(siteFailure(images.error).fault);
  const prepared = prepareJob({
    ...preparation(site, greeting, files.value),
    glexec: site.glexec ? { mapped } : undefined,
    submitter,
    images: images.value,
  });
  return prepared.ok
    ? ok({ prepared: prepared.value, submitter, files: files.value, plan: plan.value })
    : err(preparationFailure(prepared.error).fault);
}

function preparation(
  site: PoolSite,
  { jobAd, machineAd }: Greeting,
  files: JobFiles,
): Omit<Preparation, 'submitter' | 'images'> {
  const bin = site.config.path('BIN');
  return {
    jobAd,
    machineAd,
    config: site.config,
    host: site.host,
    mode: site.mode,
    leased: site.leased,
    spec: { from: 'shadow', files, glexec: site.glexec },
    executeDirectory: site.executeDirectory,
    sandboxName: site.sandboxName,
    starter: {
      pid: process.pid,
      started: performance.timeOrigin / 1000,
      random: Math.floor(Math.random() * 2 ** 32),
      environment: site.environment,
    },
    assignedCpus: site.assignedCpus,
    bin: bin.ok ? bin.value : undefined,
    outputAd: undefined,
  };
}

/**
 * The code of a job that leaves its slot because its sandbox cannot be made there: a full disk is not
 * the job's fault, and another machine may have room. condor_holdcodes.h of HTCondor.
 */
const NO_SCRATCH_DIRECTORY = 1024;

/** Makes the sandbox of a planned job. */
export async function makePoolJob(
  site: PoolSite,
  greeting: Greeting,
  { files, plan, prepared, submitter }: PlannedPoolJob,
): Promise<Result<PoolJob, JobFault>> {
  const { account } = prepared.identity;
  const permissions = site.config.choice('JOB_EXECDIR_PERMISSIONS');
  for (const left of site.steps.unmountAbandoned(site.executeDirectory)) {
    site.log.always(`Unmounted ${left}, whose starter was killed`);
  }
  for (const told of (await site.steps.removeLeftovers?.(site.executeDirectory)) ?? []) {
    site.log.always(told);
  }
  const proxy = files.kind === 'shared' ? glexecProxyFile(prepared) : ok([]);
  if (!proxy.ok) return proxy;
  const sandbox = await site.steps.makeSandbox({
    executeDirectory: site.executeDirectory,
    name: site.sandboxName,
    owner: account,
    mode: SANDBOX_MODES[permissions.ok ? permissions.value : 'user'],
    disk: prepared.disk,
    files: [...adFiles(greeting, prepared, files), ...proxy.value],
    // A job that changed them would change what the startd and others go by.
    filesOwner: site.mode === 'root' ? site.account : undefined,
  });
  if (!sandbox.ok) {
    const { errno: subcode, message: reason } = sandbox.error;
    return err({ cause: 'peer', code: NO_SCRATCH_DIRECTORY, subcode, reason });
  }
  const lease = leaseOf(greeting.jobAd);
  const job = { greeting, prepared, submitter, sandbox: sandbox.value, lease };
  const onEvict = evictTransfer(site, plan);
  const rules = { transfer: plan !== undefined, onEvict, lease: lease !== undefined };
  if (plan === undefined) return ok({ ...job, rules, transfer: undefined });
  const openFiles: OpenFiles = async () => {
    const agent = await site.steps.openSandboxFiles(sandbox.value, { ...account, names: [] });
    if (agent.ok) return agent;
    const { call, errno } = agent.error;
    return err(`Cannot ${call}: ${errnoText(errno)}`);
  };
  return ok({ ...job, rules, transfer: { plan, openFiles } });
}

function adFiles(
  { jobAd, machineAd, overlay }: Greeting,
  { sandbox, spec }: PreparedJob,
  files: JobFiles,
): readonly AdFile[] {
  const ads = [
    jobAdFile(placedJobAd(jobAd, spec, files)),
    machineAdFile(placedMachineAd(machineAd, sandbox)),
  ];
  return overlay.names().length === 0 ? ads : [...ads, overlayAdFile(overlay)];
}

/**
 * What is sent of an evicted job: what its ad says, or what the site grants. Never one after the
 * other: a shadow that has not reaped its process of the first transfer dies of the second one.
 */
function evictTransfer(site: PoolSite, plan: TransferPlan | undefined): PoolRules['onEvict'] {
  if (plan?.when === 'on exit or evict') return 'everything';
  return site.knobs.transferStdioOnEvict ? 'streams' : 'nothing';
}

/** JobLeaseDuration of at least a second. */
function leaseOf(jobAd: ClassAd): number | undefined {
  const seconds = jobAd.integer('JobLeaseDuration');
  return seconds !== undefined && seconds > 0 ? seconds : undefined;
}
