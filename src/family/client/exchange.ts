/**
 * Requests that wait for their replies. procd serves one after another, so the replies to several come
 * through one pipe in the order of the requests.
 */
import { err, ok, type Result } from '../../result';
import type { ProcdReply, ReplyReader } from '../wire';
import type { ReplyPipe } from './reply-pipe';
import type { ProcdTrouble } from './trouble';

/** How it went: a reply, whatever it says, or none. */
export type Answer = Result<ProcdReply, ProcdTrouble>;

/** One that waits. Given up, it still takes its reply out of the pipe, if one comes. */
interface Exchange {
  readonly reader: ReplyReader;
  settle(answer: Answer): void;
}

export class ExchangeQueue {
  readonly #waiting: Exchange[] = [];
  #isRetired = false;

  /**
   * @param pipe closed when nobody waits any more
   * @param subject `procd at ADDRESS`
   * @param onEmpty told then
   */
  constructor(
    readonly pipe: ReplyPipe,
    private readonly subject: string,
    private readonly onEmpty: () => void,
  ) {
    pipe.onData((bytes) => this.#take(bytes));
  }

  /** One of its requests was given up: others had better have a pipe of their own. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /**
   * The answer to a request that is written next. Never rejects.
   *
   * @param patience milliseconds
   */
  add(reader: ReplyReader, patience: number): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#isRetired = true;
        const message = `${this.subject} gave no answer within ${patience / 1000} s`;
        resolve(err({ why: 'silent', message }));
      }, patience);
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.#waiting.push({ reader, settle });
    });
  }

  /** procd has ended. It may have answered before it did. */
  onLost(trouble: ProcdTrouble): void {
    for (let rest = this.pipe.rest(); rest.length > 0; rest = this.pipe.rest()) {
      this.#take(rest);
      if (this.#waiting.length === 0) return;
    }
    this.giveUp(trouble);
  }

  giveUp(trouble: ProcdTrouble): void {
    for (const exchange of this.#waiting.splice(0)) exchange.settle(err(trouble));
    this.#close();
  }

  /** Nothing came of what it was made for. */
  closeIfEmpty(): void {
    if (this.#waiting.length === 0) this.#close();
  }

  #take(bytes: Buffer): void {
    let rest = bytes;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const read = first.reader.push(rest);
      if (read === undefined) return;
      if (read === 'nonsense') {
        this.giveUp({ why: 'lost', message: `${this.subject} answered what is no answer` });
        return;
      }
      this.#waiting.shift();
      first.settle(ok(read.reply));
      rest = read.rest;
      if (rest.length === 0) break;
    }
    this.closeIfEmpty();
  }

  #close(): void {
    this.pipe.close();
    this.onEmpty();
  }
}
