/**
 * Commands that others give to this starter, as events of its activation. Accepted at any moment: a
 * startd stands still while it delivers a signal.
 */
import { randomBytes } from 'node:crypto';
import {
  type CedarConnection,
  CommandServer,
  type DescriptorReceiver,
  type Listener,
  listenShared,
  listenTcp,
  type SecuritySession,
} from '../../condor/cedar';
import { ClassAd, FALSE, stringValue, TRUE } from '../../condor/classad';
import {
  admits,
  type CommandName,
  type CommandSession,
  findCommand,
  readVacateRequest,
  type SignalRequest,
  signalRequest,
} from '../../condor/startd/commands';
import { receiveBareFile } from '../../condor/transfer/receive-file';
import { receiveProxy } from '../../condor/transfer/receive-proxy';
import type { Inheritance } from '../../condor/startd/types';
import type { VacateReason } from '../../job/pool-update-ad';
import type { Logger } from '../../log';
import { err, ok, type Result } from '../../result';
import type { PoolEvent } from './life-types';

/** Bytes: a chain of proxies has a few thousand. */
const PROXY_MAX = 1 << 20;

/** What a shadow is answered: JICShadow::updateX509Proxy of HTCondor. */
const PROXY_ANSWERS = { failed: 0, done: 1 } as const;

/** Seconds for the rest of a command, once it is known which. */
const PATIENCE = 20;

/** What the commands are about. */
export interface CommandTarget {
  readonly inheritance: Inheritance;
  /** Our `$CondorVersion: … $`. */
  readonly version: string;
  /** This starter's sinful string. */
  readonly ownAddress: string;
  /** Sessions made for the job's owner so far. */
  readonly ownerSessions: SecuritySession[];
  readonly log: Logger;
  readonly receiveDescriptor: DescriptorReceiver;
  /** The claim's session, once it is known. */
  claimSession(): SecuritySession | undefined;
  post(event: PoolEvent): void;
  /** The shadow has a new proxy for the job; gives whether the job has it now. */
  renewProxy(proxy: Buffer): Promise<boolean>;
  /** A startd of 25.x says why the job is to leave its slot. */
  onVacate(reason: VacateReason): void;
  /**
   * A shadow wants to go on where another one was lost.
   *
   * @param request its ad
   * @param connection from now on the way to the shadow
   * @returns what to answer; with `Result` other than "Success" the connection is closed
   */
  reconnect(request: ClassAd, connection: CedarConnection): ReconnectAnswer;
}

/** What a shadow that reconnects is told. */
export interface ReconnectAnswer {
  readonly answer: ClassAd;
  /** Called when the answer was sent: the connection is the shadow's now. Undefined: refused. */
  readonly accepted: (() => void) | undefined;
}

/** Listens for commands. */
export function serveCommands(target: CommandTarget): Listener {
  const { endpoint } = target.inheritance;
  const server = new CommandServer({
    version: target.version,
    findSession: (id) => sessionsOf(target).find(({ session }) => session.id === id)?.session,
    mayUse: (session, command) => mayUse(target, session, command),
    handle: (connection, _, number) => void handle(target, connection, findCommand(number)),
    onRefused: ({ peer, reason }) => target.log.always(`Refused ${peer}: ${reason}`),
  });
  const options = {
    descriptor: endpoint.descriptor,
    accept: (socket: Parameters<CommandServer['accept']>[0]) => server.accept(socket),
    onTrouble: (reason: string) => target.log.always(reason),
  };
  const listener =
    endpoint.kind === 'tcp'
      ? listenTcp(options)
      : listenShared({ ...options, receiveDescriptor: target.receiveDescriptor });
  return {
    close() {
      listener.close();
      server.close();
    },
  };
}

interface KnownSession {
  readonly kind: CommandSession;
  readonly session: SecuritySession;
}

function sessionsOf(target: CommandTarget): readonly KnownSession[] {
  const { familySession, parentSession } = target.inheritance;
  const known: readonly (readonly [CommandSession, SecuritySession | undefined])[] = [
    ['parent', parentSession],
    ['family', familySession],
    ['claim', target.claimSession()],
    ...target.ownerSessions.map((session) => ['owner', session] as const),
  ];
  return known.flatMap(([kind, session]) => (session === undefined ? [] : [{ kind, session }]));
}

function mayUse(target: CommandTarget, session: SecuritySession, command: number): boolean {
  const name = findCommand(command);
  const kinds = sessionsOf(target).filter((known) => known.session.id === session.id);
  return name !== undefined && kinds.some(({ kind }) => admits(name, kind));
}

/** A command that came with a session which is for it. */
async function handle(
  target: CommandTarget,
  connection: CedarConnection,
  name: CommandName | undefined,
): Promise<void> {
  target.log.debug('D_COMMAND', () => `${name ?? 'a command'} from ${connection.peer}`);
  switch (name) {
    case 'DC_RAISESIGNAL':
      return handleSignal(target, connection);
    case 'STARTER_VACATE_JOB':
      return handleVacate(target, connection);
    case 'CA_CMD':
      return handleClaimCommand(target, connection);
    case 'CREATE_JOB_OWNER_SEC_SESSION':
      return makeOwnerSession(target, connection);
    case 'UPDATE_GSI_CRED':
      return renewProxy(target, connection, receiveCopied);
    case 'DELEGATE_GSI_CRED_STARTER':
      return renewProxy(target, connection, receiveDelegated);
    case 'START_SSHD':
      return refuse(connection, 'condor_ssh_to_job');
    case 'STARTER_PEEK':
      return refuse(connection, 'condor_tail');
    case 'DC_OFF_GRACEFUL':
      target.post({ on: 'soft-kill', ending: { why: 'vacate' } });
      break;
    case 'DC_OFF_FAST':
      target.post({ on: 'hard-kill', ending: { why: 'vacate' } });
      break;
    default:
  }
  connection.close();
}

/** Receives a proxy file; a sentence where none came. */
type ReceiveProxy = (connection: CedarConnection) => Promise<Result<Buffer, string>>;

const receiveCopied: ReceiveProxy = async (connection) => {
  const file = await receiveBareFile(connection, PROXY_MAX);
  return file.ok ? file : err(file.error.reason);
};

const receiveDelegated: ReceiveProxy = async (connection) => {
  const came = await receiveProxy(connection, PATIENCE);
  if (!came.ok) return err(came.error.reason);
  return came.value.kind === 'proxy' ? ok(came.value.file) : err(came.value.reason);
};

async function renewProxy(
  target: CommandTarget,
  connection: CedarConnection,
  receive: ReceiveProxy,
): Promise<void> {
  const proxy = await receive(connection);
  if (!proxy.ok) target.log.always(`No new proxy came: ${proxy.error}`);
  const isDone = proxy.ok && (await target.renewProxy(proxy.value));
  await connection.send((message) => message.int(PROXY_ANSWERS[isDone ? 'done' : 'failed']));
  connection.close();
}

async function handleSignal(target: CommandTarget, connection: CedarConnection): Promise<void> {
  const number = await connection.receive((message) => message.int(), { timeout: PATIENCE });
  connection.close();
  if (!number.ok) {
    target.log.always(`No signal came: ${number.error.reason}`);
    return;
  }
  const request = signalRequest(number.value);
  target.log.always(`Got signal ${number.value} (${request ?? 'unknown'}) from ${connection.peer}`);
  const event = request && SIGNAL_EVENTS[request];
  if (event !== undefined) target.post(event);
}

/** What a signal means to an activation; undefined: nothing (a checkpoint, new configuration). */
const SIGNAL_EVENTS: Readonly<Record<SignalRequest, PoolEvent | undefined>> = {
  suspend: { on: 'suspend' },
  continue: { on: 'continue' },
  'soft-kill': { on: 'soft-kill', ending: { why: 'vacate' } },
  'hard-kill': { on: 'hard-kill', ending: { why: 'vacate' } },
  remove: { on: 'soft-kill', ending: { why: 'remove' } },
  hold: { on: 'soft-kill', ending: { why: 'hold' } },
  checkpoint: undefined,
  reconfigure: undefined,
};

/** The sub-code by which a startd of 25.x asks for the output of a job that is removed. */
const WITH_OUTPUT = 1;

/** The startd is answered at once, before the job is dead. */
async function handleVacate(target: CommandTarget, connection: CedarConnection): Promise<void> {
  const read = await connection.receive(readVacateRequest, { timeout: PATIENCE });
  if (!read.ok) {
    target.log.always(`No reason to vacate came: ${read.error.reason}`);
    connection.close();
    return;
  }
  const { code, kind, reason, soft, subcode } = read.value;
  target.log.always(
    `Told to ${kind} (${code}, ${subcode}, ${soft ? 'softly' : 'at once'}): ${reason}`,
  );
  if (kind === 'vacate') target.onVacate({ reason, code, subcode });
  const ending =
    kind === 'vacate'
      ? ({ why: 'vacate', withOutput: subcode === WITH_OUTPUT } as const)
      : ({ why: 'hold', fault: { cause: 'peer', code, subcode, reason } } as const);
  target.post({ on: soft ? 'soft-kill' : 'hard-kill', ending });
  await connection.send((message) => message.int(1));
  connection.close();
}

/** CA_RECONNECT_JOB of condor_commands.h; other commands of the kind are not for starters. */
const RECONNECT = 'CA_RECONNECT_JOB';

async function handleClaimCommand(
  target: CommandTarget,
  connection: CedarConnection,
): Promise<void> {
  const request = await connection.receive((message) => message.ad(), { timeout: PATIENCE });
  if (!request.ok) {
    connection.close();
    return;
  }
  const command = request.value.string('Command');
  const { accepted, answer } =
    command === RECONNECT
      ? target.reconnect(request.value, connection)
      : {
          answer: refusal(`A starter does not know the command ${command ?? '(none)'}`),
          accepted: undefined,
        };
  const sent = await connection.send((message) => message.ad(answer));
  if (sent.ok && accepted !== undefined) accepted();
  else connection.close();
}

/** Sessions of a job's owner that are remembered at once; tools make one each time. */
const OWNER_SESSIONS = 16;

/**
 * condor_ssh_to_job and condor_tail begin with this: a schedd has a session made that its user then
 * comes with. A refusal here would have the tools try again for ever; the next command is refused.
 */
async function makeOwnerSession(target: CommandTarget, connection: CedarConnection): Promise<void> {
  const request = await connection.receive((message) => message.ad(), { timeout: PATIENCE });
  if (request.ok) {
    const id = randomBytes(24).toString('hex');
    const key = randomBytes(32).toString('hex');
    const { ownerSessions, ownAddress, version } = target;
    ownerSessions.push({ id, key });
    if (ownerSessions.length > OWNER_SESSIONS) ownerSessions.shift();
    const answer = new ClassAd()
      .set('Result', TRUE)
      .set('CondorVersion', stringValue(version))
      .set('StarterIpAddr', stringValue(ownAddress))
      .set('ClaimId', stringValue(`${id}#${OWNER_POLICY}${key}`));
    await connection.send((message) => message.ad(answer));
  }
  connection.close();
}

/** What the owner's tool may do with the session, and how: ExportSecSessionInfo of HTCondor. */
const OWNER_POLICY =
  '[Encryption="YES";Integrity="YES";CryptoMethods="AES";ValidCommands="1502,1503";]';

async function refuse(connection: CedarConnection, tool: string): Promise<void> {
  await connection.receive((message) => message.ad(), { timeout: PATIENCE });
  const answer = refusal(`This starter does not answer ${tool} yet`).set('Retry', FALSE);
  await connection.send((message) => message.ad(answer));
  connection.close();
}

/** An answer of FALSE, in both forms that HTCondor's tools look for. */
function refusal(reason: string): ClassAd {
  return new ClassAd().set('Result', FALSE).set('ErrorString', stringValue(reason));
}

/** A shadow's reconnect is refused. */
export function refuseReconnect(reason: string): ReconnectAnswer {
  const answer = new ClassAd()
    .set('Result', stringValue('Failure'))
    .set('ErrorString', stringValue(reason))
    .set('MyType', stringValue('Reply'));
  return { answer, accepted: undefined };
}

/** A shadow's reconnect is accepted. */
export function acceptReconnect(info: ClassAd, accepted: () => void): ReconnectAnswer {
  const answer = info.copy();
  answer.set('Result', stringValue('Success')).set('MyType', stringValue('Reply'));
  return { answer, accepted };
}
