/**
 * Unix signals to a starter that was started by hand, as events of the job's life.
 *
 * HTCondor's meanings (SIGTERM: soft kill, SIGQUIT: hard kill, SIGUSR1: remove), and what a person at
 * a terminal expects: SIGINT and SIGHUP are soft kills too, and a second one of either kills hard.
 * `eyrie suspend` and `eyrie continue` send SIGUSR2 and SIGCONT.
 */
import type { LifeEvent } from './lifecycle';

const SOFT: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Takes the signals from now on, and keeps them until there is a job to tell. */
export class LocalSignals {
  readonly #waiting: LifeEvent[] = [];
  readonly #handlers = new Map<NodeJS.Signals, () => void>();
  #post: ((event: LifeEvent) => void) | undefined;
  #interrupted = false;

  constructor() {
    for (const signal of SOFT) this.#on(signal, () => this.#softKill(signal));
    this.#on('SIGQUIT', () => this.#tell({ on: 'hard-kill', ending: { why: 'vacate' } }));
    this.#on('SIGUSR2', () => this.#tell({ on: 'suspend' }));
    this.#on('SIGCONT', () => this.#tell({ on: 'continue' }));
    this.#on('SIGUSR1', () => this.#tell({ on: 'soft-kill', ending: { why: 'remove' } }));
  }

  /** Tells a job what came and what comes. */
  connect(post: (event: LifeEvent) => void): () => void {
    this.#post = post;
    for (const event of this.#waiting.splice(0)) post(event);
    return () => {
      this.#post = undefined;
    };
  }

  /** Gives the signals their default dispositions back. */
  close(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }

  #on(signal: NodeJS.Signals, handler: () => void): void {
    process.on(signal, handler);
    this.#handlers.set(signal, handler);
  }

  #softKill(signal: NodeJS.Signals): void {
    const again = this.#interrupted && signal !== 'SIGTERM';
    this.#interrupted ||= signal !== 'SIGTERM';
    this.#tell({ on: again ? 'hard-kill' : 'soft-kill', ending: { why: 'vacate' } });
  }

  #tell(event: LifeEvent): void {
    if (this.#post === undefined) this.#waiting.push(event);
    else this.#post(event);
  }
}
