/** A procd that is ready, until its end. */
import { rmSync } from 'node:fs';
import { startProcessTable } from '../../kernel/process-table';
import { Clock } from './clock';
import type { Office } from './commands';
import type { Keeper } from './keeper';
import { fateOf, makePipe, removePipes, type ServerPipes, touchPipe } from './pipes';
import type { ProcdLog } from './procd-log';
import { reattach } from './reattach';
import type { Registry } from './registry';
import { ReplyPipes } from './reply-pipes';
import { Service } from './service';
import type { Snapshots } from './snapshots';

/** What a procd has when it is ready. */
export interface Prepared {
  readonly keeper: Keeper;
  readonly snapshots: Snapshots;
  readonly registry: Registry;
  readonly pipes: ServerPipes;
}

/** How a procd ends. */
export interface ProcdEnd {
  readonly status: 0 | 1;
  /** For the log. */
  readonly reason: string;
  /** Whether it leaves its families to a procd that comes after it. */
  readonly keepState: boolean;
}

/** Signals that end a procd; the families stay with the one that comes after it. */
const ENDING_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

export class Procd {
  readonly #keeper: Keeper;
  readonly #service: Service;
  readonly #clock: Clock;
  readonly #ended: Promise<ProcdEnd>;
  #end: (end: ProcdEnd) => void = () => undefined;
  #pipes: ServerPipes;
  /** What is to end before it does. */
  readonly #before: (() => Promise<void>)[] = [];

  constructor(private readonly prepared: Prepared) {
    const { keeper, pipes, registry, snapshots } = prepared;
    const { address, owner } = keeper.settings;
    this.#keeper = keeper;
    this.#pipes = pipes;
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    const replies = new ReplyPipes(address, owner, keeper.log);
    const office: Office = { keeper, snapshots, registry, quit: () => this.#quitSoon() };
    this.#clock = new Clock(
      keeper,
      () => this.#tick(),
      () => this.#end({ status: 0, reason: 'nobody has a family here', keepState: false }),
    );
    this.#service = new Service(office, replies, () => this.#clock.busy());
  }

  /** What families are made with, also those of processes that this program starts itself. */
  get office(): Pick<Office, 'keeper' | 'registry' | 'snapshots'> {
    return this.prepared;
  }

  get log(): ProcdLog {
    return this.#keeper.log;
  }

  get keeper(): Keeper {
    return this.#keeper;
  }

  /** Something that is to end before procd does, while the families are still looked after. */
  beforeEnd(work: () => Promise<void>): void {
    this.#before.push(work);
  }

  /** Ends without having served; what it found of families stays for another procd. */
  async giveUp(reason: string): Promise<void> {
    await this.#leave({ status: 1, reason, keepState: true });
  }

  /** Serves until the end; gives the exit status. */
  async run(): Promise<number> {
    for (const signal of ENDING_SIGNALS) {
      process.on(signal, () => this.#end({ status: 1, reason: signal, keepState: true }));
    }
    this.#watchTop();
    this.#watchTable();
    this.#service.serve(this.#pipes.requests.fd);
    this.adjustClock();
    this.#clock.busy();
    return this.#leave(await this.#ended);
  }

  async #leave({ keepState, reason, status }: ProcdEnd): Promise<number> {
    const { log, settings, table } = this.#keeper;
    for (const work of this.#before) await work();
    this.#clock.stop();
    removePipes(this.#pipes);
    if (!keepState) rmSync(settings.state, { force: true });
    table.close();
    log.line(`ends: ${reason}`);
    return status;
  }

  /** Has `run` end; the families stay with the procd that comes after this one. */
  stop(reason: string): void {
    this.#clock.stop();
    this.#end({ status: 0, reason, keepState: true });
  }

  /** Families have changed. */
  adjustClock(): void {
    this.#clock.adjust();
  }

  /** The reply to "quit" is written before anything else comes. */
  #quitSoon(): void {
    setImmediate(() => this.#end({ status: 0, reason: 'a client asked for it', keepState: false }));
  }

  async #tick(): Promise<void> {
    this.#lookAfterPipes();
    await this.prepared.snapshots.take();
    this.#keeper.changed();
  }

  /** Tmp cleaners take old pipes away; another procd takes the place of ours. */
  #lookAfterPipes(): void {
    const { log, settings } = this.#keeper;
    for (const name of ['watchdog', 'requests'] as const) {
      const pipe = this.#pipes[name];
      touchPipe(pipe);
      const fate = fateOf(pipe);
      if (fate === 'there') continue;
      if (fate === 'replaced') {
        const reason = `something else is in the place of ${pipe.path}`;
        this.#end({ status: 1, reason, keepState: true });
        return;
      }
      const made = makePipe(pipe.path, settings.owner);
      log.line(made.ok ? `${pipe.path} was removed: it is there again` : made.error);
      if (!made.ok) continue;
      // Clients of before still have the old one: it is read as well, and never closed.
      if (name === 'requests') this.#service.serve(made.value.fd);
      this.#pipes = { ...this.#pipes, [name]: made.value };
    }
  }

  /** The process that started procd, if that is what all families are below. */
  #watchTop(): void {
    const { settings, table, tree } = this.#keeper;
    const { root } = tree.top;
    if (settings.top.kind !== 'parent' || root === undefined) return;
    table.watch(root, () =>
      this.#end({
        status: 1,
        reason: `process ${root.pid}, which started it, has ended`,
        keepState: true,
      }),
    );
  }

  /** Without eyrie-families nothing can be seen or signalled: another one takes over. */
  #watchTable(): void {
    const { keeper, registry, snapshots } = this.prepared;
    void keeper.table.lost.then(async () => {
      keeper.log.line('eyrie-families is gone: another one is started');
      const started = await startProcessTable();
      if (!started.ok) {
        this.#end({ status: 1, reason: `${started.error.call} fails`, keepState: true });
        return;
      }
      keeper.table = started.value;
      await reattach(keeper, registry);
      this.#watchTop();
      this.#watchTable();
      await snapshots.take();
    });
  }
}
