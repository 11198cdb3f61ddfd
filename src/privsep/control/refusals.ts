/**
 * Lines for those who may not speak, as many as a log can bear: anybody on the machine can connect as
 * often as he likes, and where the log has filled the disk nothing could be changed any more.
 */
import type { Audit, AuditEntry } from './types';

/** Lines within {@link PERIOD}; more are counted. */
const LINES = 200;
const PERIOD = 60_000;

export class Refusals {
  #since = -Infinity;
  #count = 0;

  /**
   * @param now milliseconds, of any clock that only goes on
   */
  constructor(
    private readonly audit: Audit,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Writes a line, or counts one. */
  record(entry: AuditEntry): void {
    const now = this.now();
    if (now - this.#since >= PERIOD) {
      this.flush();
      this.#since = now;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count <= LINES) this.audit.record(entry);
  }

  /** Says how many had no line. */
  flush(): void {
    const more = this.#count - LINES;
    if (more <= 0) return;
    this.#count = LINES;
    const text = `${more} more connections were refused`;
    this.audit.record({ operation: 'connect', result: 'denied', text });
  }
}
