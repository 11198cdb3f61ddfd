/** The connection of one job to the process control daemon: requests, and what it tells of the job. */
import { type ControlClient, connectControl } from '../control/client';
import type { ControlError, JsonObject } from '../control/types';
import { ok, type Result } from '../../result';

/** Told of one job. */
export interface JobListener {
  ended(event: JsonObject): void;
  gone(): void;
  /** The connection is no more. */
  lost(why: string): void;
}

export class DaemonLink {
  #client: ControlClient | undefined;
  #listener: JobListener | undefined;
  #job: string | undefined;
  /** What was told before anybody listened: a short job ends before its start is answered. */
  readonly #early: JsonObject[] = [];
  #lost: string | undefined;

  private constructor(readonly socket: string) {}

  static async open(socket: string): Promise<Result<DaemonLink, string>> {
    const link = new DaemonLink(socket);
    const client = await connectControl(socket, {
      event: (event) => link.#take(event),
      ended: (why) => link.#end(why),
    });
    if (!client.ok) return client;
    link.#client = client.value;
    return ok(link);
  }

  /** Asks; see {@link ControlClient.request}. */
  ask(
    op: string,
    fields: JsonObject,
    descriptors: readonly number[] = [],
  ): Promise<Result<JsonObject, ControlError>> {
    if (this.#client === undefined) throw new Error('the link is not open');
    return this.#client.request(op, fields, descriptors);
  }

  /** Listens to what is told of a job from now on, and to what was told already. */
  listen(job: string, listener: JobListener): void {
    this.#job = job;
    this.#listener = listener;
    for (const event of this.#early.splice(0)) this.#take(event);
    if (this.#lost !== undefined) listener.lost(this.#lost);
  }

  close(): void {
    this.#client?.close();
  }

  #take(event: JsonObject): void {
    if (this.#listener === undefined) {
      this.#early.push(event);
      return;
    }
    if (event['job'] !== this.#job) return;
    if (event['event'] === 'ended') this.#listener.ended(event);
    if (event['event'] === 'gone') this.#listener.gone();
  }

  #end(why: string): void {
    this.#lost = why;
    this.#listener?.lost(why);
  }
}
