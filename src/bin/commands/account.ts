/**
 * `eyrie account`: the accounts that the process control daemon may act as, condor_procd(8) with
 * `--control`.
 */
import path from 'node:path';
import { printableLine } from '../../printable';
import { connectControl, DEFAULT_SOCKET } from '../../privsep/control/client';
import type { JsonObject } from '../../privsep/control/types';
import { err, ok, type Result } from '../../result';
import { accountLines, readAccounts } from '../account/table';
import type {
  AccountAddOptions,
  AccountListOptions,
  AccountNameOptions,
  AccountOptions,
  CommandIo,
} from '../options/types';

const DONE = 0;
const FAILED = 1;

/** Adds an account. Gives the exit status. */
export async function runAccountAdd(options: AccountAddOptions, io: CommandIo): Promise<number> {
  const { account, dedicated, owner } = options;
  const added = await ask(options, 'account.add', {
    account,
    ...(owner === undefined ? {} : { owner }),
    ...(dedicated ? { dedicated } : {}),
  });
  if (!added.ok) return fail(io, 'add', added.error);
  const kind = owner === undefined ? 'a guest account' : `the account of ${printableLine(owner)}`;
  io.stdout.write(`added: ${account}, ${kind}\n`);
  return DONE;
}

/** Removes an account, now or with its last lease. Gives the exit status. */
export async function runAccountRemove(
  options: AccountNameOptions,
  io: CommandIo,
): Promise<number> {
  const removed = await ask(options, 'account.remove', { account: options.account });
  if (!removed.ok) return fail(io, 'remove', removed.error);
  const isLeased = removed.value['state'] === 'draining';
  io.stdout.write(
    isLeased
      ? `draining: ${options.account} is leased, and goes with its last lease\n`
      : `removed: ${options.account}\n`,
  );
  return DONE;
}

/** Lists the accounts. Gives the exit status. */
export async function runAccountList(options: AccountListOptions, io: CommandIo): Promise<number> {
  const listed = await ask(options, 'account.list', {});
  if (!listed.ok) return fail(io, 'list', listed.error);
  if (options.json) {
    io.stdout.write(`${JSON.stringify(listed.value, undefined, 2)}\n`);
    return DONE;
  }
  const accounts = readAccounts(listed.value);
  if (accounts === undefined) return fail(io, 'list', 'the daemon’s answer cannot be understood');
  for (const line of accountLines(accounts)) io.stdout.write(`${line}\n`);
  return DONE;
}

/** Asks the daemon for one thing. */
async function ask(
  { control }: AccountOptions,
  operation: string,
  fields: JsonObject,
): Promise<Result<JsonObject, string>> {
  const socket = control === undefined ? DEFAULT_SOCKET : path.resolve(control);
  const client = await connectControl(socket);
  if (!client.ok) return client;
  const answer = await client.value.request(operation, fields);
  client.value.close();
  return answer.ok ? ok(answer.value) : err(answer.error.text);
}

function fail(io: CommandIo, command: string, reason: string): number {
  io.stderr.write(`eyrie account ${command}: ${printableLine(reason)}\n`);
  return FAILED;
}
