/** What a procd does at each request, and what it answers. */
import { accountByName } from '../../kernel/accounts';
import { assertNever } from '../../result';
import { dumpOf } from '../tree/dump';
import { type Family, subtree } from '../tree/family';
import { allocateGroup, associateGroup } from '../tree/group-ids';
import { usageOf } from '../tree/usage';
import type { ProcdReply, ProcdRequest, ProcdResult, ReplyBody } from '../wire';
import { type Keeper, numbersOf, tableTrouble } from './keeper';
import type { Registry } from './registry';
import { FAMILY_SIGNALS, signalFamily, signalRoot } from './signals';
import { refreshGroups, type Snapshots } from './snapshots';

/** What requests are carried out with. */
export interface Office {
  readonly keeper: Keeper;
  readonly snapshots: Snapshots;
  readonly registry: Registry;
  /** Has procd end once the reply is on its way. */
  quit(): void;
}

/** A request that names a family. */
type FamilyRequest = Exclude<
  ProcdRequest,
  { command: 'register-subfamily' | 'take-snapshot' | 'quit' }
>;

const SUCCESS: ProcdReply = { result: 'success', body: 'none' };

/** Carries a request out. */
export async function perform(office: Office, request: ProcdRequest): Promise<ProcdReply> {
  switch (request.command) {
    case 'register-subfamily':
      return replyOf(await office.registry.register(request));
    case 'take-snapshot':
      await office.snapshots.take();
      return SUCCESS;
    case 'quit':
      office.quit();
      return SUCCESS;
    default:
      return performForFamily(office, request);
  }
}

async function performForFamily(office: Office, request: FamilyRequest): Promise<ProcdReply> {
  const { keeper } = office;
  if (request.command === 'use-glexec' && keeper.settings.glexec === undefined) {
    return { result: 'no-glexec' };
  }
  // For these two, 0 does not mean the family of all.
  const isNamed = request.command === 'unregister-family' || request.command === 'use-glexec';
  const family = isNamed && request.root === 0 ? undefined : keeper.tree.find(request.root);
  if (family === undefined) return { result: 'family-not-found' };
  switch (request.command) {
    case 'suspend-family':
    case 'continue-family':
    case 'kill-family':
      return signalAll(office, family, request.command);
    case 'signal-process':
      await signalRoot(keeper, family, request.signal);
      return SUCCESS;
    case 'get-usage':
      return { result: 'success', ...(await usage(keeper, family)) };
    case 'dump':
      return { result: 'success', body: 'dump', families: dumpOf(family) };
    case 'unregister-family':
      return replyOf(await office.registry.giveUp(family));
    default:
      return track(keeper, family, request);
  }
}

type TrackRequest = Extract<FamilyRequest, { command: `track-${string}` | 'use-glexec' }>;

/** What tells members from now on; what was seen before stays where it is. */
async function track(keeper: Keeper, family: Family, request: TrackRequest): Promise<ProcdReply> {
  const { settings, tree } = keeper;
  switch (request.command) {
    case 'track-environment':
      family.tags.environments.push(request.ancestors);
      break;
    case 'track-login': {
      const uid = uidOf(keeper, request.login);
      if (uid !== undefined) family.tags.uids.push(uid);
      break;
    }
    case 'track-allocated-group': {
      const gid = allocateGroup(settings.groups, tree.families, family);
      if (!gid.ok) return { result: gid.error };
      keeper.changed();
      return { result: 'success', body: 'group', gid: gid.value };
    }
    case 'track-associated-group': {
      const gid = associateGroup(settings.groups, tree.families, family, request.gid);
      if (!gid.ok) return { result: gid.error };
      break;
    }
    case 'track-cgroup': {
      const tracked = await keeper.table.trackCgroup(family.number, request.cgroup);
      if (!tracked.ok) {
        keeper.log.line(`control group ${request.cgroup}: ${tableTrouble(tracked.error)}`);
        return { result: 'no-cgroup' };
      }
      family.tags.cgroups.push(request.cgroup);
      break;
    }
    case 'use-glexec':
      family.proxy = request.proxy;
      break;
    default:
      return assertNever(request);
  }
  keeper.changed();
  return SUCCESS;
}

/**
 * A snapshot first finds those who belong to the family by a tag. After SIGKILL another one tells what
 * the family has used in the end, if anybody was there to be killed.
 */
async function signalAll(
  { keeper, snapshots }: Office,
  family: Family,
  command: keyof typeof FAMILY_SIGNALS,
): Promise<ProcdReply> {
  await snapshots.takeIfNeeded();
  const isEmpty = subtree(family).every(({ members }) => members.size === 0);
  await signalFamily(keeper, family, FAMILY_SIGNALS[command]);
  if (command === 'kill-family' && !isEmpty) await snapshots.take();
  return SUCCESS;
}

async function usage(keeper: Keeper, family: Family): Promise<ReplyBody> {
  const { settings, table } = keeper;
  await refreshGroups(keeper, subtree(family));
  const used = usageOf(family);
  if (!settings.proportional) return { body: 'usage', usage: used };
  const measured = await table.proportional(numbersOf(family));
  const proportional = measured.ok ? measured.value : undefined;
  return { body: 'usage', usage: { ...used, proportional } };
}

/** Nobody is told that a login does not exist: HTCondor's procd takes any. */
function uidOf({ log }: Keeper, login: string): number | undefined {
  try {
    const account = accountByName(login);
    if (account === undefined) log.line(`there is no login ${login}: it matches no process`);
    return account?.uid;
  } catch (error) {
    log.line((error as Error).message);
    return undefined;
  }
}

function replyOf(result: ProcdResult): ProcdReply {
  return result === 'success' ? SUCCESS : { result };
}
