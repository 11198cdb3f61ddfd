/**
 * How long each phase of a run took, on a clock that nobody sets.
 */

/** A phase that is over. */
export interface PhaseTime {
  readonly name: string;
  readonly milliseconds: number;
}

/** Measures phases that follow each other without gaps. */
export class Stopwatch {
  readonly #times: PhaseTime[] = [];
  #since: number;

  /** @param since start of the first phase, on performance.now()'s clock; 0: the process's. */
  constructor(since = 0) {
    this.#since = since;
  }

  /** Ends the current phase under this name and begins the next. */
  lap(name: string): void {
    const now = performance.now();
    this.#times.push({ name, milliseconds: now - this.#since });
    this.#since = now;
  }

  get times(): readonly PhaseTime[] {
    return this.#times;
  }
}
