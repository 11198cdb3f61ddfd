/**
 * The accounts file: the state as the disk has it. A change is on the disk before anybody is told of it,
 * whole or not at all, whenever the daemon is killed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { readRootsText } from '../../trusted-list';
import { err, ok, type Result } from '../../result';
import type { ControlError } from '../control/types';
import { emptyState, parseState, printState, type State, type StoredLease } from './state';

/** Bytes; a lease takes some hundred. */
const SIZE_MAX = 64 * 2 ** 20;

export class Store {
  #state: State;
  #leases: ReadonlyMap<string, StoredLease>;

  private constructor(
    private readonly file: string,
    state: State,
  ) {
    this.#state = state;
    this.#leases = indexOf(state);
  }

  /**
   * Reads the accounts file; without one nothing is known yet.
   *
   * @param file absolute, in a directory that is root's alone
   * @param boot which start of the machine this is
   * @returns a sentence that names the file where it is damaged, or not root's alone
   */
  static open(file: string, boot: string): Result<Store, string> {
    if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) {
      return begin(new Store(file, emptyState(boot)));
    }
    const text = readRootsText(file, SIZE_MAX);
    if (!text.ok) return text;
    const state = parseState(text.value);
    if (!state.ok) {
      const advice = 'repair it, or move it away once nothing runs on the accounts any more';
      return err(`the accounts file ${file} is damaged: ${state.error}; ${advice}`);
    }
    return ok(new Store(file, state.value));
  }

  get state(): State {
    return this.#state;
  }

  lease(id: string): StoredLease | undefined {
    return this.#leases.get(id);
  }

  /** Changes the state, on the disk first. An error: nothing has changed. */
  change(edit: (state: State) => State): Result<void, ControlError> {
    const state = edit(this.#state);
    try {
      writeWhole(this.file, printState(state));
    } catch (error) {
      const { message } = error as Error;
      return err({ code: 'internal', text: `cannot write ${this.file}: ${message}` });
    }
    this.#state = state;
    this.#leases = indexOf(state);
    return ok(undefined);
  }

  /** Changes one lease; where there is none any more nothing happens. */
  changeLease(id: string, edit: (lease: StoredLease) => StoredLease): Result<void, ControlError> {
    return this.change((state) => ({
      ...state,
      leases: state.leases.map((lease) => (lease.id === id ? edit(lease) : lease)),
    }));
  }
}

function indexOf(state: State): ReadonlyMap<string, StoredLease> {
  return new Map(state.leases.map((lease) => [lease.id, lease]));
}

/** A first state is written at once: where that cannot be done, the daemon must not begin. */
function begin(store: Store): Result<Store, string> {
  const written = store.change((state) => state);
  return written.ok ? ok(store) : err(written.error.text);
}

/** Puts a file in the place of another, as rename(2) does, when all of it is on the disk. */
function writeWhole(file: string, text: string): void {
  const temporary = `${file}.new`;
  fs.rmSync(temporary, { force: true });
  const fd = fs.openSync(temporary, 'wx', 0o600);
  try {
    fs.fchmodSync(fd, 0o600);
    fs.writeFileSync(fd, text);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, file);
  const directory = fs.openSync(path.dirname(file), 'r');
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
}
