/**
 * The sandbox in: the shadow sends the job's input, this starter receives it.
 *
 *   shadow  → { final, { SandboxSize } }
 *   per item: command; name; after the first name go-ahead, both ways; the item's body
 *   shadow  → 0; its final report
 *   starter → its final report
 *
 * What fails here is kept until the end, and everything that still comes is read and thrown away, so
 * that both sides hear of it.
 *
 * Source: FileTransfer::DoDownload.
 */
import { err, ok, type Result } from '../../result';
import type { CedarConnection } from '../cedar/types';
import { ClassAd, integerValue } from '../classad';
import { pathOfName } from './arrival';
import { FileWork } from './file-work';
import { GoAhead } from './go-ahead';
import {
  DIRECTORY_MODE,
  ERRNO,
  EXECUTABLE_MODE,
  HOLD_CODES,
  ITEMS,
  MODE_MASK,
  NO_PLUGIN,
  OTHER_ITEMS,
  PROXY_MODE,
  TRANSFER_COMMANDS,
} from './protocol';
import { makeFile, receiveFile } from './receive-file';
import { receiveProxy } from './receive-proxy';
import { remapped } from './remaps';
import { reportAd, statisticsOf, type Trouble, troubleOf } from './report';
import type { InputRequest, TransferFailure, TransferOutcome } from './requests';
import { runTransfer } from './run-transfer';
import { errnoWords, fileTrouble, joined, receivedNothing, receivingFailed } from './sentences';
import {
  LIST_LIMIT,
  nonsense,
  receiveAd,
  receiveInt,
  receiveMessage,
  receiveString,
  sendAd,
} from './wire';

/** Bytes between two calls of onProgress. */
const PROGRESS_STEP = 1 << 20;

/** Receives the job's input into its sandbox. */
export function receiveInput(request: InputRequest): Promise<TransferOutcome> {
  return runTransfer(request, TRANSFER_COMMANDS.input, (connection) =>
    new InputReceiver(request, connection).run(),
  );
}

type Step = Result<void, TransferFailure>;

class InputReceiver {
  private readonly work = new FileWork();
  private readonly goAhead: GoAhead;
  /** Directories that get other permissions once all is in them. */
  private readonly directoryModes = new Map<string, number>();
  private trouble: Trouble | undefined;
  private count = 0;
  private bytes = 0;
  private told = 0;

  constructor(
    private readonly request: InputRequest,
    private readonly connection: CedarConnection,
  ) {
    this.goAhead = new GoAhead(connection, (queued) => request.onQueued?.(queued));
  }

  async run(): Promise<TransferOutcome> {
    const received = await this.receiveAll();
    await this.work.finish();
    const failure = received.ok ? await this.conclude() : received.error;
    this.request.onProgress?.(this.bytes);
    return { statistics: statisticsOf(this.count, this.bytes), failure };
  }

  private async receiveAll(): Promise<Step> {
    const start = await receiveMessage(this.connection, (message) => {
      message.int();
      return message.ad();
    });
    if (!start.ok) return start;
    const size = start.value.integer('SandboxSize') ?? 0;
    this.request.log.debug('D_FULLDEBUG', () => `Input of ${size} bytes is announced`);
    for (;;) {
      const command = await receiveInt(this.connection);
      if (!command.ok) return command;
      if (command.value === ITEMS.finished) return ok(undefined);
      const item = await this.receiveItem(command.value);
      if (!item.ok) return item;
    }
  }

  private async receiveItem(command: number): Promise<Step> {
    const unknown = unknownItem(command);
    if (unknown !== undefined) return err(nonsense(this.connection, unknown));
    const name = await receiveString(this.connection);
    if (!name.ok) return name;
    const ready = await this.goAhead.asReceiver();
    if (!ready.ok) return ready;
    switch (command) {
      case ITEMS.directory:
        return await this.receiveDirectory(name.value);
      case ITEMS.proxy:
        return await this.receiveProxy(name.value);
      case ITEMS.url:
        return await this.receiveUrl(name.value);
      case ITEMS.other:
        return await this.receiveOther();
      default:
        return await this.receiveFile(name.value);
    }
  }

  /** Where an item goes; undefined: nowhere, for its name or for what went wrong before. */
  private place(name: string): string | undefined {
    const path = pathOfName(remapped(this.request.remaps, name));
    if (path === undefined) {
      this.failed(ERRNO.EPERM, `Attempt to write to illegal sandbox path: ${name}`);
    }
    return this.trouble !== undefined || this.work.trouble !== undefined ? undefined : path;
  }

  private async receiveFile(name: string): Promise<Step> {
    const path = this.place(name);
    const came = await receiveFile(this.connection, {
      files: this.request.files,
      work: this.work,
      path,
      mode: path === this.request.executable ? EXECUTABLE_MODE : undefined,
      onBytes: (count) => this.progress(count),
    });
    if (!came.ok) return came;
    if (came.value) this.count += 1;
    return ok(undefined);
  }

  private async receiveDirectory(name: string): Promise<Step> {
    const path = this.place(name);
    const sent = await receiveInt(this.connection);
    if (!sent.ok) return sent;
    if (path === undefined) return ok(undefined);
    const mode = sent.value & MODE_MASK || DIRECTORY_MODE;
    const working = mode | DIRECTORY_MODE;
    if (working !== mode) this.directoryModes.set(path, mode);
    await this.work.begin(0, async () => {
      const made = await this.request.files.makeDirectory(path, working);
      return made.ok ? undefined : made.error;
    });
    return ok(undefined);
  }

  /** A proxy whose key is made here; the peer signs it in the middle of the transfer. */
  private async receiveProxy(name: string): Promise<Step> {
    const path = this.place(name);
    const came = await receiveProxy(this.connection);
    if (!came.ok) return came;
    const { value } = came;
    if (value.kind === 'nothing') return err(await this.breakOff(value.reason));
    if (value.kind === 'unusable') {
      this.failed(ERRNO.EBADMSG, `receiving file ${name}: ${value.reason}`);
      return ok(undefined);
    }
    this.count += 1;
    if (path === undefined) return ok(undefined);
    await this.work.begin(value.file.length, () =>
      makeFile(this.request.files, path, PROXY_MODE, value.file),
    );
    return ok(undefined);
  }

  /** The peer sends nothing more, not even its report, and waits for ours. */
  private async breakOff(what: string): Promise<TransferFailure> {
    const trouble = this.failed(ERRNO.EIO, what, true);
    await sendAd(this.connection, reportAd(statisticsOf(this.count, this.bytes), trouble));
    return failureOf(trouble, trouble.reason);
  }

  private async receiveUrl(name: string): Promise<Step> {
    const url = await receiveString(this.connection);
    if (!url.ok) return url;
    const what =
      `this starter has no file transfer plug-ins yet and cannot fetch ${name}` +
      ` ( URL file = ${withoutSecrets(url.value)} )|`;
    this.failed(NO_PLUGIN, what);
    return ok(undefined);
  }

  /** A question or a report. Nothing is ever reused, and whom we give no output need not report. */
  private async receiveOther(): Promise<Step> {
    const ad = await receiveMessage(this.connection, (m) => m.ad(), undefined, LIST_LIMIT);
    if (!ad.ok) return ad;
    const command = ad.value.integer('SubCommand');
    if (command === OTHER_ITEMS.uploadedToUrl) return ok(undefined);
    if (command !== OTHER_ITEMS.reuse) {
      const what = `${command ?? 'nothing'} is no sub-command of an item in a file transfer`;
      return err(nonsense(this.connection, what));
    }
    const answer = ClassAd.from(new ClassAd().set('Result', integerValue(1)));
    return await sendAd(this.connection, answer);
  }

  /** Notes what went wrong; gives what went wrong first. */
  private failed(subcode: number, what: string, tryAgain = false): Trouble {
    const { request, connection } = this;
    const ends = { ownAddress: request.ownAddress, peer: connection.peer };
    const reason = receivingFailed(ends, what);
    return (this.trouble ??= { tryAgain, code: HOLD_CODES.receiving, subcode, reason });
  }

  private progress(count: number): void {
    this.bytes += count;
    if (this.bytes - this.told < PROGRESS_STEP) return;
    this.told = this.bytes;
    this.request.onProgress?.(this.bytes);
  }

  /** The final reports: theirs, then ours. */
  private async conclude(): Promise<TransferFailure | undefined> {
    const theirs = await receiveAd(this.connection);
    if (!theirs.ok) return theirs.error;
    const sender = troubleOf(theirs.value, this.connection.peer);
    // Another attempt must be able to write into them.
    if (sender === undefined) await this.finishDirectories();
    this.noteFileError();
    const ours = sender === undefined ? this.trouble : this.echo(sender);
    const statistics = statisticsOf(this.count, this.bytes);
    const sent = await sendAd(this.connection, reportAd(statistics, ours));
    // The peer's word stands whether or not it hears ours.
    if (ours === undefined) return sent.ok ? undefined : sent.error;
    return failureOf(ours, joined(sender?.reason ?? '', ours.reason));
  }

  private echo(sender: Trouble): Trouble {
    const { request, connection } = this;
    const ends = { ownAddress: request.ownAddress, peer: connection.peer };
    return { ...sender, reason: receivedNothing(ends) };
  }

  private noteFileError(): void {
    const error = this.work.trouble;
    if (error === undefined) return;
    const path = `${this.request.sandboxPath}/${error.path}`;
    const words = errnoWords(error, this.request.errnoText);
    this.failed(error.errno, fileTrouble('writing to', path, error.errno, words), error.gone);
  }

  /** The deepest first: they may not be entered any more afterwards. */
  private async finishDirectories(): Promise<void> {
    if (this.work.trouble !== undefined) return;
    for (const [path, mode] of [...this.directoryModes].reverse()) {
      const set = await this.request.files.setMode(path, mode);
      if (!set.ok) this.work.note(set.error);
    }
  }
}

const KNOWN_ITEMS: ReadonlySet<number> = new Set([
  ITEMS.file,
  ITEMS.encryptedFile,
  ITEMS.plainFile,
  ITEMS.proxy,
  ITEMS.url,
  ITEMS.directory,
  ITEMS.other,
]);

/** Why an item cannot be taken, for its body is not known either. */
function unknownItem(command: number): string | undefined {
  return KNOWN_ITEMS.has(command) ? undefined : `${command} is no item of a file transfer`;
}

/** @param reason both sides' */
function failureOf({ code, subcode, tryAgain }: Trouble, reason: string): TransferFailure {
  return tryAgain ? { kind: 'retry', reason } : { kind: 'hold', code, subcode, reason };
}

/** A URL without what may be a signature, a token or a password in it. */
function withoutSecrets(url: string): string {
  return url.replace(/[?#].*$/s, '?…').replace(/\/\/[^/@]*@/, '//…@');
}
