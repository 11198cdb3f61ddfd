/**
 * File transfer of one activation: what the job's plan wants, in the words of condor/transfer.
 */
import { connectCommand, type CedarConnection, type WireError } from '../../condor/cedar';
import { type Catalog, changedFiles, takeCatalog } from '../../condor/transfer/catalog';
import { STREAM_NAMES } from '../../condor/transfer/protocol';
import { receiveInput } from '../../condor/transfer/receive-input';
import { statisticsOf } from '../../condor/transfer/report';
import { parseRemaps } from '../../condor/transfer/remaps';
import type {
  TransferFailure,
  TransferOutcome,
  TransferRequest,
} from '../../condor/transfer/requests';
import { withRetries } from '../../condor/transfer/retry';
import { sendOutput } from '../../condor/transfer/send-output';
import type { FileError, SandboxFiles } from '../../condor/transfer/types';
import { findCore } from '../../job/core-file';
import { FAULTS } from '../../job/faults';
import type { OutputTransfer } from '../../job/output-transfer';
import type { FinalFacts, TransferredFiles } from '../../job/pool-update-ad';
import type { TransferPlan } from '../../job/transfer-plan';
import { errnoText } from '../../kernel/errno';
import type { FileAgent } from '../../kernel/file-agent';
import type { Logger } from '../../log';
import { err, ok, type Result } from '../../result';
import type { Attempt } from './activation';
import { pause } from './pause';
import type { OpenFiles } from './pool-job';
import type { ShadowLink } from './shadow-link';

/** What transfers need to know. */
export interface TransferSetting {
  readonly plan: TransferPlan;
  readonly openFiles: OpenFiles;
  /** The sandbox's path, for sentences. */
  readonly sandboxPath: string;
  readonly shadow: ShadowLink;
  /** This starter's sinful string, and the host in it. */
  readonly ownAddress: string;
  readonly ownHost: string;
  /** Our `$CondorVersion: … $`. */
  readonly version: string;
  readonly log: Logger;
}

type StreamTimes = Pick<FinalFacts, 'stdoutModified' | 'stderrModified'>;
type OutputFiles = Extract<OutputTransfer, { what: 'files' }>;

export class Transfers {
  #catalog: Catalog | undefined;
  #sent = 0;
  #received = 0;
  #spooled: readonly string[] | undefined;
  #streamTimes: StreamTimes | undefined;

  constructor(private readonly setting: TransferSetting) {}

  /** What the job wants moved. */
  get plan(): TransferPlan {
    return this.setting.plan;
  }

  /** What was moved so far. */
  get moved(): TransferredFiles {
    return {
      sent: this.#sent,
      received: this.#received,
      spooled: this.#spooled,
    };
  }

  /** When the captured streams were last written to, seconds since the epoch. */
  get streamTimes(): StreamTimes | undefined {
    return this.#streamTimes;
  }

  /** Brings the input; a connection that breaks is tried again before the job is given up. */
  async receive(stop: AbortSignal): Promise<Attempt> {
    const { log } = this.setting;
    const attempt = () => this.#transfer((files) => this.#receive(files, stop));
    const sleep = (seconds: number) => pause(seconds, stop);
    const outcome = await withRetries('input transfer', attempt, { log, sleep, signal: stop });
    this.#received += outcome.statistics.bytes;
    return this.#attemptOf('Received', outcome);
  }

  /** Receives, and notes how the sandbox looks when all is there. */
  async #receive(files: SandboxFiles, stop: AbortSignal): Promise<TransferOutcome> {
    const { plan } = this.setting;
    const outcome = await receiveInput({
      ...this.#request(files, stop),
      remaps: parseRemaps(plan.inputRemaps),
      executable: plan.executable,
    });
    if (outcome.failure !== undefined) return outcome;
    const catalog = await takeCatalog(files);
    if (!catalog.ok) return { ...outcome, failure: listingFailure(catalog.error) };
    this.#catalog = catalog.value;
    return outcome;
  }

  /**
   * Gives the core that the job has left in its sandbox another name.
   *
   * @param pid of the job's main process
   * @returns false: there is none here
   */
  async renameCore(pid: number | undefined, newName: string): Promise<boolean> {
    const renamed = await this.withFiles((files) => this.#renameCore(files, pid, newName));
    return renamed.ok && renamed.value;
  }

  async #renameCore(files: FileAgent, pid: number | undefined, newName: string): Promise<boolean> {
    const { log } = this.setting;
    const entries = await files.list('');
    const changed = entries.ok ? changedFiles(this.#catalog ?? new Map(), entries.value) : [];
    const core = findCore(changed, pid);
    if (core === undefined) return false;
    const renamed = await files.rename(core, newName);
    if (renamed.ok) log.always(`The job left a core, ${core}: it is ${newName} now`);
    else log.always(`Cannot rename ${core} to ${newName}: ${errnoText(renamed.error.errno)}`);
    return renamed.ok;
  }

  /** Sends what goes back. */
  async send(output: OutputTransfer, stop: AbortSignal): Promise<Attempt> {
    if (output.what === 'nothing') return { went: 'well', value: undefined };
    const outcome = await this.#transfer((files) => this.#send(files, output, stop));
    this.#sent += outcome.statistics.bytes;
    return this.#attemptOf('Sent', outcome);
  }

  async #send(files: FileAgent, output: OutputFiles, stop: AbortSignal): Promise<TransferOutcome> {
    const { plan } = this.setting;
    const outcome = await sendOutput({
      ...this.#request(files, stop),
      final: output.final,
      wanted: {
        files: this.#wantedFiles(output.files),
        preserveRelativePaths: plan.preserveRelativePaths,
        streams: output.streams,
        neverSent: [plan.executable, plan.proxy].filter((name) => name !== undefined),
      },
    });
    await this.#lookAtStreams(files);
    // A shadow that knows such a list asks no run any more to send the files of earlier runs again.
    const isListed = output.final || output.files.kind === 'listed';
    if (outcome.failure === undefined && isListed) this.#spooled = outcome.topLevel;
    return outcome;
  }

  /** Finds out {@link streamTimes}, where no transfer has done so. */
  async lookAtStreams(): Promise<void> {
    if (this.#streamTimes !== undefined) return;
    await this.withFiles((files) => this.#lookAtStreams(files));
  }

  async #lookAtStreams(files: FileAgent): Promise<void> {
    const { streams } = this.setting.plan;
    const modified = async (name: string): Promise<number | undefined> => {
      const found = streams.includes(name) ? await files.stat(name) : undefined;
      return found?.ok === true ? Number(found.value.modified / 1_000_000_000n) : undefined;
    };
    this.#streamTimes = {
      stdoutModified: await modified(STREAM_NAMES.stdout),
      stderrModified: await modified(STREAM_NAMES.stderr),
    };
  }

  /** A transfer; that the sandbox cannot be opened is not the job's fault. */
  async #transfer(work: (files: FileAgent) => Promise<TransferOutcome>): Promise<TransferOutcome> {
    const done = await this.withFiles(work);
    if (done.ok) return done.value;
    return { statistics: statisticsOf(0, 0), failure: { kind: 'retry', reason: done.error } };
  }

  /** Does something with the sandbox open. The error is a sentence: it cannot be opened. */
  async withFiles<T>(work: (files: FileAgent) => Promise<T>): Promise<Result<T, string>> {
    const files = await this.setting.openFiles();
    if (!files.ok) return files;
    try {
      return ok(await work(files.value));
    } finally {
      files.value.close();
    }
  }

  /** Files that an earlier run sent back, and that came again, count as changed. */
  #wantedFiles(files: TransferPlan['output']) {
    if (files.kind === 'listed') return files;
    const since = new Map(this.#catalog);
    for (const name of files.intermediate) since.delete(name);
    return { kind: 'changed', since } as const;
  }

  #request(files: SandboxFiles, signal: AbortSignal): TransferRequest {
    const { log, ownHost, sandboxPath, shadow } = this.setting;
    return {
      connect: (command) => this.#connect(command),
      key: shadow.transferPeer?.key ?? '',
      files,
      ownAddress: ownHost,
      sandboxPath,
      errnoText,
      log,
      signal,
      onQueued: (queued) => {
        log.always(queued ? 'Waiting in the queue of file transfers' : 'Through the queue');
      },
    };
  }

  async #connect(command: number): Promise<Result<CedarConnection, WireError>> {
    const { ownAddress, shadow, version } = this.setting;
    const session = shadow.sessions?.fileTransfer;
    const peer = shadow.transferPeer?.address;
    if (session === undefined || peer === undefined) {
      const reason = 'the shadow has named no address and no session for file transfer';
      return err({ kind: 'gone', peer: peer ?? shadow.calls.peer, reason });
    }
    return connectCommand({ address: peer, session, command, ownAddress, version });
  }

  /** Logs an outcome. A fault where the job must be held; else another attempt may go well. */
  #attemptOf(verb: string, { failure, statistics }: TransferOutcome): Attempt {
    const amount = `${statistics.files} items, ${statistics.bytes} bytes`;
    const how = failure === undefined ? '' : `; ${failure.kind}: ${failure.reason}`;
    this.setting.log.always(`${verb} ${amount}${how}`);
    if (failure === undefined) return { went: 'well', value: undefined };
    if (failure.kind !== 'hold') return { went: 'wrong', fault: undefined };
    const { code, reason, subcode } = failure;
    return { went: 'wrong', fault: { cause: 'peer', code, subcode, reason } };
  }
}

/** All came, and the sandbox cannot be looked at. */
function listingFailure({ call, errno, gone, path }: FileError): TransferFailure {
  const reason = `Cannot list the sandbox: ${call} ${path}: ${errnoText(errno)}`;
  if (gone) return { kind: 'retry', reason };
  return { kind: 'hold', code: FAULTS.transferInputFailed.code, subcode: errno, reason };
}
