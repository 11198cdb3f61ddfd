/**
 * Requests in, replies out. Those of one client are carried out one after the other, those of several
 * clients beside each other: a family that takes long to kill holds nobody else up.
 */
import { type Arrival, type ClientId, encodeReply, type ProcdReply } from '../wire';
import { type Office, perform } from './commands';
import type { ReplyPipes } from './reply-pipes';
import { RequestPipe } from './request-pipe';

/** Requests that are being carried out at once; more wait in the pipe, and their writers with them. */
const TOGETHER = 64;

export class Service {
  readonly #requests: RequestPipe;
  /** The last request of each client, by pid. */
  readonly #lastOf = new Map<number, Promise<void>>();
  #open = 0;

  /**
   * @param asked told of each request
   */
  constructor(
    private readonly office: Office,
    private readonly replies: ReplyPipes,
    private readonly asked: () => void,
  ) {
    const { dialect } = office.keeper.settings;
    const isWaiting = (client: ClientId): boolean => replies.isThere(client);
    this.#requests = new RequestPipe(dialect, isWaiting, (arrival) => this.#arrived(arrival));
  }

  /** Serves what comes through a pipe from now on. */
  serve(fd: number): void {
    this.#requests.read(fd);
  }

  #arrived(arrival: Arrival): void {
    this.asked();
    const { log } = this.office.keeper;
    if (arrival.kind === 'garbage') {
      log.line(`skipped: ${arrival.reason}`);
      return;
    }
    const { client } = arrival;
    this.#open += 1;
    if (this.#open === TOGETHER) this.#requests.pause(true);
    const before = this.#lastOf.get(client.pid) ?? Promise.resolve();
    const done = before.then(() => this.#carryOut(arrival)).finally(() => this.#done(client, done));
    this.#lastOf.set(client.pid, done);
  }

  async #carryOut(arrival: Exclude<Arrival, { kind: 'garbage' }>): Promise<void> {
    const { keeper } = this.office;
    const reply: ProcdReply =
      arrival.kind === 'refused'
        ? { result: arrival.refusal }
        : await perform(this.office, arrival.request);
    keeper.log.line(`${describe(arrival)}: ${reply.result}`);
    this.replies.send(arrival.client, encodeReply(keeper.settings.dialect, reply));
  }

  #done({ pid }: ClientId, request: Promise<void>): void {
    if (this.#lastOf.get(pid) === request) this.#lastOf.delete(pid);
    this.#open -= 1;
    if (this.#open === TOGETHER - 1) this.#requests.pause(false);
  }
}

/** For the log: `kill-family 1234, for process 567`. */
function describe(arrival: Exclude<Arrival, { kind: 'garbage' }>): string {
  const { client } = arrival;
  if (arrival.kind === 'refused') return `${arrival.command}, for process ${client.pid}`;
  const { command, ...rest } = arrival.request;
  const words = Object.values(rest)
    .flat()
    .map((value) => String(value));
  return `${[command, ...words].join(' ')}, for process ${client.pid}`;
}
