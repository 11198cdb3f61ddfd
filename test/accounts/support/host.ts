/** What a scenario works on: the accounts of its namespaces, and the part of the daemon that has them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import {
  openAccounts,
  type Accounts,
  type AccountsOptions,
  type LeaseEnd,
} from '../../../src/privsep/accounts';
import type { LeaseBook, LeaseRunner } from '../../../src/privsep/accounts/types';
import type {
  AuditFacts,
  Caller,
  ControlErrorCode,
  JsonObject,
} from '../../../src/privsep/control/types';

/** Accounts of the namespaces' own. */
export const UIDS = {
  client: 61001,
  other: 61002,
  john: 61010,
  guest1: 61021,
  guest2: 61022,
  guest3: 61023,
  stranger: 61050,
} as const;

export const USERS = '/run/site/users';
export const ACCOUNTS = '/run/site/accounts';
export const EXECUTE = '/run/execute';

/** Whoever asks: a client by its name, or root. */
export function callerOf(name: keyof typeof UIDS | 'root', pid = 4711): Caller {
  return { connection: 1, uid: name === 'root' ? 0 : UIDS[name], pid, via: 'unix' };
}

/** What an operation gave. */
export type Answer =
  | ({ readonly ok: true } & Fields)
  | { readonly ok: false; readonly error: ControlErrorCode | 'syntax'; readonly text: string };

/** Fields of a reply, as tests use them. */
interface Fields {
  readonly [name: string]: unknown;
}

export class Host {
  accounts: Accounts | undefined;
  /** Lines of the daemon's log. */
  readonly log: string[] = [];
  readonly ends: LeaseEnd[] = [];
  /** What the last operation noted for the audit log. */
  noted: AuditFacts = {};

  get book(): LeaseBook {
    assert.ok(this.accounts);
    return this.accounts.book;
  }

  caller(name: keyof typeof UIDS | 'root'): Caller {
    return callerOf(name);
  }

  /** Writes the users file. */
  users(...names: readonly string[]): void {
    fs.rmSync(USERS, { force: true });
    fs.writeFileSync(USERS, `${names.join('\n')}\n`, { mode: 0o600 });
  }

  options(more: Partial<AccountsOptions> = {}): AccountsOptions {
    return {
      ...{ users: USERS, accounts: ACCOUNTS, execute: EXECUTE, minimumUid: 1000 },
      limits: { guest: 86_400, local: 604_800 },
      log: (line) => this.log.push(line),
      ended: (end) => this.ends.push(end),
      ...more,
    };
  }

  /** Opens the accounts; with guests and with john's account where nothing else was added before. */
  async open(more: Partial<AccountsOptions> = {}, runner = idle): Promise<void> {
    if (!fs.existsSync(USERS)) this.users('john', 'guest1', 'guest2', 'guest3');
    const opened = await openAccounts(this.options(more));
    if (!opened.ok) assert.fail(opened.error);
    this.accounts = opened.value;
    const begun = await opened.value.begin(runner);
    if (!begun.ok) assert.fail(begun.error);
  }

  /** Why they cannot be opened. */
  async refusal(): Promise<string> {
    const opened = await openAccounts(this.options());
    if (opened.ok) assert.fail('they can be opened');
    return opened.error;
  }

  /** Closes them, and lets others have the files. */
  async close(): Promise<void> {
    await this.accounts?.part.close?.();
    this.accounts = undefined;
  }

  /** The same, with accounts added. */
  async openWith(names: readonly string[], more: Partial<AccountsOptions> = {}): Promise<void> {
    await this.open(more);
    for (const account of names) {
      const owner = account === 'john' ? { owner: 'john@example.org' } : {};
      this.good(await this.ask('root', 'account.add', { account, ...owner }));
    }
  }

  /** Asks for an operation as the server does. */
  async ask(
    who: keyof typeof UIDS | 'root' | Caller,
    op: string,
    request: JsonObject = {},
  ): Promise<Answer> {
    const operation = this.accounts?.part.operations.find(({ name }) => name === op);
    assert.ok(operation, `there is an operation ${op}`);
    const caller = typeof who === 'string' ? callerOf(who) : who;
    if (operation.rootOnly && caller.uid !== 0) {
      return { ok: false, error: 'denied', text: 'for root only' };
    }
    const read = operation.read(request);
    if (!read.ok) return { ok: false, error: 'syntax', text: read.error };
    this.noted = {};
    const done = await operation.perform(read.value, {
      caller,
      descriptors: [],
      note: (facts) => (this.noted = { ...this.noted, ...facts }),
      tell: () => undefined,
      take: () => undefined,
    });
    if (done.ok) return { ok: true, ...done.value };
    return { ok: false, error: done.error.code, text: done.error.text };
  }

  /** The fields of a reply that must be good. */
  good(answer: Answer): Readonly<Record<string, string>> {
    if (!answer.ok) assert.fail(`${answer.error}: ${answer.text}`);
    return answer as unknown as Readonly<Record<string, string>>;
  }

  /** The error of one that must not be. */
  bad(answer: Answer, error: ControlErrorCode, text = /./): void {
    if (answer.ok) assert.fail(`it succeeded: ${JSON.stringify(answer)}`);
    assert.equal(answer.error, error, answer.text);
    assert.match(answer.text, text);
  }

  async lease(who: keyof typeof UIDS, owner: string, more: JsonObject = {}) {
    return this.good(await this.ask(who, 'lease', { owner, seconds: 100, ...more }));
  }

  /** The entry of an account. */
  async entry(account: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { accounts } = this.good(await this.ask('root', 'account.list'));
    const entries = accounts as unknown as readonly Readonly<Record<string, unknown>>[];
    return entries.find((entry) => entry.account === account);
  }
}

const idle: LeaseRunner = { endFamilies: () => Promise.resolve() };

/** Runs a script as an account, to its end; what it leaves running keeps running. */
export function runAs(name: keyof typeof UIDS | 'root', script: string): string {
  const ids =
    name === 'root' ? [] : ['setpriv', `--reuid=${name}`, `--regid=${name}`, '--init-groups'];
  const [program, ...args] = [...ids, 'sh', '-euc', script];
  return execFileSync(program, args, { encoding: 'utf8', cwd: '/', timeout: 60_000 });
}

/** Processes that run as an account and have not ended. */
export function processesOf(name: keyof typeof UIDS): readonly string[] {
  return fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
        return (
          new RegExp(`^Uid:\\t(\\d+\\t)*${UIDS[name]}\\b`, 'm').test(status) &&
          !/^State:\tZ/m.test(status)
        );
      } catch {
        return false;
      }
    });
}

/** The uids of all that is in a directory, itself included. */
export function accountUids(directory: string): readonly number[] {
  const names = fs.readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const uids = ['.', ...names].map((name) => fs.lstatSync(`${directory}/${name}`).uid);
  return [...new Set(uids)];
}
