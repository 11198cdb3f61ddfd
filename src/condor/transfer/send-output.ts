/**
 * The sandbox out: this starter sends the job's output, the shadow receives it.
 *
 *   starter → { final, { SandboxSize } }
 *   per item: command; name; after the first name go-ahead, both ways; the item's body
 *   starter → 0; its final report
 *   shadow  → its final report
 *
 * A file that is missing does not keep the others back: it is told as missing, the rest is sent, and
 * the final report says what was missing.
 *
 * Source: FileTransfer::DoUpload.
 */
import { ok, type Result } from '../../result';
import type { CedarConnection } from '../cedar/types';
import { ClassAd, integerValue } from '../classad';
import { closeFile } from './descriptors';
import { GoAhead } from './go-ahead';
import { LookAhead, type ReadyItem } from './look-ahead';
import { listOutput, type OutputItem } from './output-list';
import { DIRECTORY_TYPE, HOLD_CODES, ITEMS, TRANSFER_COMMANDS } from './protocol';
import { reportAd, statisticsOf, type Trouble, troubleOf } from './report';
import type { OutputOutcome, OutputRequest, TransferFailure, TransferOutcome } from './requests';
import { runTransfer } from './run-transfer';
import { sendFile, sendMissing } from './send-file';
import { errnoWords, fileTrouble, joined, sendingFailed } from './sentences';
import type { FileError } from './types';
import { receiveAd, sendAd, sendInt, sendString } from './wire';

/** Bytes between two calls of onProgress. */
const PROGRESS_STEP = 1 << 20;

/** Sends the job's output. What is there is sent even where something else is missing. */
export async function sendOutput(request: OutputRequest): Promise<OutputOutcome> {
  const topLevel = new Set<string>();
  const outcome = await runTransfer(request, TRANSFER_COMMANDS.output, (connection) =>
    new OutputSender(request, connection, topLevel).run(),
  );
  return { ...outcome, topLevel: [...topLevel] };
}

type Step = Result<void, TransferFailure>;

class OutputSender {
  private readonly goAhead: GoAhead;
  private first: Trouble | undefined;
  private failures = 0;
  private tooLarge = false;
  private count = 0;
  private bytes = 0;
  private told = 0;

  constructor(
    private readonly request: OutputRequest,
    private readonly connection: CedarConnection,
    private readonly topLevel: Set<string>,
  ) {
    this.goAhead = new GoAhead(connection, (queued) => request.onQueued?.(queued));
  }

  async run(): Promise<TransferOutcome> {
    const { files, wanted, sandboxPath } = this.request;
    const listed = await listOutput(files, wanted, sandboxPath);
    if (!listed.ok) this.missing(listed.error);
    const sent = await this.sendAll(listed.ok ? listed.value : []);
    const failure = sent.ok ? await this.conclude() : sent.error;
    this.request.onProgress?.(this.bytes);
    return { statistics: statisticsOf(this.count, this.bytes), failure };
  }

  private async sendAll(items: readonly OutputItem[]): Promise<Step> {
    const size = items.reduce((sum, item) => sum + (item.kind === 'file' ? item.size : 0), 0);
    const announced = ClassAd.from(new ClassAd().set('SandboxSize', integerValue(size)));
    const { final } = this.request;
    const begun = await this.connection.send((m) => m.int(final ? 1 : 0).ad(announced));
    if (!begun.ok) return begun;
    const ahead = new LookAhead(this.request.files, items);
    try {
      for (let next = await ahead.next(); next !== undefined; next = await ahead.next()) {
        const sent = await this.sendItem(next);
        if (!sent.ok) return sent;
        if (this.tooLarge) break;
      }
    } finally {
      await ahead.close();
    }
    return await sendInt(this.connection, ITEMS.finished);
  }

  private async sendItem(ready: ReadyItem): Promise<Step> {
    const { item } = ready;
    if (item.kind === 'unreadable') {
      this.missing(item.error);
      return ok(undefined);
    }
    const command = item.kind === 'directory' ? ITEMS.directory : ITEMS.file;
    void sendInt(this.connection, command);
    const named = await sendString(this.connection, item.name);
    const allowed = named.ok ? await this.goAhead.asSender() : named;
    if (!allowed.ok) {
      await letGo(ready);
      return allowed;
    }
    return await this.sendBody(ready);
  }

  private async sendBody(ready: ReadyItem): Promise<Step> {
    const { item, file } = ready;
    switch (item.kind) {
      case 'directory':
        this.sentWhole(item.name);
        return await sendInt(this.connection, DIRECTORY_TYPE | item.mode);
      case 'missing':
      case 'unreadable':
        this.missing(item.error);
        return await sendMissing(this.connection);
      case 'file': {
        if (file?.ok !== true) {
          if (file !== undefined) this.missing(file.error);
          return await sendMissing(this.connection);
        }
        const size = file.value.kind === 'read' ? file.value.bytes.length : file.value.size;
        if (this.exceeds(size)) {
          await letGo(ready);
          return await sendMissing(this.connection);
        }
        const sent = await sendFile(this.connection, item.path, file.value, (count) =>
          this.progress(count),
        );
        if (!sent.ok) return sent;
        this.sentWhole(item.name);
        if (sent.value.error !== undefined) this.missing(sent.value.error);
        return ok(undefined);
      }
    }
  }

  private sentWhole(name: string): void {
    this.count += 1;
    if (name.includes('/') || this.request.wanted.streams.includes(name)) return;
    this.topLevel.add(name);
  }

  /** The peer takes no more than this in all. */
  private exceeds(size: number): boolean {
    const { maxBytes } = this.goAhead;
    if (maxBytes === undefined || this.bytes + size <= maxBytes) return false;
    this.tooLarge = true;
    this.failures += 1;
    this.first ??= {
      tryAgain: false,
      code: HOLD_CODES.outputTooLarge,
      subcode: 0,
      reason: `the output is larger than the ${maxBytes} bytes that ${this.connection.peer} takes`,
    };
    return true;
  }

  private missing(error: FileError): void {
    const path = error.path.startsWith('/')
      ? error.path
      : `${this.request.sandboxPath}/${error.path}`;
    const words = errnoWords(error, this.request.errnoText);
    const reason = fileTrouble('reading from', path, error.errno, words);
    this.request.log.error(`Output transfer: ${reason}`);
    this.failures += 1;
    const tryAgain = error.gone ?? false;
    this.first ??= { tryAgain, code: HOLD_CODES.sending, subcode: error.errno, reason };
  }

  private progress(count: number): void {
    this.bytes += count;
    if (this.bytes - this.told < PROGRESS_STEP) return;
    this.told = this.bytes;
    this.request.onProgress?.(this.bytes);
  }

  /** The final reports: ours, then theirs. */
  private async conclude(): Promise<TransferFailure | undefined> {
    const ends = { ownAddress: this.request.ownAddress, peer: this.connection.peer };
    const ours = this.first && {
      ...this.first,
      reason: sendingFailed(ends, this.first.reason, this.failures),
    };
    const report = reportAd(statisticsOf(this.count, this.bytes), ours);
    const sent = await sendAd(this.connection, report);
    if (!sent.ok) return sent.error;
    const ad = await receiveAd(this.connection);
    if (!ad.ok) return ad.error;
    const theirs = troubleOf(ad.value, this.connection.peer);
    const trouble = ours ?? theirs;
    if (trouble === undefined) return undefined;
    const sender =
      ours?.reason ?? `STARTER at ${ends.ownAddress} failed to send file(s) to ${ends.peer}`;
    const reason = joined(sender, theirs?.reason ?? '');
    if (trouble.tryAgain) return { kind: 'retry', reason };
    return { kind: 'hold', code: trouble.code, subcode: trouble.subcode, reason };
  }
}

/** Closes a file that is not sent. */
async function letGo({ file }: ReadyItem): Promise<void> {
  if (file?.ok === true && file.value.kind === 'open') await closeFile(file.value.descriptor);
}
