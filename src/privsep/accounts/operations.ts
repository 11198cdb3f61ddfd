/** The operations on accounts, leases and sandboxes: what a request looks like, and what is done. */
import fs from 'node:fs';
import { err, ok, type Result } from '../../result';
import {
  accountName,
  flag,
  matching,
  oneOf,
  optional,
  readFields,
  type Shape,
  text,
  type ValuesOf,
  wholeNumber,
} from '../control/fields';
import type { AnyOperation, Asked, ControlError, JsonObject, Operation } from '../control/types';
import type { Leases } from './leases';
import { stateOfAccount } from './choose';
import type { Office } from './office';
import type { SandboxRequests } from './sandbox-requests';
import type { StoredLease } from './state';
import type { Table } from './table';

/** Bytes of an owner's name: a distinguished name, an address, anything. */
const OWNER_MAX = 1024;
/** A year. Seconds. */
const SECONDS_MAX = 366 * 86_400;
/** Permission bits of a sandbox: its owner's all, others' none to write. */
const MODE = 0o700;
const MODE_MAX = 0o755;

const owner = text({ max: OWNER_MAX });
const seconds = wholeNumber(1, SECONDS_MAX);
const leaseId = matching(/^[0-9a-f]{32}$/, 'the id of a lease, 32 hexadecimal digits', { max: 32 });
const sandboxId = matching(/^dir_[0-9a-z_]+$/, 'the id of a sandbox, as in dir_4711', { max: 64 });

/** What operations work with. */
export interface Desks {
  readonly office: Office;
  readonly table: Table;
  readonly leases: Leases;
  readonly sandboxes: SandboxRequests;
}

export function accountOperations({
  leases,
  office,
  sandboxes,
  table,
}: Desks): readonly AnyOperation[] {
  return [
    operation('account.list', {}, false, async (_, { caller }) => {
      const accounts = await table.list(caller);
      return accounts.ok ? ok({ accounts: accounts.value }) : accounts;
    }),
    rootOnly(
      operation(
        'account.add',
        { account: accountName(), owner: optional(owner), dedicated: optional(flag()) },
        true,
        async (request, asked) => {
          asked.note({ account: request.account, owner: request.owner });
          const added = await table.add({ ...request, dedicated: request.dedicated ?? false });
          return added.ok ? ok({}) : added;
        },
      ),
    ),
    rootOnly(
      operation('account.remove', { account: accountName() }, true, ({ account }, asked) => {
        asked.note({ account });
        const removed = table.remove(account);
        return Promise.resolve(removed.ok ? ok({ state: removed.value }) : removed);
      }),
    ),
    operation('lease', LEASE, true, async (request, asked) => {
      asked.note({ owner: request.owner });
      const leased = await leases.lease(request, asked.caller);
      if (!leased.ok) return leased;
      noteLease(leased.value, asked);
      return ok(describe(leased.value));
    }),
    operation('renew', { lease: leaseId, seconds }, true, ({ lease, seconds: time }, asked) => {
      noteKnown(office, lease, asked);
      const renewed = leases.renew(lease, time, asked.caller);
      return Promise.resolve(renewed.ok ? ok({ expiry: renewed.value.expiry }) : renewed);
    }),
    operation('release', { lease: leaseId }, true, async ({ lease }, asked) => {
      noteKnown(office, lease, asked);
      const released = await leases.release(lease, asked.caller);
      return released.ok ? ok({ state: stateAfter(office, released.value) }) : released;
    }),
    ...sandboxOperations(office, sandboxes),
  ];
}

const LEASE = { owner, seconds, prefer: optional(accountName()) };
const SANDBOX = { lease: leaseId, sandbox: sandboxId };

function sandboxOperations(office: Office, sandboxes: SandboxRequests): readonly AnyOperation[] {
  const note = (request: { lease: string; sandbox: string }, asked: Asked) => {
    noteKnown(office, request.lease, asked);
    asked.note({ path: office.sandboxes.pathOf(request.sandbox) });
  };
  const mode = optional(sandboxMode);
  return [
    operation('sandbox.make', { lease: leaseId, mode }, true, async (request, asked) => {
      noteKnown(office, request.lease, asked);
      const made = await sandboxes.make(request.lease, request.mode ?? MODE, asked.caller);
      if (!made.ok) return made;
      fs.closeSync(made.value.directory);
      const { id, path } = made.value;
      asked.note({ path });
      return ok({ sandbox: id, path });
    }),
    operation(
      'sandbox.give',
      { ...SANDBOX, to: oneOf('account', 'client') },
      true,
      async ({ to, ...named }, asked) => {
        note(named, asked);
        const given = await sandboxes.give(named, to, asked.caller);
        return given.ok ? ok({ entries: given.value }) : given;
      },
    ),
    operation('sandbox.remove', SANDBOX, true, async (request, asked) => {
      note(request, asked);
      const removed = await sandboxes.remove(request, asked.caller);
      return removed.ok ? ok({ entries: removed.value.entries }) : removed;
    }),
    operation('sandbox.measure', SANDBOX, false, async (request, asked) => {
      note(request, asked);
      const measured = await sandboxes.measure(request, asked.caller);
      return measured.ok ? ok({ ...measured.value }) : measured;
    }),
  ];
}

/** Permission bits as a number: 448 is 0700. */
function sandboxMode(value: Parameters<ReturnType<typeof wholeNumber>>[0]): Result<number, string> {
  const read = wholeNumber(MODE, MODE_MAX)(value);
  if (read.ok && (read.value & ~MODE_MAX) === 0) return read;
  return err(
    `expected permission bits from ${MODE} (0700) to ${MODE_MAX} (0755), none to write for others`,
  );
}

function operation<Fields extends Shape>(
  name: string,
  shape: Fields,
  changes: boolean,
  perform: (request: ValuesOf<Fields>, asked: Asked) => Promise<Result<JsonObject, ControlError>>,
): Operation<ValuesOf<Fields>> {
  return { name, changes, read: (request) => readFields(request, shape), perform };
}

function rootOnly<Request>(one: Operation<Request>): Operation<Request> {
  return { ...one, rootOnly: true };
}

function describe({ account, expiry, id, kind }: StoredLease): JsonObject {
  const { gid, home, name, uid } = account;
  return { lease: id, account: name, uid, gid, home, kind, expiry };
}

function noteLease({ account, id, owner: whose }: StoredLease, asked: Asked): void {
  asked.note({ lease: id, account: account.name, owner: whose });
}

/** For the audit log: also of a lease that the caller may not use. */
function noteKnown(office: Office, id: string, asked: Asked): void {
  const lease = office.store.lease(id);
  if (lease === undefined) asked.note({ lease: id });
  else noteLease(lease, asked);
}

function stateAfter({ store }: Office, { account }: StoredLease): string {
  const entry = store.state.accounts.find(({ name }) => name === account.name);
  return entry === undefined ? 'removed' : stateOfAccount(entry, store.state);
}
