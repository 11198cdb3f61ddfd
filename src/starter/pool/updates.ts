/**
 * Updates: what shadow and startd hear of the job while the activation lasts.
 *
 * Source: JICShadow::periodicJobUpdate and updateShadow of HTCondor's condor_starter.
 */
import { type ClassAd, printClassAd } from '../../condor/classad';
import type { UpdateRhythm } from '../../condor/startd/starter-knobs';
import type { StartdLink } from '../../condor/startd/startd-link';
import type { Logger } from '../../log';
import { callTrouble } from './greet';
import { timerTime } from './pause';
import type { ShadowLink } from './shadow-link';

export class Updates {
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param makeAd how the job stands now; undefined: there is nothing to tell
   */
  constructor(
    private readonly shadow: ShadowLink,
    private readonly startd: StartdLink,
    private readonly log: Logger,
    private readonly makeAd: () => Promise<ClassAd | undefined>,
  ) {}

  /** Tells both of an ad. Resolves when the shadow has answered; trouble is logged. */
  async tell(ad: ClassAd): Promise<void> {
    await Promise.all([this.#tellStartd(ad), this.#tellShadow(ad)]);
  }

  /** Tells how the job stands now. */
  async tellNow(): Promise<void> {
    const ad = await this.makeAd();
    if (ad === undefined) return;
    this.log.debug('D_JOB', () => `Update: ${printClassAd(ad, 'new')}`);
    await this.tell(ad);
  }

  /** Tells from now on again and again. */
  begin({ first, interval }: UpdateRhythm): void {
    const tellIn = (seconds: number): void => {
      this.#timer = setTimeout(() => {
        void this.tellNow().then(() => {
          if (this.#timer !== undefined) tellIn(interval);
        });
      }, timerTime(seconds));
    };
    tellIn(first);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #tellShadow(ad: ClassAd): Promise<void> {
    if (!this.shadow.isThere) return;
    const told = await this.shadow.calls.registerJobInfo(ad);
    if (!told.ok) this.log.always(`Cannot update the shadow: ${callTrouble(told.error)}`);
  }

  async #tellStartd(ad: ClassAd): Promise<void> {
    const told = await this.startd.update(ad);
    if (!told.ok) this.log.always(`Cannot update the startd: ${told.error.reason}`);
  }
}
