/**
 * The maker `daemon`: the starter is an ordinary user, and the process control daemon does what needs root.
 *
 * ```
 *   lease ── sandbox.make ── files written as ourselves ── sandbox.give to the account ── job.start
 *                                                                                            │
 *   release ◄── sandbox.remove ◄── output read as ourselves ◄── sandbox.give to us ◄── the job's end
 * ```
 */
import fs from 'node:fs';
import path from 'node:path';
import type { JobFault } from '../../job/faults';
import { startFileAgent } from '../../kernel/file-agent';
import type { TreeError, TreeReport } from '../../kernel/tree';
import { err, ok, type Result } from '../../result';
import { textOf } from '../control/fields';
import type { ControlError, JsonObject } from '../control/types';
import { machineFault } from '../machine-fault';
import { fillSandbox } from '../sandbox';
import type { Sandbox, SandboxError, SandboxRequest } from '../types';
import { DaemonLaunch } from './launch';
import { DaemonLink } from './link';
import { numberOf } from './read-usage';
import { startRequest } from './request';
import type { LeasedPlace, LeasedSteps } from './types';

/** What is asked of the daemon. */
export interface LeaseWish {
  /** The daemon's socket, absolute. */
  readonly socket: string;
  /** Whom the job is for: the daemon has no say in whether that is true. */
  readonly owner: string;
  /** For how long the account is leased at a time, seconds; it is renewed as long as it is needed. */
  readonly seconds: number;
  /** Permission bits of the sandbox. */
  readonly mode: number;
  /** Told of what goes wrong meanwhile. */
  log(sentence: string): void;
}

/** A lease and its sandbox, by their names on the wire. */
interface Named {
  readonly lease: string;
  readonly sandbox: string;
}

/**
 * Leases an account and has a sandbox made.
 *
 * @returns a sentence: there is no daemon, it refuses, or all its accounts are leased
 */
export async function openLease(wish: LeaseWish): Promise<Result<LeasedSteps, string>> {
  const link = await DaemonLink.open(wish.socket);
  if (!link.ok) return link;
  const { owner, seconds } = wish;
  const leased = await link.value.ask('lease', { owner, seconds });
  if (!leased.ok) return leave(link.value, `no account is leased: ${wordsOf(leased.error)}`);
  const lease = textOf(leased.value, 'lease');
  const made = await link.value.ask('sandbox.make', { lease, mode: wish.mode });
  if (!made.ok) {
    await link.value.ask('release', { lease });
    return leave(link.value, `no sandbox is made: ${wordsOf(made.error)}`);
  }
  const named = { lease, sandbox: textOf(made.value, 'sandbox') };
  const place = readPlace(leased.value, textOf(made.value, 'path'));
  return ok(new DaemonSteps(link.value, named, place, wish));
}

function leave(link: DaemonLink, why: string): Result<never, string> {
  link.close();
  return err(`${link.socket}: ${why}`);
}

function readPlace(lease: JsonObject, sandbox: string): LeasedPlace {
  const [uid, gid] = [numberOf(lease, 'uid') ?? -1, numberOf(lease, 'gid') ?? -1];
  return {
    account: {
      ...{ name: textOf(lease, 'account'), uid, gid },
      // Which others it has, the daemon knows.
      groups: [gid],
      home: textOf(lease, 'home'),
    },
    isGuest: lease['kind'] === 'guest',
    executeDirectory: path.dirname(sandbox),
    sandboxName: path.basename(sandbox),
    expiry: numberOf(lease, 'expiry') ?? 0,
  };
}

/** `busy: all guest accounts are leased` */
function wordsOf({ code, text }: ControlError): string {
  return `${code}: ${text}`;
}

class DaemonSteps implements LeasedSteps {
  readonly kind = 'daemon';
  readonly #renewing: NodeJS.Timeout;

  constructor(
    private readonly link: DaemonLink,
    private readonly named: Named,
    readonly place: LeasedPlace,
    private readonly wish: LeaseWish,
  ) {
    // Twice it may fail.
    const pause = (wish.seconds * 1000) / 3;
    this.#renewing = setInterval(() => void this.#renew(), pause).unref();
  }

  /** It is the daemon's. */
  prepareExecuteDirectory(): Result<void, SandboxError> {
    return ok(undefined);
  }

  /** The directory is there: it is filled. */
  makeSandbox(request: SandboxRequest): Promise<Result<Sandbox, SandboxError>> {
    const { executeDirectory, sandboxName: name } = this.place;
    const place = { executeDirectory, name, path: path.join(executeDirectory, name) };
    const filled = fillSandbox(place, request, false);
    return Promise.resolve(
      filled.ok ? ok({ ...place, directory: filled.value, mount: undefined }) : filled,
    );
  }

  handOver(): Promise<Result<undefined, JobFault>> {
    return this.#give('account');
  }

  takeBack(): Promise<Result<undefined, JobFault>> {
    return this.#give('client');
  }

  start: LeasedSteps['start'] = (job) => {
    const request = startRequest(job, this.named);
    return Promise.resolve(request.ok ? ok(new DaemonLaunch(this.link, request.value)) : request);
  };

  /** It is ours before the job, and after it. */
  openSandboxFiles: LeasedSteps['openSandboxFiles'] = ({ directory, path: place }, { names }) =>
    startFileAgent({ directory, identity: undefined, names: [place, ...names] });

  async measureSandbox(): Promise<Result<TreeReport, TreeError>> {
    const measured = await this.link.ask('sandbox.measure', { ...this.named });
    if (!measured.ok) return err(treeError(measured.error));
    return ok(reportOf(measured.value));
  }

  fillOfSandbox(): undefined {
    return undefined;
  }

  unmountAbandoned(): readonly string[] {
    return [];
  }

  async removeSandbox(sandbox: Sandbox | object): Promise<Result<TreeReport, TreeError>> {
    const measured = await this.link.ask('sandbox.measure', { ...this.named });
    if ('directory' in sandbox) fs.closeSync(sandbox.directory);
    const removed = await this.link.ask('sandbox.remove', { ...this.named });
    if (!removed.ok) {
      return removed.error.code === 'not-found' ? ok(NOTHING) : err(treeError(removed.error));
    }
    return ok(measured.ok ? reportOf(measured.value) : reportOf(removed.value));
  }

  async close(): Promise<void> {
    clearInterval(this.#renewing);
    const { lease } = this.named;
    const released = await this.link.ask('release', { lease });
    if (!released.ok)
      this.wish.log(`The lease of an account ends by itself: ${wordsOf(released.error)}`);
    this.link.close();
  }

  async #give(to: 'account' | 'client'): Promise<Result<undefined, JobFault>> {
    const given = await this.link.ask('sandbox.give', { ...this.named, to });
    if (given.ok) return ok(undefined);
    const reason = `the sandbox cannot be given to the ${to}: ${wordsOf(given.error)}`;
    return err(machineFault(reason));
  }

  async #renew(): Promise<void> {
    const { lease } = this.named;
    const renewed = await this.link.ask('renew', { lease, seconds: this.wish.seconds });
    if (!renewed.ok) this.wish.log(`The lease is not renewed: ${wordsOf(renewed.error)}`);
  }
}

const NOTHING: TreeReport = { entries: 0, files: 0, apparent: 0, allocated: 0 };

function reportOf(fields: JsonObject): TreeReport {
  const of = (name: string): number => numberOf(fields, name) ?? 0;
  return {
    entries: of('entries'),
    files: of('files'),
    apparent: of('apparent'),
    allocated: of('allocated'),
  };
}

function treeError(error: ControlError): TreeError {
  return { message: wordsOf(error), errno: 0, failures: 0, report: undefined };
}
