/** The accounts of the daemon: opened when it starts, wired into its control endpoint. */
import fs from 'node:fs';
import path from 'node:path';
import { bootId } from '../../family/server/state-file';
import { takeLock } from '../../family/server/lock-file';
import { err, ok, type Result } from '../../result';
import { whyNotRootOnly } from '../../root-only-path';
import type { ControlPart } from '../control/types';
import { Book } from './book';
import { Ending } from './ending';
import { Leases } from './leases';
import type { Office } from './office';
import { accountOperations } from './operations';
import { type AccountsOptions, withDefaults } from './options';
import { SandboxRequests } from './sandbox-requests';
import { prepareExecute, Sandboxes } from './sandboxes';
import { Serial } from './serial';
import { Store } from './store';
import { Table } from './table';
import type { LeaseBook, LeaseRunner } from './types';
import { Upkeep } from './upkeep';
import { openUsers, ordinaryMinimum } from './users';

export type { AccountsOptions, LeaseEnd, LeaseLimits } from './options';

/** Milliseconds to wait for a daemon that is ending. */
const PATIENCE = 3000;

/** The accounts, open. */
export interface Accounts {
  readonly part: ControlPart;
  readonly book: LeaseBook;
  /**
   * Puts in order what another daemon has left, and lets time pass. To be called once, before any
   * operation.
   *
   * @param runner what ends the jobs of a lease
   * @returns a sentence where the state cannot be kept
   */
  begin(runner: LeaseRunner): Promise<Result<void, string>>;
}

/**
 * Opens the users file, the accounts file and `--execute`. One daemon at a time has an accounts file.
 *
 * @returns a sentence that names what cannot be used
 */
export async function openAccounts(options: AccountsOptions): Promise<Result<Accounts, string>> {
  for (const name of ['users', 'accounts', 'execute'] as const) {
    if (!path.isAbsolute(options[name]))
      return err(`--${name} ${options[name]} is no absolute path`);
  }
  const rules = withDefaults(options);
  const users = openUsers(rules.users, rules.minimumUid ?? ordinaryMinimum());
  if (!users.ok) return users;
  for (const warning of users.value.warnings()) rules.log(warning);
  const execute = prepareExecute(rules.execute);
  if (!execute.ok) return execute;
  const boot = bootId();
  const opened = await openStore(rules.accounts, boot);
  if (!opened.ok) return opened;
  const { lock, store } = opened.value;
  const now = () => Math.floor(Date.now() / 1000);
  const sandboxes = new Sandboxes(rules.execute, store);
  const office: Office = {
    options: rules,
    store,
    users: users.value,
    sandboxes,
    ending: new Ending(store, sandboxes, rules, now),
    serial: new Serial(),
    taken: new Set(),
    moving: new Set(),
    now,
    wake: () => upkeep.wake(),
  };
  const leases = new Leases(office);
  const upkeep = new Upkeep(office, leases);
  return ok({
    part: partOf(office, leases, upkeep, lock),
    book: new Book(office),
    begin(runner) {
      office.ending.runner = runner;
      return upkeep.begin(boot);
    },
  });
}

interface LockedStore {
  readonly store: Store;
  /** A descriptor. */
  readonly lock: number;
}

/** Only one daemon at a time has an accounts file: two would lease one guest twice. */
async function openStore(file: string, boot: string): Promise<Result<LockedStore, string>> {
  const replaceable = whyNotRootOnly(path.dirname(file));
  if (replaceable !== undefined) return err(`cannot trust ${file}: ${replaceable}`);
  const lock = await takeLock(file, PATIENCE);
  if (!lock.ok) return lock;
  if (lock.value === 'held') return err(`another daemon has the accounts file ${file}`);
  const store = Store.open(file, boot);
  if (store.ok) return ok({ store: store.value, lock: lock.value });
  fs.closeSync(lock.value);
  return store;
}

function partOf(office: Office, leases: Leases, upkeep: Upkeep, lock: number): ControlPart {
  return {
    operations: accountOperations({
      ...{ office, leases },
      table: new Table(office),
      sandboxes: new SandboxRequests(office),
    }),
    reload() {
      upkeep.retry();
      return office.users.reload();
    },
    async close() {
      upkeep.close();
      await office.serial.idle();
      fs.closeSync(lock);
    },
  };
}
