/**
 * A terminal that shows one picture after another in place: on its second screen, so that what stood
 * there before is there again afterwards. A picture is written whole and over the one before, never on an
 * emptied screen: that would flicker.
 */
import { ReadStream, WriteStream } from 'node:tty';
import { restoreTerminal, saveTerminal } from '../../kernel/border';
import type { TextOutput } from '../options/types';

/** Control sequences of xterm and all that are like it: ctlseqs(ms). */
const SECOND_SCREEN = '\u001b[?1049h\u001b[?25l';
const FIRST_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Keys that end it; Ctrl-C and Ctrl-D come as they are. */
const ENDING_KEYS = ['q', 'Q', '\u0003', '\u0004'];

const USUAL = { columns: 80, rows: 24 };

/** What a {@link Screen} asks for. */
export interface ScreenEvents {
  /** A key that ends it, or the terminal's end. */
  end(): void;
  /** The size is another one. */
  resize(): void;
}

export class Screen {
  readonly #state: Buffer | undefined;
  readonly #keys: ReadStream;
  readonly #size: WriteStream;

  constructor(
    private readonly output: TextOutput,
    events: ScreenEvents,
  ) {
    this.#state = saveTerminal(0);
    this.#keys = new ReadStream(0);
    this.#keys.setRawMode(true);
    this.#keys.on('data', (bytes: Buffer) => {
      if (ENDING_KEYS.some((key) => bytes.includes(key))) events.end();
    });
    this.#keys.on('end', () => events.end()).on('error', () => events.end());
    this.#size = new WriteStream(1);
    this.#size.on('resize', () => events.resize());
    output.write(SECOND_SCREEN);
  }

  /** Shows lines, as many and as much of them as there is room for. */
  show(lines: readonly string[]): void {
    // A terminal that does not know its size says 0.
    const columns = this.#size.columns || USUAL.columns;
    const rows = this.#size.rows || USUAL.rows;
    const visible = lines.slice(0, Math.max(1, rows - 1)).map((line) => line.slice(0, columns));
    this.output.write(
      `${HOME}${visible.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`,
    );
  }

  /** Gives the terminal back. */
  close(): void {
    this.output.write(FIRST_SCREEN);
    this.#keys.setRawMode(false);
    this.#keys.destroy();
    this.#size.destroy();
    if (this.#state !== undefined) restoreTerminal(0, this.#state);
  }
}
