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
  private begun = 0;
  private first: { readonly order: number; readonly error: FileError } | undefined;

  /** The error of the work that was begun first, of what failed so far. */
  get trouble(): FileError | undefined {
    return this.first?.error;
  }

  /** Notes an error of work that was done elsewhere, after all that was begun here. */
  note(error: FileError): void {
    this.noteInOrder(error, this.begun);
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
    const order = this.begun;
    this.begun += 1;
    const task = work().then((error) => {
      if (error !== undefined) this.noteInOrder(error, order);
      this.bytes -= bytes;
      this.running.delete(task);
    });
    this.running.add(task);
  }

  /** Resolves when all of it is done. */
  async finish(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private noteInOrder(error: FileError, order: number): void {
    if (this.first === undefined || order < this.first.order) this.first = { order, error };
  }
}
