/**
 * The way to a procd that may have to be started, and that may end and be there again: who needs it
 * asks for a client each time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { err, type Result } from '../../result';
import type { Dialect } from '../wire';
import { ProcdClient } from './client';
import { type ProcdProgram, reapProcds, startProcd } from './start-daemon';
import type { ProcdTrouble } from './trouble';

/** Which procd, and what to do where it is not there. */
export interface ProcdSettings {
  /** Absolute. */
  readonly address: string;
  readonly dialect: Dialect;
  /** How to start one; undefined: it is not ours to start. */
  readonly program: ProcdProgram | undefined;
  /** Whether somebody else starts one, sooner or later. */
  readonly isExpected: boolean;
  /** Whether to look for one again when it has ended. */
  readonly restart: boolean;
}

/** Milliseconds between two looks for one that somebody else has just started. */
const LOOK_PAUSE = 10;

/** Looks for one that was started, or lost a race against another one that is starting. */
const LOOKS = 500;

/** The same where nobody but a master starts one: HTCondor's clients try five times, a second apart. */
const PATIENT_LOOKS = 5;
const PATIENT_PAUSE = 1000;

export class ProcdLink {
  #client: ProcdClient | undefined;
  #reaching: Promise<Result<ProcdClient, ProcdTrouble>> | undefined;

  constructor(readonly settings: ProcdSettings) {}

  /** A client of the procd that is there; one is started, or waited for, where there is none. */
  client(): Promise<Result<ProcdClient, ProcdTrouble>> {
    if (this.#client?.isLost === false) return Promise.resolve({ ok: true, value: this.#client });
    this.#reaching ??= this.#reach().finally(() => {
      this.#reaching = undefined;
    });
    return this.#reaching;
  }

  close(): void {
    this.#client?.close();
  }

  async #reach(): Promise<Result<ProcdClient, ProcdTrouble>> {
    reapProcds();
    const { address, dialect, isExpected, program } = this.settings;
    let found = ProcdClient.connect(address, dialect);
    if (isAbsent(found) && program !== undefined) {
      const started = await startProcd(program);
      if (!started.ok) return err({ why: 'impossible', message: started.error });
    }
    const [looks, pause] = isExpected ? [PATIENT_LOOKS, PATIENT_PAUSE] : [LOOKS, LOOK_PAUSE];
    for (let look = 0; isAbsent(found) && look < looks; look += 1) {
      if (program === undefined && !isExpected) break;
      if (look > 0 || isExpected) await delay(pause);
      found = ProcdClient.connect(address, dialect);
    }
    if (found.ok) this.#client = found.value;
    return found;
  }
}

function isAbsent(found: Result<ProcdClient, ProcdTrouble>): boolean {
  return !found.ok && found.error.why === 'absent';
}
