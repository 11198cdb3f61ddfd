/** Opening and reading the files that are sent next while the present one is on its way. */
import type { Result } from '../../result';
import { closeFile } from './descriptors';
import type { OutputItem } from './output-list';
import type { FileError, ReadFile, SandboxFiles } from './types';

/** Files that may be open or in memory beforehand. */
const AHEAD_MAX = 16;

/** An item with what it takes to send it. */
export interface ReadyItem {
  readonly item: OutputItem;
  /** undefined: the item is no file. */
  readonly file: Result<ReadFile, FileError> | undefined;
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
    return { item, file: await this.files.readFile(item.path) };
  }
}
