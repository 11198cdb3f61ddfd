/** Showing the families over and over. */
import { isatty } from 'node:tty';
import type { FamilyListing } from '../../starter/families/types';
import type { CommandIo } from '../options/types';
import { Screen } from './screen';

/** Milliseconds from one look to the next. */
const PERIOD = 2000;

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** What is shown, and as what. */
export interface Watch {
  look(): Promise<FamilyListing>;
  /** Text for a pipe or a file; lines for a terminal. */
  text(listing: FamilyListing): string;
  lines(listing: FamilyListing): readonly string[];
  /** Whether a terminal gets text, too. */
  readonly alwaysText: boolean;
}

/** Shows them until somebody wants an end, or nobody reads any more. */
export async function watchFamilies(watch: Watch, io: CommandIo): Promise<void> {
  const waiting = new Waiting();
  const end = (): void => waiting.end();
  for (const signal of ENDING) process.on(signal, end);
  const onScreen = !watch.alwaysText && io.stdout.isTTY && isatty(0);
  const screen = onScreen
    ? new Screen(io.stdout, { end, resize: () => waiting.hurry() })
    : undefined;
  try {
    while (!waiting.isOver()) {
      const listing = await watch.look();
      if (waiting.isOver()) break;
      if (screen !== undefined) screen.show(watch.lines(listing));
      else if (!io.stdout.write(watch.text(listing))) break;
      await waiting.wait(PERIOD);
    }
  } finally {
    screen?.close();
    for (const signal of ENDING) process.off(signal, end);
  }
}

/** A pause that can be cut short. */
class Waiting {
  #isOver = false;
  #wake: (() => void) | undefined;

  isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
    this.hurry();
  }

  hurry(): void {
    this.#wake?.();
  }

  async wait(milliseconds: number): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
