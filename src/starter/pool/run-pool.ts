/**
 * A starter that a startd has spawned, from its environment to its exit status.
 */
import {
  type CedarConnection,
  inheritedConnection,
  type Listener,
  connectCommand,
} from '../../condor/cedar';
import type { ClassAd } from '../../condor/classad';
import { startChildAlive } from '../../condor/startd/child-alive';
import { DC_CHILDALIVE } from '../../condor/startd/commands';
import { EXIT_STATUSES } from '../../condor/startd/exit-statuses';
import { openStartdLink } from '../../condor/startd/startd-link';
import { hide } from '../../kernel/border';
import { receive } from '../../kernel/border-sockets';
import { errnoText } from '../../kernel/errno';
import { type Activation, beginActivation } from './activation';
import { acceptReconnect, type ReconnectAnswer, refuseReconnect, serveCommands } from './commands';
import { beginPoolLife, whyNoReconnect } from './life';
import type { PoolEvent, PoolLife } from './life-types';
import { ShadowLink } from './shadow-link';
import { takeSignals } from './signals';
import { openSite, type PoolOptions, takeEnvironment } from './open-site';
import type { PoolSite } from './site';
import { PoolWork } from './work';

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
  const result = hide();
  if (result < 0) throw new Error(`prctl PR_SET_DUMPABLE: ${errnoText(-result)}`);
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
      const { result, returned } = receive(socket, buffer);
      return { bytes: returned, descriptor: result.descriptor };
    },
    claimSession: () => shadow.claimSession,
    post,
    renewProxy: (proxy) => work.renewProxy(proxy),
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
