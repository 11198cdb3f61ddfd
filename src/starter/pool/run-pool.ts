/**
 * A starter that a startd has spawned, from its environment to its exit status.
 */
import {
  type CedarConnection,
  inheritedConnection,
  type Listener,
  parseSinful,
  connectCommand,
} from '../../condor/cedar';
import type { ClassAd } from '../../condor/classad';
import { readPoolConfig } from '../../condor/config/read-pool';
import { startChildAlive } from '../../condor/startd/child-alive';
import { DC_CHILDALIVE } from '../../condor/startd/commands';
import { sortEnvironment, type StarterEnvironment } from '../../condor/startd/environment';
import { EXIT_STATUSES } from '../../condor/startd/exit-statuses';
import { parseInheritance } from '../../condor/startd/inherit';
import { ownAddress } from '../../condor/startd/own-address';
import { readStarterKnobs } from '../../condor/startd/starter-knobs';
import { openStartdLink } from '../../condor/startd/startd-link';
import type { Inheritance } from '../../condor/startd/types';
import { accountByName } from '../../kernel/accounts';
import * as border from '../../kernel/border';
import { errnoText } from '../../kernel/errno';
import type { Logger } from '../../log';
import { ownHands } from '../../privsep/own-hands';
import { err, ok, type Result } from '../../result';
import { EVALUATION_HOST } from '../evaluation-host';
import { openHostView } from '../host-view';
import { type LogSettings, openStarterLog } from '../open-log';
import { type Activation, beginActivation } from './activation';
import { acceptReconnect, type ReconnectAnswer, refuseReconnect, serveCommands } from './commands';
import { beginPoolLife, whyNoReconnect } from './life';
import type { PoolEvent, PoolLife } from './life-types';
import { ShadowLink } from './shadow-link';
import { takeSignals } from './signals';
import type { PoolSite } from './site';
import { PoolWork } from './work';

/** What the command line says. */
export interface PoolOptions extends LogSettings {
  readonly localName: string | undefined;
  /** `slot1_2`: for the log's name. */
  readonly slot: string | undefined;
  /** Oddities of the command line, for the log. */
  readonly warnings: readonly string[];
  logOpened(log: Logger): void;
}

/**
 * Runs the job that a startd has for this process.
 *
 * @param complain says, to whoever reads standard error, why nothing can be run
 * @returns the exit status for the startd
 */
export async function runPoolJob(
  options: PoolOptions,
  complain: (reason: string) => void,
): Promise<number> {
  shutOurselves();
  const environment = takeEnvironment();
  const site = openSite(options, environment);
  if (!site.ok) {
    for (const reason of site.error) complain(reason);
    return EXIT_STATUSES.GENERAL_FAILURE;
  }
  const { log } = site.value;
  const status = await activate(site.value);
  log.always(`** Eyrie starter, pid ${process.pid}, exits with status ${status}`);
  return status;
}

/**
 * Where the starter is an ordinary user its jobs are the same user, and could read the keys of their
 * claim in this process. Node opens its debugger to whoever sends SIGUSR1 as long as nobody takes
 * that signal; `takeSignals` gives it its meaning.
 */
function shutOurselves(): void {
  process.on('SIGUSR1', () => undefined);
  const result = border.hide();
  if (result < 0) throw new Error(`prctl PR_SET_DUMPABLE: ${errnoText(-result)}`);
}

/** Sorts this process's environment, and keeps of it what is nobody's secret. */
function takeEnvironment(): StarterEnvironment {
  const environment = sortEnvironment(process.env);
  for (const name of environment.wiped) Reflect.deleteProperty(process.env, name);
  return environment;
}

function openSite(
  options: PoolOptions,
  environment: StarterEnvironment,
): Result<PoolSite, readonly string[]> {
  const { inherit, privateInherit } = environment;
  const inheritance = parseInheritance({ inherit, privateInherit });
  if (!inheritance.ok) return err([inheritance.error]);
  const config = readPoolConfig({
    localName: options.localName,
    environment: environment.configuration,
    parentPid: inheritance.value.parentPid,
    parentId: environment.parentId,
    host: EVALUATION_HOST,
  });
  if (!config.ok) return err(config.error.map(({ message }) => message));
  const log = openStarterLog(config.value.config, options, { slot: options.slot });
  if (!log.ok) return err([log.error]);
  options.logOpened(log.value);
  for (const warning of options.warnings) log.value.always(warning);
  log.value.debug('D_FULLDEBUG', () => `Configuration from ${config.value.from}`);
  const place = findPlace(inheritance.value, config.value.config);
  if (!place.ok) {
    log.value.error(place.error);
    return err([place.error]);
  }
  return ok({
    ...place.value,
    config: config.value.config,
    log: log.value,
    sandboxName: `dir_${process.pid}`,
    inheritance: inheritance.value,
    assignedCpus: environment.assignedCpus,
    environment: { ...environment.inheritable, ...environment.ancestors },
  });
}

type Place = Pick<
  PoolSite,
  'host' | 'steps' | 'mode' | 'knobs' | 'account' | 'executeDirectory' | 'ownAddress' | 'ownHost'
>;

/** Looks at the host, and for EXECUTE. */
function findPlace(inheritance: Inheritance, config: PoolSite['config']): Result<Place, string> {
  const host = openHostView();
  if (!host.ok) return host;
  const address = ownAddress(inheritance, listeningPort(inheritance));
  if (!address.ok) return err(`Cannot tell this starter's address: ${address.error}`);
  const sinful = parseSinful(address.value);
  if (!sinful.ok) return err(`Cannot tell this starter's address: ${sinful.error}`);
  const knobs = readStarterKnobs(config);
  if (!knobs.ok) return err(knobs.error.message);
  const rootless = knobs.value.useUserNamespaces ? 'rootless' : 'unprivileged';
  const mode = host.value.privileged ? 'root' : rootless;
  const steps = ownHands(host.value.privileged ? 'root' : 'rootless');
  const execute = config.path('EXECUTE');
  if (!execute.ok) return err(execute.error.message);
  if (execute.value === undefined) return err('The knob EXECUTE is empty; name a directory');
  const account = poolAccount(config);
  const trusted = account === undefined ? [] : [account.uid];
  const prepared = steps.prepareExecuteDirectory(execute.value, trusted);
  if (!prepared.ok) return err(prepared.error.message);
  return ok({
    host: host.value,
    steps,
    mode,
    knobs: knobs.value,
    account,
    executeDirectory: execute.value,
    ownAddress: address.value,
    ownHost: sinful.value.host,
  });
}

/** CONDOR_IDS, else the account condor; undefined: there is none. */
function poolAccount(config: PoolSite['config']): PoolSite['account'] {
  const ids = config.string('CONDOR_IDS');
  if (ids === undefined) return accountByName('condor');
  const [, uid, gid] = /^(\d{1,9})[.:](\d{1,9})$/.exec(ids) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** The port of a listening socket of our own; undefined: the shared port daemon listens for us. */
function listeningPort({ endpoint }: Inheritance): number | undefined {
  if (endpoint.kind !== 'tcp') return undefined;
  const port = border.localPort(endpoint.descriptor);
  return port < 0 ? undefined : port;
}

/** The activation, with all that speaks to it. */
async function activate(site: PoolSite): Promise<number> {
  const { inheritance, log } = site;
  const startd = openStartdLink(inheritedConnection(inheritance.startd));
  const waiting: PoolEvent[] = [];
  let post: Activation['post'] = (event) => waiting.push(event);
  const later: Activation['post'] = (event) => post(event);
  const connection = inheritedConnection(inheritance.shadow);
  const shadow = new ShadowLink(connection, site.knobs.shadowTimeout, (reason) => {
    log.always(`The shadow is gone: ${reason}`);
    later({ on: 'shadow-lost' });
  });
  const work = new PoolWork(site, shadow, startd, later);
  takeSignals(log, later);
  let life: () => PoolLife = beginPoolLife;
  const listener = listen({ site, shadow, work, post: later, life: () => life() });
  const stopAlive = tellAlive(site);
  const activation = beginActivation(work);
  life = () => activation.life;
  post = activation.post;
  for (const event of waiting.splice(0)) post(event);
  void startd.ended.then(() => {
    if (work.isFinal) return;
    log.always('The startd is gone');
    later({ on: 'startd-lost' });
  });
  const status = await activation.ended;
  stopAlive();
  listener.close();
  return status;
}

/** An activation as those see it who come to it. */
interface Presence {
  readonly site: PoolSite;
  readonly shadow: ShadowLink;
  readonly work: PoolWork;
  readonly post: Activation['post'];
  /** How it stands. */
  readonly life: () => PoolLife;
}

function listen(presence: Presence): Listener {
  const { post, shadow, site, work } = presence;
  return serveCommands({
    inheritance: site.inheritance,
    version: site.inheritance.shadow.peerVersion,
    ownAddress: site.ownAddress,
    ownerSessions: [],
    log: site.log,
    receiveDescriptor(socket, buffer) {
      const { result, returned } = border.receive(socket, buffer);
      return { bytes: returned, descriptor: result.descriptor };
    },
    claimSession: () => shadow.claimSession,
    post,
    onVacate(reason) {
      work.vacate = reason;
    },
    reconnect: (request, connection) => reconnect(request, connection, presence),
  });
}

/** Another shadow comes for the job of one that was lost. */
function reconnect(
  request: ClassAd,
  connection: CedarConnection,
  { life, post, shadow, site, work }: Presence,
): ReconnectAnswer {
  const refusal = whyNoReconnect(life());
  if (refusal !== undefined) {
    site.log.always(`Refused the shadow at ${connection.peer}: ${refusal}`);
    return refuseReconnect(refusal);
  }
  const address = request.string('TransferSocket');
  const key = request.string('TransferKey');
  const info = work.reconnectInfo();
  if (info === undefined) return refuseReconnect('There is no job here yet');
  return acceptReconnect(info, () => {
    site.log.always(`A shadow reconnected from ${connection.peer}`);
    // The one before may not have been missed yet.
    if (shadow.isThere) post({ on: 'shadow-lost' });
    if (address !== undefined && key !== undefined) shadow.transferPeer = { address, key };
    shadow.replace(connection);
    void work.welcomeShadow();
  });
}

/** Tells the startd over and over that this process is alive; gives the way to stop. */
function tellAlive({ inheritance, knobs, log, ownAddress: own }: PoolSite): () => void {
  const session = inheritance.parentSession;
  if (session === undefined) return () => undefined;
  return startChildAlive({
    plan: knobs.childAlive,
    pid: process.pid,
    connect: () =>
      connectCommand({
        address: inheritance.parentAddress,
        session,
        command: DC_CHILDALIVE,
        ownAddress: own,
        version: inheritance.shadow.peerVersion,
      }),
    onTrouble: ({ reason }) => log.always(`Cannot tell the startd that we are alive: ${reason}`),
  });
}
