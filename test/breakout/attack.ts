/**
 * Running the hostile job (`test/payload/payload.c`) at a site of its own.
 */
import { copyFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { type Ad, quoteArguments } from '../run/support/ads';
import {
  makeSite,
  type Report,
  type RunOptions,
  type Site,
  type TestEnd,
} from '../run/support/site';
import type { CommandResult } from '../support/command';
import { compiled } from '../support/compiled';
import { needsProduct, needsRoot } from '../support/need';
import type { Starter } from '../support/starters';
import { waitUntil } from '../support/wait';

/** For `skipIf`: what the attacks need. */
export function needsAttackers(): string | undefined {
  return needsProduct() ?? needsRoot();
}

/** A site with a copy of the payload, which no other process on the machine runs. */
export interface Scene extends Site {
  /** The payload, in Iwd. */
  readonly payload: string;
  /** The job that runs the payload with these arguments. */
  attack(...args: readonly string[]): Ad;
  /**
   * Runs such a job to its end, and checks that the attack ran, that nothing of it is left, and that
   * its sandbox is gone.
   */
  run(ad: Ad, more?: RunOptions): Promise<Report>;
  /** Pids of processes that run the payload's file, by /proc/PID/exe. */
  left(): readonly number[];
  /** Waits until no process runs the payload. */
  nothingLeft(): Promise<void>;
}

/** Sets a scene for a starter; it is removed when the test ends. */
export function setScene(test: TestEnd, starter: Starter): Scene {
  const site = makeSite(test, starter);
  const payload = path.join(site.iwd, 'payload');
  copyFileSync(compiled('payload'), payload);
  const left = (): readonly number[] => processesOf(payload);
  const nothingLeft = (): Promise<void> =>
    waitUntil(
      () => left().length === 0,
      () => `processes ${left().join(' ')} of the payload to be gone`,
    );
  return {
    ...site,
    payload,
    left,
    nothingLeft,
    attack: (...args) => ({ Cmd: payload, Arguments: quoteArguments(args) }),
    async run(ad, more) {
      const report = await site.run(ad, more);
      if (ad['Cmd'] === payload && !report.stdout.startsWith('ran ')) {
        throw new Error(`the attack did not run: ${JSON.stringify(report)}`);
      }
      await nothingLeft();
      return report;
    },
  };
}

/** How an attempt of the payload ended: `ok`, or the system's words; undefined: not tried. */
export function attempt(result: CommandResult, name: string): string | undefined {
  const line = result.stdout.split('\n').find((each) => each.startsWith(`${name}: `));
  return line?.slice(name.length + 2);
}

function processesOf(file: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/exe`).startsWith(file);
      } catch {
        return false;
      }
    })
    .map(Number);
}
