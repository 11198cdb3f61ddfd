/**
 * File transfer of one activation: what the job's plan wants, in the words of condor/transfer.
 */
import { connectCommand, type CedarConnection, type WireError } from '../../condor/cedar';
import { type Catalog, takeCatalog } from '../../condor/transfer/catalog';
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
import { FAULTS } from '../../job/faults';
import type { OutputTransfer } from '../../job/output-transfer';
import type { TransferredFiles } from '../../job/pool-update-ad';
import type { TransferPlan } from '../../job/transfer-plan';
import { errnoText } from '../../kernel/errno';
import type { Logger } from '../../log';
import { err, type Result } from '../../result';
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

type OutputFiles = Extract<OutputTransfer, { what: 'files' }>;

export class Transfers {
  #catalog: Catalog | undefined;
  #sent = 0;
  #received = 0;
  #spooled: readonly string[] = [];

  constructor(private readonly setting: TransferSetting) {}

  /** What was moved so far. */
  get moved(): TransferredFiles {
    return {
      sent: this.#sent,
      received: this.#received,
      spooled: this.#spooled,
    };
  }

  /** Brings the input; a connection that breaks is tried again before the job is given up. */
  async receive(stop: AbortSignal): Promise<Attempt> {
    const { log } = this.setting;
    const attempt = () => this.#withFiles((files) => this.#receive(files, stop));
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

  /** Sends what goes back. */
  async send(output: OutputTransfer, stop: AbortSignal): Promise<Attempt> {
    if (output.what === 'nothing') return { went: 'well', value: undefined };
    const outcome = await this.#withFiles((files) => this.#send(files, output, stop));
    this.#sent += outcome.statistics.bytes;
    return this.#attemptOf('Sent', outcome);
  }

  #send(files: SandboxFiles, output: OutputFiles, stop: AbortSignal): Promise<TransferOutcome> {
    const { plan } = this.setting;
    return sendOutput({
      ...this.#request(files, stop),
      final: output.final,
      wanted: {
        files: this.#wantedFiles(output.files),
        preserveRelativePaths: plan.preserveRelativePaths,
        streams: output.streams,
        neverSent: plan.executable === undefined ? [] : [plan.executable],
      },
    });
  }

  /** Does something with the sandbox open; that it cannot be opened is not the job's fault. */
  async #withFiles(
    work: (files: SandboxFiles) => Promise<TransferOutcome>,
  ): Promise<TransferOutcome> {
    const files = await this.setting.openFiles();
    if (!files.ok) {
      const failure = { kind: 'retry', reason: files.error } as const;
      return { statistics: statisticsOf(0, 0), failure };
    }
    try {
      return await work(files.value);
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
