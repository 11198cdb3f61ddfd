/**
 * Who reaches an eyrie-init that gLExec has started. kill(2) of ours is refused, so the script sends signals;
 * and gLExec ends after it, perhaps with an epilogue, which may end all processes of the account: nothing
 * else is to be done as that account before.
 */
import { pidfdSignal } from '../kernel/border';
import type { ApartKeeper } from '../kernel/launch-types';
import type { ChildEnd } from '../kernel/reap';
import { oneLine } from './glexec-script';
import type { GlexecChannel } from './glexec-channel';

const SIGKILL = 9;

/** Milliseconds: an epilogue has 300 s, if its site says nothing else. */
const PATIENCE = 600_000;

export class GlexecKeeper implements ApartKeeper {
  readonly name = 'gLExec';

  /** @param kill sends a process of the account a signal; never rejects */
  constructor(
    private readonly channel: GlexecChannel,
    private readonly kill: (pid: number, signal: number) => Promise<void>,
    private readonly log: (sentence: string) => void,
  ) {}

  signalInit(pid: number, signal: number): void {
    void this.kill(pid, signal);
  }

  async reap(): Promise<ChildEnd | undefined> {
    const ended = await this.channel.endBy(Date.now() + PATIENCE);
    if (ended === undefined) {
      this.log('gLExec does not end though the job has; it is killed');
      pidfdSignal(this.channel.pidfd, SIGKILL);
    }
    const words = oneLine(this.channel.text);
    if (words !== '') this.log(`gLExec: ${words}`);
    this.channel.release();
    return ended?.end;
  }
}
