/**
 * Work on files that goes on while the next items come over the wire: making, writing and closing a
 * small file takes longer than receiving it.
 */
import type { FileError } from './types';

/** What may go on at once: each small file has a descriptor open. */
const TASKS_MAX = 32;
/** Bytes that tasks may hold. */
const BYTES_MAX = 16 << 20;

export class FileWork {
  private readonly running = new Set<Promise<void>>();
  private bytes = 0;
  private first: FileError | undefined;

  /** The first error of all work so far. */
  get trouble(): FileError | undefined {
    return this.first;
  }

  /** Notes an error of work that was done elsewhere. */
  note(error: FileError): void {
    this.first ??= error;
  }

  /**
   * Begins work at once where there is room, else when there is; requests to the file agent go out
   * in the order of calls.
   *
   * @param bytes what the work holds in memory
   */
  async begin(bytes: number, work: () => Promise<FileError | undefined>): Promise<void> {
    while (this.running.size >= TASKS_MAX || (this.bytes + bytes > BYTES_MAX && this.bytes > 0)) {
      await Promise.race(this.running);
    }
    this.bytes += bytes;
    const task = work().then((error) => {
      if (error !== undefined) this.note(error);
      this.bytes -= bytes;
      this.running.delete(task);
    });
    this.running.add(task);
  }

  /** Resolves when all of it is done. */
  async finish(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}
