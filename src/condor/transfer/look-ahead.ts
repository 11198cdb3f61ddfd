/** Opening and reading the files that are sent next while the present one is on its way. */
import { err, ok, type Result } from '../../result';
import { closeFile, readFully } from './descriptors';
import type { OutputItem } from './output-list';
import type { FileError, OpenFile, SandboxFiles } from './types';

/** Files up to this size are read whole beforehand. */
const SMALL_FILE = 256 * 1024;
/** Files that may be open or in memory beforehand. */
const AHEAD_MAX = 16;

/** A file that can be sent. */
export type ReadyFile =
  | { readonly kind: 'read'; readonly mode: number; readonly bytes: Buffer }
  | ({ readonly kind: 'open' } & OpenFile);

/** An item with what it takes to send it. */
export interface ReadyItem {
  readonly item: OutputItem;
  /** undefined: the item is no file. */
  readonly file: Result<ReadyFile, FileError> | undefined;
}

export class LookAhead {
  private readonly ready: Promise<ReadyItem>[] = [];
  private begun = 0;

  constructor(
    private readonly files: SandboxFiles,
    private readonly items: readonly OutputItem[],
  ) {}

  /** The next item; undefined: that was all. An open file is the caller's to close. */
  async next(): Promise<ReadyItem | undefined> {
    for (; this.ready.length < AHEAD_MAX && this.begun < this.items.length; this.begun += 1) {
      const item = this.items[this.begun];
      if (item !== undefined) this.ready.push(this.prepare(item));
    }
    return await this.ready.shift();
  }

  /** Closes what was opened and not asked for. */
  async close(): Promise<void> {
    for (const one of this.ready.splice(0)) {
      const { file } = await one;
      if (file?.ok === true && file.value.kind === 'open') await closeFile(file.value.descriptor);
    }
  }

  private async prepare(item: OutputItem): Promise<ReadyItem> {
    if (item.kind !== 'file') return { item, file: undefined };
    const opened = await this.files.openFile(item.path);
    if (!opened.ok) return { item, file: opened };
    if (opened.value.size > SMALL_FILE)
      return { item, file: ok({ kind: 'open', ...opened.value }) };
    return { item, file: await readSmall(item.path, opened.value) };
  }
}

async function readSmall(
  path: string,
  { descriptor, size, mode }: OpenFile,
): Promise<Result<ReadyFile, FileError>> {
  const bytes = Buffer.allocUnsafe(size);
  const filled = await readFully(descriptor, bytes, 0);
  await closeFile(descriptor);
  if (!filled.ok) return err({ call: 'read', path, errno: filled.error });
  // Nothing was announced yet: a file that became shorter is as long as it is.
  return ok({ kind: 'read', mode, bytes: bytes.subarray(0, filled.value) });
}
