/**
 * Who may speak to the daemon: root, and those whom the clients file lists while it can be trusted. Who
 * somebody is was found out when he connected.
 */
import type { TrustedList } from '../../trusted-list';
import { err, ok, type Result } from '../../result';
import type { Caller, ControlError } from './types';

export class Gate {
  /** What was told of already, so that a file that stays wrong fills no log. */
  #told: string | undefined;

  /**
   * @param tell gets a sentence where the clients file has become one that cannot be trusted
   */
  constructor(
    private readonly clients: TrustedList,
    private readonly tell: (sentence: string) => void,
  ) {}

  /** Whether he may speak now; the file is looked at each time. */
  admit({ uid }: Pick<Caller, 'uid'>): Result<void, ControlError> {
    const listed = this.clients.current();
    if (!listed.ok && this.#told !== listed.error) {
      this.tell(`nobody but root may speak: ${listed.error}`);
    }
    this.#told = listed.ok ? undefined : listed.error;
    if (uid === 0 || (listed.ok && listed.value.accounts.has(uid))) return ok(undefined);
    return err({ code: 'denied', text: `user ${uid} may not speak to this daemon` });
  }

  /** Reads the file again. @returns sentences: lines that were skipped, or why it cannot be trusted */
  reload(): readonly string[] {
    const read = this.clients.reload();
    return read.ok ? read.value.warnings : [`nobody but root may speak: ${read.error}`];
  }
}
