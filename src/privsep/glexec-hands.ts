/**
 * What is done through gLExec, with the condor_glexec_* helpers: handing a sandbox over and fetching it back,
 * starting a job, signals, a new proxy.
 */
import fs from 'node:fs';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobFault } from '../job/faults';
import type { GlexecSettings, MappedIds } from '../job/glexec-mode';
import type { LaunchPlan } from '../job/plan';
import { APART, packLaunch } from '../kernel/launch';
import type { Launch, LaunchError } from '../kernel/launch-types';
import type { TreeError, TreeReport } from '../kernel/tree';
import { err, ok, type Result } from '../result';
import { GlexecKeeper } from './glexec-keeper';
import { protectProxyFile, PROXY_MODE, proxyExpiry, watchExpiry } from './glexec-proxy';
import { runByGlexec } from './glexec-run';
import { machineFault } from './machine-fault';
import { condorDirectory, mappedIds, removeHandedOver, removeLeftovers } from './glexec-sandbox';
import {
  type GlexecScript,
  helperPath,
  runGlexecScript,
  type ScriptEnd,
  statusWords,
} from './glexec-script';
import type { Sandbox, SandboxPlace, StartableJob } from './types';

/** What the maker works with. */
export interface GlexecSite {
  readonly settings: GlexecSettings;
  /** Where the condor_glexec_* helpers are. */
  readonly helpers: string;
  /** The path of eyrie-init; every account must be able to execute it. */
  readonly init: string;
  /** A plan's environment as V2 raw text. */
  readonly environmentText: (plan: LaunchPlan) => string;
  readonly log: (sentence: string) => void;
}

/** What a proxy that does not hold counts as, in the place of a script's status. */
const PROXY_INVALID = -10_000;

/** A sandbox that the account has. */
interface Away {
  readonly proxy: string;
  /** Fetching it back has failed: it is not tried again. */
  isLost: boolean;
}

/** The privileged steps that go through gLExec. */
export class GlexecHands {
  readonly #away = new Map<string, Away>();

  constructor(private readonly site: GlexecSite) {}

  async handOver(
    sandbox: Sandbox,
    proxy: string | undefined,
  ): Promise<Result<MappedIds | undefined, JobFault>> {
    const name = proxy ?? '';
    const file = `${sandbox.path}/${name}`;
    const holds = proxyExpiry(file);
    const own = holds.ok ? protectProxyFile(file) : holds;
    if (!own.ok) return err(setupFault(PROXY_INVALID, `The job proxy is invalid: ${own.error}`));
    const ended = await this.#script('setup', [name, sandbox.path, ...this.#retries()]);
    if (ended.status !== 0) return err(this.#setupFailed(ended));
    this.#away.set(sandbox.path, { proxy: name, isLost: false });
    const ids = mappedIds(sandbox.path);
    return ids.ok ? ids : err(setupFault(0, ids.error));
  }

  #setupFailed(ended: ScriptEnd): JobFault {
    const reason = `condor_glexec_setup ${statusWords(ended.status)}: ${ended.text}`;
    if (this.site.settings.holdOnInitialFailure) return setupFault(ended.status, reason);
    return machineFault(reason, ended.status);
  }

  async start({ plan, sandbox }: StartableJob): Promise<Result<Launch, LaunchError | JobFault>> {
    const { helpers, init, settings } = this.site;
    const proxy = this.#away.get(sandbox)?.proxy ?? '';
    const holds = proxyExpiry(`${condorDirectory(sandbox)}/${proxy}`);
    if (!holds.ok) return err(runFault(`The job proxy is invalid: ${holds.error}`));
    // An `inherit` step's index is the number of a standard stream: job/plan-streams.ts.
    const packed = packLaunch(plan, [0, 1, 2]);
    if (!packed.ok) return packed;
    const wrapper = helperPath(helpers, 'job_wrapper');
    const streams = ['-', '/dev/null', '/dev/null'];
    const channel = await runByGlexec(
      {
        settings,
        argv: [
          helperPath(helpers, 'run'),
          ...[settings.program, proxy, sandbox, wrapper, ...streams, init, APART],
        ],
        environment: this.site.environmentText(plan),
        parcel: packed.value.parcel,
      },
      (seconds) => delay(seconds * 1000),
      this.site.log,
    );
    if ('cause' in channel) {
      packed.value.discard();
      return err(channel);
    }
    const kill = (pid: number, signal: number) => this.#kill(sandbox, proxy, pid, signal);
    return ok(await packed.value.follow(channel, new GlexecKeeper(channel, kill, this.site.log)));
  }

  async takeBack(sandbox: SandboxPlace): Promise<Result<void, JobFault>> {
    const away = this.#away.get(sandbox.path);
    if (away === undefined) return ok(undefined);
    const fetched = await this.#fetch(sandbox, away.proxy);
    if (fetched.ok) this.#away.delete(sandbox.path);
    else away.isLost = true;
    return fetched.ok ? fetched : err({ cause: 'glexecCleanupFailed', ...fetched.error });
  }

  async #fetch(
    { path }: SandboxPlace,
    proxy: string,
  ): Promise<Result<void, { subcode: number; reason: string }>> {
    const holds = proxyExpiry(`${condorDirectory(path)}/${proxy}`);
    if (!holds.ok) {
      return err({ subcode: PROXY_INVALID, reason: `The job proxy is invalid: ${holds.error}` });
    }
    const { status, text } = await this.#script('cleanup', [proxy, path, ...this.#retries()]);
    if (status === 0) return ok(undefined);
    return err({
      subcode: status,
      reason: `condor_glexec_cleanup ${statusWords(status)}: ${text}`,
    });
  }

  remove(sandbox: Sandbox | SandboxPlace): Promise<Result<TreeReport, TreeError>> {
    const away = this.#away.get(sandbox.path);
    this.#away.delete(sandbox.path);
    return removeHandedOver(sandbox, away?.proxy, async (place, proxy) => {
      if (away?.isLost === true) return err('condor_glexec_cleanup has failed');
      const fetched = await this.#fetch(place, proxy);
      return fetched.ok ? fetched : err(fetched.error.reason);
    });
  }

  removeLeftovers(directory: string): Promise<readonly string[]> {
    return removeLeftovers(directory, async (place, proxy) => {
      const fetched = await this.#fetch(place, proxy);
      return fetched.ok ? fetched : err(fetched.error.reason);
    });
  }

  /** As HTCondor's starter stores it: in /tmp, for ourselves alone. */
  async renew({ path }: Sandbox, name: string, proxy: Buffer): Promise<Result<void, string>> {
    const directory = fs.mkdtempSync(`${os.tmpdir()}/condor_proxy_`);
    try {
      const file = `${directory}/proxy`;
      fs.writeFileSync(file, proxy, { mode: PROXY_MODE });
      const holds = proxyExpiry(file);
      if (!holds.ok) return holds;
      const glexec = this.#away.has(path) ? this.site.settings.program : '-';
      const words = [glexec, file, name, path];
      const { status, text } = await this.#helper('update_proxy', words);
      return status === 0
        ? ok(undefined)
        : err(`condor_glexec_update_proxy ${statusWords(status)}: ${text}`);
    } finally {
      fs.rmSync(directory, { recursive: true, force: true });
    }
  }

  /** Ends the job some time before its proxy ends; gives the way to stop that. */
  watchProxy(sandbox: Sandbox, end: (fault: JobFault) => void): () => void {
    const file = `${condorDirectory(sandbox.path)}/${this.#away.get(sandbox.path)?.proxy ?? ''}`;
    return watchExpiry(file, this.site.settings.evictionTime, end);
  }

  #script(name: GlexecScript, words: readonly string[]): Promise<ScriptEnd> {
    return this.#helper(name, [this.site.settings.program, ...words]);
  }

  #helper(name: GlexecScript, words: readonly string[]): Promise<ScriptEnd> {
    const { helpers, settings } = this.site;
    return runGlexecScript(helpers, name, words, settings);
  }

  #retries(): readonly string[] {
    const { retries, retryDelay } = this.site.settings;
    return [`${retries}`, `${retryDelay}`];
  }

  async #kill(sandbox: string, proxy: string, pid: number, signal: number): Promise<void> {
    const file = `${condorDirectory(sandbox)}/${proxy}`;
    const ended = await this.#script('kill', [file, `${pid}`, `${signal}`, ...this.#retries()]);
    if (ended.status !== 0) this.site.log(`condor_glexec_kill: ${ended.text}`);
  }
}

function setupFault(subcode: number, reason: string): JobFault {
  return { cause: 'glexecSetupFailed', subcode, reason };
}

function runFault(reason: string): JobFault {
  return { cause: 'cannotCreateProcess', subcode: 0, reason };
}
