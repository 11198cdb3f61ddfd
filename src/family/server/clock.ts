/** When snapshots are taken by the clock, and when a procd that nobody needs ends. */
import { subtree } from '../tree/family';
import { intervalInForce } from '../tree/interval';
import type { Keeper } from './keeper';

export class Clock {
  #timer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #lastTick = performance.now();
  #isStopped = false;

  /**
   * @param tick what is done each time
   * @param idle called when there were no families and no requests for the time of the settings
   */
  constructor(
    private readonly keeper: Keeper,
    private readonly tick: () => Promise<void>,
    private readonly idle: () => void,
  ) {}

  /** Families have changed, and with them the interval in force. */
  adjust(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const seconds = intervalInForce(subtree(this.keeper.tree.top));
    if (seconds === undefined) return;
    const due = this.#lastTick + seconds * 1000 - performance.now();
    // A longer time than that would be taken for 1 ms.
    const delay = Math.min(Math.max(0, due), 2 ** 31 - 1);
    this.#timer = setTimeout(() => void this.#tick(), delay);
  }

  /** Somebody has asked for something. */
  busy(): void {
    const { idle } = this.keeper.settings;
    if (idle === undefined) return;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      if (this.#hasFamilies()) this.busy();
      else this.idle();
    }, idle * 1000);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#idleTimer);
  }

  async #tick(): Promise<void> {
    this.#lastTick = performance.now();
    await this.tick();
    this.adjust();
  }

  /** One without members that nobody watches is left behind by a client that has gone. */
  #hasFamilies(): boolean {
    const { top } = this.keeper.tree;
    return subtree(top).some(
      (family) => family !== top && (family.members.size > 0 || family.watcher !== undefined),
    );
  }
}
