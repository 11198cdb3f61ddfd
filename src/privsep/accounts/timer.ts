/** A timer for the next of many things, by the clock on the wall. */

/** Milliseconds: the clock may be set, so it is looked at now and then. */
const LONGEST_WAIT = 60_000;

export class Timer {
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param now seconds since 1970
   * @param due what is to be done by now, and the timer set again
   */
  constructor(
    private readonly now: () => number,
    private readonly due: () => void,
  ) {}

  /** Sets it; a time that is over comes at once, Infinity never. Seconds since 1970. */
  set(time: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || time === Infinity) return;
    const wait = Math.min(Math.max((time - this.now()) * 1000, 0), LONGEST_WAIT);
    this.#timer = setTimeout(this.due, wait);
    this.#timer.unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
