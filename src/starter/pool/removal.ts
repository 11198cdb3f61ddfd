/** The removal of a pool job's sandbox. */
import type { Logger } from '../../log';
import type { PrivilegedSteps, Sandbox } from '../../privsep/types';
import { pause } from './pause';

/** Seconds that the end of a job waits for it. */
const REMOVAL_TIME = 0.2;

/** Removes one sandbox, once however often it is asked for. */
export class SandboxRemoval {
  #removal: Promise<boolean> | undefined;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly steps: PrivilegedSteps,
    private readonly log: Logger,
  ) {}

  /**
   * Waits for it if it is quickly done: the shadow has another job at once for a slot whose starter is gone,
   * and asks again after a second where it is not. A large one must not keep the shadow waiting.
   */
  async soon(): Promise<void> {
    const patience = new AbortController();
    await Promise.race([this.#remove(), pause(REMOVAL_TIME, patience.signal)]);
    patience.abort();
  }

  /** Waits for it. What cannot be removed is tried once more, and then left with a line in the log. */
  async forGood(): Promise<void> {
    if (await this.#remove()) return;
    // What a transfer that was stopped still did may have come in between.
    const { executeDirectory, name, path } = this.sandbox;
    const removed = await this.steps.removeSandbox({ executeDirectory, name, path });
    if (!removed.ok) this.log.error(`Cannot remove ${path}: ${removed.error.message}`);
  }

  /** False: something of it is left. */
  #remove(): Promise<boolean> {
    this.#removal ??= this.steps.removeSandbox(this.sandbox).then(({ ok }) => ok);
    return this.#removal;
  }
}
