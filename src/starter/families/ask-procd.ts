/** What one procd tells of its families. */
import { ProcdClient } from '../../family/client/client';
import type { ProcdTrouble } from '../../family/client/trouble';
import { CURRENT_DIALECT, type DumpedFamily, type ProcdUsage } from '../../family/wire';
import { ok, type Result } from '../../result';

/** A family, and what it uses. */
export interface ToldFamily extends DumpedFamily {
  readonly usage: ProcdUsage;
}

/** Milliseconds that an answer may take: somebody looks on. */
const PATIENCE = 5000;

/** Procds that are asked again and again. */
export class ProcdQuestions {
  readonly #clients = new Map<string, ProcdClient>();

  /** The families of a procd as they are now, each before those below it. */
  async families(address: string): Promise<Result<readonly ToldFamily[], ProcdTrouble>> {
    const client = this.#client(address);
    if (!client.ok) return client;
    const ask = client.value;
    const [, dump] = await Promise.all([
      ask.ask({ command: 'take-snapshot' }, PATIENCE),
      ask.ask({ command: 'dump', root: 0 }, PATIENCE),
    ]);
    if (!dump.ok) return dump;
    // A procd that was brought along has a family above all others that is nobody's.
    const families =
      dump.value.body === 'dump' ? dump.value.families.filter(({ root }) => root !== 0) : [];
    const told = await Promise.all(families.map((family) => withUsage(ask, family)));
    return ok(told.flat());
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #client(address: string): Result<ProcdClient, ProcdTrouble> {
    const known = this.#clients.get(address);
    if (known?.isLost === false) return ok(known);
    const client = ProcdClient.connect(address, CURRENT_DIALECT);
    if (client.ok) this.#clients.set(address, client.value);
    return client;
  }
}

/** One that has ended since the dump is left out. */
async function withUsage(
  client: ProcdClient,
  family: DumpedFamily,
): Promise<readonly ToldFamily[]> {
  const answer = await client.ask({ command: 'get-usage', root: family.root }, PATIENCE);
  return answer.ok && answer.value.body === 'usage'
    ? [{ ...family, usage: answer.value.usage }]
    : [];
}
