/**
 * Sandboxes: directories below `--execute` that go to and fro between a lease's client and its account.
 *
 * Before each step that takes time it is written down what is to become of the directory, so that a
 * daemon that comes after one that was killed can do it again. The paths touched here are of `--execute`
 * itself, which is root's alone; what is in a sandbox is the native helper's work.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { thrownText } from '../../kernel/errno';
import {
  chownTree,
  measureTree,
  removeTree,
  type TreeError,
  type TreeReport,
} from '../../kernel/tree';
import { whyNotRootOnly } from '../../root-only-path';
import { err, ok, type Result } from '../../result';
import type { ControlError, ControlErrorCode } from '../control/types';
import { prepareExecuteDirectory } from '../sandbox';
import type { LeftSandbox, SandboxStep, StoredLease, StoredSandbox } from './state';
import type { Store } from './store';
import type { LeasedSandbox } from './types';

/** Whose a sandbox can be. */
export type Side = 'client' | 'account';

/** One lease has no more. */
const SANDBOXES_MAX = 1000;
const { ELOOP, ENOENT, ENOTDIR, ESTALE, EXDEV } = os.constants.errno;
const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** Makes `--execute` if it is missing; a sentence where it is not root's alone. */
export function prepareExecute(directory: string): Result<void, string> {
  const prepared = prepareExecuteDirectory(directory);
  if (!prepared.ok) return err(prepared.error.message);
  const why = whyNotRootOnly(directory);
  if (why !== undefined) return err(`cannot use --execute ${directory}: ${why}`);
  const { mode } = fs.statSync(directory);
  if ((mode & 0o022) === 0) return ok(undefined);
  return err(`cannot use --execute ${directory}: others than root may write to it (chmod 755)`);
}

export class Sandboxes {
  constructor(
    private readonly directory: string,
    private readonly store: Store,
  ) {}

  /** Makes an empty one that is the client's. */
  make(
    lease: StoredLease,
    pid: number | undefined,
    mode: number,
  ): Result<LeasedSandbox, ControlError> {
    if (lease.sandboxes.length >= SANDBOXES_MAX) {
      return err({ code: 'not-allowed', text: `the lease has ${SANDBOXES_MAX} sandboxes already` });
    }
    const id = this.#freeName(pid);
    const noted = this.#note(lease, (all) => [...all, { id, mode, step: 'making' }]);
    if (!noted.ok) return noted;
    const place = this.pathOf(id);
    let fd: number | undefined;
    try {
      fs.mkdirSync(place, { mode: 0o700 });
      fd = fs.openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      fs.fchmodSync(fd, mode);
      fs.fchownSync(fd, lease.client, lease.clientGroup);
      const made = this.#step(lease, id, 'client');
      if (made.ok) return ok({ id, path: place, directory: fd, side: 'client' });
      fs.closeSync(fd);
      return made;
    } catch (thrown) {
      // What is there of it goes when the lease ends.
      if (fd !== undefined) fs.closeSync(fd);
      return err({
        code: 'internal',
        text: `cannot make the sandbox ${place}: ${thrownText(thrown)}`,
      });
    }
  }

  /** Opens one, for whoever runs a job in it. */
  open(lease: StoredLease, id: string): Result<LeasedSandbox, ControlError> {
    const found = this.find(lease, id);
    if (!found.ok) return found;
    const side = found.value.step;
    if (side !== 'client' && side !== 'account') {
      return err({ code: 'not-allowed', text: `the sandbox ${id} is changing hands` });
    }
    const place = this.pathOf(id);
    try {
      const directory = fs.openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      return ok({ id, path: place, directory, side });
    } catch (thrown) {
      return err({
        code: 'not-found',
        text: `cannot open the sandbox ${place}: ${thrownText(thrown)}`,
      });
    }
  }

  find({ sandboxes }: StoredLease, id: string): Result<StoredSandbox, ControlError> {
    const found = sandboxes.find((sandbox) => sandbox.id === id);
    if (found !== undefined) return ok(found);
    return err({ code: 'not-found', text: `the lease has no sandbox ${id}` });
  }

  /**
   * Gives one to the other side, whole; whoever has it already keeps it.
   *
   * @returns how many entries changed hands
   */
  async give(lease: StoredLease, id: string, to: Side): Promise<Result<number, ControlError>> {
    const found = this.find(lease, id);
    if (!found.ok) return found;
    const { step: before } = found.value;
    if (before === to) return ok(0);
    if (before === 'making' || before === 'removing') {
      return err({ code: 'not-allowed', text: `the sandbox ${id} is being removed` });
    }
    const begun = this.#step(lease, id, to === 'account' ? 'to-account' : 'to-client');
    if (!begun.ok) return begun;
    const given = await this.#chown(lease, found.value, to);
    if (given.ok) {
      const noted = this.#step(lease, id, to);
      return noted.ok ? ok(given.value.entries) : noted;
    }
    if (given.error.isUntouched === true) this.#step(lease, id, before);
    return err(troubleOf(given.error));
  }

  /** Removes one, whatever is in it and whosever it is. */
  async remove(lease: StoredLease, id: string): Promise<Result<TreeReport, ControlError>> {
    const begun = this.#step(lease, id, 'removing');
    if (!begun.ok) return begun;
    const removed = await removeTree(this.directory, id);
    if (!removed.ok) return err(troubleOf(removed.error));
    const noted = this.#note(lease, (all) => all.filter((sandbox) => sandbox.id !== id));
    return noted.ok ? removed : noted;
  }

  /** Removes one whose lease has ended. */
  async removeLeft({ id, until }: LeftSandbox): Promise<Result<TreeReport, ControlError>> {
    const begun = until === 0 ? ok(undefined) : this.#leave(id, (one) => [{ ...one, until: 0 }]);
    if (!begun.ok) return begun;
    const removed = await removeTree(this.directory, id);
    if (!removed.ok) return err(troubleOf(removed.error));
    const noted = this.#leave(id, () => []);
    return noted.ok ? removed : noted;
  }

  async measure(id: string): Promise<Result<TreeReport, ControlError>> {
    const measured = await measureTree(this.directory, id);
    return measured.ok ? measured : err(troubleOf(measured.error));
  }

  /**
   * Ends what was being done with one when its daemon was killed: what was not made whole goes, what
   * changed hands goes back to the client, and so does what stands otherwise than it is written down.
   */
  async settle(lease: StoredLease, sandbox: StoredSandbox): Promise<Result<void, ControlError>> {
    const { id, step } = sandbox;
    if (step === 'making' || step === 'removing') return dropValue(await this.remove(lease, id));
    const status = fs.lstatSync(this.pathOf(id), { throwIfNoEntry: false });
    if (status === undefined) return dropValue(await this.remove(lease, id));
    const owner = step === 'account' ? lease.account.uid : lease.client;
    if ((step === 'client' || step === 'account') && status.uid === owner) return ok(undefined);
    return this.handBack(lease, id);
  }

  /** Gives one to the client; where something in it may not change hands it is removed. */
  async handBack(lease: StoredLease, id: string): Promise<Result<void, ControlError>> {
    const begun = this.#step(lease, id, 'to-client');
    if (!begun.ok) return begun;
    const given = await this.give(this.store.lease(lease.id) ?? lease, id, 'client');
    return given.ok ? ok(undefined) : dropValue(await this.remove(lease, id));
  }

  pathOf(id: string): string {
    return path.join(this.directory, id);
  }

  #chown(
    { account, client, clientGroup }: StoredLease,
    { id, mode }: StoredSandbox,
    to: Side,
  ): Promise<Result<TreeReport, TreeError>> {
    const change =
      to === 'account'
        ? { from: client, uid: account.uid, gid: account.gid, mode }
        : { from: account.uid, uid: client, gid: clientGroup, mode };
    return chownTree(this.directory, id, change);
  }

  #leave(
    id: string,
    edit: (left: LeftSandbox) => readonly LeftSandbox[],
  ): Result<void, ControlError> {
    return this.store.change((state) => ({
      ...state,
      left: state.left.flatMap((one) => (one.id === id ? edit(one) : [one])),
    }));
  }

  #step(lease: StoredLease, id: string, step: SandboxStep): Result<void, ControlError> {
    return this.#note(lease, (all) =>
      all.map((sandbox) => (sandbox.id === id ? { ...sandbox, step } : sandbox)),
    );
  }

  #note(
    { id }: StoredLease,
    edit: (sandboxes: readonly StoredSandbox[]) => readonly StoredSandbox[],
  ): Result<void, ControlError> {
    return this.store.changeLease(id, (lease) => ({ ...lease, sandboxes: edit(lease.sandboxes) }));
  }

  /** `dir_4711`, as starters call theirs, else with a number behind it. */
  #freeName(pid: number | undefined): string {
    const { leases, left } = this.store.state;
    const known = new Set(
      [...leases.flatMap(({ sandboxes }) => sandboxes), ...left].map(({ id }) => id),
    );
    const base = `dir_${pid ?? 'remote'}`;
    for (let number = 0; ; number++) {
      const id = number === 0 ? base : `${base}_${number}`;
      if (known.has(id)) continue;
      if (fs.lstatSync(this.pathOf(id), { throwIfNoEntry: false }) === undefined) return id;
    }
  }
}

function dropValue<E>(result: Result<unknown, E>): Result<void, E> {
  return result.ok ? ok(undefined) : result;
}

/** The protocol's word for what the helper met. */
function troubleOf({ errno, message, refusal }: TreeError): ControlError {
  return { code: codeOf(errno, refusal), text: message };
}

function codeOf(errno: number, refusal: TreeError['refusal']): ControlErrorCode {
  if (refusal === 'owner') return 'foreign-owner';
  if (refusal === 'link') return 'hard-link';
  if (refusal === 'device') return 'not-allowed';
  if (errno === ENOENT) return 'not-found';
  // Something is mounted there; it was moved away; a link is in its place.
  return [EXDEV, ESTALE, ELOOP, ENOTDIR].includes(errno) ? 'bad-path' : 'internal';
}
