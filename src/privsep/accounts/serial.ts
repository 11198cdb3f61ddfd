/** Work on one thing at a time, in the order in which it was asked for. */

export class Serial {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does the work when all that was asked for before on the same thing is done. */
  async run<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(thing) ?? Promise.resolve();
    const done = before.then(work, work);
    this.#last.set(thing, done);
    try {
      return await done;
    } finally {
      if (this.#last.get(thing) === done) this.#last.delete(thing);
    }
  }

  /** Whether work on it is under way, or waits. */
  isBusy(thing: string): boolean {
    return this.#last.has(thing);
  }

  /** Resolves when no work is left. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values());
  }
}
