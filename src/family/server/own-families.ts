/**
 * Families of processes that procd's own program starts: jobs on leased accounts. They are families as all
 * others, which clients of the pipes see and may kill; their first process is procd's child.
 */
import type { ProcessIdentity } from '../../kernel/process-table-types';
import { err, ok, type Result } from '../../result';
import { processSize, type ProcessSize } from '../usage';
import type { Family } from '../tree/family';
import { usageOf } from '../tree/usage';
import type { ProcdUsage } from '../wire';
import type { Office } from './commands';
import { numbersOf } from './keeper';
import { signalFamily } from './signals';
import { refreshGroups } from './snapshots';

/** A process that was started, and what will tell others of its family. */
export interface OwnFamilyFacts {
  /** It has no child yet. */
  readonly root: number;
  /** `_CONDOR_ANCESTOR_…=…` entries that all its processes carry. */
  readonly ancestors: readonly string[];
  /** An account whose processes are all this family's; undefined: none. */
  readonly uid: number | undefined;
  /** Whether it was born in a control group of its own, which whoever started it looks after. */
  readonly hasCgroup: boolean;
}

/** What families of procd's own are made with. */
export type FamilyOffice = Pick<Office, 'keeper' | 'registry' | 'snapshots'>;

/** A family of procd's own. */
export class OwnFamily {
  readonly identity: ProcessIdentity;
  /** eyrie-init is no process of the job, but counts in the family. */
  #init: ProcessSize = { imageSize: 0, resident: 0 };
  #hasEnded = false;

  constructor(
    private readonly office: FamilyOffice,
    private readonly family: Family,
    identity: ProcessIdentity,
  ) {
    this.identity = identity;
  }

  /** Its first process is eyrie-init by now, and no longer a copy of this one, which is much larger. */
  begun(): void {
    this.#init = processSize(this.identity.pid) ?? this.#init;
  }

  /** What it uses, its first process left out; as of a snapshot that is taken now. */
  async usage(): Promise<ProcdUsage> {
    const { keeper, snapshots } = this.office;
    await snapshots.take();
    await refreshGroups(keeper, [this.family]);
    const used = usageOf(this.family);
    const hasInit = this.family.members.has(this.identity.pid);
    const less = (size: number, init: number): number => Math.max(0, size - init);
    const { imageSize, resident } = hasInit ? this.#init : { imageSize: 0, resident: 0 };
    return {
      ...used,
      processes: less(used.processes, hasInit ? 1 : 0),
      imageSize: less(used.imageSize, imageSize),
      maxImageSize: less(used.maxImageSize, this.#init.imageSize),
      resident: less(used.resident ?? 0, resident),
      proportional: await this.#proportional(),
    };
  }

  /** Sends a signal to all its processes but the first, also to those that only a mark tells. */
  async signal(signal: number): Promise<void> {
    if (this.#hasEnded) return;
    await this.office.snapshots.takeIfNeeded();
    await signalFamily(this.office.keeper, this.family, signal);
  }

  /** Its first process has ended: lets go of it. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.office.registry.giveUp(this.family);
  }

  async #proportional(): Promise<number | undefined> {
    const { settings, table } = this.office.keeper;
    if (!settings.proportional) return undefined;
    const measured = await table.proportional(numbersOf(this.family));
    return measured.ok ? measured.value : undefined;
  }
}

/** Makes a family of a process; an error says why there is none, and the process must not go on. */
export async function registerOwnFamily(
  office: FamilyOffice,
  { ancestors, hasCgroup, root, uid }: OwnFamilyFacts,
): Promise<Result<OwnFamily, string>> {
  const tags = {
    environments: ancestors.length === 0 ? [] : [ancestors],
    uids: uid === undefined ? [] : [uid],
  };
  const made = await office.registry.registerOwn(root, tags, hasCgroup);
  if (!made.ok) return err(`cannot register process ${root}: ${made.error}`);
  const { root: identity } = made.value;
  if (identity === undefined) return err(`process ${root} is no family's first`);
  return ok(new OwnFamily(office, made.value, identity));
}
