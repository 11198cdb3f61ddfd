/** A shadow that a test plays: it answers the calls of a starter, or does what the test wants instead. */
import type net from 'node:net';
import { createSecretKey, randomBytes } from 'node:crypto';
import { type CedarConnection, CedarSocket, type MessageReader } from '../../../src/condor/cedar';
import { PacketCipher } from '../../../src/condor/cedar/packet-cipher';
import { ClassAd, integerValue } from '../../../src/condor/classad';
import { type CallName, CALLS, type CallRow } from '../../../src/condor/shadow/calls';
import type { Secrets } from './secrets';

/** A call as it came. */
export interface PlayedCall {
  readonly name: CallName;
  readonly values: readonly (number | string | ClassAd)[];
}

/** What becomes of a call. */
export type Reaction =
  | 'answer'
  /** It is answered with -1 and an errno. */
  | 'refuse'
  /** Something that is no answer comes. */
  | 'nonsense'
  /** Nothing comes, and the connection stays. */
  | 'silence'
  /** The connection ends in place of an answer. */
  | 'close'
  /** The connection ends behind the answer. */
  | 'answer and close';

/** Decides about a call. `count`: how many of its name came before on all connections. */
export type Reactions = (call: PlayedCall, count: number) => Reaction | Promise<Reaction>;

/** The counters and base IVs of an inherited connection, from the starter's side. */
export interface CryptoState {
  readonly sent: number;
  readonly received: number;
  readonly sendIv: Buffer;
  readonly receiveIv: Buffer;
}

/** As if startd and shadow had spoken before. */
export function randomCrypto(): CryptoState {
  return { sent: 1, received: 2, sendIv: randomBytes(16), receiveIv: randomBytes(16) };
}

/** The shadow's end of an inherited connection. */
export function shadowEnd(far: net.Socket, key: Buffer, crypto: CryptoState): CedarSocket {
  const none = Buffer.alloc(0);
  const cipher = new PacketCipher(
    createSecretKey(key),
    { count: crypto.received, iv: crypto.receiveIv, digests: none },
    { count: crypto.sent, iv: crypto.sendIv, digests: none },
  );
  return new CedarSocket(far, 'the starter', cipher);
}

export class PlayedShadow {
  /** All calls, in order, of all connections. */
  readonly calls: PlayedCall[] = [];
  /** The connection of the moment. */
  connection: CedarConnection | undefined;

  constructor(
    private readonly jobAd: ClassAd,
    private readonly secrets: Secrets,
    private readonly reactions: Reactions,
  ) {}

  /** The names of the calls so far, in order. */
  get names(): readonly CallName[] {
    return this.calls.map(({ name }) => name);
  }

  /** The last call of a name. */
  last(name: CallName): PlayedCall | undefined {
    return this.calls.findLast((call) => call.name === name);
  }

  /** Answers calls until the connection ends. A real one waits for that, too. */
  async serve(connection: CedarConnection): Promise<void> {
    this.connection = connection;
    for (;;) {
      const call = await connection.receive(readCall);
      if (!call.ok) break;
      const count = this.calls.filter(({ name }) => name === call.value.name).length;
      this.calls.push(call.value);
      const reaction = await this.reactions(call.value, count);
      if (reaction === 'silence') continue;
      if (reaction === 'close') break;
      await this.reply(connection, call.value, reaction);
      if (reaction === 'answer and close') {
        connection.close();
        return;
      }
    }
    connection.destroy();
  }

  private async reply(
    connection: CedarConnection,
    { name }: PlayedCall,
    reaction: Reaction,
  ): Promise<void> {
    const { reply } = CALLS[name];
    if (reaction === 'nonsense') await connection.send((message) => message.string('what?'));
    else if (reply === 'none') return;
    else if (reaction === 'refuse') await connection.send((message) => message.int(-1).int(13));
    else if (name === 'getJobInfo') await connection.send((m) => m.int(0).ad(this.jobAd));
    else if (name === 'getUserInfo') await connection.send((m) => m.int(0).ad(USER_IDS));
    else if (name === 'getSecuritySessions') await this.sendSessions(connection);
    else await connection.send((message) => message.int(0));
  }

  private async sendSessions(connection: CedarConnection): Promise<void> {
    const { claim, fileTransfer } = this.secrets;
    const info = '[Encryption="YES";CryptoMethodsList="AES";]';
    await connection.send((message) => {
      message.int(1).string(claim.id).string(info).string(claim.key);
      message.string(fileTransfer.id).string(info).string(fileTransfer.key);
    });
  }
}

const USER_IDS = new ClassAd().set('Uid', integerValue(0)).set('Gid', integerValue(0));

const NAMES = Object.keys(CALLS) as CallName[];

function readCall(message: MessageReader): PlayedCall {
  const number = message.int();
  const name = NAMES.find((one) => CALLS[one].number === number);
  if (name === undefined) throw new Error(`${number} is no call of a starter`);
  const row: CallRow = CALLS[name];
  return { name, values: row.arguments.map((type) => message[type]()) };
}
